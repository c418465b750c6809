//! The Squarespace half of the sandbox, over real sockets.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on stops where it stands"
)]

mod access;
mod address_book;
mod analytics;
mod catalogue;
mod contacts;
mod discounts;
mod documented;
mod effects;
mod faults;
mod goods;
mod images;
mod import;
mod inventory;
mod legacy;
mod lists;
mod oauth;
mod orders;
mod products;
mod profiles;
mod receiver;
mod refusals;
mod stand;
mod variants;
mod webhooks;

//! The Squarespace half of the sandbox, over real sockets.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on stops where it stands"
)]

mod access;
mod documented;
mod faults;
mod goods;
mod images;
mod import;
mod inventory;
mod legacy;
mod lists;
mod orders;
mod products;
mod refusals;
mod stand;
mod variants;
mod webhooks;

//! The Squarespace half of the sandbox, over real sockets.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on stops where it stands"
)]

mod access;
mod documented;
mod faults;
mod import;
mod lists;
mod orders;
mod refusals;
mod stand;
mod webhooks;

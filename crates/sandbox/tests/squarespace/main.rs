//! The Squarespace half of the sandbox, over real sockets.

mod access;
mod faults;
mod import;
mod lists;
mod orders;
mod refusals;
mod stand;
mod webhooks;

//! The real router, in-process, on both databases, with the sandbox for vendors.

#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may end where it stands"
)]

mod agents;
mod api;
mod audit;
mod document;
mod every_key;
mod hooks;
mod keys;
mod operations;
mod pages;
mod problems;
mod rights;
mod serving;
mod stand;
mod vendors;

//! Scenarios over real sockets: a shop, a CRM and Portico between them, on both databases, with a
//! clock that stands still.
#![expect(
    clippy::unwrap_used,
    reason = "a scenario that cannot go on has failed"
)]

mod buyers;
mod history;
mod intake;
mod once;
mod seen;
mod shop;
mod statuses;
mod world;

//! Scenarios over real sockets: a shop, a CRM and Portico between them, on both databases, with a
//! clock that stands still.
#![expect(
    clippy::unwrap_used,
    reason = "a scenario that cannot go on has failed"
)]

mod backfill;
mod buyers;
mod connections;
mod crm_setup;
mod hardening;
mod history;
mod intake;
mod odd_orders;
mod once;
mod reconnect;
mod seen;
mod shop;
mod sites;
mod statuses;
mod world;

//! Scenarios over real sockets: a shop, a CRM and Portico between them, on both databases, with a
//! clock that stands still.
#![expect(
    clippy::unwrap_used,
    reason = "a scenario that cannot go on has failed"
)]

mod audit;
mod backfill;
mod buyers;
mod codes;
mod comebacks;
mod connections;
mod consent;
mod crm_setup;
mod flows;
mod gateway;
mod hardening;
mod history;
mod intake;
mod kommo_edges;
mod kommo_merges;
mod long_import;
mod mcp;
mod metrics;
mod odd_orders;
mod once;
mod panics;
mod promises;
mod reconnect;
mod removals;
mod rights;
mod rotation;
mod seen;
mod shop;
mod sites;
mod slow_crm;
mod statuses;
mod two_engines;
mod uninstalls;
mod world;

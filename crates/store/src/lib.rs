//! SQLite and PostgreSQL behind one set of methods, and the work queue.
//!
//! Read [`Store`] (a transaction is a closure), [`Tx`] (what the closure may do), then [`work`]
//! (the queue). Rules and vendors are not known here: the tables' own modules keep and find rows.

pub mod agents;
pub mod approvals;
pub mod audit;
pub mod budgets;
pub mod connections;
pub mod consents;
pub mod contacts;
pub mod crms;
mod database;
pub mod deal_notes;
pub mod deals;
mod error;
pub mod events;
pub mod flows;
pub mod keys;
pub mod leases;
mod migrate;
pub mod notifications;
pub mod orders;
mod postgres;
pub mod products;
pub mod sites;
mod sqlite;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tx;
mod value;
mod wakeups;
pub mod work;

pub use database::Database;
pub use error::{Cause, Error};
pub use store::Store;
pub use tx::{Dialect, Tx};
pub use value::{Row, Value};
pub use wakeups::Wakeups;

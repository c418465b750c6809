//! The rules by example and by property: what deal an order gets, and what must be sent for it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod changes;
mod deals;
mod given;
mod notes;
mod properties;

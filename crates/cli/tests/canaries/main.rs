//! Every personal field and every secret carries a unique string, and everything is driven once, the
//! faults too: the strings are in the CRM in the end, and in no log line, error or metric.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod canary;
mod doors;
mod hub;
mod people;
mod relay;
mod story;
mod troubles;

use portico_store::{Database, on_both};

on_both! {
    async fn nothing_personal_and_no_secret_is_in_logs_for_programs(database: Database) {
        story::told(&database, "json").await;
    }
}

on_both! {
    async fn nothing_personal_and_no_secret_is_in_logs_for_people(database: Database) {
        story::told(&database, "human").await;
    }
}

//! The real process is ended by SIGKILL at each named step, and started again: in the end the CRM
//! holds one deal per order, one contact per buyer and one set of notes per deal.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod hub;
mod vendors;

use portico_engine::Step;
use portico_store::{Database, on_both};

use hub::Hub;
use vendors::Vendors;

/// Makes a test of each step, on both databases, and the list of them.
macro_rules! killed_at {
    ($($step:ident)*) => {
        /// The steps that are covered here.
        const COVERED: &[&str] = &[$(stringify!($step)),*];

        $(on_both! {
            async fn $step(database: Database) {
                killed_at(stringify!($step), database).await;
            }
        })*
    };
}

killed_at! {
    notification_verified
    notification_stored
    order_read
    order_stored
    deals_planned
    create_intended
    create_answered
    create_stored
    change_answered
    notes_intended
    notes_answered
    contacts_answered
    batch_applied
}

#[test]
fn every_step_is_covered() {
    let steps: Vec<&str> = Step::ALL.into_iter().map(Step::name).collect();
    assert_eq!(COVERED, steps);
}

/// Two new buyers, one of them twice, then a parcel: some step of this is the last that the first
/// process takes.
async fn killed_at(step: &str, database: Database) {
    let vendors = Vendors::start().await;
    let hub = Hub::set_up(&vendors, &database).await;
    let mut process = hub.serve(Some(step)).await;

    let first = vendors
        .checkout("a@example.com", vendors.skus.first())
        .await;
    vendors
        .checkout("b@example.com", vendors.skus.first())
        .await;
    vendors.checkout("A@example.com", vendors.skus.last()).await;
    vendors
        .until(|state| process.has_stopped() || state.has_all_orders())
        .await;
    vendors.fulfill(&first).await;
    vendors.until(|_| process.has_stopped()).await;
    process.kill();

    let mut process = hub.serve(None).await;
    vendors
        .until_later(|state| state.has_all_orders() && state.fulfilled && hub.has_no_work())
        .await;
    let mut state = vendors.state().await;
    assert_eq!((state.deals, state.contacts), (3, 2));
    let notes = state.markers.len();
    state.markers.sort();
    state.markers.dedup();
    assert_eq!(notes, state.markers.len(), "a note is there twice");
    process.kill();
}

//! The real process is ended by SIGKILL at each named step, and started again: in the end the CRM
//! holds one deal per order in its order's state, one contact per buyer and one set of notes per deal.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod hub;
mod state;
mod vendors;

use std::collections::HashSet;

use portico_engine::Step;
use portico_store::{Database, on_both};

use serde_json::Value;

use hub::Hub;
use state::State;
use vendors::{CONTACTS, Vendors};

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
    history_page_stored
    sweep_page_stored
    contacts_page_stored
    deals_planned
    lost_adopted
    intent_forgotten
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

const TRACKING: &str = "1Z0000000000000000";

/// A returning buyer twice, a known one once, then a parcel: some step of this is the last that the
/// first process takes.
async fn killed_at(step: &str, database: Database) {
    let vendors = Vendors::start().await;
    let hub = Hub::set_up(&vendors, &database).await;
    match step {
        "lost_adopted" => vendors.lose_a_create("drop_after").await,
        "intent_forgotten" => vendors.lose_a_create("drop_before").await,
        _ => {}
    }
    // What is ordered while nobody is there is found by a sweep of several pages.
    let waits_for_orders = step != "sweep_page_stored";
    let mut process = None;
    if waits_for_orders {
        process = Some(hub.serve(Some(step)).await);
    }
    let orders = [
        vendors
            .checkout("a@example.com", vendors.skus.first())
            .await,
        vendors
            .checkout("b@example.com", vendors.skus.first())
            .await,
        vendors.checkout("A@example.com", vendors.skus.last()).await,
    ];
    let mut process = match process {
        Some(process) => process,
        None => hub.serve(Some(step)).await,
    };
    vendors
        .until(|state| process.has_stopped() || state.has_all(&orders))
        .await;
    vendors.fulfill(&orders[0], TRACKING).await;
    vendors.until(|_| process.has_stopped()).await;
    process.kill();

    let mut process = hub.serve(None).await;
    vendors
        .until_later(|state| {
            state.has_all(&orders) && state.is_fulfilled(&orders[0]) && hub.has_no_work()
        })
        .await;
    process.kill();
    is_as_if_nothing_had_happened(&vendors.state().await, &orders);
}

fn is_as_if_nothing_had_happened(state: &State, orders: &[Value; 3]) {
    assert_eq!(state.leads.len(), orders.len(), "one deal per order");
    assert_eq!(state.contacts.len(), CONTACTS + 1, "one contact per buyer");
    let emails = orders
        .each_ref()
        .map(|order| state.email(order).to_lowercase());
    assert_eq!(emails, ["a@example.com", "b@example.com", "a@example.com"]);
    let [first, second, third] = orders.each_ref().map(|order| state.pipeline(order));
    assert_eq!(first, third, "both are of a returning buyer");
    assert_ne!(first, second, "a contact of the CRM may be a new buyer");

    let fulfilment = |order| state.field(order, "SQSP_FULFILLMENT").unwrap();
    let states = orders.each_ref().map(fulfilment);
    assert_eq!(states, ["FULFILLED", "PENDING", "PENDING"]);
    let tracking = |order| state.field(order, "SQSP_TRACKING").unwrap_or_default();
    let tracking = orders.each_ref().map(tracking);
    assert!(tracking[0].contains(TRACKING), "{}", tracking[0]);
    assert_eq!(tracking[1..], ["", ""]);
    for (order, parcels) in orders.iter().zip([1, 0, 0]) {
        let notes = state.notes_of(order);
        let items = notes.iter().filter(|note| note.contains(" items]"));
        assert_eq!(items.count(), 1, "one note of what was bought: {notes:#?}");
        // In a note of its own, or in that of an order that was sent before it had a deal.
        let told = notes.iter().filter(|note| note.contains(TRACKING));
        assert_eq!(
            told.count(),
            parcels,
            "a parcel is told of once: {notes:#?}"
        );
        assert_eq!(notes.iter().collect::<HashSet<_>>().len(), notes.len());
    }
}

//! A CRM that takes its time: what it does after we gave up is found, and while we wait the work stays ours.

use std::time::Duration;

use jiff::SignedDuration;
use portico_engine::Engine;
use portico_store::{Store, Tx, on_both};
use serde_json::json;

use crate::world::{Link, Process, World};

/// Longer than any scenario: clearing the faults ends it.
const WITHOUT_END_MS: u64 = 600_000;

/// Long enough for everything but a call that a fault holds up.
const IMPATIENT: Duration = Duration::from_secs(2);

const COMPLEX: &str = "POST /api/v4/leads/complex";

on_both! {
    async fn a_create_that_the_crm_did_and_told_of_too_late_is_found_and_not_sent_again(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let impatient = impatient(&world);
        hold_up(&world, "delay_after", "/leads/complex").await;
        three_orders(&world).await;
        impatient.run_due().await.unwrap();
        assert_eq!(world.state("kommo", "leads").await.len(), 2);

        world.pass(SignedDuration::from_mins(2)).await;
        world.all_is_in_step().await;
        assert_eq!(world.deals_sent().await, 3);
    }
}

on_both! {
    async fn a_create_that_the_crm_does_after_we_gave_up_is_found_and_not_sent_again(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let impatient = impatient(&world);
        hold_up(&world, "delay", "/leads/complex").await;
        three_orders(&world).await;
        impatient.run_due().await.unwrap();
        assert_eq!(world.state("kommo", "leads").await.len(), 0);

        the_crm_gets_done(&world).await;
        world.pass(SignedDuration::from_mins(2)).await;
        world.all_is_in_step().await;
        assert_eq!(world.deals_sent().await, 3);
    }
}

on_both! {
    async fn a_create_that_the_crm_does_between_our_two_looks_is_found_by_the_second(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let impatient = impatient(&world);
        hold_up(&world, "delay", "/leads/complex").await;
        three_orders(&world).await;
        impatient.run_due().await.unwrap();
        world.forget_requests().await;
        world.advance(SignedDuration::from_secs(7)).await;
        assert_eq!(world.calls("kommo", "GET /api/v4/leads").await, 1, "the first look");
        assert_eq!(world.state("kommo", "leads").await.len(), 0);

        the_crm_gets_done(&world).await;
        world.pass(SignedDuration::from_mins(2)).await;
        world.all_is_in_step().await;
        assert_eq!(world.deals_sent().await, 3);
    }
}

on_both! {
    async fn notes_that_the_crm_makes_after_we_gave_up_are_found_and_not_made_again(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let impatient = impatient(&world);
        hold_up(&world, "delay", "/leads/notes").await;
        three_orders(&world).await;
        impatient.run_due().await.unwrap();

        world.clear_faults().await;
        let noted = async || !world.state("kommo", "notes").await.is_empty();
        world.until("the CRM makes the notes", noted).await;
        world.pass(SignedDuration::from_mins(2)).await;
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn while_the_crm_takes_its_time_the_work_stays_ours_and_is_done_once(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let patient = world.process(&world.store, Process {
            lease: LEASE,
            ..Process::default()
        });
        three_orders(&world).await;
        hold_up(&world, "delay", "/leads/complex").await;
        let working = tokio::spawn(async move { patient.run_due().await });
        world.until_struck().await;

        let asked = world.now();
        while world.now() < asked + LEASE * 4 {
            world.clock.advance(LEASE / 2);
            let now = world.now();
            let renewed = async || held_until(&world).await >= (now + LEASE).as_millisecond();
            world.until("the lease is renewed", renewed).await;
            assert_eq!(world.engine.run_due().await.unwrap().batches, 0, "the work is another's");
        }
        world.clear_faults().await;
        working.await.unwrap().unwrap();

        world.pass(SignedDuration::from_mins(2)).await;
        world.all_is_in_step().await;
        assert_eq!(world.deals_sent().await, 3);
        assert_eq!(world.calls("kommo", COMPLEX).await, 1);
    }
}

/// It is renewed by the machine's time, each third of it.
const LEASE: SignedDuration = SignedDuration::from_millis(600);

/// Until when the work at the CRM is somebody's, in milliseconds since 1970.
async fn held_until(world: &World) -> i64 {
    const SQL: &str = "SELECT held_until FROM leases WHERE name LIKE 'work/sync_deal/%'";

    let read = |tx: &mut dyn Tx| tx.query_one(SQL, &[])?.int(0);
    world.store.read(read).await.unwrap()
}

/// A process that does not wait for a call that is held up.
fn impatient(world: &World) -> Engine {
    world.process(
        &world.store,
        Process {
            patience: IMPATIENT,
            ..Process::default()
        },
    )
}

/// Two new buyers, and one of them again.
async fn three_orders(world: &World) {
    for email in ["a@example.com", "b@example.com", "a@example.com"] {
        world.buy(email, "GIFT-100").await;
    }
    world.sandbox.settle().await;
}

/// Holds up the next call that writes there.
async fn hold_up(world: &World, kind: &str, path: &str) {
    let fault = json!({"app": "kommo", "method": "POST", "path": path, "kind": kind,
        "ms": WITHOUT_END_MS, "times": 1});
    world.fault(fault).await;
}

/// The call that was held up is done, though nobody waits for its answer.
async fn the_crm_gets_done(world: &World) {
    world.clear_faults().await;
    let done = async || !world.state("kommo", "leads").await.is_empty();
    world.until("the CRM makes the deals", done).await;
}

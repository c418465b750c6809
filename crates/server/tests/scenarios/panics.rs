//! A defect of our own that ends a piece of work with a panic ends nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::SignedDuration;
use portico_engine::{Engine, Step, Steps};
use portico_store::{Store, on_both};
use tokio_util::sync::CancellationToken;

use crate::world::{Link, Process, World};

const REASON: &str = "Portico failed at this by a defect of its own; nothing was lost";

on_both! {
    async fn work_that_panics_waits_with_the_reason_while_the_worker_goes_on(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let (fragile, panics) = fragile(&world, Step::DealsPlanned);
        panics.store(u32::MAX, Ordering::SeqCst);
        let shutdown = CancellationToken::new();
        let running = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { fragile.run(shutdown).await }
        });

        let ines = world.buy("ines.okafor@example.com", "GIFT-100").await;
        let waits = async || says(&world, &ines).await.is_some_and(|said| said == REASON);
        world.until("the order says why it has no deal", waits).await;
        let kwame = world.buy("kwame.mensah@example.com", "GIFT-25").await;
        let waits = async || says(&world, &kwame).await.is_some_and(|said| said == REASON);
        world.until("a later order is read too, and fails alike", waits).await;
        assert_eq!(world.deals().await, "");

        panics.store(0, Ordering::SeqCst);
        shutdown.cancel();
        running.await.unwrap();
        world.pass(SignedDuration::from_mins(10)).await;
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn one_panic_costs_a_batch_no_time(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let (fragile, panics) = fragile(&world, Step::DealsPlanned);
        for n in 0..7 {
            world.buy(&format!("buyer{n}@example.com"), "GIFT-25").await;
        }
        world.sandbox.settle().await;
        panics.store(1, Ordering::SeqCst);
        fragile.run_due().await.unwrap();
        assert_eq!(panics.load(Ordering::SeqCst), 0);
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn work_that_panics_alone_again_and_again_is_held_and_the_rest_goes_through(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let (fragile, panics) = fragile(&world, Step::DealsPlanned);
        for n in 0..3 {
            world.buy(&format!("buyer{n}@example.com"), "GIFT-25").await;
        }
        world.sandbox.settle().await;
        // All three together, then the first alone.
        panics.store(2, Ordering::SeqCst);
        fragile.run_due().await.unwrap();
        assert_eq!(world.state("kommo", "leads").await.len(), 2);
        for _ in 0..4 {
            world.clock.advance(SignedDuration::from_mins(6));
            panics.store(1, Ordering::SeqCst);
            fragile.run_due().await.unwrap();
        }
        insta::assert_snapshot!(world.stuck().await, @"order #1001 of acme: Portico failed at this by a defect of its own; nothing was lost; report it with what the log says of it, and run `portico work retry` when you have a version without the defect");

        world.engine.retry_all_work().await.unwrap();
        world.settle().await;
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn a_panic_on_either_side_of_a_call_makes_nothing_twice(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        for (n, step) in [Step::CreateIntended, Step::CreateAnswered, Step::CreateStored,
            Step::NotesIntended, Step::NotesAnswered, Step::BatchApplied].into_iter().enumerate() {
            let (fragile, panics) = fragile(&world, step);
            world.buy(&format!("buyer{n}@example.com"), "GIFT-25").await;
            world.buy(&format!("other{n}@example.com"), "GIFT-25").await;
            world.sandbox.settle().await;
            panics.store(1, Ordering::SeqCst);
            fragile.run_due().await.unwrap();
            assert_eq!(panics.load(Ordering::SeqCst), 0, "{step:?} was reached");
            world.pass(SignedDuration::from_mins(2)).await;
            world.all_is_in_step().await;
        }
    }
}

/// A process that panics at a step, as often as the number says that comes with it.
fn fragile(world: &World, at: Step) -> (Engine, Arc<AtomicU32>) {
    let panics = Arc::new(AtomicU32::new(0));
    let left = Arc::clone(&panics);
    let steps = Steps::told_to(move |step| {
        let take_one = |left: u32| left.checked_sub(1);
        if step == at
            && left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take_one)
                .is_ok()
        {
            panic!("a defect at {}", step.name());
        }
    });
    let process = Process {
        steps,
        ..Process::default()
    };
    (world.process(&world.store, process), panics)
}

/// Why an order waits.
async fn says(world: &World, order: &serde_json::Value) -> Option<String> {
    let number = crate::world::text(&order["orderNumber"]);
    let shown = world.engine.orders_numbered(&number).await.ok()?;
    let deal = shown.into_iter().next()?.deals.into_iter().next()?;
    deal.work?.item.error
}

//! A site's webhook subscription gets a new secret, while orders come in and answers get lost.

use jiff::SignedDuration;
use portico_engine::Error;
use portico_store::{Dialect, Store, Tx, on_both};
use serde_json::{Value, json};

use crate::world::{Link, Process, World, text};

const INES: &str = "ines.okafor@example.com";

const ROTATE: &str = "/1.0/webhook_subscriptions/.*/actions/rotateSecret";

/// Less than until the next sweep, so that what is known by then was told.
const A_MOMENT: SignedDuration = SignedDuration::from_secs(6);

/// More than until the next sweep.
const A_WHILE: SignedDuration = SignedDuration::from_mins(6);

on_both! {
    async fn what_was_signed_before_a_rotation_and_comes_after_it_is_taken(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.fault(json!({"app": "squarespace", "kind": "reorder_webhooks", "times": 1})).await;
        let order = world.buy(INES, "GIFT-100").await;
        let rotated = world.engine.rotate_hook_secret("acme").await.unwrap();
        assert_eq!(rotated.former_until, world.now() + SignedDuration::from_hours(48));
        world.engine.rotate_hook_secret("acme").await.unwrap();
        assert_eq!(world.deals().await, "");

        world.advance(A_MOMENT).await;
        was_told(&world, &order).await;
        is_told_of_orders(&world).await;
    }
}

on_both! {
    async fn what_the_former_secret_signs_is_refused_once_no_repeat_of_it_can_come(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.engine.rotate_hook_secret("acme").await.unwrap();
        world.switch("squarespace", "old_secret", json!(true)).await;
        world.advance(SignedDuration::from_hours(48) - SignedDuration::from_secs(1)).await;
        is_told_of_orders(&world).await;

        world.advance(SignedDuration::from_secs(1)).await;
        let order = world.buy(INES, "GIFT-25").await;
        world.settle().await;
        assert_eq!(world.state("kommo", "leads").await.len(), 1);
        world.pass(A_WHILE).await;
        let timeline = world.timeline(&order).await;
        assert!(timeline.contains("no notification had told of it"), "{timeline}");
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn a_rotation_whose_answer_is_lost_ends_in_one_subscription_that_works(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let before = subscription(&world).await;
        world.fault(json!({"app": "squarespace", "path": ROTATE, "kind": "drop_after", "times": 1})).await;
        let lost = world.engine.rotate_hook_secret("acme").await;
        assert!(matches!(lost, Err(Error::Vendor { .. })), "{lost:?}");
        world.buy(INES, "GIFT-100").await;
        world.settle().await;
        assert_eq!(world.deals().await, "", "nobody knows what it is signed with");

        world.pass(A_WHILE).await;
        assert_ne!(subscription(&world).await, before);
        world.all_is_in_step().await;
        is_told_of_orders(&world).await;
    }
}

on_both! {
    async fn of_two_rotations_at_once_one_is_refused(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let before = subscription(&world).await;
        world.fault(json!({"app": "squarespace", "path": ROTATE, "kind": "delay", "ms": 60_000, "times": 1})).await;
        let engine = world.engine.clone();
        let first = tokio::spawn(async move { engine.rotate_hook_secret("acme").await });
        world.until_struck().await;

        let other = world.process(&world.store, Process { seed: 9, ..Process::default() });
        let refused = other.rotate_hook_secret("acme").await.unwrap_err();
        insta::assert_snapshot!(refused, @"somebody else is changing the webhook subscription of connection `acme`; try again in a moment");
        world.clear_faults().await;
        first.await.unwrap().unwrap();
        assert_eq!(subscription(&world).await, before);
        is_told_of_orders(&world).await;
    }
}

on_both! {
    async fn a_rotation_that_is_overtaken_spoils_nothing(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let before = subscription(&world).await;
        world.fault(json!({"app": "squarespace", "path": ROTATE, "kind": "delay_after", "ms": 60_000, "times": 1})).await;
        let engine = world.engine.clone();
        let slow = tokio::spawn(async move { engine.rotate_hook_secret("acme").await });
        world.until_struck().await;
        // To the others it looks as if its process had died.
        world.pass(A_WHILE).await;
        assert_ne!(subscription(&world).await, before);

        world.clear_faults().await;
        let overtaken = slow.await.unwrap();
        assert!(matches!(overtaken, Err(Error::Conflict(_))), "{overtaken:?}");
        is_told_of_orders(&world).await;
    }
}

on_both! {
    async fn a_rotation_that_the_vendor_refuses_changes_nothing(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let before = subscription(&world).await;
        world.fault(json!({"app": "squarespace", "path": ROTATE, "kind": "status", "status": 403, "times": 1})).await;
        let refused = world.engine.rotate_hook_secret("acme").await;
        assert!(matches!(refused, Err(Error::Vendor { .. })), "{refused:?}");
        world.pass(A_WHILE).await;
        assert_eq!(subscription(&world).await, before);
        is_told_of_orders(&world).await;
    }
}

on_both! {
    async fn a_rotation_that_went_well_is_told_so_though_its_turn_cannot_be_given_back(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        keep_turns(&world).await;
        world.engine.rotate_hook_secret("acme").await.unwrap();
        is_told_of_orders(&world).await;

        let other = world.engine.rotate_hook_secret("acme").await;
        assert!(matches!(other, Err(Error::Conflict(_))), "{other:?}");
        world.clock.advance(SignedDuration::from_mins(10));
        world.engine.rotate_hook_secret("acme").await.unwrap();
    }
}

on_both! {
    async fn only_what_has_a_subscription_can_rotate_its_secret(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.connect_site("quay", 1, Link::ApiKey).await;
        world.connect_crm().await;
        let mut refusals = Vec::new();
        for name in ["acme", "quay", "crm", "nobody"] {
            refusals.push(world.engine.rotate_hook_secret(name).await.unwrap_err().to_string());
        }
        insta::assert_snapshot!(refusals.join("\n"), @r"
        the site of connection `acme` sends no notifications that could be signed: that takes `public_url` and a flow, and is looked after with each sweep
        connection `quay` has an API key, with which Squarespace sends no notifications; authorise it by OAuth: `portico connection reauthorize quay`
        connection `crm` is of Kommo, which signs no notifications; rotate the secret of a Squarespace site
        no such connection `nobody`
        ");
    }
}

/// Lets the database refuse that a turn is given back.
async fn keep_turns(world: &World) {
    const SQLITE: &str = "CREATE TRIGGER kept BEFORE UPDATE ON leases \
        WHEN NEW.held_until = 0 AND NEW.name LIKE 'subscription/%' \
        BEGIN SELECT RAISE(ABORT, 'kept'); END";
    const POSTGRES: &str = "ALTER TABLE leases ADD CONSTRAINT kept \
        CHECK (held_until > 0 OR name NOT LIKE 'subscription/%') NOT VALID";

    let keep = |tx: &mut dyn Tx| {
        let sql = match tx.dialect() {
            Dialect::Sqlite => SQLITE,
            Dialect::Postgres => POSTGRES,
        };
        tx.execute(sql, &[]).map(drop)
    };
    world.store.write(keep).await.unwrap();
}

/// The one subscription that the site has.
async fn subscription(world: &World) -> Value {
    let mut all = world.state("squarespace", "subscriptions").await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)["id"].take()
}

async fn is_told_of_orders(world: &World) {
    let order = world.buy(INES, "GIFT-25").await;
    world.settle().await;
    was_told(world, &order).await;
    world.all_is_in_step().await;
}

async fn was_told(world: &World, order: &Value) {
    let timeline = world.timeline(order).await;
    let number = text(&order["orderNumber"]);
    assert!(
        timeline.starts_with("read after a notification"),
        "{number}: {timeline}"
    );
}

//! A merchant who removes the app and comes back, while notifications of it repeat and overtake each other.

use jiff::SignedDuration;
use portico_engine::{NewCredential, OAuthClient};
use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::world::{Link, World, text};

const INES: &str = "ines.okafor@example.com";

/// Within it the subscription is still the old one, and its notifications are signed as we expect.
const SOON: SignedDuration = SignedDuration::from_mins(10);

/// After it a connection that was made again has a subscription of its own.
const LATER: SignedDuration = SignedDuration::from_mins(130);

on_both! {
    async fn an_uninstall_that_is_told_twice_revokes_once(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        webhook_fault(&world, "duplicate_webhook", SignedDuration::ZERO).await;
        uninstall(&world).await;
        world.settle().await;
        assert!(world.connection("acme").await.starts_with("REVOKED"));

        come_back(&world).await;
        orders_go_through(&world, 1).await;
    }
}

on_both! {
    async fn a_late_repeat_of_an_uninstall_leaves_what_was_connected_again(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        for late in [SOON, LATER] {
            webhook_fault(&world, "duplicate_webhook", late).await;
            uninstall(&world).await;
            world.settle().await;
            assert!(world.connection("acme").await.starts_with("REVOKED"));

            come_back(&world).await;
            world.pass(late + SignedDuration::from_mins(1)).await;
            assert_eq!(world.connection("acme").await, "ACTIVE", "{late:#}");
            // By then the site has a subscription again, so that a second uninstall is told.
            world.pass(LATER).await;
        }
        orders_go_through(&world, 1).await;
    }
}

on_both! {
    async fn an_uninstall_that_is_told_only_after_the_site_was_connected_again_is_an_old_one(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        webhook_fault(&world, "reorder_webhooks", SignedDuration::ZERO).await;
        uninstall(&world).await;
        world.advance(SignedDuration::from_secs(1)).await;
        come_back(&world).await;
        world.advance(SOON).await;

        assert_eq!(world.connection("acme").await, "ACTIVE");
        orders_go_through(&world, 1).await;
    }
}

on_both! {
    async fn a_merchant_may_leave_and_come_back_more_than_once(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        for round in 1..=3 {
            uninstall(&world).await;
            world.settle().await;
            assert!(world.connection("acme").await.starts_with("REVOKED"), "round {round}");
            come_back(&world).await;
            // By then the site has a subscription again.
            world.pass(LATER).await;
            assert_eq!(world.connection("acme").await, "ACTIVE", "round {round}");
            assert_eq!(world.state("squarespace", "subscriptions").await.len(), 1);
            orders_go_through(&world, round).await;
        }
    }
}

on_both! {
    async fn an_order_that_an_uninstall_overtakes_gets_its_deal_when_the_merchant_is_back(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        webhook_fault(&world, "reorder_webhooks", SignedDuration::ZERO).await;
        world.buy(INES, "GIFT-100").await;
        uninstall(&world).await;
        world.advance(SOON).await;
        assert!(world.connection("acme").await.starts_with("REVOKED"));
        assert_eq!(world.deals().await, "");

        come_back(&world).await;
        world.pass(SOON).await;
        world.all_is_in_step().await;
    }
}

/// The next webhook of the shop meets this, once.
async fn webhook_fault(world: &World, kind: &str, ms: SignedDuration) {
    let ms = u64::try_from(ms.as_millis()).unwrap();
    let fault = json!({"app": "squarespace", "kind": kind, "ms": ms, "times": 1});
    world.fault(fault).await;
}

async fn site(world: &World) -> Value {
    world.credentials().await["squarespace"]["sites"][0]["website_id"].clone()
}

async fn uninstall(world: &World) {
    let gone =
        json!({"app": "squarespace", "action": "uninstall", "website_id": site(world).await});
    world.people(gone).await;
}

/// The merchant authorises the app again, and the connection gets the new pair of tokens.
async fn come_back(world: &World) {
    let wanted =
        json!({"app": "squarespace", "action": "token_pair", "website_id": site(world).await});
    let pair = world.people(wanted).await;
    let app = world.credentials().await["squarespace"].clone();
    let tokens = NewCredential::Tokens {
        client: OAuthClient {
            id: text(&app["client_id"]),
            secret: text(&app["client_secret"]).into(),
            redirect_uri: None,
        },
        access_token: text(&pair["access_token"]).into(),
        refresh_token: text(&pair["refresh_token"]).into(),
    };
    world.engine.reconnect("acme", tokens).await.unwrap();
    assert_eq!(world.connection("acme").await, "ACTIVE");
}

/// A new order has its deal within minutes, by a notification or by the sweep.
async fn orders_go_through(world: &World, orders: usize) {
    world.buy(INES, "GIFT-25").await;
    world.pass(SOON).await;
    assert_eq!(world.state("kommo", "leads").await.len(), orders);
    world.all_is_in_step().await;
}

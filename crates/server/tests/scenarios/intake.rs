//! How orders come in: by signed notifications, and by the sweep for what no notification told.

use jiff::SignedDuration;
use portico_store::{Store, Tx, on_both};
use reqwest::StatusCode;
use serde_json::json;

use crate::world::{Link, World, text};

const SWEEP: SignedDuration = SignedDuration::from_mins(6);

on_both! {
    async fn a_notification_without_the_right_signature_is_refused_and_not_kept(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let order = json!({"topic": "order.create", "data": {"orderId": "abc"}}).to_string();
        let forged = "ab".repeat(32);
        for signature in [None, Some(""), Some("no hex"), Some(forged.as_str())] {
            let (status, problem) = deliver(&world, signature, order.clone()).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{signature:?}");
            assert!(problem.contains("the signature is missing or wrong"), "{problem}");
        }
        world.switch("squarespace", "wrong_signature", json!(true)).await;
        world.buy("ines.okafor@example.com", "GIFT-100").await;
        world.settle().await;

        assert_eq!(notifications(&world).await, 0);
        assert_eq!(world.deals().await, "");
    }
}

on_both! {
    async fn a_body_that_is_no_notification_is_refused_by_either_hook(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let (status, _) = deliver(&world, Some("00"), "not JSON".to_owned()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "the signature comes first");

        let hook = text(&world.state("kommo", "subscriptions").await[0]["destination"]);
        let other_account = "account[id]=1&contacts[add][0][id]=5";
        let answer = world.http.post(&hook).body(other_account).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        let wrong_secret = format!("{}0", &hook[..hook.len() - 1]);
        let answer = world.http.post(&wrong_secret).body("").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
}

on_both! {
    async fn a_hook_that_no_connection_has_is_not_found(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        for path in ["hooks/squarespace/con_0", "hooks/squarespace/acme", "hooks/kommo/acme/secret"] {
            let url = world.hub.join(path).unwrap();
            let answer = world.http.post(url).body("{}").send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        }
        // The hook of a connection of another app is none of this app's.
        let crm = world.engine.connection_named("crm").await.unwrap();
        let url = world.hub.join(&format!("hooks/squarespace/{}", crm.id)).unwrap();
        let answer = world.http.post(url).body("{}").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
}

on_both! {
    async fn an_oversized_body_is_refused(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let (status, problem) = deliver(&world, Some("00"), "x".repeat(2 * 1024 * 1024)).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(problem.contains("the body is larger than 1048576 bytes"), "{problem}");
    }
}

on_both! {
    async fn a_topic_that_nobody_asked_for_is_kept_and_answered_with_success(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let site = world.credentials().await["squarespace"]["sites"][0].clone();
        let subscription = text(&world.state("squarespace", "subscriptions").await[0]["id"]);
        let url = format!(
            "{}/squarespace/1.0/webhook_subscriptions/{subscription}/actions/sendTestNotification",
            world.sandbox.base_url()
        );
        let answer = world
            .http
            .post(url)
            .bearer_auth(text(&site["access_token"]))
            .header("user-agent", "a merchant")
            .json(&json!({"topic": "contact.create"}))
            .send()
            .await
            .unwrap();
        let told: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(told["statusCode"], 204);
        world.settle().await;
        assert_eq!(notifications(&world).await, 1);
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn a_repeated_notification_makes_one_deal(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.fault(json!({"app": "squarespace", "kind": "duplicate_webhook"})).await;
        let order = world.buy("ines.okafor@example.com", "GIFT-100").await;
        world.settle().await;
        world.merchant("refund", &order, json!({"amount": "5.50"})).await;
        world.settle().await;

        assert_eq!(notifications(&world).await, 2);
        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, New order | 106 | Ines Okafor | cat: workshops & cards, over-100, refund: partial");
        assert_eq!(world.notes(&order).await.len(), 2);
        insta::assert_snapshot!(world.timeline(&order).await, @r"
        read after a notification: 105.50 USD, PENDING, PAID
        deal N in New Clients: new buyer, contact made; 1 line item; tags cat: workshops & cards, over-100
        changed in the shop: 105.50 USD, PENDING, PAID
        deal N changed: Refunded total, tag refund: partial
        ");
    }
}

on_both! {
    async fn an_update_that_overtakes_its_order_does_no_harm(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.fault(json!({"app": "squarespace", "kind": "reorder_webhooks", "times": 1})).await;
        let order = world.buy("ines.okafor@example.com", "GIFT-100").await;
        world.merchant("cancel", &order, json!({})).await;
        world.settle().await;
        world.advance(SignedDuration::from_secs(10)).await;

        assert_eq!(notifications(&world).await, 2);
        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, Closed - lost (Cancelled) | 106 | Ines Okafor | cancelled, cat: workshops & cards, over-100");
        insta::assert_snapshot!(world.timeline(&order).await, @r"
        read after a notification: 105.50 USD, CANCELED, PAID
        deal N in New Clients: new buyer, contact made; 1 line item; tags cancelled, cat: workshops & cards, over-100
        ");
    }
}

on_both! {
    async fn the_sweep_finds_an_order_whose_notification_was_lost_and_says_so(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.fault(json!({"app": "squarespace", "kind": "lose_webhook", "times": 1})).await;
        let order = world.buy("ines.okafor@example.com", "GIFT-100").await;
        world.settle().await;
        assert_eq!(world.deals().await, "");

        world.advance(SWEEP).await;
        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, New order | 106 | Ines Okafor | cat: workshops & cards, over-100");
        insta::assert_snapshot!(world.timeline(&order).await, @r"
        found by the sweep: 105.50 USD, PENDING, PAID
        no notification had told of it: the sweep found what the vendor's webhook missed
        deal N in New Clients: new buyer, contact made; 1 line item; tags cat: workshops & cards, over-100
        ");
    }
}

on_both! {
    async fn a_change_of_payment_is_told_by_nobody_and_found_by_the_sweep(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let order = world
            .checkout(json!({"email": "ines.okafor@example.com", "basket": [{"sku": "GIFT-100"}], "payment_state": "PENDING"}))
            .await;
        world.settle().await;
        assert_eq!(world.field(&order, "PAYMENT").await.as_deref(), Some("PENDING"));

        world.merchant("payment_state", &order, json!({"state": "PAID"})).await;
        world.advance(SWEEP).await;
        assert_eq!(world.field(&order, "PAYMENT").await.as_deref(), Some("PAID"));
        insta::assert_snapshot!(world.timeline(&order).await, @r"
        read after a notification: 105.50 USD, PENDING, PENDING
        deal N in New Clients: new buyer, contact made; 1 line item; tags cat: workshops & cards, over-100
        found changed by the sweep: 105.50 USD, PENDING, PAID
        deal N changed: Payment state
        ");
    }
}

on_both! {
    async fn a_site_with_an_api_key_works_by_the_sweep_alone(store: Store) {
        let world = World::connected(store, Link::ApiKey).await;
        let order = world.buy("ines.okafor@example.com", "GIFT-100").await;
        world.settle().await;
        assert_eq!(world.state("squarespace", "subscriptions").await.len(), 0);
        assert_eq!(world.deals().await, "");

        world.advance(SignedDuration::from_secs(61)).await;
        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, New order | 106 | Ines Okafor | cat: workshops & cards, over-100");
        world.merchant("refund", &order, json!({})).await;
        world.advance(SignedDuration::from_secs(61)).await;
        insta::assert_snapshot!(world.timeline(&order).await, @r"
        found by the sweep: 105.50 USD, PENDING, PAID
        deal N in New Clients: new buyer, contact made; 1 line item; tags cat: workshops & cards, over-100
        found changed by the sweep: 105.50 USD, PENDING, REFUNDED
        deal N changed: Payment state, Refunded total, tag refund: full, stage
        ");
    }
}

on_both! {
    async fn orders_that_the_shops_default_list_hides_get_a_deal_too(store: Store) {
        let world = World::connected(store, Link::ApiKey).await;
        for state in ["PARTIALLY_PAID", "FAILED", "PENDING", "NOT_CHARGED", "AUTHORIZED"] {
            let email = format!("{}@example.com", state.to_lowercase());
            world
                .checkout(json!({"email": email, "first_name": state, "last_name": "Buyer",
                    "basket": [{"sku": "GIFT-25"}], "payment_state": state}))
                .await;
        }
        world.advance(SignedDuration::from_secs(61)).await;
        insta::assert_snapshot!(world.deals().await, @"
        #1001 · Harbor & Lantern | New Clients, New order | 26 | PARTIALLY_PAID Buyer | cat: workshops & cards
        #1004 · Harbor & Lantern | New Clients, New order | 26 | NOT_CHARGED Buyer | cat: workshops & cards
        #1005 · Harbor & Lantern | New Clients, New order | 26 | AUTHORIZED Buyer | cat: workshops & cards
        #1002 · Harbor & Lantern | New Clients, New order | 26 | FAILED Buyer | cat: workshops & cards
        #1003 · Harbor & Lantern | New Clients, New order | 26 | PENDING Buyer | cat: workshops & cards
        ");
    }
}

on_both! {
    async fn a_test_order_gets_no_deal_and_the_reason_is_shown(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let order = world
            .checkout(json!({"email": "ines.okafor@example.com", "basket": [{"sku": "GIFT-100"}], "testmode": true}))
            .await;
        world.settle().await;

        assert_eq!(world.deals().await, "");
        assert_eq!(world.sentence(&order).await, "no deal: it was paid in test mode");
        insta::assert_snapshot!(world.timeline(&order).await, @r"
        read after a notification: 105.50 USD, PENDING, PAID
        gets no deal: it was paid in test mode
        ");
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn a_merchant_who_removes_the_app_revokes_the_connection(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let site = text(&world.credentials().await["squarespace"]["sites"][0]["website_id"]);
        world.people(json!({"app": "squarespace", "action": "uninstall", "website_id": site})).await;
        world.settle().await;

        insta::assert_snapshot!(world.connection("acme").await, @"REVOKED: the merchant disconnected the app in Squarespace; run `portico connection reauthorize acme`, whose link the owner of the account opens; `portico connection reconnect acme` takes tokens that were obtained elsewhere");
        world.forget_requests().await;
        world.advance(SignedDuration::from_hours(25)).await;
        assert_eq!(world.requests("squarespace").await.len(), 0, "a revoked site is left alone");
        insta::assert_snapshot!(world.connection("acme").await, @"REVOKED: the merchant disconnected the app in Squarespace; run `portico connection reauthorize acme`, whose link the owner of the account opens; `portico connection reconnect acme` takes tokens that were obtained elsewhere");
    }
}

async fn deliver(world: &World, signature: Option<&str>, body: String) -> (StatusCode, String) {
    let site = world.engine.connection_named("acme").await.unwrap();
    let url = world
        .hub
        .join(&format!("hooks/squarespace/{}", site.id))
        .unwrap();
    let mut request = world.http.post(url).body(body);
    if let Some(signature) = signature {
        request = request.header("squarespace-signature", signature);
    }
    let answer = request.send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

/// How many notifications are kept.
async fn notifications(world: &World) -> i64 {
    let count = |tx: &mut dyn Tx| {
        tx.query_one("SELECT count(*) FROM notifications", &[])?
            .int(0)
    };
    world.store.read(count).await.unwrap()
}

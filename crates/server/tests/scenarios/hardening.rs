//! What a vendor or a shop does only now and then, and what must not stop the orders.

use http::Method;
use jiff::SignedDuration;
use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::world::{Link, World, text};

const HOUR: SignedDuration = SignedDuration::from_mins(61);

on_both! {
    async fn a_shop_that_refuses_its_products_still_gets_its_deals_and_says_so(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.fault(json!({"app": "squarespace", "path": "/(products|store_pages)", "kind": "status", "status": 403})).await;
        world.buy("ines.okafor@example.com", "GIFT-100").await;
        world.settle().await;
        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, New order | 106 | Ines Okafor | over-100");
        let warning = world.warning().await.unwrap();
        assert!(warning.starts_with("the shop refuses to tell of products"), "{warning}");

        world.clear_faults().await;
        world.buy("kwame.mensah@example.com", "GIFT-25").await;
        world.settle().await;
        assert_eq!(world.warning().await, None);
    }
}

on_both! {
    async fn a_place_in_the_history_that_the_shop_refuses_is_given_up(store: Store) {
        let world = World::new(store).await;
        let orders: Vec<Value> = (0..120)
            .map(|n| json!({"customerEmail": format!("buyer{n}@example.com")}))
            .collect();
        world.control_post("squarespace/orders?silent=true", &json!(orders)).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.connect_crm().await;
        world.fault(json!({"app": "squarespace", "path": "cursor=", "kind": "status", "status": 400, "times": 1})).await;
        world.add_flow("orders", "acme", Default::default()).await;
        world.settle().await;

        let progress = world.engine.progress("orders").await.unwrap();
        assert_eq!((progress.history_read, progress.orders_read), (true, 120));
    }
}

on_both! {
    async fn a_shop_that_is_down_is_asked_for_one_order_and_not_for_each(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        for email in ["a@example.com", "b@example.com", "c@example.com"] {
            world.buy(email, "GIFT-25").await;
        }
        world.fault(json!({"app": "squarespace", "path": "/orders/", "kind": "status", "status": 503})).await;
        world.forget_requests().await;
        world.settle().await;
        let asked = world.requests("squarespace").await;
        let tries = asked.iter().filter(|one| text(&one["path"]).contains("/orders/")).count();
        assert!(tries < 3, "{asked:?}");

        world.clear_faults().await;
        world.advance(SignedDuration::from_mins(6)).await;
        assert_eq!(world.state("kommo", "leads").await.len(), 3);
    }
}

on_both! {
    async fn a_subscription_that_the_shop_dropped_is_made_again_within_the_hour(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let dropped = drop_subscription(&world).await;
        world.advance(HOUR).await;

        let there = world.state("squarespace", "subscriptions").await;
        assert_eq!(there.len(), 1);
        assert_ne!(there[0]["id"], dropped);
        world.buy("ines.okafor@example.com", "GIFT-100").await;
        world.settle().await;
        assert_eq!(world.state("kommo", "leads").await.len(), 1, "its new secret is the one we check by");
    }
}

on_both! {
    async fn a_subscription_that_somebody_made_less_of_is_whole_again_within_the_hour(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let whole = world.state("squarespace", "subscriptions").await;
        let less = json!({"topics": ["extension.uninstall"]});
        call_subscription(&world, Method::POST, Some(less)).await;
        assert_ne!(world.state("squarespace", "subscriptions").await[0]["topics"], whole[0]["topics"]);
        world.advance(HOUR).await;

        let there = world.state("squarespace", "subscriptions").await;
        assert_eq!((there.len(), &there[0]["id"], &there[0]["topics"]), (1, &whole[0]["id"], &whole[0]["topics"]));
        world.forget_requests().await;
        world.advance(HOUR).await;
        let asked = world.requests("squarespace").await;
        let changed = asked.iter().any(|one| text(&one["operation"]).starts_with("POST /1.0/webhook_subscriptions"));
        assert!(!changed, "what is whole is left alone: {asked:?}");
    }
}

on_both! {
    async fn a_subscription_that_the_crm_failed_to_make_is_tried_again(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.connect_crm().await;
        world.fault(json!({"app": "kommo", "method": "POST", "path": "/webhooks", "kind": "status", "status": 500})).await;
        world.add_flow("orders", "acme", Default::default()).await;
        world.settle().await;
        assert_eq!(world.state("kommo", "subscriptions").await.len(), 0);

        world.clear_faults().await;
        world.advance(HOUR).await;
        assert_eq!(world.state("kommo", "subscriptions").await.len(), 1);
        world.advance(HOUR).await;
        assert_eq!(world.calls("kommo", "POST /api/v4/webhooks").await, 2);
    }
}

on_both! {
    async fn a_text_with_a_nul_in_it_is_taken_without(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let order = world
            .place(json!({
                "customerEmail": "in\u{0}es@example.com",
                "billingAddress": {"firstName": "In\u{0}es", "lastName": "\u{0}"},
                "formSubmission": [{"label": "Gift\u{0}?", "value": "y\u{0}es"}],
            }))
            .await;
        world.settle().await;
        insta::assert_snapshot!(world.contacts().await, @"Ines | ines@example.com |  |");
        assert_eq!(world.notes(&order).await.len(), 1);
        world.nothing_is_stuck().await;
    }
}

/// Ends the site's only subscription behind our back.
async fn drop_subscription(world: &World) -> Value {
    let there = world.state("squarespace", "subscriptions").await;
    call_subscription(world, Method::DELETE, None).await;
    there[0]["id"].clone()
}

/// Does something to the site's only subscription, as another tool of its owner.
async fn call_subscription(world: &World, method: Method, body: Option<Value>) {
    let there = world.state("squarespace", "subscriptions").await;
    let credentials = world.credentials().await;
    let token = text(&credentials["squarespace"]["sites"][0]["access_token"]);
    let base = world.sandbox.base_url();
    let url = format!(
        "{base}/squarespace/1.0/webhook_subscriptions/{}",
        text(&there[0]["id"])
    );
    let mut request = world.http.request(method, url).bearer_auth(token);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.header("user-agent", "another tool").send().await;
    answer.unwrap().error_for_status().unwrap();
}

//! Webhook subscriptions and the delivery of signed notifications.

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use portico_sandbox::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::receiver::{Receiver, subscribe};
use crate::stand::{Stand, answer};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

async fn subscribed() -> (Stand, Receiver, Value) {
    subscribed_on(Stand::up().await).await
}

async fn subscribed_on(stand: Stand) -> (Stand, Receiver, Value) {
    let (receiver, url) = Receiver::listening().await;
    let subscription = subscribe(
        &stand,
        &url,
        &["order.create", "order.update", "extension.uninstall"],
    )
    .await;
    (stand, receiver, subscription)
}

fn is_signed(secret: &Value, headers: &HeaderMap, body: &[u8]) -> bool {
    let key = hex::decode(secret.as_str().unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(body);
    headers["squarespace-signature"] == hex::encode(mac.finalize().into_bytes()).as_str()
}

#[tokio::test]
async fn the_secret_is_shown_once_and_the_rest_always() {
    let (stand, _, created) = subscribed().await;
    let token = stand.first("access_token");
    let id = created["id"].as_str().unwrap();
    assert_eq!(created["secret"].as_str().unwrap().len(), 64);
    assert_eq!(created["clientId"], stand.credentials["client_id"]);

    let mut shown = created.clone();
    shown.as_object_mut().unwrap().remove("secret");
    let path = format!("/1.0/webhook_subscriptions/{id}");
    assert_eq!(
        answer(stand.request(Method::GET, &path, &token)).await.body,
        shown
    );
    let list = answer(stand.request(Method::GET, "/1.0/webhook_subscriptions", &token)).await;
    assert_eq!(list.body, json!({ "webhookSubscriptions": [shown] }));

    let updated = stand
        .post(&path, json!({ "topics": ["order.create"] }))
        .await;
    assert_eq!(
        (updated.status, &updated.body["topics"]),
        (200, &json!(["order.create"]))
    );
    assert_eq!(updated.body["endpointUrl"], created["endpointUrl"]);
    assert_eq!(
        answer(stand.request(Method::DELETE, &path, &token))
            .await
            .status,
        204
    );
    let gone = answer(stand.request(Method::GET, &path, &token)).await;
    assert_eq!(gone.refusal(), "404 INVALID_REQUEST_ERROR INVALID_ARGUMENT");
}

#[tokio::test]
async fn a_notification_is_thin_and_signed() {
    let (stand, receiver, subscription) = subscribed().await;
    let order = stand.person("checkout", json!({})).await;
    stand.sandbox.settle().await;

    let received = receiver.received.lock().unwrap().clone();
    let (headers, body) = &received[0];
    assert!(is_signed(&subscription["secret"], headers, body));
    assert_eq!(headers["user-agent"], "Squarespace/1.0");
    assert_eq!(headers["content-type"], "application/json");
    let mut body: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(body["id"].take().as_str().unwrap().len(), 24);
    assert_eq!(
        body,
        json!({
            "id": null, "websiteId": stand.credentials["sites"][0]["website_id"], "subscriptionId": subscription["id"],
            "topic": "order.create", "createdOn": "2026-05-14T09:30:00Z", "data": { "orderId": order["id"] },
        })
    );
}

#[tokio::test]
async fn each_action_tells_what_the_vendor_would_tell() {
    let (stand, receiver, _) = subscribed().await;
    let id = stand.person("checkout", json!({})).await["id"].clone();
    for (action, more) in [
        ("fulfill", json!({})),
        ("unfulfill", json!({})),
        ("refund", json!({ "amount": "1" })),
        ("edit_email", json!({ "email": "a@example.com" })),
        ("note", json!({ "text": "quiet" })),
        ("payment_state", json!({ "state": "AUTHORIZED" })),
        ("cancel", json!({})),
    ] {
        let mut body = more;
        body["id"] = id.clone();
        stand.person(action, body).await;
        stand.sandbox.settle().await;
    }
    stand.person("uninstall", json!({})).await;
    stand.sandbox.settle().await;
    assert_eq!(
        receiver.topics(),
        [
            "order.create",
            "order.update:FULFILLED",
            "order.update:MARKED_PENDING",
            "order.update:REFUNDED",
            "order.update:EMAIL_UPDATED",
            "order.update:CANCELED",
            "extension.uninstall",
        ]
    );
    assert_eq!(stand.state("subscriptions").await.len(), 0);
}

#[tokio::test]
async fn a_failed_delivery_is_repeated_byte_for_byte_by_the_schedule() {
    let (stand, receiver, _) = subscribed().await;
    receiver.then_answers(&[500, 302, 503]);
    stand.person("checkout", json!({})).await;
    stand.sandbox.settle().await;
    assert_eq!(receiver.bodies().len(), 1);

    stand.advance(MINUTE_MS - 1).await;
    assert_eq!(receiver.bodies().len(), 1);
    stand.advance(1).await;
    assert_eq!(receiver.bodies().len(), 2);
    stand.advance(4 * MINUTE_MS).await;
    assert_eq!(receiver.bodies().len(), 3);
    stand.advance(25 * MINUTE_MS).await;
    assert_eq!(receiver.bodies().len(), 4);
    stand.advance(48 * HOUR_MS).await;
    let received = receiver.received.lock().unwrap();
    assert_eq!(received.len(), 4, "the fourth attempt was answered 204");
    assert!(received.iter().all(|(headers, body)| {
        *body == received[0].1
            && headers["squarespace-signature"] == received[0].0["squarespace-signature"]
    }));
}

#[tokio::test]
async fn a_running_clock_that_is_moved_delivers_what_became_due() {
    let (stand, receiver, _) = subscribed_on(Stand::with_clock(Clock::running()).await).await;
    receiver.then_answers(&[500, 500]);
    stand.person("checkout", json!({})).await;
    stand.sandbox.settle().await;

    stand.advance(HOUR_MS).await;
    assert_eq!(
        receiver.bodies().len(),
        3,
        "two repetitions were due within the hour"
    );
    stand.sandbox.stop().await;
}

#[tokio::test]
async fn webhooks_are_lost_doubled_and_overtaken_on_demand() {
    let (stand, receiver, _) = subscribed().await;
    stand
        .fault(json!({ "kind": "lose_webhook", "times": 1 }))
        .await;
    stand.person("checkout", json!({})).await;
    stand.sandbox.settle().await;
    assert_eq!(receiver.bodies().len(), 0);

    stand
        .fault(json!({ "kind": "duplicate_webhook", "times": 1 }))
        .await;
    let doubled = stand.person("checkout", json!({})).await["id"].clone();
    stand.sandbox.settle().await;
    assert_eq!(receiver.orders(), [doubled.clone(), doubled.clone()]);
    assert_eq!(receiver.bodies()[0]["id"], receiver.bodies()[1]["id"]);

    stand
        .fault(json!({ "kind": "reorder_webhooks", "times": 1 }))
        .await;
    let late = stand.person("checkout", json!({})).await["id"].clone();
    stand.sandbox.settle().await;
    assert_eq!(receiver.bodies().len(), 2);
    let early = stand.person("checkout", json!({})).await["id"].clone();
    stand.sandbox.settle().await;
    assert_eq!(receiver.orders()[2..], [early, late]);
}

#[tokio::test]
async fn a_webhook_may_be_repeated_much_later() {
    let (stand, receiver, _) = subscribed().await;
    stand
        .fault(json!({ "kind": "duplicate_webhook", "ms": HOUR_MS, "times": 1 }))
        .await;
    let order = stand.person("checkout", json!({})).await["id"].clone();
    stand.sandbox.settle().await;
    stand.advance(HOUR_MS - 1).await;
    assert_eq!(receiver.orders().len(), 1);

    stand.advance(1).await;
    assert_eq!(receiver.orders(), [order.clone(), order]);
    assert_eq!(receiver.bodies()[0]["id"], receiver.bodies()[1]["id"]);
}

#[tokio::test]
async fn an_overtaken_webhook_arrives_even_when_nothing_overtakes_it() {
    let (stand, receiver, _) = subscribed().await;
    stand
        .fault(json!({ "kind": "reorder_webhooks", "times": 1 }))
        .await;
    stand.person("checkout", json!({})).await;

    stand.advance(MINUTE_MS).await;
    assert_eq!(receiver.bodies().len(), 1);
}

#[tokio::test]
async fn a_subscription_is_dropped_after_as_many_failures_as_the_switch_says() {
    let (stand, receiver, _) = subscribed().await;
    stand.switch("drop_subscription_after", json!(2)).await;
    receiver.then_answers(&[500; 18]);

    stand.person("checkout", json!({})).await;
    stand.advance(48 * HOUR_MS).await;
    assert_eq!(receiver.bodies().len(), 9, "nine attempts over 48 hours");
    assert_eq!(stand.state("subscriptions").await.len(), 1);
    stand.person("checkout", json!({})).await;
    stand.advance(48 * HOUR_MS).await;
    assert_eq!(stand.state("subscriptions").await.len(), 0);
    stand.person("checkout", json!({})).await;
    stand.sandbox.settle().await;
    assert_eq!(receiver.bodies().len(), 18);
}

#[tokio::test]
async fn deleting_a_subscription_ends_its_retries() {
    let (stand, receiver, subscription) = subscribed().await;
    receiver.then_answers(&[500]);
    stand.person("checkout", json!({})).await;
    stand.sandbox.settle().await;

    stand
        .person("drop_subscription", json!({ "id": subscription["id"] }))
        .await;
    stand.advance(48 * HOUR_MS).await;
    assert_eq!(receiver.bodies().len(), 1);
}

#[tokio::test]
async fn a_rotated_secret_signs_from_then_on_unless_switched() {
    let (stand, receiver, created) = subscribed().await;
    let path = format!(
        "/1.0/webhook_subscriptions/{}/actions/rotateSecret",
        created["id"].as_str().unwrap()
    );
    let rotated = answer(stand.request(Method::POST, &path, &stand.first("access_token"))).await;
    assert_eq!(rotated.status, 200);
    assert_ne!(rotated.body["secret"], created["secret"]);

    for (switch, value) in [
        ("old_secret", false),
        ("old_secret", true),
        ("wrong_signature", true),
    ] {
        stand.switch(switch, json!(value)).await;
        stand.person("checkout", json!({})).await;
        stand.sandbox.settle().await;
    }
    let received = receiver.received.lock().unwrap();
    let signed = |n: usize, secret: &Value| is_signed(secret, &received[n].0, &received[n].1);
    assert!(signed(0, &rotated.body["secret"]));
    assert!(signed(1, &created["secret"]));
    assert!(!signed(2, &rotated.body["secret"]) && !signed(2, &created["secret"]));
}

#[tokio::test]
async fn a_test_notification_tells_the_status_and_is_never_retried() {
    let (stand, receiver, subscription) = subscribed().await;
    let path = format!(
        "/1.0/webhook_subscriptions/{}/actions/sendTestNotification",
        subscription["id"].as_str().unwrap()
    );
    receiver.then_answers(&[418]);

    let tested = stand.post(&path, json!({ "topic": "order.update" })).await;
    assert_eq!(
        (tested.status, &tested.body),
        (200, &json!({ "statusCode": 418 }))
    );
    assert_eq!(
        stand.post(&path, json!({})).await.refusal(),
        "400 INVALID_REQUEST_ERROR MISSING_ARGUMENT"
    );
    stand.advance(48 * HOUR_MS).await;
    assert_eq!(receiver.topics(), ["order.update:FULFILLED"]);
}

#[tokio::test]
async fn the_envelope_takes_the_other_documented_forms() {
    let (stand, receiver, subscription) = subscribed().await;
    stand.switch("subscriptions_id", json!(true)).await;
    stand
        .switch("notification_created_on", json!("minutes"))
        .await;
    stand.person("checkout", json!({})).await;
    stand.sandbox.settle().await;

    let body = &receiver.bodies()[0];
    assert_eq!(
        (&body["subscriptionsId"], body.get("subscriptionId")),
        (&subscription["id"], None)
    );
    assert_eq!(body["createdOn"], "2026-05-14T09:30+00:00");
}

#[tokio::test]
async fn loading_orders_tells_the_subscribers_unless_it_is_silent() {
    let (stand, receiver, _) = subscribed().await;

    let loaded = stand
        .control(
            "squarespace/orders",
            json!([{ "customerEmail": "a@example.com" }]),
        )
        .await;
    stand
        .control("squarespace/orders?silent=true", json!([{}, {}]))
        .await;
    stand.sandbox.settle().await;
    assert_eq!(receiver.orders(), [loaded.body[0]["id"].clone()]);
}

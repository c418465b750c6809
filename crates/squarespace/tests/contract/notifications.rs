//! Webhook subscriptions, and notifications that come in signed.

use serde_json::json;
use squarespace::OrderId;
use squarespace::subscription::WebhookSubscriptionPatch;
use squarespace::webhook::{self, Notification, OrderUpdate, Topic};
use tokio::net::TcpListener;
use wire::{Kind, SecretString};

use crate::Bench;
use crate::receiver::{Received, receiver};

/// An endpoint of ours, which takes every notification.
const TAKEN: &str = "204 No Content";

fn signature_of(notification: &Received) -> &str {
    notification.header(webhook::SIGNATURE_HEADER).unwrap()
}

#[tokio::test]
async fn a_subscription_lives_from_create_to_delete() {
    let bench = Bench::start().await;
    let (client, token) = (&bench.client, &bench.token);
    let (address, _told) = receiver(TAKEN).await;
    let made = client
        .create_webhook_subscription(&address, &[Topic::OrderCreate], token)
        .await
        .unwrap();
    let id = &made.subscription.id;
    assert!(!format!("{made:?}").contains(wire::ExposeSecret::expose_secret(&made.secret)));
    assert_eq!(
        client.webhook_subscriptions(token).await.unwrap(),
        std::slice::from_ref(&made.subscription)
    );
    assert_eq!(
        client.webhook_subscription(id, token).await.unwrap(),
        made.subscription
    );

    let topics = vec![
        Topic::OrderCreate,
        Topic::OrderUpdate,
        Topic::ExtensionUninstall,
    ];
    let patch = WebhookSubscriptionPatch {
        topics: Some(topics.clone()),
        ..WebhookSubscriptionPatch::default()
    };
    let updated = client
        .update_webhook_subscription(id, &patch, token)
        .await
        .unwrap();
    assert_eq!((updated.topics, updated.endpoint_url), (topics, address));

    client.delete_webhook_subscription(id, token).await.unwrap();
    assert_eq!(
        client
            .webhook_subscription(id, token)
            .await
            .unwrap_err()
            .kind,
        Kind::NotFound
    );
    assert!(
        client
            .webhook_subscriptions(token)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn notifications_verify_with_their_secret_and_name_their_order() {
    let bench = Bench::start().await;
    let (address, mut told) = receiver(TAKEN).await;
    let topics = [Topic::OrderCreate, Topic::OrderUpdate];
    let made = bench
        .client
        .create_webhook_subscription(&address, &topics, &bench.token)
        .await
        .unwrap();
    let placed = bench.vendor.person("checkout", json!({})).await;
    bench.vendor.settle().await;
    bench
        .vendor
        .switch("notification_created_on", "minutes")
        .await;
    bench.vendor.switch("subscriptions_id", true).await;
    bench
        .vendor
        .person("cancel", json!({"id": placed["id"]}))
        .await;
    bench.vendor.settle().await;

    let notification = told.recv().await.unwrap();
    let (signature, body) = (signature_of(&notification), &notification.body);
    assert!(webhook::verify(&made.secret, signature, body));
    assert!(!webhook::verify(
        &SecretString::from("00".repeat(32)),
        signature,
        body
    ));
    let created = Notification::parse(body).unwrap();
    assert_eq!(created.topic, Topic::OrderCreate);
    assert_eq!(created.order_id(), placed["id"].as_str().map(OrderId::from));
    assert_eq!(created.subscription_id, Some(made.subscription.id.clone()));

    let notification = told.recv().await.unwrap();
    let (signature, body) = (signature_of(&notification), &notification.body);
    assert!(webhook::verify(&made.secret, signature, body));
    let updated = Notification::parse(body).unwrap();
    assert_eq!(
        (updated.topic.clone(), updated.update()),
        (Topic::OrderUpdate, Some(OrderUpdate::Canceled))
    );
    assert_eq!(updated.subscription_id, Some(made.subscription.id));
    assert_ne!(updated.id, created.id);
}

#[tokio::test]
async fn a_rotated_secret_replaces_the_old_one() {
    let bench = Bench::start().await;
    let (address, mut told) = receiver(TAKEN).await;
    let made = bench
        .client
        .create_webhook_subscription(&address, &[Topic::OrderCreate], &bench.token)
        .await
        .unwrap();
    let id = &made.subscription.id;
    let secret = bench
        .client
        .rotate_webhook_secret(id, &bench.token)
        .await
        .unwrap();
    let status = bench
        .client
        .send_test_notification(id, &Topic::OrderCreate, &bench.token)
        .await
        .unwrap();
    assert_eq!(status, Some(204));

    let notification = told.recv().await.unwrap();
    let (signature, body) = (signature_of(&notification), &notification.body);
    assert!(webhook::verify(&secret, signature, body));
    assert!(!webhook::verify(&made.secret, signature, body));
}

#[tokio::test]
async fn an_endpoint_out_of_reach_gives_no_status() {
    let bench = Bench::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/hooks", listener.local_addr().unwrap());
    drop(listener);
    let made = bench
        .client
        .create_webhook_subscription(&address, &[Topic::OrderCreate], &bench.token)
        .await
        .unwrap();
    let id = &made.subscription.id;
    let status = bench
        .client
        .send_test_notification(id, &Topic::OrderCreate, &bench.token)
        .await
        .unwrap();
    assert_eq!(status, None);
}

#[tokio::test]
async fn an_api_key_may_not_subscribe() {
    let bench = Bench::start().await;
    let error = bench
        .client
        .webhook_subscriptions(&bench.api_key())
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::Forbidden);
    let detail = squarespace::error::detail(&error).unwrap();
    assert_eq!(detail.subtype.as_deref(), Some("OAUTH_TOKEN_REQUIRED"));
}

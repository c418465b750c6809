//! Seven requests a second, and what persistence earns.

use serde_json::json;

use super::world::{Reply, World};

#[tokio::test]
async fn the_eighth_request_of_a_second_is_refused_with_a_wait_in_the_body() {
    let world = World::limited().await;

    for _ in 0..7 {
        assert_eq!(world.get("account").await.status, 200);
    }
    let refused = world.get("account").await;

    assert_eq!(
        (refused.status, refused.media_type.as_str()),
        (429, "application/problem+json")
    );
    assert_eq!(refused.body["retry_after"], 300);
    world.advance(1_000);
    assert_eq!(world.get("account").await.status, 200);
}

#[tokio::test]
async fn ten_refusals_in_a_minute_shut_the_address_out_until_somebody_unblocks_it() {
    let world = World::limited().await;
    world
        .post(
            "webhooks",
            json!({ "destination": "https://hooks.example.test/a", "settings": ["add_lead"] }),
        )
        .await;

    let mut statuses = Vec::new();
    for _ in 0..17 {
        statuses.push(world.get("account").await.status);
    }
    world.advance(3_600_000);
    let blocked = world.get("account").await;

    let expected = [vec![200; 6], vec![429; 10], vec![403]].concat();
    assert_eq!(statuses, expected);
    assert_eq!(
        (blocked.status, blocked.media_type.as_str()),
        (403, "text/html")
    );
    assert!(blocked.text.contains("403 Forbidden"));
    world.person("unblock", json!({})).await;
    assert_eq!(world.get("account").await.status, 200);
    assert_eq!(
        world.held("subscriptions").await[0]["disabled"],
        true,
        "a block disables the webhooks too"
    );
}

#[tokio::test]
async fn refusals_that_are_a_minute_apart_do_not_add_up() {
    let world = World::limited().await;

    for _ in 0..3 {
        for _ in 0..15 {
            assert_ne!(world.get("account").await.status, 403);
        }
        world.advance(60_000);
    }
}

#[tokio::test]
async fn a_throttled_answer_can_be_a_page() {
    let world = World::limited().await;
    world
        .control("limits", json!({ "kommo_per_second": 0 }))
        .await;
    world.switch("throttle_as_html", true).await;

    let refused = world.get("account").await;

    assert_eq!(
        (refused.status, refused.media_type.as_str()),
        (429, "text/html")
    );
}

#[tokio::test]
async fn the_token_endpoint_counts_too() {
    let world = World::limited().await;
    world
        .control("limits", json!({ "kommo_per_second": 0 }))
        .await;

    let refused = Reply::of(
        world
            .http
            .post(format!("{}/oauth2/access_token", world.base))
            .json(&json!({})),
    )
    .await;

    assert_eq!(refused.status, 429);
}

//! Account webhooks: their encoding, their retries, and when they are disabled.

use serde_json::json;

use super::receiver::Receiver;
use super::world::{World, person};

const MINUTE_MS: i64 = 60_000;

async fn subscribed(status: u16, settings: &[&str]) -> (World, Receiver) {
    let (world, receiver) = (World::new().await, Receiver::answering(status).await);
    let reply = world
        .post(
            "webhooks",
            json!({ "destination": receiver.url, "settings": settings }),
        )
        .await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    (world, receiver)
}

async fn minutes_pass(world: &World, minutes: i64) {
    world
        .control("clock", json!({ "advance_ms": minutes * MINUTE_MS }))
        .await;
}

#[tokio::test]
async fn a_move_is_told_in_php_brackets_with_the_stage_before() {
    let (world, receiver) = subscribed(200, &["status_lead", "update_lead"]).await;
    let (pipeline, stages) = world.pipeline("New Clients").await;
    let field = world
        .field(
            "leads",
            json!({ "name": "Order number", "type": "text", "code": "NUMBER" }),
        )
        .await;
    let values = json!([{ "field_id": field, "values": [{ "value": "1042 & more" }] }]);
    let lead = world
        .card(
            "leads",
            json!({ "name": "Order 1042", "price": 12, "custom_fields_values": values }),
        )
        .await;

    world
        .person("move_lead", json!({ "id": lead, "status_id": 142 }))
        .await;
    world.sandbox.settle().await;

    let bodies = receiver.bodies();
    assert_eq!(
        bodies.len(),
        1,
        "one delivery holds both actions, and the add was not subscribed to"
    );
    for (name, expected) in [
        ("leads[update][0][id]", lead.to_string()),
        ("leads[status][0][id]", lead.to_string()),
        ("leads[status][0][status_id]", "142".to_owned()),
        ("leads[status][0][old_status_id]", stages[1].to_string()),
        ("leads[status][0][old_pipeline_id]", pipeline.to_string()),
        ("leads[status][0][price]", "12".to_owned()),
        (
            "leads[status][0][custom_fields][0][code]",
            "NUMBER".to_owned(),
        ),
        (
            "leads[status][0][custom_fields][0][values][0][value]",
            "1042 & more".to_owned(),
        ),
        ("account[subdomain]", "acme".to_owned()),
        ("account[_links][self]", "https://acme.kommo.com".to_owned()),
    ] {
        assert_eq!(bodies[0].get(name), Some(&expected), "{name}");
    }
}

#[tokio::test]
async fn companies_travel_among_the_contacts() {
    let (world, receiver) =
        subscribed(200, &["add_company", "add_contact", "delete_contact"]).await;

    world.card("companies", json!({ "name": "Lund AS" })).await;
    world.sandbox.settle().await;
    world
        .card("contacts", person("Mara", &["mara@example.com"]))
        .await;
    world.sandbox.settle().await;

    let bodies = receiver.bodies();
    assert_eq!(bodies[0]["contacts[add][0][type]"], "company");
    assert_eq!(bodies[1]["contacts[add][0][type]"], "contact");
    assert_eq!(
        bodies[1]["contacts[add][0][custom_fields][0][values][0][value]"],
        "mara@example.com"
    );
}

#[tokio::test]
async fn a_failing_receiver_is_tried_five_times_in_the_vendors_rhythm() {
    let (world, receiver) = subscribed(500, &["add_lead"]).await;
    world.card("leads", json!({})).await;
    world.sandbox.settle().await;

    let mut counts = vec![receiver.count()];
    for minutes in [4, 1, 14, 1, 14, 1, 59, 1, 600] {
        minutes_pass(&world, minutes).await;
        counts.push(receiver.count());
    }

    assert_eq!(counts, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
}

#[tokio::test]
async fn a_receiver_that_says_no_is_tried_three_times() {
    let (world, receiver) = subscribed(404, &["add_lead"]).await;
    world.card("leads", json!({})).await;
    world.sandbox.settle().await;

    for minutes in [5, 15, 15, 60] {
        minutes_pass(&world, minutes).await;
    }

    assert_eq!(receiver.count(), 3);
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_an_answer_ends_the_retries() {
    let (world, receiver) = subscribed(302, &["add_lead"]).await;
    world.card("leads", json!({})).await;
    world.sandbox.settle().await;

    receiver.now_answers(204);
    for minutes in [5, 15, 15, 60] {
        minutes_pass(&world, minutes).await;
    }

    assert_eq!(receiver.count(), 2);
}

#[tokio::test]
async fn more_than_a_hundred_failures_in_two_hours_disable_a_subscription() {
    let (world, receiver) = subscribed(500, &["add_lead"]).await;
    let disabled =
        async || world.get("webhooks").await.body["_embedded"]["webhooks"][0]["disabled"].clone();

    for _ in 0..100 {
        world.card("leads", json!({})).await;
    }
    world.sandbox.settle().await;
    let before = disabled().await;
    world.card("leads", json!({})).await;
    world.sandbox.settle().await;
    let after = disabled().await;
    let count = receiver.count();
    world.card("leads", json!({})).await;
    world.sandbox.settle().await;

    assert_eq!((before, after), (json!(false), json!(true)));
    assert_eq!(
        receiver.count(),
        count,
        "a disabled subscription is told nothing new"
    );
    world.person("enable_webhooks", json!({})).await;
    assert_eq!(disabled().await, false);
}

#[tokio::test]
async fn a_disabled_subscription_is_not_helped_by_subscribing_again() {
    let (world, receiver) = subscribed(200, &["add_lead"]).await;
    world.person("block", json!({})).await;
    world.person("unblock", json!({})).await;
    let wanted = json!({ "destination": receiver.url, "settings": ["add_lead"] });

    let again = world.post("webhooks", wanted.clone()).await.body;
    let gone = world
        .delete("webhooks", Some(json!({ "destination": receiver.url })))
        .await;
    let anew = world.post("webhooks", wanted).await.body;

    assert_eq!(again["disabled"], true);
    assert_eq!((gone.status, &anew["disabled"]), (204, &json!(false)));
}

#[tokio::test]
async fn unsubscribing_needs_the_body_that_some_clients_drop() {
    let (world, receiver) = subscribed(200, &["add_lead"]).await;

    let without = world.delete("webhooks", None).await;
    let with = world
        .delete("webhooks", Some(json!({ "destination": receiver.url })))
        .await;

    assert_eq!(
        (without.status, without.errors().as_str()),
        (400, "0 destination FieldMissing\n")
    );
    assert_eq!(with.status, 204);
    assert_eq!(world.get("webhooks").await.status, 204);
}

#[tokio::test]
async fn subscribing_again_replaces_the_settings() {
    let (world, receiver) = subscribed(200, &["add_lead"]).await;

    let again = world
        .post(
            "webhooks",
            json!({ "destination": receiver.url, "settings": ["note_lead"] }),
        )
        .await
        .body;
    world.switch("webhook_repost", "merge").await;
    let merged = world
        .post(
            "webhooks",
            json!({ "destination": receiver.url, "settings": ["add_lead"] }),
        )
        .await
        .body;

    assert_eq!(again["settings"], json!(["note_lead"]));
    assert_eq!(merged["settings"], json!(["note_lead", "add_lead"]));
    assert_eq!(world.held("subscriptions").await.len(), 1);
}

#[tokio::test]
async fn unknown_events_and_poor_plans_are_refused() {
    let world = World::new().await;

    let unknown = world
        .post(
            "webhooks",
            json!({ "destination": "no address", "settings": ["bake_lead"] }),
        )
        .await;
    world.switch("webhooks_allowed", false).await;
    let poor = world
        .post(
            "webhooks",
            json!({ "destination": "https://a.example.test", "settings": ["add_lead"] }),
        )
        .await;

    assert_eq!(
        unknown.errors(),
        "0 destination InvalidUrl\n0 settings.0 NotSupportedChoice\n"
    );
    assert_eq!(poor.status, 403);
}

#[tokio::test]
async fn a_note_is_wrapped_once_more() {
    let (world, receiver) = subscribed(200, &["note_lead"]).await;
    let lead = world.card("leads", json!({})).await;

    world
        .post(
            &format!("leads/{lead}/notes"),
            json!([{ "note_type": "common", "params": { "text": "Hello" } }]),
        )
        .await;
    world.sandbox.settle().await;

    let bodies = receiver.bodies();
    assert_eq!(bodies[0]["leads[note][0][note][text]"], "Hello");
    assert_eq!(bodies[0]["leads[note][0][note][element_type]"], "2");
}

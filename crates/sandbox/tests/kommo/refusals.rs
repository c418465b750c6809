//! What the account refuses, and how it says so.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::world::{Reply, World};

#[tokio::test]
async fn each_refusal_has_its_status_and_detail() {
    let world = World::new().await;
    let many: Vec<Value> = vec![json!({}); 251];
    let complex: Vec<Value> = vec![json!({}); 51];
    let cases = [
        (
            "POST",
            "leads",
            Some(json!([])),
            "400 Request data can not be empty",
        ),
        (
            "POST",
            "leads",
            Some(json!({})),
            "400 Request data can not be empty",
        ),
        (
            "POST",
            "leads",
            Some(json!({ "name": "bare" })),
            "400 The request body should be an array",
        ),
        (
            "POST",
            "leads",
            Some(json!(["text"])),
            "400 The request body should be an object",
        ),
        (
            "POST",
            "leads",
            None,
            "400 Malformed JSON: EOF while parsing a value at line 1 column 0",
        ),
        ("POST", "leads", Some(many.into()), "422 Limit 250 per page"),
        (
            "POST",
            "leads/complex",
            Some(complex.into()),
            "400 Limit 50 per request",
        ),
        (
            "PATCH",
            "leads/1",
            Some(json!({})),
            "400 Request data can not be empty",
        ),
        ("GET", "leads?limit=251", None, "422 Limit 250 per page"),
        ("GET", "leads?page=0", None, "400 Invalid page parameter"),
        (
            "GET",
            "leads/abc",
            None,
            "404 Cannot GET BASE/api/v4/leads/abc",
        ),
        ("GET", "nowhere", None, "404 Cannot GET BASE/api/v4/nowhere"),
        (
            "PATCH",
            "account",
            Some(json!({})),
            "405 Method not allowed",
        ),
        (
            "GET",
            "leads/loss_reasons/1",
            None,
            "404 Loss reason not found",
        ),
        ("GET", "leads/pipelines/1", None, "404 Pipeline not found"),
        ("GET", "leads/notes/1", None, "404 Note not found"),
        (
            "GET",
            "leads/custom_fields/1",
            None,
            "404 Custom field not found",
        ),
        (
            "GET",
            "leads/unsorted/abc",
            None,
            "404 Incoming lead not found",
        ),
        (
            "DELETE",
            "webhooks",
            Some(json!({ "destination": "https://a.example.test" })),
            "404 Webhook not found",
        ),
        ("POST", "leads/links", None, "405 Method not allowed"),
        (
            "DELETE",
            "leads/custom_fields/1",
            None,
            "404 Custom field not found",
        ),
    ];

    for (method, path, body, expected) in cases {
        let reply = world.call(method.parse().unwrap(), path, body).await;

        let detail = reply.body["detail"]
            .as_str()
            .unwrap()
            .replace(&world.base, "BASE");
        assert_eq!(
            format!("{} {detail}", reply.status),
            expected,
            "{method} {path}"
        );
        assert_eq!(
            reply.media_type, "application/problem+json",
            "{method} {path}"
        );
        assert_eq!(reply.body["status"], reply.status);
    }
}

#[tokio::test]
async fn every_error_of_every_item_is_named_and_nothing_is_saved() {
    let world = World::new().await;
    let select =
        json!({ "name": "Site", "type": "select", "code": "SITE", "enums": [{ "value": "Oslo" }] });
    world.field("leads", select).await;
    world
        .field(
            "leads",
            json!({ "name": "Number", "type": "text", "code": "NUMBER" }),
        )
        .await;
    let value =
        |code: &str, value: Value| json!({ "field_code": code, "values": [{ "value": value }] });

    let reply = world
        .post(
            "leads",
            json!([
                { "name": "fine" },
                { "request_id": "ord-1", "name": 7, "price": "12", "status_id": 1, "responsible_user_id": 1,
                  "created_at": 1_760_000_000_000_u64, "colour": "red",
                  "custom_fields_values": [value("SITE", json!("Bergen")), value("NUMBER", json!("x".repeat(257))),
                                           value("NONE", json!("x")), { "field_id": 1, "values": [] }, { "field_code": "SITE" }],
                  "tags_to_add": [{ "id": 1 }], "_embedded": { "contacts": [{ "id": 1 }], "tags": [{}] } },
                { "pipeline_id": 1, "loss_reason_id": 1 },
            ]),
        )
        .await;

    assert_eq!(
        (reply.status, &reply.body["detail"]),
        (400, &json!("Request validation failed"))
    );
    assert_snapshot!(reply.errors(), @r"
    ord-1 colour NotExpected
    ord-1 created_at InvalidType
    ord-1 name InvalidType
    ord-1 price InvalidType
    ord-1 responsible_user_id NotSupportedChoice
    ord-1 status_id NotSupportedChoice
    ord-1 custom_fields_values.0.values.0.value NotSupportedChoice
    ord-1 custom_fields_values.1.values.0.value TooLong
    ord-1 custom_fields_values.2.field_code NotSupportedChoice
    ord-1 custom_fields_values.3.field_id NotSupportedChoice
    ord-1 custom_fields_values.4.values FieldMissing
    ord-1 _embedded.tags.0.name InvalidType
    ord-1 tags_to_add.0.id NotSupportedChoice
    ord-1 _embedded.contacts.0.id NotSupportedChoice
    2 loss_reason_id NotSupportedChoice
    2 pipeline_id NotSupportedChoice
    ");
    assert!(world.held("leads").await.is_empty());
}

#[tokio::test]
async fn a_text_of_256_characters_is_the_longest_whatever_their_bytes() {
    let world = World::new().await;
    world
        .field(
            "leads",
            json!({ "name": "Number", "type": "text", "code": "NUMBER" }),
        )
        .await;
    let lead = |text: String| json!([{ "custom_fields_values": [{ "field_code": "NUMBER", "values": [{ "value": text }] }] }]);

    assert_eq!(world.post("leads", lead("ø".repeat(256))).await.status, 200);
    let refused = world.post("leads", lead("ø".repeat(257))).await;

    assert_eq!(
        refused.errors(),
        "0 custom_fields_values.0.values.0.value TooLong\n"
    );
}

#[tokio::test]
async fn a_removed_user_breaks_writes_that_name_him() {
    let world = World::new().await;
    let second = world.held("users").await[1]["id"].clone();
    world.person("remove_user", json!({ "id": second })).await;

    let refused = world
        .post("leads", json!([{ "responsible_user_id": second }]))
        .await;

    assert_eq!(
        refused.errors(),
        "0 responsible_user_id NotSupportedChoice\n"
    );
}

#[tokio::test]
async fn an_unknown_id_in_a_patch_is_named_by_its_request_id() {
    let world = World::new().await;
    let known = world.card("leads", json!({ "name": "before" })).await;

    let reply = world
        .patch(
            "leads",
            json!([{ "id": known, "name": "after" }, { "id": 5, "request_id": "x" }]),
        )
        .await;

    assert_eq!(reply.errors(), "x id NotSupportedChoice\n");
    assert_eq!(
        world.get(&format!("leads/{known}")).await.body["name"],
        "before"
    );
}

#[tokio::test]
async fn a_bad_token_an_unpaid_account_and_a_missing_right_differ() {
    let world = World::new().await;
    let path = format!("{}/api/v4/account", world.base);

    let bad = Reply::of(world.http.get(path).bearer_auth("nonsense")).await;
    world.switch("admin", false).await;
    let right = world.get("users").await;
    world.switch("paid", false).await;
    let unpaid = world.get("account").await;

    assert_eq!(
        (bad.status, &bad.body["detail"]),
        (401, &json!("Invalid user name or password"))
    );
    assert_eq!(
        (right.status, right.media_type.as_str()),
        (403, "application/problem+json")
    );
    assert_eq!(unpaid.status, 402);
}

#[tokio::test]
async fn faults_come_in_the_vendors_own_shape() {
    let world = World::new().await;
    let fault =
        |status: u16| json!({ "app": "kommo", "kind": "status", "status": status, "times": 1 });

    world.control("faults", fault(429)).await;
    let throttled = world.get("account").await;
    world.control("faults", fault(504)).await;
    let heavy = world.get("account").await;

    assert_eq!(
        (throttled.status, &throttled.body["retry_after"]),
        (429, &json!(300))
    );
    assert_eq!(
        (heavy.status, heavy.media_type.as_str()),
        (504, "text/html")
    );
    assert_eq!(world.get("account").await.status, 200);
}

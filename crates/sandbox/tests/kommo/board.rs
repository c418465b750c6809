//! The board that people watch.

use serde_json::json;

use super::world::{Reply, World, person};

#[tokio::test]
async fn the_board_shows_what_the_account_holds_and_nothing_can_be_smuggled_in() {
    let world = World::new().await;
    let contact = world
        .card("contacts", person("Mara Lund", &["mara@example.com"]))
        .await;
    world
        .field(
            "leads",
            json!({ "name": "Items", "type": "textarea", "code": "ITEMS" }),
        )
        .await;
    let lead = json!({ "name": "#1042 <script>", "price": 1290,
        "custom_fields_values": [{ "field_code": "ITEMS", "values": [{ "value": "2 x Poster\n1 x Frame\n1 x Card" }] }],
        "_embedded": { "contacts": [{ "id": contact }], "tags": [{ "name": "over-1000" }] } });
    world.card("leads", lead).await;

    let page = Reply::of(
        world
            .http
            .get(format!("{}/board", world.sandbox.base_url())),
    )
    .await;
    let data = Reply::of(
        world
            .http
            .get(format!("{}/board/data", world.sandbox.base_url())),
    )
    .await;

    assert_eq!(
        (page.status, page.media_type.as_str()),
        (200, "text/html; charset=utf-8")
    );
    assert!(
        page.text.contains(&data.text),
        "the page is complete before its script runs"
    );
    for shown in [
        "New Clients<small>1 deal · $1,290",
        "#1042 &lt;script&gt;",
        "Mara Lund",
        "over-1000",
        "2 x Poster",
        "and 1 more",
    ] {
        assert!(data.text.contains(shown), "{shown}");
    }
    world
        .card("leads", json!({ "name": "A call", "price": 0 }))
        .await;
    let data = Reply::of(
        world
            .http
            .get(format!("{}/board/data", world.sandbox.base_url())),
    )
    .await;
    assert!(data.text.contains("New Clients<small>2 deals · $1,290"));
    assert!(!data.text.contains("$0"), "without a price none is shown");
    assert!(
        !page.text.contains("http://") && !page.text.contains("https://"),
        "no outside requests"
    );
}

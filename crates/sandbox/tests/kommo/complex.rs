//! Leads with their contact in one call, and duplicate control.

use serde_json::{Value, json};

use super::world::{World, person};

fn order(number: &str, email: &str) -> Value {
    json!({ "name": format!("Order {number}"), "price": 10, "request_id": number,
            "_embedded": { "contacts": [person("Mara Lund", &[email])], "tags": [{ "name": "cat: prints" }] } })
}

#[tokio::test]
async fn a_lead_comes_with_its_contact_and_company_all_linked() {
    let world = World::new().await;
    let mut body = order("1042", "mara@example.com");
    body["_embedded"]["companies"] = json!([{ "name": "Lund AS" }]);

    let reply = world.post("leads/complex", json!([body])).await;
    let line = &reply.body[0];
    let lead = world
        .get(&format!("leads/{}?with=contacts", line["id"]))
        .await
        .body;
    let contact = world
        .get(&format!("contacts/{}?with=leads", line["contact_id"]))
        .await
        .body;

    assert_eq!(
        (&line["request_id"], &line["merged"]),
        (&json!(["1042"]), &json!(false))
    );
    assert_eq!(lead["_embedded"]["contacts"][0]["id"], line["contact_id"]);
    assert_eq!(lead["_embedded"]["contacts"][0]["is_main"], true);
    assert_eq!(lead["_embedded"]["companies"][0]["id"], line["company_id"]);
    assert_eq!(lead["_embedded"]["tags"][0]["name"], "cat: prints");
    assert_eq!(contact["_embedded"]["leads"][0]["id"], line["id"]);
    assert_eq!(
        contact["_embedded"]["companies"][0]["id"],
        line["company_id"]
    );
}

#[tokio::test]
async fn an_existing_contact_is_used_by_its_id() {
    let world = World::new().await;
    let contact = world
        .card("contacts", person("Mara Lund", &["mara@example.com"]))
        .await;

    let reply = world
        .post(
            "leads/complex",
            json!([{ "_embedded": { "contacts": [{ "id": contact }] } }]),
        )
        .await;

    assert_eq!(reply.body[0]["contact_id"], contact);
    assert_eq!(world.held("contacts").await.len(), 1);
}

#[tokio::test]
async fn two_orders_of_one_new_buyer_make_two_contacts() {
    let world = World::new().await;
    world.switch("duplicate_control", true).await;

    let reply = world
        .post(
            "leads/complex",
            json!([
                order("1", "mara@example.com"),
                order("2", "MARA@example.com")
            ]),
        )
        .await;

    assert_ne!(
        reply.body[0]["contact_id"], reply.body[1]["contact_id"],
        "items are not compared with each other"
    );
    assert_eq!(world.held("contacts").await.len(), 2);
}

#[tokio::test]
async fn duplicate_control_merges_into_the_newest_open_lead_of_the_pipeline() {
    let world = World::new().await;
    let (repeat, _) = world.pipeline("Repeat Sales").await;
    let first = world
        .post("leads/complex", json!([order("1", "mara@example.com")]))
        .await
        .body[0]
        .clone();
    let apart = world
        .post("leads/complex", json!([order("2", "mara@example.com")]))
        .await
        .body[0]
        .clone();
    world.switch("duplicate_control", true).await;

    let merged = world
        .post("leads/complex", json!([order("3", "Mara@Example.com")]))
        .await
        .body[0]
        .clone();
    let mut elsewhere = order("4", "mara@example.com");
    elsewhere["pipeline_id"] = repeat.into();
    let elsewhere = world.post("leads/complex", json!([elsewhere])).await.body[0].clone();

    assert_ne!(
        first["contact_id"], apart["contact_id"],
        "off unless it is switched on"
    );
    assert_eq!(
        (&merged["merged"], &merged["id"]),
        (&json!(true), &apart["id"])
    );
    assert_eq!(elsewhere["merged"], false);
    assert_eq!(
        world.get(&format!("leads/{}", apart["id"])).await.body["name"],
        "Order 3"
    );
}

#[tokio::test]
async fn forty_values_and_one_contact_are_the_most() {
    let world = World::new().await;
    let value = json!({ "field_code": "UTM_SOURCE", "values": [{ "value": "x" }] });
    let values: Vec<Value> = vec![value; 41];
    let two = json!({ "contacts": [{ "name": "A" }, { "name": "B" }] });

    let reply = world
        .post(
            "leads/complex",
            json!([{ "custom_fields_values": values }, { "_embedded": two }]),
        )
        .await;

    assert_eq!(
        reply.errors(),
        "0 custom_fields_values TooMany\n1 _embedded.contacts TooMany\n"
    );
}

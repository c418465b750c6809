//! What people do in the vendor's screens while nobody looks.

use serde_json::{Value, json};

use super::world::{World, person};

#[tokio::test]
async fn merging_contacts_moves_their_leads_and_adds_their_emails() {
    let world = World::new().await;
    let kept = world
        .card("contacts", person("Mara", &["mara@example.com"]))
        .await;
    let other = world
        .card(
            "contacts",
            person("M. Lund", &["lund@example.org", "mara@example.com"]),
        )
        .await;
    let lead = world
        .card(
            "leads",
            json!({ "_embedded": { "contacts": [{ "id": other }] } }),
        )
        .await;

    let merged = world
        .person("merge_contacts", json!({ "id": kept, "other_id": other }))
        .await;

    let emails: Vec<&Value> = merged["custom_fields_values"][0]["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| &value["value"])
        .collect();
    assert_eq!(emails, ["mara@example.com", "lund@example.org"]);
    assert_eq!(world.get(&format!("contacts/{other}")).await.status, 204);
    let contacts =
        world.get(&format!("leads/{lead}?with=contacts")).await.body["_embedded"]["contacts"]
            .clone();
    assert_eq!(
        (&contacts[0]["id"], &contacts[0]["is_main"]),
        (&json!(kept), &json!(true))
    );
}

#[tokio::test]
async fn a_contact_that_is_deleted_between_two_pages_hides_the_one_that_moves_up() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for name in ["Ada", "Bo", "Cy"] {
        ids.push(world.card("contacts", json!({ "name": name })).await);
    }

    world
        .person("delete_contact", json!({ "id": ids[0], "after_page": 1 }))
        .await;
    let listed = async |page: u32| {
        let path = format!("contacts?order[id]=asc&limit=1&page={page}");
        world.get(&path).await.body["_embedded"]["contacts"][0]["id"].clone()
    };

    assert_eq!(
        (listed(1).await, listed(2).await, listed(3).await),
        (json!(ids[0]), json!(ids[2]), Value::Null),
        "nobody who goes by pages has seen the second"
    );
}

#[tokio::test]
async fn a_person_types_longer_texts_than_the_api_takes() {
    let world = World::new().await;
    world
        .field(
            "leads",
            json!({ "name": "Number", "type": "text", "code": "NUMBER" }),
        )
        .await;
    let lead = world.card("leads", json!({})).await;
    let values = json!([{ "field_code": "NUMBER", "values": [{ "value": "x".repeat(300) }] }]);

    world
        .person(
            "edit_lead",
            json!({ "id": lead, "custom_fields_values": values }),
        )
        .await;
    let refused = world
        .patch(
            "leads",
            json!([{ "id": lead, "custom_fields_values": values }]),
        )
        .await;

    assert_eq!(
        refused.errors(),
        "0 custom_fields_values.0.values.0.value TooLong\n"
    );
}

#[tokio::test]
async fn a_deleted_field_takes_its_values_along() {
    let world = World::new().await;
    let field = world
        .field(
            "leads",
            json!({ "name": "Number", "type": "text", "code": "NUMBER" }),
        )
        .await;
    let values = json!([{ "field_id": field, "values": [{ "value": "1" }] }]);
    let lead = world
        .card("leads", json!({ "custom_fields_values": values }))
        .await;

    world
        .person(
            "delete_field",
            json!({ "entity": "leads", "code": "NUMBER" }),
        )
        .await;

    assert_eq!(
        world.get(&format!("leads/{lead}")).await.body["custom_fields_values"],
        Value::Null
    );
    let refused = world
        .post("leads", json!([{ "custom_fields_values": values }]))
        .await;
    assert_eq!(
        refused.errors(),
        "0 custom_fields_values.0.field_id NotSupportedChoice\n"
    );
}

#[tokio::test]
async fn a_deleted_pipeline_hands_its_leads_to_the_main_one() {
    let world = World::new().await;
    let (main, stages) = world.pipeline("New Clients").await;
    let (repeat, _) = world.pipeline("Repeat Sales").await;
    let lead = world.card("leads", json!({ "pipeline_id": repeat })).await;

    world
        .person("delete_pipeline", json!({ "id": repeat }))
        .await;

    let lead = world.get(&format!("leads/{lead}")).await.body;
    assert_eq!(
        (&lead["pipeline_id"], &lead["status_id"]),
        (&json!(main), &json!(stages[1]))
    );
}

//! What is loaded through the control API comes back as it was sent.

use serde_json::{Value, json};

use super::world::World;

/// A list answer in the shape of an account of another time and place.
fn list_answer() -> Value {
    let lead = |id: u64, name: &str, status: u64, company: Option<u64>| {
        let companies: Vec<Value> = company.into_iter().map(|id| json!({ "id": id })).collect();
        json!({
            "id": id, "name": name, "price": 2000, "responsible_user_id": 9_091_001, "group_id": 0, "status_id": status,
            "pipeline_id": 6_249_001, "loss_reason_id": null, "created_by": 9_091_001, "updated_by": 9_091_001,
            "created_at": 1_694_700_000, "updated_at": 1_694_700_300, "closed_at": null, "closest_task_at": null,
            "is_deleted": false, "custom_fields_values": null, "score": null, "account_id": 31_000_009, "labor_cost": null,
            "unheard_of": { "kept": true },
            "_links": { "self": { "href": format!("https://elsewhere.example.test/api/v4/leads/{id}") } },
            "_embedded": { "tags": [], "companies": companies },
        })
    };
    let leads = [
        lead(27_000_001, "Shop", 50_456_001, None),
        lead(27_000_009, "Ångström", 50_456_002, Some(57_000_001)),
    ];
    json!({ "_page": 1, "_links": {}, "_embedded": { "leads": leads } })
}

fn without_links(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.remove("_links");
        members
            .values_mut()
            .for_each(|member| *member = without_links(member.take()));
    } else if let Value::Array(items) = &mut value {
        items
            .iter_mut()
            .for_each(|item| *item = without_links(item.take()));
    }
    value
}

#[tokio::test]
async fn a_list_of_leads_comes_back_field_for_field() {
    let world = World::new().await;

    world
        .control("kommo/leads?silent=true", list_answer())
        .await;
    let read = world.get("leads?limit=250").await.body;

    assert_eq!(
        without_links(read["_embedded"].clone()),
        without_links(list_answer()["_embedded"].clone())
    );
    let own = format!("{}/api/v4/leads/27000009?page=1&limit=250", world.base);
    assert_eq!(read["_embedded"]["leads"][1]["_links"]["self"]["href"], own);
    assert!(
        world
            .held("users")
            .await
            .iter()
            .any(|user| user["id"] == 9_091_001)
    );
    assert!(
        world
            .pipeline("Pipeline 6249001")
            .await
            .1
            .contains(&50_456_002)
    );
    assert!(
        world.card("leads", json!({})).await > 57_000_001,
        "new ids do not collide with loaded ones"
    );
}

#[tokio::test]
async fn a_bare_list_of_contacts_is_found_by_its_values() {
    let world = World::new().await;
    let contact = json!([{ "id": 5, "name": "Mara Lund", "_embedded": { "tags": [{ "name": "vip" }] },
        "custom_fields_values": [
            { "field_code": "EMAIL", "values": [{ "value": "mara@example.com", "enum_code": "WORK" }] },
            { "field_id": 77, "field_name": "Size", "field_type": "select", "field_code": null,
              "values": [{ "value": "L", "enum_id": 3, "enum_code": null }] }] }]);

    world.control("kommo/contacts", contact).await;
    let found = world.get("contacts?query=mara%40example.com").await.body["_embedded"]["contacts"]
        [0]
    .clone();

    assert_eq!(found["id"], 5);
    assert_eq!(found["_embedded"]["tags"][0]["name"], "vip");
    let size = json!([{ "id": 5, "custom_fields_values": [{ "field_id": 77, "values": [{ "enum_id": 3 }] }] }]);
    assert_eq!(
        world.patch("contacts", size).await.status,
        200,
        "the field and its option were made on the way"
    );
}

#[tokio::test]
async fn notes_tags_fields_and_pipelines_load_too() {
    let world = World::new().await;
    let pipeline = json!({ "id": 44, "name": "Loaded", "_embedded": { "statuses": [
        { "id": 441, "name": "In", "type": 1, "sort": 10 }, { "id": 442, "name": "Open", "sort": 20 }] } });
    world.control("kommo/pipelines", pipeline).await;
    world
        .control("kommo/leads", json!({ "id": 9, "pipeline_id": 44 }))
        .await;
    world.control("kommo/notes", json!({ "id": 90, "entity_id": 9, "note_type": "site_visit", "params": { "url": "x" } })).await;
    world
        .control(
            "kommo/tags",
            json!([{ "id": 91, "name": "old", "color": "C0FFEE" }]),
        )
        .await;
    world
        .control(
            "kommo/custom_fields",
            json!({ "id": 92, "name": "Size", "type": "text", "entity_type": "contacts" }),
        )
        .await;

    assert_eq!(world.get("leads/9").await.body["status_id"], 442);
    assert_eq!(world.pipeline("Loaded").await.1, [441, 442, 142, 143]);
    assert_eq!(
        world.get("leads/9/notes/90").await.body["note_type"],
        "site_visit"
    );
    assert_eq!(
        world.get("leads/tags").await.body["_embedded"]["tags"][0]["color"],
        "C0FFEE"
    );
    assert_eq!(
        world.get("contacts/custom_fields/92").await.body["name"],
        "Size"
    );
}

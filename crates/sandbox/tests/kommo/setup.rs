//! What an owner sets up: pipelines, stages, fields, groups, tags.

use serde_json::json;

use super::world::World;

#[tokio::test]
async fn the_account_is_acme_in_dollars_with_two_pipelines() {
    let world = World::new().await;

    let account = world.get("account").await.body;
    let pipelines = world.get("leads/pipelines").await.body;

    assert_eq!(
        (&account["subdomain"], &account["currency"]),
        (&json!("acme"), &json!("USD"))
    );
    assert_eq!(pipelines["_total_items"], 2);
    let stages = pipelines["_embedded"]["pipelines"][0]["_embedded"]["statuses"]
        .as_array()
        .unwrap();
    let shown: Vec<String> = stages
        .iter()
        .map(|stage| format!("{} {}", stage["sort"], stage["name"]))
        .collect();
    assert_eq!(shown.len(), 6);
    assert_eq!(
        (shown[0].as_str(), shown[4].as_str()),
        ("10 \"Incoming leads\"", "10000 \"Closed - won\"")
    );
    assert_eq!(world.get("users").await.body["_total_items"], 2);
}

#[tokio::test]
async fn a_bare_account_has_one_pipeline_and_no_loss_reasons() {
    let world = World::new().await;

    world
        .control(
            "reset",
            json!({ "seed": 7, "switches": [{ "app": "kommo", "name": "bare", "value": true }] }),
        )
        .await;

    let pipelines = world.held("pipelines").await;
    assert_eq!(
        (pipelines.len(), &pipelines[0]["is_main"]),
        (1, &json!(true))
    );
    assert!(world.held("loss_reasons").await.is_empty());
}

#[tokio::test]
async fn a_new_pipeline_gets_the_system_stages_and_its_own() {
    let world = World::new().await;
    let wish = json!({ "name": "Wholesale", "sort": 3, "is_main": false, "is_unsorted_on": true, "request_id": "w",
        "_embedded": { "statuses": [{ "name": "Quote", "color": "#fffeb2" }, { "id": 142, "name": "Paid" }] } });

    let reply = world.post("leads/pipelines", json!([wish])).await.body;
    let pipeline = &reply["_embedded"]["pipelines"][0];
    let stages = pipeline["_embedded"]["statuses"].as_array().unwrap();
    let names: Vec<&str> = stages
        .iter()
        .map(|stage| stage["name"].as_str().unwrap())
        .collect();
    let first = world
        .card("leads", json!({ "pipeline_id": pipeline["id"] }))
        .await;
    let kept = world
        .delete(&format!("leads/pipelines/{}", pipeline["id"]), None)
        .await;
    world.person("delete_lead", json!({ "id": first })).await;
    let gone = world
        .delete(&format!("leads/pipelines/{}", pipeline["id"]), None)
        .await;

    assert_eq!(names, ["Incoming leads", "Quote", "Paid", "Closed - lost"]);
    assert_eq!(pipeline["request_id"], "w");
    assert_eq!(kept.status, 400, "a pipeline with leads stays");
    assert_eq!((gone.status, gone.text.as_str()), (200, "{}"));
}

#[tokio::test]
async fn a_deleted_stage_sends_its_leads_to_the_first_one() {
    let world = World::new().await;
    let (pipeline, stages) = world.pipeline("New Clients").await;
    let lead = world.card("leads", json!({ "status_id": stages[2] })).await;

    let gone = world
        .delete(
            &format!("leads/pipelines/{pipeline}/statuses/{}", stages[2]),
            None,
        )
        .await;
    let system = world
        .delete(&format!("leads/pipelines/{pipeline}/statuses/142"), None)
        .await;

    assert_eq!((gone.status, system.status), (204, 400));
    assert_eq!(
        world.get(&format!("leads/{lead}")).await.body["status_id"],
        stages[1]
    );
}

#[tokio::test]
async fn options_keep_their_ids_and_are_never_made_by_a_value() {
    let world = World::new().await;
    let field = json!({ "name": "Site", "type": "select", "code": "SITE", "enums": [{ "value": "Oslo" }, { "value": "Bergen" }] });
    let id = world.field("leads", field.clone()).await;
    let enums = world.get(&format!("leads/custom_fields/{id}")).await.body["enums"].clone();

    let lead = |site: &str| json!([{ "custom_fields_values": [{ "field_id": id, "values": [{ "value": site }] }] }]);
    let unknown = world.post("leads", lead("Tromsø")).await;
    let change = json!({ "enums": [enums[0], { "value": "Tromsø" }] });
    world
        .patch(&format!("leads/custom_fields/{id}"), change)
        .await;
    let after = world.get(&format!("leads/custom_fields/{id}")).await.body["enums"].clone();

    assert_eq!(
        unknown.errors(),
        "0 custom_fields_values.0.values.0.value NotSupportedChoice\n"
    );
    assert_eq!(after[0]["id"], enums[0]["id"]);
    assert_eq!(after.as_array().unwrap().len(), 2);
    assert_eq!(world.post("leads", lead("Tromsø")).await.status, 200);
    let twin = world.post("leads/custom_fields", json!([field])).await;
    assert_eq!(twin.errors(), "0 code NotUnique\n");
}

#[tokio::test]
async fn an_address_is_written_part_by_part() {
    let world = World::new().await;
    let id = world
        .field(
            "contacts",
            json!({ "name": "Address", "type": "smart_address", "code": "ADDRESS" }),
        )
        .await;
    let part = |value: &str, code: &str| json!({ "value": value, "enum_code": code });
    let parts = json!([
        part("Storgata 5", "address_line_1"),
        part("Oslo", "city"),
        part("NO", "country")
    ]);

    let contact = world
        .card(
            "contacts",
            json!({ "custom_fields_values": [{ "field_id": id, "values": parts }] }),
        )
        .await;

    let values =
        world.get(&format!("contacts/{contact}")).await.body["custom_fields_values"][0]["values"]
            .clone();
    assert_eq!(
        values[1],
        json!({ "value": "Oslo", "enum_id": 3, "enum_code": "city" })
    );
}

#[tokio::test]
async fn a_tag_that_exists_answers_its_id() {
    let world = World::new().await;

    let first = world
        .post(
            "leads/tags",
            json!([{ "name": "over-100", "color": "FFCE5A" }]),
        )
        .await
        .body;
    let second = world
        .post(
            "leads/tags",
            json!([{ "name": "over-100" }, { "name": "Over-100" }]),
        )
        .await
        .body;
    let colour = world
        .post("leads/tags", json!([{ "name": "x", "color": "123456" }]))
        .await;

    let id =
        |body: &serde_json::Value, index: usize| body["_embedded"]["tags"][index]["id"].clone();
    assert_eq!(id(&second, 0), id(&first, 0));
    assert_ne!(
        id(&second, 1),
        id(&first, 0),
        "names are told apart by case"
    );
    assert_eq!(colour.errors(), "0 color NotSupportedChoice\n");
    assert_eq!(
        world.get("leads/tags?filter[name]=over-100").await.body["_embedded"]["tags"][0]["color"],
        "FFCE5A"
    );
}

#[tokio::test]
async fn groups_hold_fields_until_they_are_removed() {
    let world = World::new().await;
    let reply = world
        .post("leads/custom_fields/groups", json!([{ "name": "Order" }]))
        .await;
    let group = reply.body["_embedded"]["custom_field_groups"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let field = world
        .field(
            "leads",
            json!({ "name": "Number", "type": "text", "group_id": group }),
        )
        .await;

    let held = world
        .get(&format!("leads/custom_fields/groups/{group}"))
        .await
        .body["fields"]
        .clone();
    let gone = world
        .delete(&format!("leads/custom_fields/groups/{group}"), None)
        .await;

    assert_eq!((reply.status, gone.status), (201, 204));
    assert_eq!(held, json!([field]));
}

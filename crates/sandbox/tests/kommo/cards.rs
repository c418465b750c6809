//! Leads and contacts: paging, filters, search, tags, values, stages.

use serde_json::{Value, json};

use super::world::{NOW_S, Reply, World, person};

#[tokio::test]
async fn an_empty_list_is_a_204_without_a_body() {
    let world = World::new().await;

    for path in [
        "leads",
        "contacts",
        "companies",
        "leads/notes",
        "leads/tags",
        "leads/unsorted",
        "leads/1",
        "contacts/1",
    ] {
        let reply = world.get(path).await;
        assert_eq!((reply.status, reply.text.as_str()), (204, ""), "{path}");
    }
}

#[tokio::test]
async fn pages_link_to_each_other_on_the_base_that_the_caller_used() {
    let world = World::new().await;
    let leads: Vec<Value> = (0..5)
        .map(|index| json!({ "name": format!("Order {index}") }))
        .collect();
    assert_eq!(world.post("leads", leads.into()).await.status, 200);

    let first = world.get("leads?limit=2&order[id]=asc").await.body;
    let last = world.get("leads?limit=2&page=3").await.body;

    let next = format!("{}/api/v4/leads?page=2&limit=2&order[id]=asc", world.base);
    assert_eq!(first["_links"]["next"]["href"], next);
    assert_eq!(first["_embedded"]["leads"].as_array().unwrap().len(), 2);
    assert!(last["_links"]["next"].is_null());
    let own = format!(
        "{}/api/v4/leads/{}?page=3&limit=2",
        world.base, last["_embedded"]["leads"][0]["id"]
    );
    assert_eq!(last["_embedded"]["leads"][0]["_links"]["self"]["href"], own);
    assert_eq!(world.get("leads?page=4&limit=2").await.status, 204);
}

#[tokio::test]
async fn filters_read_raw_and_encoded_brackets() {
    let world = World::new().await;
    let (pipeline, stages) = world.pipeline("Repeat Sales").await;
    let old = world
        .card(
            "leads",
            json!({ "name": "Old", "price": 10, "updated_at": 1_700_000_000 }),
        )
        .await;
    let repeat = world
        .card(
            "leads",
            json!({ "name": "Repeat", "price": 20, "pipeline_id": pipeline }),
        )
        .await;
    let won = world
        .card(
            "leads",
            json!({ "name": "Won", "pipeline_id": pipeline, "status_id": 142 }),
        )
        .await;

    for (query, expected) in [
        (
            format!("filter[id][]={old}&filter[id][]={won}"),
            vec![old, won],
        ),
        (format!("filter%5Bid%5D%5B%5D={repeat}"), vec![repeat]),
        (
            "filter[updated_at][from]=1750000000".to_owned(),
            vec![repeat, won],
        ),
        ("filter[updated_at][to]=1750000000".to_owned(), vec![old]),
        ("filter[updated_at]=1700000000".to_owned(), vec![old]),
        (
            "filter[name][]=Old&filter[name][]=Won".to_owned(),
            vec![old, won],
        ),
        ("filter[price]=20".to_owned(), vec![repeat]),
        (
            format!("filter[pipeline_id][]={pipeline}"),
            vec![repeat, won],
        ),
        (
            format!(
                "filter[statuses][0][pipeline_id]={pipeline}&filter[statuses][0][status_id]={}",
                stages[1]
            ),
            vec![repeat],
        ),
        ("query=repe".to_owned(), vec![repeat]),
        ("order[id]=desc".to_owned(), vec![won, repeat, old]),
    ] {
        let found = world.get(&format!("leads?{query}")).await.body;
        let ids: Vec<u64> = found["_embedded"]["leads"]
            .as_array()
            .unwrap()
            .iter()
            .map(|lead| lead["id"].as_u64().unwrap())
            .collect();
        assert_eq!(ids, expected, "{query}");
    }
}

#[tokio::test]
async fn search_is_loose_and_finds_other_people_too() {
    let world = World::new().await;
    let exact = world
        .card("contacts", person("Mara Lund", &["mara@example.com"]))
        .await;
    let longer = world
        .card("contacts", person("Somebody Else", &["tamara@example.com"]))
        .await;

    let found = world.get("contacts?query=MARA%40example.com").await.body;

    let ids: Vec<&Value> = found["_embedded"]["contacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["id"])
        .collect();
    assert_eq!(ids, [exact, longer]);
    world.switch("search_lag_s", 5).await;
    assert_eq!(
        world.get("contacts?query=mara").await.status,
        204,
        "search may lag behind"
    );
}

#[tokio::test]
async fn a_multitext_write_replaces_all_its_values() {
    let world = World::new().await;
    let id = world
        .card(
            "contacts",
            person("Mara Lund", &["mara@example.com", "lund@example.org"]),
        )
        .await;

    let mut change = person("Mara Lund", &["new@example.com"]);
    change["id"] = id.into();
    assert_eq!(world.patch("contacts", json!([change])).await.status, 200);

    let values =
        &world.get(&format!("contacts/{id}")).await.body["custom_fields_values"][0]["values"];
    assert_eq!(values.as_array().unwrap().len(), 1);
    assert_eq!(values[0]["value"], "new@example.com");
    assert_eq!(values[0]["enum_code"], "WORK");
}

#[tokio::test]
async fn values_are_cleared_by_null_and_left_alone_when_omitted() {
    let world = World::new().await;
    let total = world
        .field(
            "leads",
            json!({ "name": "Total", "type": "monetary", "currency": "USD", "code": "TOTAL" }),
        )
        .await;
    let id = world.card("leads", json!({ "custom_fields_values": [{ "field_code": "TOTAL", "values": [{ "value": 12.5 }] }] })).await;

    world
        .patch("leads", json!([{ "id": id, "name": "Renamed" }]))
        .await;
    let kept = world.get(&format!("leads/{id}")).await.body;
    world
        .patch(
            "leads",
            json!([{ "id": id, "custom_fields_values": [{ "field_id": total, "values": null }] }]),
        )
        .await;
    let cleared = world.get(&format!("leads/{id}")).await.body;

    assert_eq!(
        kept["custom_fields_values"][0]["values"],
        json!([{ "value": "12.5" }])
    );
    assert_eq!(kept["custom_fields_values"][0]["field_code"], "TOTAL");
    assert_eq!(cleared["custom_fields_values"], Value::Null);
}

#[tokio::test]
async fn embedded_tags_replace_the_set_and_deltas_do_not() {
    let world = World::new().await;
    let id = world
        .card(
            "leads",
            json!({ "_embedded": { "tags": [{ "name": "by hand" }, { "name": "cat: prints" }] } }),
        )
        .await;
    let tags = async |change: Value| {
        let mut change = change;
        change["id"] = id.into();
        assert_eq!(world.patch("leads", json!([change])).await.status, 200);
        let lead = world.get(&format!("leads/{id}")).await.body;
        let tags = lead["_embedded"]["tags"].as_array().unwrap().clone();
        tags.iter()
            .map(|tag| tag["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };

    let delta = tags(json!({ "tags_to_add": [{ "name": "over-100" }], "tags_to_delete": [{ "name": "cat: prints" }] })).await;
    let replaced = tags(json!({ "_embedded": { "tags": [{ "name": "over-250" }] } })).await;
    let none = tags(json!({ "_embedded": { "tags": null } })).await;

    assert_eq!(delta, ["by hand", "over-100"]);
    assert_eq!(replaced, ["over-250"], "the tag that a person set is gone");
    assert!(none.is_empty());
}

#[tokio::test]
async fn won_without_its_pipeline_closes_in_the_funnel_where_the_lead_is() {
    let world = World::new().await;
    let (main, stages) = world.pipeline("New Clients").await;
    let (repeat, _) = world.pipeline("Repeat Sales").await;
    let new = world.card("leads", json!({ "status_id": 142 })).await;
    let moved = world.card("leads", json!({ "pipeline_id": repeat })).await;

    world
        .patch("leads", json!([{ "id": moved, "status_id": 142 }]))
        .await;
    let new = world.get(&format!("leads/{new}")).await.body;
    let closed = world.get(&format!("leads/{moved}")).await.body;
    world
        .patch("leads", json!([{ "id": moved, "status_id": stages[1] }]))
        .await;
    let reopened = world.get(&format!("leads/{moved}")).await.body;

    assert_eq!(
        new["pipeline_id"], main,
        "a new lead without a pipeline closes in the main one"
    );
    assert_eq!(
        (&closed["pipeline_id"], &closed["closed_at"]),
        (&json!(repeat), &json!(NOW_S))
    );
    assert_eq!(
        (&reopened["pipeline_id"], &reopened["closed_at"]),
        (&json!(main), &Value::Null)
    );
}

#[tokio::test]
async fn a_loss_reason_stays_only_with_a_lost_lead() {
    let world = World::new().await;
    let reason = world.held("loss_reasons").await[0]["id"].clone();
    let id = world
        .card(
            "leads",
            json!({ "status_id": 143, "loss_reason_id": reason }),
        )
        .await;

    let lost = world
        .get(&format!("leads/{id}?with=loss_reason"))
        .await
        .body;
    world
        .patch("leads", json!([{ "id": id, "status_id": 142 }]))
        .await;
    let won = world.get(&format!("leads/{id}")).await.body;

    assert_eq!(lost["_embedded"]["loss_reason"][0]["name"], "Refunded");
    assert_eq!(won["loss_reason_id"], Value::Null);
}

#[tokio::test]
async fn prices_with_cents_are_refused_or_truncated() {
    let world = World::new().await;
    let refused = world.post("leads", json!([{ "price": 1289.9 }])).await;
    world.switch("minor_units", true).await;
    let id = world.card("leads", json!({ "price": 1289.9 })).await;
    let lead = world.get(&format!("leads/{id}")).await.body;

    assert_eq!(refused.errors(), "0 price InvalidType\n");
    assert_eq!(
        (&lead["price"], &lead["price_with_minor_units"]),
        (&json!(1289), &json!(1289.9))
    );
}

#[tokio::test]
async fn one_card_is_patched_at_the_root_or_in_an_envelope() {
    let world = World::new().await;
    let id = world.card("leads", json!({})).await;

    let root = world
        .patch(&format!("leads/{id}"), json!({ "name": "A" }))
        .await
        .body;
    world.switch("single_patch", "wrapped").await;
    let wrapped = world
        .patch(&format!("leads/{id}"), json!({ "name": "B" }))
        .await
        .body;

    assert_eq!(root["id"], id);
    assert_eq!(wrapped["_embedded"]["leads"][0]["id"], id);
}

#[tokio::test]
async fn links_are_made_in_bulk_and_tell_the_main_contact() {
    let world = World::new().await;
    let lead = world.card("leads", json!({})).await;
    let first = world.card("contacts", json!({ "name": "First" })).await;
    let second = world.card("contacts", json!({ "name": "Second" })).await;
    let link = |contact: u64, main: bool| {
        json!({ "entity_id": lead, "entity_type": "leads", "to_entity_id": contact, "to_entity_type": "contacts",
                "metadata": { "is_main": main } })
    };

    let reply = world
        .post("leads/link", json!([link(first, true), link(second, true)]))
        .await
        .body;
    let contacts =
        world.get(&format!("leads/{lead}?with=contacts")).await.body["_embedded"]["contacts"]
            .clone();
    world.switch("bulk_links", false).await;

    assert_eq!(
        reply["_embedded"]["links"][1]["metadata"],
        json!({ "main_contact": true })
    );
    assert_eq!(
        (&contacts[0]["is_main"], &contacts[1]["is_main"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        world
            .post("leads/link", json!([link(first, true)]))
            .await
            .status,
        404
    );
    assert_eq!(
        world
            .post(
                &format!("leads/{lead}/unlink"),
                json!([link(second, false)])
            )
            .await
            .status,
        204
    );
    let links = world.get(&format!("leads/{lead}/links")).await.body;
    assert_eq!(links["_embedded"]["links"][0]["to_entity_id"], first);
    assert_eq!(
        links["_embedded"]["links"][0]["metadata"]["main_contact"],
        true
    );
}

#[tokio::test]
async fn notes_of_many_cards_go_in_one_call_and_are_found_by_card() {
    let world = World::new().await;
    let (a, b) = (
        world.card("leads", json!({})).await,
        world.card("leads", json!({})).await,
    );
    let note = |lead: u64, text: &str| {
        json!({ "entity_id": lead, "note_type": "extended_service_message", "request_id": text,
                "is_need_to_trigger_digital_pipeline": false, "params": { "service": "Orders", "text": text } })
    };

    let reply = world
        .post("leads/notes", json!([note(a, "one"), note(b, "two")]))
        .await
        .body;
    let of_b = world
        .get(&format!("leads/notes?filter[entity_id][]={b}"))
        .await
        .body;

    assert_eq!(reply["_embedded"]["notes"][1]["request_id"], "two");
    assert_eq!(of_b["_embedded"]["notes"][0]["params"]["text"], "two");
    assert_eq!(of_b["_embedded"]["notes"].as_array().unwrap().len(), 1);
    world.switch("extended_notes", false).await;
    let refused = world.post("leads/notes", json!([note(a, "three")])).await;
    assert_eq!(refused.errors(), "three note_type NotSupportedChoice\n");
}

#[tokio::test]
async fn values_can_be_filtered_only_where_the_account_has_the_switch() {
    let world = World::new().await;
    let id = world
        .card("contacts", person("Mara", &["mara@example.com"]))
        .await;
    world
        .card("contacts", person("Nils", &["nils@example.com"]))
        .await;
    let fields = world.get("contacts/custom_fields").await.body;
    let all = fields["_embedded"]["custom_fields"].as_array().unwrap();
    let email = all.iter().find(|field| field["code"] == "EMAIL").unwrap()["id"].clone();
    let path = format!("contacts?filter[custom_fields_values][{email}][]=Mara@example.com");

    let ignored = world.get(&path).await.body;
    world.switch("api_filter", true).await;
    let found = world.get(&path).await.body;

    assert_eq!(
        ignored["_embedded"]["contacts"].as_array().unwrap().len(),
        2
    );
    assert_eq!(found["_embedded"]["contacts"].as_array().unwrap().len(), 1);
    assert_eq!(found["_embedded"]["contacts"][0]["id"], id);
    assert_eq!(
        world.get("account?with=is_api_filter_enabled").await.body["is_api_filter_enabled"],
        true
    );
}

#[tokio::test]
async fn a_heavy_batch_is_saved_and_answered_with_a_gateway_timeout() {
    let world = World::new().await;
    world.switch("heavy_batch", 2).await;

    let light = world.post("leads", json!([{}, {}])).await;
    let heavy = world.post("leads", json!([{}, {}, {}])).await;

    assert_eq!(light.status, 200);
    assert_eq!(
        (heavy.status, heavy.media_type.as_str()),
        (504, "text/html")
    );
    assert_eq!(world.held("leads").await.len(), 5);
}

#[tokio::test]
async fn if_modified_since_is_honoured_only_where_it_is_switched_on() {
    let world = World::new().await;
    world
        .card("leads", json!({ "updated_at": NOW_S - 60 }))
        .await;
    let since = async || {
        let request = world
            .http
            .get(format!("{}/api/v4/leads", world.base))
            .bearer_auth(&world.token);
        // 2025-10-09T08:53:20Z is the moment of the still clock.
        Reply::of(request.header("if-modified-since", "Thu, 09 Oct 2025 08:53:20 GMT"))
            .await
            .status
    };

    let ignored = since().await;
    world.switch("if_modified_since", "204").await;
    let empty = since().await;
    world.switch("if_modified_since", "304").await;

    assert_eq!((ignored, empty, since().await), (200, 204, 304));
}

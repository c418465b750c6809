//! Incoming leads from forms.

use serde_json::{Value, json};

use super::world::{NOW_S, World, person};

fn form(name: &str) -> Value {
    json!({
        "source_uid": "site-1", "source_name": "Contact form", "request_id": name,
        "metadata": { "form_id": "f1", "form_name": "Contact", "form_page": "https://shop.example.test/contact",
                      "form_sent_at": NOW_S, "ip": "203.0.113.9" },
        "_embedded": { "leads": [{ "name": name, "_embedded": { "tags": [{ "name": "form: contact" }] } }],
                       "contacts": [person("Mara Lund", &["mara@example.com"])] },
    })
}

#[tokio::test]
async fn the_contact_of_a_form_is_listed_once_it_is_accepted() {
    let world = World::new().await;
    let (_, stages) = world.pipeline("New Clients").await;

    let created = world
        .post("leads/unsorted/forms", json!([form("Form 1")]))
        .await
        .body;
    let row = &created["_embedded"]["unsorted"][0];
    let hidden = world.get("contacts").await.status;
    let accepted = world
        .post(
            &format!("leads/unsorted/{}/accept", row["uid"].as_str().unwrap()),
            json!({}),
        )
        .await;
    let lead = world
        .get(&format!(
            "leads/{}?with=contacts",
            row["_embedded"]["leads"][0]["id"]
        ))
        .await
        .body;

    assert_eq!(
        (created["_total_items"].clone(), &row["request_id"]),
        (json!(1), &json!("Form 1"))
    );
    assert_eq!(row["uid"].as_str().unwrap().len(), 60);
    assert_eq!((hidden, accepted.status), (204, 200));
    assert_eq!(
        world.get("contacts").await.body["_embedded"]["contacts"][0]["id"],
        lead["_embedded"]["contacts"][0]["id"]
    );
    assert_eq!(
        lead["status_id"], stages[1],
        "the first stage that is not the incoming one"
    );
    assert_eq!(lead["_embedded"]["tags"][0]["name"], "form: contact");
    assert_eq!(world.get("leads/unsorted").await.status, 204);
}

#[tokio::test]
async fn declining_names_a_user_in_the_body_of_a_delete() {
    let world = World::new().await;
    let user = world.held("users").await[0]["id"].clone();
    let created = world
        .post("leads/unsorted/forms", json!([form("Form 1")]))
        .await
        .body;
    let path = format!(
        "leads/unsorted/{}/decline",
        created["_embedded"]["unsorted"][0]["uid"].as_str().unwrap()
    );

    let without = world.delete(&path, None).await;
    let with = world.delete(&path, Some(json!({ "user_id": user }))).await;
    let again = world.delete(&path, Some(json!({ "user_id": user }))).await;

    assert_eq!((without.status, with.status, again.status), (400, 200, 404));
    assert!(world.held("leads").await.is_empty());
    let summary = world.get("leads/unsorted/summary").await.body;
    assert_eq!(
        (&summary["total"], &summary["declined"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test]
async fn the_same_form_twice_is_refused_in_one_request_and_in_two() {
    let world = World::new().await;

    let together = world
        .post("leads/unsorted/forms", json!([form("A"), form("A")]))
        .await;
    world.post("leads/unsorted/forms", json!([form("A")])).await;
    let later = world.post("leads/unsorted/forms", json!([form("A")])).await;
    let other = world.post("leads/unsorted/forms", json!([form("B")])).await;

    assert_eq!(together.errors(), "A source_uid NotUnique\n");
    assert_eq!((later.status, other.status), (400, 200));
}

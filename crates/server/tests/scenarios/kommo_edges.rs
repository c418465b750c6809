//! What Kommo does at its edges: refused kinds of notes, subscriptions that end, cards that go away.

use jiff::SignedDuration;
use portico_engine::{Error, NewCredential};
use portico_store::{Store, Tx, contacts, on_both};
use serde_json::{Value, json};

use crate::world::{Link, World, text};

const INES: &str = "ines.okafor@example.com";

const HOUR: SignedDuration = SignedDuration::from_mins(61);

/// When the contacts of these scenarios last changed, in Unix seconds; long before anything here.
const LONG_AGO: i64 = 1_700_000_000;

on_both! {
    async fn an_account_is_at_a_public_address_or_where_the_sandbox_is(store: Store) {
        let world = World::new(store).await;
        for base in ["http://169.254.169.254/latest", "https://10.0.0.1", "https://[::1]:8443", "http://acme.kommo.com", "http://127.0.0.1:1/kommo"] {
            let token = NewCredential::Key("a token".to_owned().into());
            let refused = world.engine.add_kommo("crm", &base.parse().unwrap(), token).await.unwrap_err();
            assert!(matches!(refused, Error::Invalid(_)), "{base}: {refused}");
        }
        // A name is judged by where it leads.
        let token = NewCredential::Key("a token".to_owned().into());
        let base = format!("https://localhost:{}/kommo", world.hub.port().unwrap());
        let refused = world.engine.add_kommo("crm", &base.parse().unwrap(), token).await.unwrap_err();
        assert!(refused.to_string().contains("no public address"), "{refused}");
        assert!(world.engine.connections().await.unwrap().is_empty());
        world.connect_crm().await;
    }
}

on_both! {
    async fn a_note_that_the_crm_does_not_fold_up_is_made_as_a_plain_one(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.switch("kommo", "extended_notes", json!(false)).await;
        world.forget_requests().await;
        let orders = [world.buy(INES, "GIFT-100").await, world.buy("kwame@example.org", "GIFT-25").await];
        world.settle().await;
        let later = world.buy("wesley.tran@example.com", "GIFT-25").await;
        world.settle().await;
        for order in orders.iter().chain([&later]) {
            let notes = world.notes(order).await;
            assert_eq!(notes.len(), 1, "{notes:?}");
            assert!(notes[0].starts_with("Order #"), "{notes:?}");
        }
        assert_eq!(kinds_of_notes(&world).await, ["common", "common", "common"]);
        assert_eq!(world.calls("kommo", "POST /api/v4/leads/notes").await, 3, "it refused once and was believed");
        world.nothing_is_stuck().await;

        // The account is read anew each day, and may have learned it.
        world.switch("kommo", "extended_notes", json!(true)).await;
        world.advance(SignedDuration::from_hours(25)).await;
        world.merchant("refund", &later, json!({"amount": "1.00"})).await;
        world.settle().await;
        assert_eq!(kinds_of_notes(&world).await.last().unwrap(), "extended_service_message");
    }
}

on_both! {
    async fn a_subscription_that_the_crm_switched_off_is_made_anew_within_the_hour(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let before = world.state("kommo", "subscriptions").await;
        world.colleague("block", json!({})).await;
        world.colleague("unblock", json!({})).await;
        assert_eq!(world.state("kommo", "subscriptions").await[0]["disabled"], true);
        world.advance(HOUR).await;

        let after = world.state("kommo", "subscriptions").await;
        assert_eq!((after.len(), &after[0]["disabled"]), (1, &json!(false)));
        assert_eq!(after[0]["destination"], before[0]["destination"]);
        the_crm_tells_of_a_new_contact(&world).await;
    }
}

on_both! {
    async fn a_subscription_that_a_person_deleted_in_the_crm_is_made_anew_within_the_hour(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        delete_subscription(&world).await;
        assert_eq!(world.state("kommo", "subscriptions").await.len(), 0);
        world.advance(HOUR).await;

        assert_eq!(world.state("kommo", "subscriptions").await.len(), 1);
        the_crm_tells_of_a_new_contact(&world).await;
    }
}

on_both! {
    async fn a_subscription_that_works_is_left_alone(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let before = world.state("kommo", "subscriptions").await;
        world.forget_requests().await;
        world.advance(HOUR).await;
        world.advance(HOUR).await;

        assert_eq!(world.state("kommo", "subscriptions").await, before);
        assert_eq!(world.calls("kommo", "GET /api/v4/webhooks").await, 2);
        assert_eq!(world.calls("kommo", "POST /api/v4/webhooks").await, 0);
    }
}

on_both! {
    async fn a_contact_that_is_deleted_while_contacts_are_listed_hides_no_other(store: Store) {
        let world = World::new(store).await;
        let first = add_people(&world, 600, |n| LONG_AGO + n).await;
        world.colleague("delete_contact", json!({"id": first, "after_page": 1})).await;
        // And the listing is interrupted, so that it goes on from where it was.
        let interruption = json!({"app": "kommo", "path": "filter%5Bupdated_at", "kind": "status", "status": 503, "times": 1});
        world.fault(interruption).await;
        connect_without_notifications(&world).await;
        world.pass(SignedDuration::from_mins(2)).await;

        assert_eq!(in_the_index(&world).await, 600, "with the one that was deleted after it was read");
        let asked = world.requests("kommo").await;
        let from_the_start = asked.iter().filter(|one| text(&one["path"]).ends_with("order%5Bupdated_at%5D=asc"));
        let from_the_start = from_the_start.filter(|one| !text(&one["path"]).contains("filter"));
        assert_eq!(from_the_start.count(), 1);
    }
}

on_both! {
    async fn of_contacts_that_changed_in_one_second_none_is_hidden_either(store: Store) {
        let world = World::new(store).await;
        add_people(&world, 600, |_| LONG_AGO).await;
        for contact in &world.state("kommo", "contacts").await[..20] {
            world.colleague("delete_contact", json!({"id": contact["id"], "after_page": 2})).await;
        }
        connect_without_notifications(&world).await;

        assert_eq!(in_the_index(&world).await, 600, "with those that were deleted after they were read");
    }
}

on_both! {
    async fn a_delivery_of_more_than_a_mebibyte_is_taken(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let people: Vec<Value> = (0..250)
            .map(|n| person(&format!("Guest {n} {}", "x".repeat(4_500)), &format!("guest{n}@example.org")))
            .collect();
        world.add_contacts(json!(people)).await;
        world.settle().await;
        world.forget_requests().await;
        world.buy("guest249@example.org", "GIFT-25").await;
        world.settle().await;

        assert_eq!(world.calls("kommo", "GET /api/v4/contacts").await, 0, "the index knew it");
        assert_eq!(world.state("kommo", "contacts").await.len(), 250);
    }
}

async fn kinds_of_notes(world: &World) -> Vec<String> {
    let notes = world.state("kommo", "notes").await;
    notes.iter().map(|note| text(&note["note_type"])).collect()
}

/// A contact that a person makes is in the index without anybody asking for it.
async fn the_crm_tells_of_a_new_contact(world: &World) {
    world
        .add_contacts(json!([person("Ines by hand", INES)]))
        .await;
    world.settle().await;
    world.forget_requests().await;
    world.buy(INES, "GIFT-100").await;
    world.settle().await;
    assert_eq!(world.calls("kommo", "GET /api/v4/contacts").await, 0);
    assert_eq!(world.state("kommo", "contacts").await.len(), 1);
}

/// Ends the account's only subscription behind our back.
async fn delete_subscription(world: &World) {
    let there = world.state("kommo", "subscriptions").await;
    let kommo = world.credentials().await["kommo"].clone();
    let url = format!("{}/api/v4/webhooks", text(&kommo["base"]));
    let request = world
        .http
        .delete(url)
        .bearer_auth(text(&kommo["access_token"]));
    let body = json!({"destination": there[0]["destination"]});
    let answer = request.json(&body).send().await.unwrap();
    answer.error_for_status().unwrap();
}

async fn connect_without_notifications(world: &World) {
    world
        .switch("kommo", "webhooks_allowed", json!(false))
        .await;
    world.connect_site("acme", 0, Link::OAuth).await;
    world.connect_crm().await;
    world.add_flow("orders", "acme", Default::default()).await;
    world.settle().await;
}

/// People in the CRM, each with the time of their last change; answers the first one's number.
async fn add_people(world: &World, count: i64, changed: impl Fn(i64) -> i64) -> Value {
    let people = (0..count).map(|n| {
        let mut person = person(&format!("Guest {n}"), &format!("guest{n}@example.org"));
        person["updated_at"] = json!(changed(n));
        person
    });
    let people: Vec<Value> = people.collect();
    world.add_contacts(json!(people)).await;
    world.state("kommo", "contacts").await[0]["id"].clone()
}

async fn in_the_index(world: &World) -> i64 {
    let crm = world.engine.connection_named("crm").await.unwrap().id;
    let count = move |tx: &mut dyn Tx| contacts::count(tx, crm);
    world.store.read(count).await.unwrap()
}

fn person(name: &str, email: &str) -> Value {
    let values = json!([{"value": email, "enum_code": "WORK"}]);
    json!({"name": name, "custom_fields_values": [{"field_code": "EMAIL", "values": values}]})
}

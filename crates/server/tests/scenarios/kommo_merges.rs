//! Kommo's duplicate control, which merges what an integration adds into cards that are there.

use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::world::{Link, World};

const INES: &str = "ines.okafor@example.com";

/// Another address of hers, which only the CRM knows to be hers.
const INES_AT_WORK: &str = "ines@harbor.example.com";

on_both! {
    async fn a_deal_that_is_merged_into_one_of_a_person_is_kept_as_that_one(store: Store) {
        let world = with_duplicate_control(store).await;
        world.add_contacts(json!([person("Ines by hand", &[INES])])).await;
        let contact = world.state("kommo", "contacts").await.last().unwrap()["id"].clone();
        let theirs = json!({"name": "A call from Ines", "pipeline_id": new_clients(&world).await,
            "_embedded": {"contacts": [{"id": contact, "is_main": true}]}});
        world.control_post("kommo/leads", &theirs).await;
        let order = world.buy(INES, "GIFT-100").await;
        world.settle().await;

        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, New order | 106 | Ines Okafor | cat: workshops & cards, over-100");
        assert_eq!(world.notes(&order).await.len(), 1);
        insta::assert_snapshot!(world.timeline(&order).await, @r"
        read after a notification: 105.50 USD, PENDING, PAID
        deal N in New Clients: the CRM's duplicate control merged it into this deal, which was there before; 1 line item; tags cat: workshops & cards, over-100
        deal N changed: name, price, Order id, Order number, Site, Channel, Items, SKUs, Categories, Fulfillment status, Payment state, Grand total, Refunded total, Currency, Ordered at, tag cat: workshops & cards, tag over-100
        ");
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn an_order_whose_deal_is_merged_into_that_of_another_is_held(store: Store) {
        let world = with_duplicate_control(store).await;
        let first = world.buy(INES, "GIFT-100").await;
        world.settle().await;
        let contact = world.state("kommo", "contacts").await[0].clone();
        let mut both = person("Ines Okafor", &[INES, INES_AT_WORK]);
        both["id"] = contact["id"].clone();
        world.colleague("edit_contact", both).await;
        let second = world.buy(INES_AT_WORK, "GIFT-25").await;
        world.settle().await;

        let leads = world.state("kommo", "leads").await;
        assert_eq!(leads.len(), 1);
        assert_eq!(world.shown(&first).await.deals[0].lead_id, leads[0]["id"].as_i64());
        assert_eq!(world.shown(&second).await.deals[0].lead_id, None);
        assert_eq!(leads[0]["name"], "#1001 · Harbor & Lantern", "the first order has its values back");
        let stuck = world.stuck().await.replace(&leads[0]["id"].to_string(), "N");
        insta::assert_snapshot!(stuck, @"order #1002 of acme: the CRM's duplicate control merged it into deal N of order #1001, whose values it has overwritten; switch off Duplicate control for this integration in the settings of the CRM's pipeline; then retry: it gets a deal of its own, and the other deal has its values back");
        insta::assert_snapshot!(world.timeline(&second).await, @r"
        read after a notification: 26.38 USD, PENDING, PAID
        the CRM merged it into deal N of order #1001
        ");

        world.switch("kommo", "duplicate_control", json!(false)).await;
        world.engine.retry_all_work().await.unwrap();
        world.settle().await;
        world.nothing_is_stuck().await;
        assert_eq!(world.state("kommo", "leads").await.len(), 2);
        assert_eq!(world.state("kommo", "notes").await.len(), 2);
        assert_eq!(world.state("kommo", "contacts").await.len(), 1);
    }
}

/// A shop and an account with duplicate control, which neither tells of contacts nor finds new ones:
/// then a buyer may be one whom only the CRM knows.
async fn with_duplicate_control(store: Store) -> World {
    let world = World::new(store).await;
    for (name, value) in [
        ("webhooks_allowed", json!(false)),
        ("search_lag_s", json!(86_400)),
        ("duplicate_control", json!(true)),
    ] {
        world.switch("kommo", name, value).await;
    }
    world.connect_site("acme", 0, Link::OAuth).await;
    world.connect_crm().await;
    world.add_flow("orders", "acme", Default::default()).await;
    world.settle().await;
    world
}

async fn new_clients(world: &World) -> Value {
    let pipelines = world.state("kommo", "pipelines").await;
    let found = pipelines.iter().find(|one| one["name"] == "New Clients");
    found.unwrap()["id"].clone()
}

fn person(name: &str, emails: &[&str]) -> Value {
    let values: Vec<Value> = emails
        .iter()
        .map(|email| json!({"value": email, "enum_code": "WORK"}))
        .collect();
    json!({"name": name, "custom_fields_values": [{"field_code": "EMAIL", "values": values}]})
}

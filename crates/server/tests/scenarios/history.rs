//! A shop's history goes into the CRM in large batches, within the vendors' limits.

use jiff::{SignedDuration, Timestamp};
use portico_domain::Clock;
use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::promises::keeps_its_limit;
use crate::world::{Link, World};

/// How many orders the history has: enough for the batches to fill.
const ORDERS: usize = 1_000;

/// How many buyers the CRM knows before.
const CONTACTS: usize = 800;

on_both! {
    async fn a_history_takes_a_twentieth_of_a_call_per_order_and_never_meets_a_limit(store: Store) {
        let world = World::new(store).await;
        seed(&world, ORDERS, CONTACTS).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.connect_crm().await;
        world.add_flow("orders", "acme", Default::default()).await;
        world.settle().await;
        assert_eq!(world.state("kommo", "leads").await.len(), 0, "the flow began after the orders");

        world.forget_requests().await;
        world.engine.backfill("orders", "2025-01-01T00:00:00Z".parse().unwrap()).await.unwrap();
        world.settle().await;

        assert_eq!(world.state("kommo", "leads").await.len(), ORDERS);
        assert_eq!(world.state("kommo", "notes").await.len(), ORDERS);
        assert_eq!(world.state("kommo", "contacts").await.len(), CONTACTS + ORDERS * 6 / 10);
        let calls = world.requests("kommo").await;
        assert!(calls.len() * 20 <= ORDERS, "{} calls for {ORDERS} orders", calls.len());
        keeps_its_limit(&calls, 1_000, 7);
        keeps_its_limit(&world.requests("squarespace").await, 60_000, 300);
    }
}

/// Orders of which six in ten are of buyers that the CRM does not know, and contacts for the rest.
pub(crate) async fn seed(world: &World, orders: usize, contacts: usize) {
    let cards: Vec<Value> = (0..contacts)
        .map(|n| {
            json!({"name": format!("Known {n}"), "custom_fields_values": [
                {"field_code": "EMAIL", "values": [{"value": format!("known{n}@example.com"), "enum_code": "WORK"}]}]})
        })
        .collect();
    world.control_post("kommo/contacts", &json!(cards)).await;
    let products = products_of_first_site(world).await;
    let orders: Vec<Value> = (0..orders)
        .map(|n| {
            order(
                n,
                contacts,
                world.clock.now(),
                &products[n % products.len()],
            )
        })
        .collect();
    world
        .control_post("squarespace/orders?silent=true", &json!(orders))
        .await;
}

async fn products_of_first_site(world: &World) -> Vec<Value> {
    let mut products = world.state("squarespace", "products").await;
    let site = products[0]["websiteId"].clone();
    products.retain(|product| product["websiteId"] == site);
    products
}

fn order(n: usize, contacts: usize, now: Timestamp, product: &Value) -> Value {
    let email = if n % 10 < 6 {
        format!("new{n}@example.com")
    } else {
        format!("known{}@example.com", n % contacts)
    };
    let placed = now - SignedDuration::from_hours(24 + n as i64);
    json!({
        "createdOn": placed.to_string(), "modifiedOn": placed.to_string(),
        "customerEmail": email,
        "lineItems": [{"lineItemType": "PHYSICAL_PRODUCT", "productId": product["id"], "productName": product["name"],
            "sku": format!("SKU-{n}"), "quantity": 1, "unitPricePaid": {"value": "45.00", "currency": "USD"}}],
        "grandTotal": {"value": format!("{}.50", 20 + n % 900), "currency": "USD"},
    })
}

//! What buyers do, and what the CRM holds afterwards.

use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::world::{Link, World, text};

on_both! {
    async fn an_order_becomes_a_contact_and_a_deal(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let order = world
            .people(json!({"app": "squarespace", "action": "checkout", "email": "mara.lund@example.com"}))
            .await;
        world.settle().await;

        let leads = world.state("kommo", "leads").await;
        assert_eq!(leads.len(), 1, "{leads:#?}");
        let contacts = world.state("kommo", "contacts").await;
        assert_eq!(contacts.len(), 1);
        let notes = world.state("kommo", "notes").await;
        assert_eq!(notes.len(), 1);
        let shown = world.shown(&order).await;
        assert_eq!(shown.deals[0].lead_id, leads[0]["id"].as_i64());
        println!("{leads:#?}\n{contacts:#?}\n{notes:#?}\n{shown:#?}");
        let _: (String, Value) = (text(&order["id"]), Value::Null);
    }
}

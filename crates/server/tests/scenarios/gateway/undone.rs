//! Calls that are taken back by their records.

use portico_domain::agent::{Area, Level};
use portico_domain::audit::{Actor, RecordId};
use portico_engine::{AuditQuery, Refusal};
use portico_store::{Store, on_both};
use reqwest::Method;
use serde_json::{Value, json};

use super::{PRODUCTS, Program, json_of};
use crate::world::{Link, World, text};

impl Program<'_> {
    async fn products(&self) -> Vec<Value> {
        let page = self.read(PRODUCTS).await;
        page["products"].as_array().unwrap().clone()
    }

    async fn left_of(&self, variant: &str) -> i64 {
        let stock = self
            .read(&format!("/1.0/commerce/inventory/{variant}"))
            .await;
        stock["inventory"][0]["quantity"].as_i64().unwrap()
    }
}

impl World {
    async fn keeper(&self) -> Program<'_> {
        self.connect_site("acme", 0, Link::OAuth).await;
        self.program(&[
            (Area::Products, Level::Full),
            (Area::Inventory, Level::Full),
        ])
        .await
    }

    /// The record of the last call of an operation.
    async fn record_of(&self, operation: &str) -> RecordId {
        let query = AuditQuery {
            operation: Some(operation.to_owned()),
            ..AuditQuery::default()
        };
        self.engine.audit(&query, None, 1).await.unwrap().entries[0].id
    }

    async fn undo(&self, id: RecordId) -> Result<String, String> {
        let by_hand = self.engine.acting_as(Actor::CommandLine);
        match by_hand.undo(id).await {
            Ok(undone) => Ok(undone.changes[0].to_string()),
            Err(Refusal::Engine(why)) => Err(why.to_string()),
            Err(other) => Err(other.to_string()),
        }
    }
}

/// A variant with stock, and its product.
fn counted(products: &[Value]) -> (String, String) {
    let mut all = products.iter().flat_map(|product| {
        let variants = product["variants"].as_array().unwrap().iter();
        variants.map(move |variant| (product, variant))
    });
    let (product, variant) = all
        .find(|(_, variant)| {
            variant["stock"]["unlimited"] == false
                && variant["stock"]["quantity"].as_i64() > Some(5)
        })
        .unwrap();
    (text(&product["id"]), text(&variant["id"]))
}

on_both! {
    async fn stock_that_an_agent_moved_or_set_is_what_it_was(store: Store) {
        let world = World::new(store).await;
        let program = world.keeper().await;
        let (_, variant) = counted(&program.products().await);
        let before = program.left_of(&variant).await;

        let fewer = json!({"decrementOperations": [{"variantId": variant, "quantity": 3}]});
        assert_eq!(program.adjust(&fewer).await.status(), 204);
        let moved = world.record_of("adjustInventoryStockLevels").await;
        world.undo(moved).await.unwrap();
        assert_eq!(program.left_of(&variant).await, before);
        let again = world.undo(moved).await.unwrap_err();
        assert!(again.contains("was undone before"), "{again}");
        assert_eq!(program.left_of(&variant).await, before);

        world.clock.advance(jiff::SignedDuration::from_secs(1));
        let one = json!({"setFiniteOperations": [{"variantId": variant, "quantity": 1}]});
        assert_eq!(program.adjust(&one).await.status(), 204);
        let set = world.record_of("adjustInventoryStockLevels").await;
        world.undo(set).await.unwrap();
        assert_eq!(program.left_of(&variant).await, before);
    }
}

on_both! {
    async fn a_price_is_what_it_was_unless_somebody_changed_it_since(store: Store) {
        let world = World::new(store).await;
        let program = world.keeper().await;
        let (product, variant) = counted(&program.products().await);
        let path = format!("{PRODUCTS}/{product}/variants/{variant}");
        let price = |value: &str| json!({"pricing": {"basePrice": {"currency": "USD", "value": value}}});
        let set = async |value: &str| {
            let call = program.call(Method::POST, &path).json(&price(value));
            json_of(call.send().await.unwrap(), 200).await
        };
        set("20.00").await;
        set("24.00").await;
        let record = world.record_of("updateProductVariant").await;
        let undone = world.undo(record).await.unwrap();
        assert!(undone.ends_with("from 24.00 USD to 20.00 USD"), "{undone}");
        set("26.00").await;
        let other = world.record_of("updateProductVariant").await;
        set("28.00").await;
        let why = world.undo(other).await.unwrap_err();
        assert!(why.contains("was changed since, and is left as it is"), "{why}");
    }
}

on_both! {
    async fn what_cannot_be_taken_back_says_why(store: Store) {
        let world = World::new(store).await;
        let program = world.keeper().await;
        let (product, _) = counted(&program.products().await);
        let path = format!("{PRODUCTS}/{product}");
        assert_eq!(program.call(Method::DELETE, &path).send().await.unwrap().status(), 204);
        let record = world.record_of("deleteProduct").await;
        let why = world.undo(record).await.unwrap_err();
        assert!(why.ends_with("cannot be undone: what there was before is not on record"), "{why}");
        let read = world.record_of("getProducts").await;
        assert!(world.undo(read).await.unwrap_err().contains("cannot be undone"));
        let nothing = RecordId { number: 9_999, ..read };
        assert!(world.undo(nothing).await.unwrap_err().starts_with("no such record"));
    }
}

//! Calls that are taken back by their records.

use portico_domain::agent::{Area, Level};
use portico_domain::audit::{Actor, RecordId};
use portico_engine::{AuditQuery, Refusal};
use portico_store::{Store, on_both};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{PRODUCTS, Program, json_of};
use crate::world::{Link, World, text};

impl Program<'_> {
    async fn products(&self) -> Vec<Value> {
        let page = self.read(PRODUCTS).await;
        page["products"].as_array().unwrap().clone()
    }

    pub(super) async fn left_of(&self, variant: &str) -> i64 {
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
    pub(super) async fn record_of(&self, operation: &str) -> RecordId {
        let query = AuditQuery {
            operation: Some(operation.to_owned()),
            ..AuditQuery::default()
        };
        self.engine.audit(&query, None, 1).await.unwrap().entries[0].id
    }

    pub(super) async fn undo(&self, id: RecordId) -> Result<String, String> {
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
        let back = world.undo(moved).await.unwrap();
        assert!(back.ends_with(" by +3"), "{back}");
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
        let again = world.undo(set).await.unwrap_err();
        assert!(again.contains("was undone before"), "{again}");
        let shown = world.engine.audit_entry(set).await.unwrap().sentence;
        assert!(shown.contains("; undone at "), "{shown}");
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
        assert!(why.starts_with("nothing was taken back: ") && why.contains(" was changed since the call left it so"), "{why}");
    }
}

on_both! {
    async fn what_an_administrator_set_can_be_taken_back_and_so_can_the_taking_back(store: Store) {
        let world = World::new(store).await;
        let program = world.keeper().await;
        let (product, variant) = counted(&program.products().await);
        let key = world.engine.add_admin_key("boss", None).await.unwrap().secret;
        let boss = Program { world: &world, hub: world.hub.clone(), key: key.expose_secret().to_owned() };
        let path = format!("{PRODUCTS}/{product}/variants/{variant}");
        for value in ["20.00", "24.00"] {
            let price = json!({"pricing": {"basePrice": {"currency": "USD", "value": value}}});
            json_of(boss.call(Method::POST, &path).json(&price).send().await.unwrap(), 200).await;
            world.clock.advance(jiff::SignedDuration::from_secs(1));
        }
        let set = world.record_of("updateProductVariant").await;
        let undone = world.undo(set).await.unwrap();
        assert!(undone.ends_with("from 24.00 USD to 20.00 USD"), "{undone}");
        world.clock.advance(jiff::SignedDuration::from_secs(1));
        let back = world.record_of("updateProductVariant").await;
        assert_ne!(back, set);
        let undone = world.undo(back).await.unwrap();
        assert!(undone.ends_with("from 20.00 USD to 24.00 USD"), "{undone}");
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
        assert!(why.ends_with("cannot be undone: nothing takes back what it does"), "{why}");
        let read = world.record_of("getProducts").await;
        assert!(world.undo(read).await.unwrap_err().contains("cannot be undone"));
        let nothing = RecordId { number: 9_999, ..read };
        assert!(world.undo(nothing).await.unwrap_err().starts_with("no such record"));
    }
}

on_both! {
    async fn of_an_undo_without_an_answer_the_values_tell_whether_it_is_to_be_tried_again(store: Store) {
        let world = World::new(store).await;
        let program = world.keeper().await;
        let (product, variant) = counted(&program.products().await);
        let path = format!("{PRODUCTS}/{product}/variants/{variant}");
        for value in ["20.00", "24.00"] {
            let price = json!({"pricing": {"basePrice": {"currency": "USD", "value": value}}});
            json_of(program.call(Method::POST, &path).json(&price).send().await.unwrap(), 200).await;
            world.clock.advance(jiff::SignedDuration::from_secs(1));
        }
        let set = world.record_of("updateProductVariant").await;
        world.fault(json!({"app": "squarespace", "path": path, "kind": "status", "status": 503, "times": 1})).await;
        let lost = world.undo(set).await.unwrap_err();
        assert!(lost.contains("it may have been done"), "{lost}");
        let shown = world.engine.audit_entry(set).await.unwrap().sentence;
        assert!(shown.contains("; perhaps undone at "), "{shown}");
        let soon = world.undo(set).await.unwrap_err();
        assert!(soon.contains("is being undone since"), "{soon}");

        world.clock.advance(jiff::SignedDuration::from_mins(6));
        let undone = world.undo(set).await.unwrap();
        assert!(undone.ends_with("from 24.00 USD to 20.00 USD"), "{undone}");
        let shown = world.engine.audit_entry(set).await.unwrap().sentence;
        assert!(shown.contains("; undone at "), "{shown}");
    }
}

//! What a person is shown of a call whose request does not say all that it does, and agrees to nothing else.

use portico_domain::agent::{Area, Level, Says, Verdict};
use portico_store::{Store, on_both};
use reqwest::Method;
use serde_json::{Value, json};

use super::asking::Boss;
use super::limits::Priced;
use super::{PRODUCTS, Program, json_of};
use crate::world::{Link, World, text};

impl World {
    /// A program that may change products, where a person agrees to one operation.
    async fn asked_about(&self, operation: &str) -> Program<'_> {
        self.connect_site("acme", 0, Link::OAuth).await;
        let asks = Says::Operation {
            operation: operation.to_owned(),
            verdict: Verdict::Ask,
        };
        let grants = [(Area::Products, Level::Full)];
        self.ruled_program(&grants, [asks]).await
    }
}

impl Program<'_> {
    /// Asks for a call, and gives the identifier of the approval.
    async fn asks_for(&self, method: Method, path: &str, body: Option<Value>) -> String {
        let mut call = self.call(method, path);
        if let Some(body) = body {
            call = call.json(&body);
        }
        let told = json_of(call.send().await.unwrap(), 202).await;
        text(&told["approval"])
    }
}

impl Boss<'_> {
    async fn prices(&self, lamp: &Priced, pricing: Value) {
        let url = format!("{}squarespace{}", self.world.hub, lamp.path);
        let body = json!({ "pricing": pricing });
        let call = self.world.http.post(url).bearer_auth(&self.key).json(&body);
        json_of(call.send().await.unwrap(), 200).await;
    }

    async fn sentence(&self, id: &str) -> String {
        text(&self.show(id).await["sentence"])
    }

    async fn fails(&self, id: &str) -> String {
        let failed = self.approve(id).await;
        assert_eq!(failed["status"], "failed", "{failed}");
        text(&failed["outcome"])
    }
}

on_both! {
    async fn of_a_sale_the_price_is_shown_and_no_other_is_agreed_to(store: Store) {
        let world = World::new(store).await;
        let program = world.asked_about("updateProductVariant").await;
        let boss = world.boss().await;
        let lamp = Priced::of(&boss).await;
        boss.prices(&lamp, json!({"salePrice": lamp.amount("15.00")})).await;
        let begins = json!({"pricing": {"onSale": true}});
        let id = program.asks_for(Method::POST, &lamp.path, Some(begins)).await;

        let shown = boss.sentence(&id).await;
        for part in ["pricing.onSale of `", " from false to true", "pricing.basePrice of `", "pricing.salePrice of `", " stays 15.00 "] {
            assert!(shown.contains(part), "{shown}");
        }
        boss.prices(&lamp, json!({"salePrice": lamp.amount("0.01")})).await;
        let why = boss.fails(&id).await;
        assert!(why.starts_with("it was changed since it was asked about (pricing.salePrice of `"), "{why}");
    }
}

on_both! {
    async fn of_what_is_deleted_the_name_and_the_stock_are_shown(store: Store) {
        let world = World::new(store).await;
        let program = world.asked_about("deleteProduct").await;
        let boss = world.boss().await;
        let lamp = Priced::of(&boss).await;
        let product = format!("{PRODUCTS}/{}", lamp.path.split('/').nth(4).unwrap());
        let id = program.asks_for(Method::DELETE, &product, None).await;

        let shown = boss.sentence(&id).await;
        assert!(shown.contains("name of product ") && shown.contains("” to nothing"), "{shown}");
        assert!(shown.contains("stock.quantity of `"), "{shown}");
        let done = boss.approve(&id).await;
        assert_eq!(done["status"], "done", "{done}");
    }
}

//! What a person is shown of a call whose request does not say all that it does, and agrees to nothing else.

use jiff::SignedDuration;
use portico_domain::Clock;
use portico_domain::agent::{Area, Beyond, Level, Says, Verdict};
use portico_engine::{ExpiryChange, ForgottenRule, NewRule, RightsChange};
use portico_store::{Store, on_both};
use reqwest::Method;
use serde_json::{Value, json};

use super::asking::Boss;
use super::limits::Priced;
use super::{ADJUST, PRODUCTS, Program, json_of, problem};
use crate::world::{Link, World, text};

impl World {
    /// A program that may change products, where a person agrees to one operation.
    async fn asked_about(&self, operation: &str) -> Program<'_> {
        self.connect_site("acme", 0, Link::OAuth).await;
        let grants = [(Area::Products, Level::Full)];
        self.ruled_program(&grants, [asks(operation)]).await
    }
}

fn asks(operation: &str) -> Says {
    Says::Operation {
        operation: operation.to_owned(),
        verdict: Verdict::Ask,
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

on_both! {
    async fn what_is_deleted_is_what_there_was_and_a_blind_agent_is_told_nothing_of_it(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let boss = world.boss().await;
        let program = world.ruled_program(&[], [asks("deleteProduct")]).await;
        let lamp = Priced::of(&boss).await;
        let mut parts = lamp.path.split('/').skip(4);
        let (product, variant) = (parts.next().unwrap(), parts.nth(1).unwrap());
        let id = program.asks_for(Method::DELETE, &format!("{PRODUCTS}/{product}"), None).await;
        let own = json_of(program.poll(&id).await, 200).await;
        assert_eq!(own["changes"].as_array().unwrap().len(), 1, "{own}");
        assert_eq!(own["changes"][0]["field"], "name");
        assert_eq!(own["changes"][0].get("before"), None, "{own}");

        let more = json!({"incrementOperations": [{"variantId": variant, "quantity": 1}]});
        let call = world.http.post(format!("{}squarespace{ADJUST}", world.hub)).bearer_auth(&boss.key).json(&more);
        assert_eq!(call.send().await.unwrap().status(), 204);
        let why = boss.fails(&id).await;
        assert!(why.starts_with("it was changed since it was asked about (stock.quantity of `"), "{why}");
    }
}

on_both! {
    async fn nobody_is_asked_about_what_cannot_be_shown(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let boss = world.boss().await;
        let lamp = Priced::of(&boss).await;
        let calls = |beyond| Says::Limit { limit: "calls-per-day=1".parse().unwrap(), beyond };
        let grants = [(Area::Products, Level::Full)];
        let begins = json!({"pricing": {"onSale": true}});
        let program = world.ruled_program(&grants, [asks("updateProductVariant"), calls(Beyond::Deny)]).await;
        let refused = program.refused(program.call(Method::POST, &lamp.path).json(&begins)).await;
        assert!(refused.starts_with("403 denied: ") && refused.contains("leave none to read what there is now"), "{refused}");

        let change = RightsChange {
            rules: vec![NewRule { connection: None, says: calls(Beyond::Ask) }],
            forgotten: vec![ForgottenRule { connection: None, subject: "calls-per-day".to_owned() }],
            ..RightsChange::default()
        };
        world.engine.grant("Robot", change).await.unwrap();
        for percent in [110, 120] {
            let id = program.asks_for(Method::POST, &lamp.path, Some(lamp.at(percent))).await;
            let shown = boss.sentence(&id).await;
            assert!(shown.contains("pricing.basePrice of `") && shown.contains(" from "), "{shown}");
        }
    }
}

on_both! {
    async fn who_may_not_make_a_call_any_more_is_told_that_it_was_done_and_not_the_answer(store: Store) {
        let world = World::new(store).await;
        let program = world.asked_about("updateProductVariant").await;
        let boss = world.boss().await;
        let lamp = Priced::of(&boss).await;
        let id = program.asks_for(Method::POST, &lamp.path, Some(lamp.at(110))).await;
        assert_eq!(boss.approve(&id).await["status"], "done");
        let told = async || json_of(program.poll(&id).await, 200).await;
        assert!(told().await["answer"].is_object());

        world.clock.advance(SignedDuration::from_secs(1));
        let end = world.clock.now() + SignedDuration::from_secs(1);
        let ends = RightsChange { expiry: ExpiryChange::At(end), ..RightsChange::default() };
        world.engine.grant("Robot", ends).await.unwrap();
        world.clock.advance(SignedDuration::from_secs(2));
        let told = told().await;
        assert_eq!((&told["status"], &told["answer"]), (&json!("done"), &Value::Null), "{told}");
    }
}

on_both! {
    async fn calls_that_are_used_up_for_a_minute_use_up_nobody_s_consent(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let boss = world.boss().await;
        let lamp = boss.counted().await;
        let calls = Says::Limit { limit: "calls-per-minute=4".parse().unwrap(), beyond: Beyond::Deny };
        let grants = [(Area::Inventory, Level::Full)];
        let program = world.ruled_program(&grants, [asks("adjustInventoryStockLevels"), calls]).await;
        let first = program.asks_for(Method::POST, ADJUST, Some(lamp.more(1))).await;
        let second = program.asks_for(Method::POST, ADJUST, Some(lamp.more(2))).await;
        assert_eq!(boss.approve(&first).await["status"], "done");

        let early = problem(boss.decide(&second, "approve").await).await;
        assert!(early.starts_with(&format!("409 conflict: `{second}` goes on waiting, and nothing was sent: ")), "{early}");
        assert_eq!(boss.show(&second).await["status"], "pending");
        world.clock.advance(SignedDuration::from_mins(1));
        assert_eq!(boss.approve(&second).await["status"], "done");
        assert_eq!(world.adjustments().await, 2);
    }
}

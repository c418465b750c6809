//! Calls that are tried out: nothing is sent, and what would be is told.

use portico_domain::agent::{Area, Beyond, Level, Says, Verdict};
use portico_store::{Store, on_both};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{ADJUST, Program, json_of};
use crate::world::{Link, World, text};

impl Program<'_> {
    fn trial(&self, body: &Value) -> RequestBuilder {
        let call = self.call(Method::POST, ADJUST).json(body);
        call.header("portico-dry-run", "true")
    }

    async fn tried(&self, body: &Value) -> Value {
        let answer = self.trial(body).send().await.unwrap();
        assert_eq!(answer.headers()["portico-dry-run"], "true");
        json_of(answer, 200).await
    }
}

on_both! {
    async fn a_dry_run_tells_what_would_be_sent_and_changed_and_sends_no_write(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let limit = Says::Limit { limit: "stock-per-day=9".parse().unwrap(), beyond: Beyond::Deny };
        let program = world.ruled_program(&[(Area::Inventory, Level::Full)], [limit]).await;
        let lamp = world.boss().await.counted().await;
        world.forget_requests().await;

        let wanted = lamp.set_to(lamp.quantity + 9);
        for _ in 0..2 {
            let told = program.tried(&wanted).await;
            assert_eq!((&told["dry_run"], &told["connection"], &told["operation"]), (&json!(true), &json!("acme"), &json!("adjustInventoryStockLevels")));
            assert_eq!(told["request"]["body"], wanted);
            assert_eq!(told["changes"], json!([{
                "thing": {"variant": lamp.variant, "sku": lamp.sku},
                "field": "stock",
                "before": lamp.quantity,
                "after": lamp.quantity + 9,
            }]));
            assert_eq!(told["decision"], json!({"verdict": "allow", "because": "its grant inventory=full"}));
        }
        let beyond = program.tried(&lamp.more(10)).await;
        assert_eq!(beyond["decision"]["verdict"], "deny");
        assert_eq!(text(&beyond["decision"]["because"]), "it would move 10 of stock, and has moved 0 of its 9 of this day");
        assert_eq!(world.adjustments().await, 0);
        assert_eq!(program.adjust(&wanted).await.status(), 204, "what was tried out has used up nothing");
    }
}

on_both! {
    async fn a_dry_run_asks_nobody_and_an_unclear_one_is_refused(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let asks = Says::Operation { operation: "adjustInventoryStockLevels".to_owned(), verdict: Verdict::Ask };
        let program = world.ruled_program(&[(Area::Inventory, Level::Full)], [asks]).await;
        let lamp = world.boss().await.counted().await;
        world.forget_requests().await;

        assert_eq!(program.tried(&lamp.more(1)).await["decision"]["verdict"], "ask");
        assert_eq!(world.engine.approvals(None, None, 5).await.unwrap().approvals.len(), 0);
        let unclear = program.call(Method::POST, ADJUST).json(&lamp.more(1)).header("portico-dry-run", "yes");
        assert_eq!(program.refused(unclear).await, "400 request: `portico-dry-run` is `true` or `false`; nothing was sent");
        let closed = program.call(Method::POST, "/v2/commerce/products").json(&json!({})).header("portico-dry-run", "true");
        assert!(program.refused(closed).await.starts_with("403 denied: "));
        assert_eq!(world.adjustments().await, 0);
    }
}

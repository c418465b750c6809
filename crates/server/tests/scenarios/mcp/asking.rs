//! Tools whose calls wait for a person or are tried out, and whose answers hide what is personal.

use portico_domain::agent::{Area, Level, Says, Verdict};
use portico_engine::{NewRule, RightsChange};
use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::world::{Link, World, text};

const ADJUST: &str = "adjustInventoryStockLevels";

on_both! {
    async fn a_tool_asks_a_person_and_tells_by_the_same_call_what_became_of_it(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let robot = world.robot("Robot", &[(Area::Inventory, Level::Full)]).await;
        let says = Says::Operation { operation: ADJUST.to_owned(), verdict: Verdict::Ask };
        let rules = vec![NewRule { connection: None, says }];
        world.engine.grant("Robot", RightsChange { rules, ..RightsChange::default() }).await.unwrap();
        let items = robot.told("getInventoryItems", json!({})).await;
        let item = items["answer"]["inventory"].as_array().unwrap().iter().find(|item| item["isUnlimited"] == false).unwrap().clone();
        let (variant, stock) = (text(&item["variantId"]), item["quantity"].as_i64().unwrap());
        let body = json!({"setFiniteOperations": [{"variantId": variant, "quantity": stock + 2}]});
        world.forget_requests().await;

        let tried = robot.told(ADJUST, json!({"body": body, "dry_run": true})).await;
        assert_eq!(tried["dry_run"]["decision"]["verdict"], "ask");
        assert_eq!(tried["dry_run"]["changes"][0]["before"], stock);
        let asked = robot.told(ADJUST, json!({"body": body})).await;
        assert_eq!((&asked["status"], &asked["approval"]["status"]), (&json!(202), &json!("pending")));
        assert!(asked.get("answer").is_none(), "{asked}");
        let sent = async || world.requests("squarespace").await.iter().filter(|one| one["method"] == "POST").count();
        assert_eq!(sent().await, 0);

        world.engine.approve(text(&asked["approval"]["approval"]).parse().unwrap()).await.unwrap();
        let done = robot.told(ADJUST, json!({"body": body})).await;
        assert_eq!((&done["approval"]["status"], &done["approval"]["outcome"]), (&json!("done"), &json!("the vendor answered 204")));
        assert_eq!(sent().await, 1);
        let refused = robot.refused("getInventoryItems", json!({"dry_run": true})).await;
        assert!(refused.contains("there is no argument `dry_run`"), "{refused}");
    }
}

on_both! {
    async fn what_is_personal_does_not_come_through_a_tool(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.buy("ines.okafor@example.com", "GIFT-100").await;
        let robot = world.robot("Robot", &[(Area::Orders, Level::Read)]).await;
        let told = robot.told("getOrders", json!({})).await;
        assert_eq!(told["answer"]["result"][0]["customerEmail"], Value::Null);
        assert!(!told.to_string().contains("ines.okafor"), "{told}");
    }
}

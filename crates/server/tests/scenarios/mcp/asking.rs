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
        assert_eq!(done["approval"]["repeated"], true, "{done}");
        let anew = robot.told(ADJUST, json!({"body": body, "idempotency_key": "evening"})).await;
        assert_eq!((&anew["approval"]["status"], &anew["approval"]["repeated"]), (&json!("pending"), &json!(false)));
        assert_ne!(anew["approval"]["approval"], done["approval"]["approval"]);
        for argument in ["dry_run", "idempotency_key"] {
            let refused = robot.refused("getInventoryItems", json!({ argument: "x" })).await;
            assert!(refused.contains(&format!("there is no argument `{argument}`")), "{refused}");
        }
        let spaced = robot.refused("deleteProduct", json!({"productId": "p", "idempotency_key": "a b"})).await;
        assert!(spaced.starts_with("denied: "), "who may not is not told of arguments: {spaced}");
        let spaced = robot.refused(ADJUST, json!({"body": body, "idempotency_key": "a b"})).await;
        insta::assert_snapshot!(spaced, @"request: adjustInventoryStockLevels: `idempotency_key` must be 1 to 255 letters, digits and signs without spaces");
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
        assert!(told["hidden"].as_u64().unwrap() > 1, "{told}");
        let shown = Says::PersonalData { shown: true };
        let rules = vec![NewRule { connection: None, says: shown }];
        world.engine.grant("Robot", RightsChange { rules, ..RightsChange::default() }).await.unwrap();
        let told = robot.told("getOrders", json!({})).await;
        assert_eq!((&told["answer"]["result"][0]["customerEmail"], told.get("hidden")), (&json!("ines.okafor@example.com"), None));
    }
}

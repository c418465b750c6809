//! The README lists what the sandbox offers.

use serde_json::json;

use crate::stand::{Stand, answer};

const README: &str = include_str!("../../README.md");

#[tokio::test]
async fn every_switch_is_a_row_with_its_default() {
    let stand = Stand::up().await;
    let url = format!("{}/_control/switches", stand.sandbox.base_url());
    let switches = answer(stand.http.get(url)).await.body["switches"].clone();

    for switch in switches.as_array().unwrap() {
        let word = |name: &str| switch[name].as_str().unwrap().to_owned();
        let default = switch["default"].to_string().replace('"', "");
        let row = format!(
            "| `{}` | {} | `{default}` | {} |",
            word("name"),
            word("takes"),
            word("changes")
        );
        assert!(README.contains(&row), "the README lacks this row:\n{row}");
    }
}

#[tokio::test]
async fn every_action_of_people_is_a_row() {
    let stand = Stand::up().await;
    let unknown = json!({ "app": "squarespace", "action": "?" });
    let detail = stand.control("people", unknown).await.body["detail"].clone();
    let (_, actions) = detail.as_str().unwrap().rsplit_once("they can ").unwrap();

    for action in actions.split(", ") {
        assert!(
            README.contains(&format!("\n| `{action}` |")),
            "the README lacks `{action}`"
        );
    }
}

#[tokio::test]
async fn a_reset_can_set_switches_before_it_seeds() {
    let stand = Stand::up().await;
    let switches = json!([{ "app": "squarespace", "name": "page_size", "value": 5 }]);

    let reset = stand
        .control("reset", json!({ "seed": 7, "switches": switches }))
        .await;
    assert_eq!(reset.status, 200);
    assert_eq!(
        stand
            .get("/v2/commerce/products")
            .await
            .each("products", "id")
            .len(),
        5
    );
}

//! Faults on requests, and what the journal writes about them.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::stand::{Stand, answer};

const ORDERS: &str = "/1.0/commerce/orders";

#[tokio::test]
async fn an_answer_dropped_after_the_work_leaves_the_work_done() {
    let stand = Stand::up().await;
    let order = stand.person("checkout", json!({})).await;
    let path = format!("{ORDERS}/{}/fulfillments", order["id"].as_str().unwrap());
    let body = json!({ "shouldSendNotification": false, "shipments": [] });
    stand
        .fault(
            json!({ "kind": "drop_after", "method": "POST", "path": "/fulfillments$", "times": 1 }),
        )
        .await;

    let lost = stand
        .request(Method::POST, &path, &stand.first("access_token"))
        .json(&body)
        .send()
        .await;
    assert!(lost.unwrap_err().is_request());
    assert_eq!(
        stand.state("orders").await[0]["fulfillmentStatus"],
        "FULFILLED"
    );
    assert_eq!(
        stand.post(&path, body).await.status,
        204,
        "the fault struck once"
    );
    let journal = stand.journal().await;
    assert_eq!(
        journal["by_operation"],
        json!({ "POST /1.0/commerce/orders/{id}/fulfillments": 2 })
    );
    let row = &journal["requests"][0];
    assert_eq!(
        (&row["status"], &row["fault"]),
        (&json!(204), &json!("drop_after"))
    );
}

#[tokio::test]
async fn a_request_dropped_before_the_work_does_nothing() {
    let stand = Stand::up().await;
    let body = json!({ "endpointUrl": "https://hooks.example.com/x", "topics": ["order.create"] });
    stand
        .fault(json!({ "kind": "drop_before", "path": "webhook_subscriptions", "times": 1 }))
        .await;

    let request = stand.request(
        Method::POST,
        "/1.0/webhook_subscriptions",
        &stand.first("access_token"),
    );
    assert!(request.json(&body).send().await.is_err());
    assert_eq!(stand.state("subscriptions").await.len(), 0);
    assert_eq!(stand.journal().await["requests"][0]["status"], 0);
}

#[tokio::test]
async fn what_a_client_gave_up_on_is_done_all_the_same() {
    let stand = Stand::up().await;
    let order = stand.person("checkout", json!({})).await;
    for (kind, state) in [("delay", "PENDING"), ("delay_after", "FULFILLED")] {
        stand
            .fault(json!({ "kind": kind, "ms": 600_000, "path": "/fulfillments$", "times": 1 }))
            .await;
        let path = format!("{ORDERS}/{}/fulfillments", order["id"].as_str().unwrap());
        let token = stand.first("access_token");
        let asked = stand
            .request(Method::POST, &path, &token)
            .json(&json!({ "shouldSendNotification": false, "shipments": [] }))
            .timeout(Duration::from_millis(500));
        assert!(asked.send().await.unwrap_err().is_timeout());
        assert_eq!(stand.state("orders").await[0]["fulfillmentStatus"], state);

        let url = format!("{}/_control/faults", stand.sandbox.base_url());
        assert_eq!(answer(stand.http.delete(&url)).await.status, 204);
        while stand.journal().await["count"] == 0 {}
        let fulfilled = &stand.state("orders").await[0]["fulfillmentStatus"];
        assert_eq!(fulfilled, "FULFILLED");
        stand
            .person("unfulfill", json!({ "id": order["id"] }))
            .await;
    }
}

#[tokio::test]
async fn a_status_comes_in_the_vendors_shape_and_a_page_does_not() {
    let stand = Stand::up().await;
    stand
        .fault(json!({ "kind": "status", "status": 503, "path": "orders", "times": 1 }))
        .await;
    stand
        .fault(json!({ "kind": "html", "status": 502, "path": "orders", "times": 1 }))
        .await;

    let own = stand.get(ORDERS).await;
    assert_eq!(own.refusal(), "503 SERVICE_UNAVAILABLE -");
    assert!(own.body["contextId"].is_string());
    let page = stand
        .request(Method::GET, ORDERS, &stand.first("api_key"))
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 502);
    assert_eq!(page.headers()["content-type"], "text/html");
    assert!(page.text().await.unwrap().contains("502 Bad Gateway"));
    assert_eq!(stand.get(ORDERS).await.status, 200);
}

#[tokio::test]
async fn faults_are_listed_with_what_is_left_of_them_and_can_be_cleared() {
    let stand = Stand::up().await;
    stand
        .fault(json!({ "kind": "status", "status": 500, "times": 2 }))
        .await;
    stand
        .fault(json!({ "kind": "html", "probability": 0.0 }))
        .await;
    assert_eq!(stand.get(ORDERS).await.status, 500);

    let url = format!("{}/_control/faults", stand.sandbox.base_url());
    let listed = answer(stand.http.get(&url)).await.body;
    assert_eq!(listed["faults"][0]["times"], 1);
    assert_eq!(answer(stand.http.delete(&url)).await.status, 204);
    assert_eq!(stand.get(ORDERS).await.status, 200);
}

#[tokio::test]
async fn the_journal_counts_the_items_of_a_body_and_keeps_the_query() {
    let stand = Stand::up().await;
    stand.get("/1.0/commerce/orders?limit=3").await;
    let list = stand.request(
        Method::POST,
        "/1.0/commerce/nothing",
        &stand.first("api_key"),
    );
    answer(list.json(&json!([1, 2, 3]))).await;

    let journal = stand.journal().await;
    assert_eq!(journal["count"], 2);
    let row = |n: usize| {
        (
            journal["requests"][n]["path"].clone(),
            journal["requests"][n]["items"].clone(),
        )
    };
    assert_eq!(row(0), (json!("/1.0/commerce/orders?limit=3"), json!(1)));
    assert_eq!(row(1), (json!("/1.0/commerce/nothing"), json!(3)));
    let url = format!("{}/_control/requests", stand.sandbox.base_url());
    assert_eq!(answer(stand.http.delete(url)).await.status, 204);
    assert_eq!(stand.journal().await["count"], 0);
}

#[tokio::test]
async fn control_calls_say_what_is_wrong() {
    let stand = Stand::up().await;
    let detail = |answer: crate::stand::Answer| {
        assert_eq!(answer.body["status"], answer.status);
        answer.body["detail"].as_str().unwrap().to_owned()
    };

    let wrong = stand
        .control("people", json!({ "app": "squarespace", "action": "dance" }))
        .await;
    assert!(
        detail(wrong)
            .starts_with("people on squarespace cannot `dance`: they can checkout, fulfill")
    );
    let wrong = stand
        .control(
            "switches",
            json!({ "app": "squarespace", "name": "page_drift", "value": "up" }),
        )
        .await;
    assert_eq!(
        detail(wrong),
        "switch `page_drift` does not take \"up\": send one of none, repeat, skip"
    );
    let wrong = stand
        .control(
            "faults",
            json!({ "app": "squarespace", "kind": "status", "path": "(" }),
        )
        .await;
    assert!(detail(wrong).starts_with("`path` is not a regular expression"));
    let wrong = stand
        .control(
            "people",
            json!({ "app": "squarespace", "action": "refund", "id": "1001" }),
        )
        .await;
    assert_eq!(
        detail(wrong),
        "no order `1001` on any website: send its `id`, not its number"
    );
}

//! Transaction summaries by contact.

use std::fmt::Write;

use reqwest::Method;
use serde_json::json;

use crate::stand::{Stand, answer};

const SUMMARIES: &str = "/v1/analytics/transaction-summaries";

#[tokio::test]
async fn a_summary_agrees_with_the_profile_and_a_stranger_has_none() {
    let stand = Stand::up().await;
    let order = stand
        .person("checkout", json!({ "email": "kwame@example.org" }))
        .await;
    let stranger = "66aa00112233445566778899";

    let ids = [
        order["customerId"].clone(),
        json!(stranger),
        order["customerId"].clone(),
    ];
    let body = json!({ "contactIds": ids, "groupBy": "contactId" });
    let summaries = stand.send(Method::POST, SUMMARIES, &body).await;
    assert_eq!(summaries.status, 200, "{}", summaries.body);
    let wrappers = &summaries.body["transactionsSummaryWrappers"];
    let profile = stand
        .get(&format!(
            "/1.0/profiles/{}",
            order["customerId"].as_str().unwrap()
        ))
        .await;
    assert_eq!(wrappers.as_array().unwrap().len(), 2, "each contact once");
    assert_eq!(wrappers[0]["contactId"], order["customerId"]);
    assert_eq!(
        wrappers[0]["transactionsSummary"],
        profile.body["profiles"][0]["transactionsSummary"]
    );
    assert_eq!(wrappers[1]["contactId"], stranger);
    assert_eq!(wrappers[1]["transactionsSummary"]["orderCount"], 0);
}

#[tokio::test]
async fn summaries_are_refused_as_documented() {
    let stand = Stand::up().await;
    let id = "66aa00112233445566778899";
    let rows = [
        json!({ "contactIds": [], "groupBy": "contactId" }),
        json!({ "contactIds": vec![id; 1_001], "groupBy": "contactId" }),
        json!({ "contactIds": [id], "groupBy": "email" }),
        json!({ "contactIds": [id] }),
        json!({ "contactIds": [7], "groupBy": "contactId" }),
    ];
    let mut table = String::new();
    for body in rows {
        let answer = stand.send(Method::POST, SUMMARIES, &body).await;
        let message = answer.body["message"].as_str().unwrap();
        writeln!(table, "{:<46} {message}", answer.refusal()).unwrap();
    }
    insta::assert_snapshot!(table, @r"
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     contactIds must not be empty.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     contactIds must have at most 1000 entries.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     groupBy must be one of contactId.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT     groupBy is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     contactIds must be an array of strings.
    ");
    let orders_only = stand
        .person("token_pair", json!({ "scopes": "website.orders" }))
        .await;
    let request = stand.request(
        Method::POST,
        SUMMARIES,
        orders_only["access_token"].as_str().unwrap(),
    );
    let refused = answer(request.json(&json!({}))).await;
    assert_eq!(refused.refusal(), "403 AUTHORIZATION_ERROR MISSING_SCOPE");
}

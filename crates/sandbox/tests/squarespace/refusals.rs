//! Every refusal that the documentation names for these operations, as tables of status, type and subtype.

use std::fmt::Write;

use reqwest::Method;
use serde_json::{Value, json};

use crate::stand::{Answer, Stand, answer};

#[tokio::test]
async fn reads_are_refused_as_documented() {
    let stand = Stand::up().await;
    let fifty_one = vec!["65f0aa4d1c2b3e4f5a6b7c8d"; 51].join(",");
    let paths = [
        "/1.0/commerce/orders?modifiedAfter=2026-01-01T00:00:00Z".to_owned(),
        "/1.0/commerce/orders?modifiedAfter=2026-01-02&modifiedBefore=2026-01-03".to_owned(),
        "/1.0/commerce/orders?modifiedAfter=2026-01-02T00:00:00Z&modifiedBefore=2026-01-02T00:00:00Z".to_owned(),
        "/1.0/commerce/orders?fulfillmentStatus=CANCELLED".to_owned(),
        "/1.0/commerce/orders?paymentStates=PAID,OVERDUE".to_owned(),
        "/1.0/commerce/orders?cursor=nonsense".to_owned(),
        "/1.0/commerce/orders?cursor=abc&fulfillmentStatus=PENDING".to_owned(),
        "/1.0/commerce/orders/1001".to_owned(),
        "/1.0/commerce/orders/65f0aa4d1c2b3e4f5a6b7c8d".to_owned(),
        "/1.0/commerce/store_pages?cursor=nonsense".to_owned(),
        "/1.0/commerce/transactions?cursor=nonsense".to_owned(),
        "/1.0/commerce/transactions/unknown".to_owned(),
        "/v2/commerce/products?type=BOOK".to_owned(),
        "/v2/commerce/products?cursor=abc&type=DIGITAL".to_owned(),
        "/v2/commerce/products/65f0aa4d1c2b3e4f5a6b7c8d".to_owned(),
        format!("/v2/commerce/products/{fifty_one}"),
        "/9.9/commerce/orders".to_owned(),
        "/1.0/webhook_subscriptions".to_owned(),
    ];
    let mut table = String::new();
    for path in paths {
        let refusal = stand.get(&path).await.refusal();
        let short: String = path.chars().take(70).collect();
        writeln!(table, "{refusal:<52} {short}").unwrap();
    }
    insta::assert_snapshot!(table, @r"
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           /1.0/commerce/orders?modifiedAfter=2026-01-01T00:00:00Z
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           /1.0/commerce/orders?modifiedAfter=2026-01-02&modifiedBefore=2026-01-0
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           /1.0/commerce/orders?modifiedAfter=2026-01-02T00:00:00Z&modifiedBefore
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           /1.0/commerce/orders?fulfillmentStatus=CANCELLED
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           /1.0/commerce/orders?paymentStates=PAID,OVERDUE
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           /1.0/commerce/orders?cursor=nonsense
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           /1.0/commerce/orders?cursor=abc&fulfillmentStatus=PENDING
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           /1.0/commerce/orders/1001
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           /1.0/commerce/orders/65f0aa4d1c2b3e4f5a6b7c8d
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           /1.0/commerce/store_pages?cursor=nonsense
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           /1.0/commerce/transactions?cursor=nonsense
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           /1.0/commerce/transactions/unknown
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           /v2/commerce/products?type=BOOK
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           /v2/commerce/products?cursor=abc&type=DIGITAL
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           /v2/commerce/products/65f0aa4d1c2b3e4f5a6b7c8d
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           /v2/commerce/products/65f0aa4d1c2b3e4f5a6b7c8d,65f0aa4d1c2b3e4f5a6b7c8
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           /9.9/commerce/orders
    403 AUTHORIZATION_ERROR OAUTH_TOKEN_REQUIRED         /1.0/webhook_subscriptions
    ");
}

#[tokio::test]
async fn the_messages_that_were_seen_live_are_kept() {
    let stand = Stand::up().await;

    let both = stand
        .get("/1.0/commerce/orders?cursor=abc&modifiedAfter=x&modifiedBefore=y")
        .await;
    assert_eq!(
        both.body["message"],
        "Cursor cannot be set while other parameters are present."
    );
    let one = stand
        .get("/v2/commerce/products?modifiedBefore=2026-01-01T00:00:00Z")
        .await;
    assert_eq!(
        one.body["message"],
        "'modifiedBefore' and 'modifiedAfter' must both be specified."
    );
    let nobody = answer(stand.request(Method::GET, "/1.0/authorization/website", "wrong")).await;
    assert_eq!(nobody.refusal(), "401 AUTHORIZATION_ERROR -");
    assert_eq!(nobody.body["message"], "You are not authorized to do that.");
}

#[tokio::test]
async fn every_answer_carries_its_context() {
    let stand = Stand::up().await;

    let good = stand.request(
        Method::GET,
        "/1.0/authorization/website",
        &stand.first("api_key"),
    );
    assert!(
        good.send()
            .await
            .unwrap()
            .headers()
            .contains_key("x-contextid")
    );
    let bad = stand
        .request(Method::GET, "/1.0/authorization/website", "wrong")
        .send()
        .await
        .unwrap();
    let context = bad.headers()["x-contextid"].to_str().unwrap().to_owned();
    let body: Value = bad.json().await.unwrap();
    assert_eq!(body["contextId"], context);
    assert_eq!(
        body.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["contextId", "details", "message", "subtype", "type"]
    );
}

#[tokio::test]
async fn checks_come_in_the_documented_order() {
    let stand = Stand::up().await;
    let read_only = stand.first("read_only_api_key");
    let send =
        |method, path: &'static str, credential: &str| stand.request(method, path, credential);

    let mut table = String::new();
    let mut row =
        |what: &str, answer: Answer| writeln!(table, "{:<52} {what}", answer.refusal()).unwrap();
    let no_agent = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!(
        "{}/squarespace/1.0/commerce/nothing",
        stand.sandbox.base_url()
    );
    row(
        "neither user agent nor credential",
        answer(no_agent.get(&url)).await,
    );
    row(
        "no credential on an unknown path",
        answer(stand.http.get(&url)).await,
    );
    row(
        "unknown path",
        answer(send(Method::GET, "/1.0/commerce/nothing", &read_only)).await,
    );
    row(
        "wrong method",
        answer(send(Method::PATCH, "/1.0/commerce/orders", &read_only)).await,
    );
    row(
        "read-only key without Idempotency-Key",
        answer(send(Method::POST, "/1.0/commerce/orders", &read_only)).await,
    );
    let key = stand.first("api_key");
    row(
        "no Idempotency-Key, no body",
        answer(send(Method::POST, "/1.0/commerce/orders", &key)).await,
    );
    let with_key =
        || send(Method::POST, "/1.0/commerce/orders", &key).header("Idempotency-Key", "k-1");
    row("wrong content type", answer(with_key().body("{")).await);
    let json = || with_key().header("Content-Type", "application/json; charset=utf-8");
    row("malformed JSON", answer(json().body("{")).await);
    row("empty object", answer(json().body("{}")).await);
    stand.person("expire_site", json!({})).await;
    row(
        "expired website",
        answer(send(Method::GET, "/1.0/commerce/nothing", &key)).await,
    );
    insta::assert_snapshot!(table, @r"
    400 INVALID_REQUEST_ERROR -                          neither user agent nor credential
    401 AUTHORIZATION_ERROR -                            no credential on an unknown path
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           unknown path
    405 METHOD_NOT_ALLOWED -                             wrong method
    403 AUTHORIZATION_ERROR MISSING_SCOPE                read-only key without Idempotency-Key
    400 about:blank -                                    no Idempotency-Key, no body
    415 about:blank -                                    wrong content type
    400 INVALID_REQUEST_ERROR -                          malformed JSON
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           empty object
    402 WEBSITE_EXPIRED -                                expired website
    ");
}

#[tokio::test]
async fn a_missing_idempotency_key_is_a_problem_of_the_outer_layer() {
    let stand = Stand::up().await;

    let refused = stand.post("/1.0/commerce/orders", json!({})).await;
    assert_eq!(
        refused.body,
        json!({
            "type": "about:blank", "title": "Bad Request", "status": 400,
            "detail": "Required header 'Idempotency-Key' is not present.", "instance": "/1.0/commerce/orders",
        })
    );
}

#[tokio::test]
async fn fulfillments_are_refused_as_documented() {
    let stand = Stand::up().await;
    let id = stand.person("checkout", json!({})).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let canceled = stand.person("checkout", json!({})).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    stand.person("cancel", json!({ "id": canceled })).await;
    let shipment = json!({ "shipDate": "2026-05-14T10:00:00Z", "carrierName": "USPS", "service": "Priority", "trackingNumber": "94" });
    let with = |name: &str, value: Value| {
        let mut shipment = shipment.clone();
        shipment[name] = value;
        json!({ "shouldSendNotification": false, "shipments": [shipment] })
    };
    let rows = [
        (id.as_str(), json!({ "shipments": [] })),
        (&id, json!({ "shouldSendNotification": false })),
        (
            &id,
            json!({ "shouldNotifyCustomer": false, "shouldSendNotification": false, "shipments": [] }),
        ),
        (&id, with("trackingUrl", json!("not a url"))),
        (&id, with("shipDate", Value::Null)),
        (&id, with("service", json!("x".repeat(101)))),
        (
            "1001",
            json!({ "shouldSendNotification": false, "shipments": [] }),
        ),
        (
            "65f0aa4d1c2b3e4f5a6b7c8d",
            json!({ "shouldSendNotification": false, "shipments": [] }),
        ),
        (
            &canceled,
            json!({ "shouldSendNotification": false, "shipments": [] }),
        ),
    ];
    let mut table = String::new();
    for (id, body) in rows {
        let answer = stand
            .post(&format!("/1.0/commerce/orders/{id}/fulfillments"), body)
            .await;
        let message = answer.body["message"]
            .as_str()
            .unwrap_or_default()
            .replace(&"x".repeat(101), "...");
        writeln!(table, "{:<52} {message}", answer.refusal()).unwrap();
    }
    insta::assert_snapshot!(table, @r"
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           shouldSendNotification is required.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           shipments is required.
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [shouldNotifyCustomer]
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           shipments.trackingUrl must be a valid URL.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           shipments.shipDate is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           shipments.service must have at most 100 characters.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The order id is not in the expected format.
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The order was not found.
    409 CONFLICT -                                       The order was canceled.
    ");
}

#[tokio::test]
async fn subscriptions_are_refused_as_documented() {
    let stand = Stand::up().await;
    let orders_only = stand
        .person("token_pair", json!({ "scopes": "website.orders.read" }))
        .await;
    let token = orders_only["access_token"].as_str().unwrap();
    let url = "https://hooks.example.com/x";
    let rows = [
        json!({ "topics": ["order.create"] }),
        json!({ "endpointUrl": url }),
        json!({ "endpointUrl": url, "topics": [] }),
        json!({ "endpointUrl": url, "topics": ["order.fulfill"] }),
        json!({ "endpointUrl": "http://hooks.example.com/x", "topics": ["order.create"] }),
        json!({ "endpointUrl": { "present": true, "value": url }, "topics": ["order.create"] }),
        json!({ "endpointUrl": url, "topics": ["order.create"], "active": true }),
        json!({ "endpointUrl": url, "topics": ["contact.create"] }),
    ];
    let mut table = String::new();
    for body in rows {
        let request = stand
            .request(Method::POST, "/1.0/webhook_subscriptions", token)
            .json(&body);
        let answer = answer(request).await;
        writeln!(
            table,
            "{:<52} {}",
            answer.refusal(),
            answer.body["message"].as_str().unwrap()
        )
        .unwrap();
    }
    insta::assert_snapshot!(table, @r"
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           endpointUrl is required.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           topics is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           topics must not be empty.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           topics must be known topics.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           endpointUrl must be an HTTPS URL.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           endpointUrl must be a string.
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [active]
    403 AUTHORIZATION_ERROR MISSING_SCOPE                The credential lacks the permission for this operation.
    ");
}

#[tokio::test]
async fn the_twenty_sixth_subscription_is_one_too_many() {
    let stand = Stand::up().await;
    let body =
        json!({ "endpointUrl": "https://hooks.example.com/x", "topics": ["extension.uninstall"] });

    for _ in 0..25 {
        assert_eq!(
            stand
                .post("/1.0/webhook_subscriptions", body.clone())
                .await
                .status,
            201
        );
    }
    let refused = stand.post("/1.0/webhook_subscriptions", body).await;
    assert_eq!(
        refused.refusal(),
        "409 CONFLICT WEBHOOK_SUBSCRIPTION_LIMIT_REACHED"
    );
}

//! Importing orders: the answer, the rules and the Idempotency-Key.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::stand::Stand;

/// A variant of the first website by its SKU: its product and itself.
async fn variant(stand: &Stand, sku: &str) -> (Value, Value) {
    let products = stand
        .get(&format!("/v2/commerce/products?query={sku}"))
        .await
        .body["products"]
        .clone();
    let product = products[0].clone();
    let variants = product["variants"].as_array().unwrap();
    let found = variants
        .iter()
        .find(|variant| variant["sku"] == sku)
        .unwrap()
        .clone();
    (product, found)
}

/// An import of two lanterns and a custom line.
async fn request(stand: &Stand) -> Value {
    let (_, variant) = variant(stand, "LANT-SM-BRS").await;
    json!({
        "channelName": "Dockside Market",
        "externalOrderReference": "DM-481",
        "createdOn": "2026-05-03T14:05:10Z",
        "customerEmail": "lena.brandt@example.com",
        "lineItems": [
            { "lineItemType": "PHYSICAL_PRODUCT", "variantId": variant["id"], "quantity": 2,
              "unitPricePaid": { "value": "40.5", "currency": "USD" } },
            { "lineItemType": "CUSTOM", "title": "Gift wrapping", "quantity": 1,
              "unitPricePaid": { "value": "4.00", "currency": "USD" } },
        ],
        "priceTaxInterpretation": "EXCLUSIVE",
        "subtotal": { "value": "85.00", "currency": "USD" },
        "grandTotal": { "value": "85.00", "currency": "USD" },
        "fulfillments": [],
    })
}

#[tokio::test]
async fn an_import_is_answered_with_what_the_vendor_fills_in() {
    let stand = Stand::up().await;
    let (product, variant) = variant(&stand, "LANT-SM-BRS").await;

    let answer = stand.import("key-1", &request(&stand).await).await;
    assert_eq!(answer.status, 201);
    let order = answer.body;
    let zero = json!({ "value": "0.00", "currency": "USD" });
    let expected = json!({
        "orderNumber": "1001", "channel": "external", "paymentState": "PAID", "testmode": false,
        "createdOn": "2026-05-03T14:05:10Z", "modifiedOn": "2026-05-14T09:30:00.000Z",
        "channelName": "Dockside Market", "externalOrderReference": "DM-481", "idempotencyKey": "key-1",
        "billingAddress": null, "shippingAddress": null, "formSubmission": null, "fulfilledOn": null,
        "shippingOptionName": null, "shippingOptionServiceType": null, "fulfillmentStatus": "PENDING",
        "internalNotes": [], "shippingLines": [], "discountLines": [], "fulfillments": [],
        "shippingTotal": zero, "discountTotal": zero, "taxTotal": zero, "refundedTotal": zero,
        "subtotal": { "value": "85.00", "currency": "USD" },
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(order.get(name), Some(value), "{name}");
    }
    let line = &order["lineItems"][0];
    assert_eq!(line["sku"], "LANT-SM-BRS");
    assert_eq!(line["productId"], product["id"]);
    assert_eq!(
        line["variantOptions"],
        json!([{ "optionName": "Size", "value": "Small" }])
    );
    assert_eq!(line["unitPricePaid"]["value"], "40.50");
    assert_eq!(
        (&line["customizations"], &line["weight"]),
        (&Value::Null, &json!(0))
    );
    assert_eq!(order["lineItems"][1]["productName"], "Gift wrapping");
    assert_eq!(order["lineItems"][1]["variantId"], Value::Null);

    let mut listed = order.clone();
    listed.as_object_mut().unwrap().remove("idempotencyKey");
    assert_eq!(
        stand.get("/1.0/commerce/orders").await.body["result"],
        json!([listed])
    );
    assert_eq!(stand.state("transactions").await.len(), 0);
    assert_eq!(variant["stock"]["quantity"], 40);
}

#[tokio::test]
async fn a_key_makes_one_order_however_often_it_is_sent() {
    let stand = Stand::up().await;
    let body = request(&stand).await;

    let first = stand.import("key-1", &body).await;
    let again = stand.import("key-1", &body).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    let mut other = body.clone();
    other["externalOrderReference"] = json!("DM-482");
    assert_eq!(
        stand.import("key-1", &other).await.refusal(),
        "400 INVALID_REQUEST_ERROR INVALID_ARGUMENT"
    );
    assert_eq!(stand.state("orders").await.len(), 1);

    stand.advance(48 * 3_600_000).await;
    let fresh = stand.person("token_pair", json!({})).await["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let late = stand.request(reqwest::Method::POST, "/1.0/commerce/orders", &fresh);
    assert_eq!(
        crate::stand::answer(late.header("Idempotency-Key", "key-1").json(&other))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn a_failed_attempt_does_not_use_up_its_key() {
    let stand = Stand::up().await;
    let good = request(&stand).await;
    let mut bad = good.clone();
    bad["subtotal"]["value"] = json!("84.99");

    let refused = stand.import("key-1", &bad).await;
    assert_eq!(refused.refusal(), "400 INVALID_REQUEST_ERROR -");
    assert_eq!(
        refused.body["message"],
        "The sum of lineItems.unitPricePaid.value must equal subtotal.value"
    );
    assert_eq!(stand.import("key-1", &good).await.status, 201);
}

#[tokio::test]
async fn imports_are_refused_as_documented() {
    let stand = Stand::up().await;
    let good = request(&stand).await;
    let changes: [(&str, Value); 20] = [
        ("/channelName", Value::Null),
        ("/channelName", json!("x".repeat(31))),
        ("/createdOn", json!("2026-05-03")),
        ("/lineItems", json!([])),
        ("/lineItems/0/lineItemType", json!("SERVICE_PRODUCT")),
        ("/lineItems/0/title", json!("Brass Lantern")),
        ("/lineItems/0/sku", json!("LANT-SM-BRS")),
        (
            "/lineItems/0/variantId",
            json!("5e0f1b6a-6a39-4c57-8a53-2f0d6f1e7b10"),
        ),
        ("/lineItems/0/quantity", json!(0)),
        ("/lineItems/1/title", Value::Null),
        ("/subtotal", Value::Null),
        ("/fulfillments", Value::Null),
        ("/fulfillmentStatus", json!("CANCELED")),
        ("/fulfillmentStatus", json!("FULFILLED")),
        ("/shopperFulfillmentNotificationBehavior", json!("MAYBE")),
        ("/customerEmail", json!("nobody")),
        (
            "/shippingLines",
            json!([{ "method": "a" }, { "method": "b" }]),
        ),
        ("/grandTotal/currency", json!("EUR")),
        ("/grandTotal/value", json!("-1.00")),
        ("/grandTotal/value", json!("85.001")),
    ];
    let mut table = String::new();
    for (path, value) in changes {
        let mut body = good.clone();
        let (parent, name) = path.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value;
        let answer = stand.import("key-1", &body).await;
        let message = answer.body["message"].as_str().unwrap_or_default();
        writeln!(table, "{:<52} {message}", answer.refusal()).unwrap();
    }
    insta::assert_snapshot!(table, @r"
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           channelName is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           channelName must have at most 30 characters.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           createdOn must be an ISO 8601 UTC date.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           lineItems must have at least one entry.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           lineItems.lineItemType must be one of PHYSICAL_PRODUCT, CUSTOM.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           lineItems.title must be null or omitted.
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [sku]
    400 INVALID_REQUEST_ERROR PRODUCT_VARIANT_NOT_FOUND  The variant 5e0f1b6a-6a39-4c57-8a53-2f0d6f1e7b10 was not found.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           lineItems.quantity must be between 1 and 1000000, inclusive.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           lineItems.title is required.
    400 INVALID_REQUEST_ERROR -                          The sum of lineItems.unitPricePaid.value must equal subtotal.value
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           fulfillments is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           fulfillmentStatus must be one of PENDING, FULFILLED.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           fulfilledOn is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           shopperFulfillmentNotificationBehavior must be one of SEND, SKIP.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           customerEmail must be a valid email address.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           shippingLines must have at most one entry.
    409 CONFLICT CURRENCY_MISMATCH                       grandTotal must be in USD.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           grandTotal.value is not a valid amount.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           grandTotal.value is not a valid amount.
    ");
    assert_eq!(stand.state("orders").await.len(), 0);
}

#[tokio::test]
async fn imports_are_judged_in_the_documented_order() {
    let stand = Stand::up().await;
    let mut body = request(&stand).await;
    // Everything is wrong; each step mends what was refused last.
    body["inventoryBehavior"] = json!("DEDUCT");
    body["lineItems"][0]["quantity"] = json!(1_000);
    body["grandTotal"]["currency"] = json!("EUR");
    let variant_id = body["lineItems"][0]["variantId"].take();
    body["lineItems"][0]["variantId"] = json!("5e0f1b6a-6a39-4c57-8a53-2f0d6f1e7b10");
    body["channelName"] = json!("");
    body["colour"] = json!("blue");
    let repairs: [(&str, Value); 5] = [
        ("/colour", Value::Null),
        ("/channelName", json!("Dockside Market")),
        ("/subtotal/value", json!("40504.00")),
        ("/lineItems/0/variantId", variant_id),
        ("/grandTotal/currency", json!("USD")),
    ];
    let mut table = String::new();
    for (path, value) in repairs {
        let refused = stand.import("key-1", &body).await;
        writeln!(table, "{}", refused.refusal()).unwrap();
        if path == "/colour" {
            body.as_object_mut().unwrap().remove("colour");
        } else {
            *body.pointer_mut(path).unwrap() = value;
        }
    }
    let refused = stand.import("key-1", &body).await;
    writeln!(table, "{}", refused.refusal()).unwrap();
    insta::assert_snapshot!(table, @r"
    400 INVALID_REQUEST_ERROR -
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT
    400 INVALID_REQUEST_ERROR -
    400 INVALID_REQUEST_ERROR PRODUCT_VARIANT_NOT_FOUND
    409 CONFLICT CURRENCY_MISMATCH
    409 CONFLICT INSUFFICIENT_STOCK
    ");
}

#[tokio::test]
async fn a_repetition_is_answered_before_anything_is_judged() {
    let stand = Stand::up().await;
    let mut body = request(&stand).await;
    body["inventoryBehavior"] = json!("DEDUCT");
    body["lineItems"][0]["quantity"] = json!(40);
    body["subtotal"]["value"] = json!("1624.00");
    let first = stand.import("key-1", &body).await;
    assert_eq!(first.status, 201, "{}", first.body);

    let again = stand.import("key-1", &body).await;
    assert_eq!(
        (again.status, again.body),
        (201, first.body),
        "although all is sold"
    );
    let other = stand.import("key-2", &body).await;
    assert_eq!(other.refusal(), "409 CONFLICT INSUFFICIENT_STOCK");
}

#[tokio::test]
async fn stock_is_deducted_only_on_demand_and_as_a_whole() {
    let stand = Stand::up().await;
    let mut body = request(&stand).await;
    body["inventoryBehavior"] = json!("DEDUCT");

    assert_eq!(stand.import("key-1", &body).await.status, 201);
    assert_eq!(
        variant(&stand, "LANT-SM-BRS").await.1["stock"]["quantity"],
        38
    );
    let scarce = variant(&stand, "STORM-BLK").await.1;
    body["lineItems"][1] = json!({
        "lineItemType": "PHYSICAL_PRODUCT", "variantId": scarce["id"], "quantity": 1,
        "unitPricePaid": { "value": "4.00", "currency": "USD" },
    });
    assert_eq!(
        stand.import("key-2", &body).await.refusal(),
        "409 CONFLICT INSUFFICIENT_STOCK"
    );
    assert_eq!(
        variant(&stand, "LANT-SM-BRS").await.1["stock"]["quantity"],
        38
    );
}

#[tokio::test]
async fn switches_loosen_and_tighten_the_rules() {
    let stand = Stand::up().await;
    let mut body = request(&stand).await;
    body["lineItems"][0]["sku"] = json!("LANT-SM-BRS");
    body["grandTotal"]["value"] = json!("90.00");

    stand.switch("lenient_bodies", json!(true)).await;
    assert_eq!(stand.import("key-1", &body).await.status, 201);
    stand.switch("strict_totals", json!(true)).await;
    assert_eq!(
        stand.import("key-2", &body).await.refusal(),
        "400 INVALID_REQUEST_ERROR -"
    );
}

#[tokio::test]
async fn keys_import_a_hundred_orders_an_hour_and_tokens_as_many_as_they_like() {
    let stand = Stand::up().await;
    let key = stand.first("api_key");
    let with_key = || stand.request(reqwest::Method::POST, "/1.0/commerce/orders/", &key);

    for _ in 0..100 {
        assert_eq!(crate::stand::answer(with_key()).await.status, 400);
    }
    assert_eq!(
        crate::stand::answer(with_key()).await.refusal(),
        "429 TOO_MANY_REQUESTS -"
    );
    assert_eq!(
        stand.import("key-1", &request(&stand).await).await.status,
        201
    );
    stand.advance(3_600_000).await;
    assert_eq!(crate::stand::answer(with_key()).await.status, 400);
}

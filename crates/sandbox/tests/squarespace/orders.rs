//! Orders: what people do to them, what was loaded, and the forms that switches give them.

use serde_json::{Value, json};

use crate::stand::Stand;

async fn read(stand: &Stand, id: &Value) -> Value {
    stand
        .get(&format!("/1.0/commerce/orders/{}", id.as_str().unwrap()))
        .await
        .body
}

/// Checks that everything in `loaded` came back, and only missing members were added.
fn assert_kept(loaded: &Value, shown: &Value, at: &str) {
    match (loaded, shown) {
        (Value::Object(loaded), Value::Object(shown)) => {
            for (name, value) in loaded {
                let inside = shown
                    .get(name)
                    .unwrap_or_else(|| panic!("{at}/{name} is lost"));
                assert_kept(value, inside, &format!("{at}/{name}"));
            }
        }
        (Value::Array(loaded), Value::Array(shown)) => {
            assert_eq!(loaded.len(), shown.len(), "{at}");
            loaded
                .iter()
                .zip(shown)
                .for_each(|(loaded, shown)| assert_kept(loaded, shown, at));
        }
        _ => assert_eq!(loaded, shown, "{at}"),
    }
}

#[tokio::test]
async fn a_made_up_order_adds_up_and_has_every_documented_field() {
    let stand = Stand::up().await;

    for site in stand.credentials["sites"].as_array().unwrap() {
        for _ in 0..20 {
            let order = stand
                .person("checkout", json!({ "website_id": site["website_id"] }))
                .await;
            assert_eq!(order.as_object().unwrap().len(), 30, "{order}");
            let amount = |name: &str| {
                order[name]["value"]
                    .as_str()
                    .unwrap()
                    .parse::<rust_decimal::Decimal>()
                    .unwrap()
            };
            let net = amount("subtotal") + amount("shippingTotal") - amount("discountTotal");
            let tax = if order["priceTaxInterpretation"] == "EXCLUSIVE" {
                amount("taxTotal")
            } else {
                0.into()
            };
            assert_eq!(net + tax, amount("grandTotal"), "{order}");
            assert!(!order["lineItems"].as_array().unwrap().is_empty());
            assert!(
                order["customerEmail"]
                    .as_str()
                    .unwrap()
                    .contains("@example.")
            );
        }
    }
    let numbers: Vec<Value> = stand
        .state("orders")
        .await
        .iter()
        .map(|order| order["orderNumber"].clone())
        .collect();
    assert_eq!(
        numbers
            .iter()
            .filter(|number| **number == json!("1001"))
            .count(),
        2,
        "each website counts for itself"
    );
}

#[tokio::test]
async fn a_given_basket_is_bought_as_it_is() {
    let stand = Stand::up().await;

    let order = stand
        .person("checkout", json!({
            "email": "wesley.tran@example.com", "at": "2025-12-24T18:00:00Z", "promo_code": "SPRING10",
            "basket": [{ "sku": "PRN-LIGHT-A2", "quantity": 2 }, { "sku": "WICK-3" }],
        }))
        .await;
    assert_eq!(order["createdOn"], "2025-12-24T18:00:00.000Z");
    assert_eq!(order["modifiedOn"], "2025-12-24T18:00:00.000Z");
    assert_eq!(order["subtotal"]["value"], "194.50", "the wick is on sale");
    assert_eq!(order["discountTotal"]["value"], "19.45");
    assert_eq!(order["discountLines"][0]["promoCode"], "SPRING10");
    assert_eq!(order["billingAddress"]["lastName"], "Tran");

    let sold_out =
        json!({ "app": "squarespace", "action": "checkout", "basket": [{ "sku": "STORM-BLK" }] });
    assert_eq!(stand.control("people", sold_out).await.status, 409);
}

#[tokio::test]
async fn a_refund_in_parts_ends_as_refunded() {
    let stand = Stand::up().await;
    let order = stand
        .person(
            "checkout",
            json!({ "basket": [{ "sku": "OIL-1L", "quantity": 2 }] }),
        )
        .await;
    let grand = order["grandTotal"]["value"]
        .as_str()
        .unwrap()
        .parse::<rust_decimal::Decimal>()
        .unwrap();

    let part = stand
        .person("refund", json!({ "id": order["id"], "amount": "10.00" }))
        .await;
    assert_eq!(
        (&part["refundedTotal"]["value"], &part["paymentState"]),
        (&json!("10.00"), &json!("PAID"))
    );
    let whole = stand.person("refund", json!({ "id": order["id"] })).await;
    assert_eq!(
        (&whole["refundedTotal"], &whole["paymentState"]),
        (&order["grandTotal"], &json!("REFUNDED"))
    );
    assert_eq!(whole["grandTotal"], order["grandTotal"]);

    let document = &stand.state("transactions").await[0];
    assert_eq!(document["totalNetPayment"]["value"], "0.00");
    let refunds = document["payments"][0]["refunds"].as_array().unwrap();
    assert_eq!(refunds.len(), 2);
    assert_eq!(
        refunds[1]["amount"]["value"],
        (grand - rust_decimal::Decimal::TEN).to_string()
    );
    let more = json!({ "app": "squarespace", "action": "refund", "id": order["id"], "amount": 1 });
    assert_eq!(stand.control("people", more).await.status, 409);
}

#[tokio::test]
async fn people_move_an_order_through_its_states() {
    let stand = Stand::up().await;
    let id = stand
        .person("checkout", json!({ "payment_state": "PENDING" }))
        .await["id"]
        .clone();
    stand.advance(1_000).await;

    let paid = stand
        .person("payment_state", json!({ "id": id, "state": "PAID" }))
        .await;
    assert_eq!(
        (&paid["paymentState"], &paid["modifiedOn"]),
        (&json!("PAID"), &json!("2026-05-14T09:30:01.000Z"))
    );
    let document = &stand.state("transactions").await[0];
    assert_eq!(document["totalNetPayment"], paid["grandTotal"]);

    let sent = stand
        .person(
            "fulfill",
            json!({ "id": id, "carrier": "UPS", "tracking_number": "1Z" }),
        )
        .await;
    assert_eq!(sent["fulfillments"][0]["service"], Value::Null);
    assert_eq!(sent["fulfilledOn"], "2026-05-14T09:30:01.000Z");
    let pending = stand.person("unfulfill", json!({ "id": id })).await;
    assert_eq!(
        (&pending["fulfillmentStatus"], &pending["fulfilledOn"]),
        (&json!("PENDING"), &Value::Null)
    );
    let noted = stand
        .person("note", json!({ "id": id, "text": "Call first" }))
        .await;
    assert_eq!(noted["internalNotes"], json!([{ "content": "Call first" }]));
    let renamed = stand
        .person(
            "edit_email",
            json!({ "id": id, "email": "new@example.com" }),
        )
        .await;
    assert_eq!(renamed["customerEmail"], "new@example.com");
    let canceled = stand
        .person("cancel", json!({ "id": id, "restock": true }))
        .await;
    assert_eq!(canceled["fulfillmentStatus"], "CANCELED");
    assert_eq!(stand.state("transactions").await[0]["voided"], true);
}

#[tokio::test]
async fn shipments_append_and_the_first_moment_of_fulfillment_stays() {
    let stand = Stand::up().await;
    let id = stand.person("checkout", json!({})).await["id"].clone();
    let path = format!("/1.0/commerce/orders/{}/fulfillments", id.as_str().unwrap());
    let shipment = |number: &str| {
        json!({ "shouldSendNotification": true, "shipments": [{ "shipDate": "2026-05-14T10:00:00Z",
            "carrierName": "USPS", "service": "Priority", "trackingNumber": number }] })
    };

    assert_eq!(stand.post(&path, shipment("1")).await.status, 204);
    stand.advance(60_000).await;
    assert_eq!(stand.post(&path, shipment("2")).await.status, 204);
    let order = read(&stand, &id).await;
    assert_eq!(order["fulfillments"][1]["trackingNumber"], "2");
    assert_eq!(order["fulfillments"][1]["trackingUrl"], Value::Null);
    assert_eq!(order["fulfilledOn"], "2026-05-14T09:30:00.000Z");
    assert_eq!(order["modifiedOn"], "2026-05-14T09:31:00.000Z");
}

#[tokio::test]
async fn an_older_order_comes_back_field_for_field() {
    let stand = Stand::up().await;
    let loaded = json!({
        "id": "585d498fdee9f31a6028ab01", "orderNumber": "12", "createdOn": "2016-11-03T08:15:07.1Z",
        "modifiedOn": "2016-11-05T10:00:00.98Z", "channel": "web", "testmode": true,
        "customerEmail": "Rosa@example.com", "fulfillmentStatus": "PENDING",
        "billingAddress": { "firstName": "Rosa", "lastName": "", "address1": "1 Elm St", "address2": null,
            "city": "Salem", "state": "OR", "countryCode": "US", "postalCode": "97301", "phone": "" },
        "shippingAddress": null,
        "lineItems": [{ "id": "585d4975dee9f31a6028ab02", "variantId": "88c16ee4-547b-445e-a392-bded9991ae99",
            "sku": "SQ1", "weight": 1.0, "width": 2.5, "length": 3.0, "height": 4.0, "productName": "Shirt",
            "productId": "565c8f3da7c8a3cf71d5fd99", "quantity": 3, "unitPricePaid": { "value": "7.5", "currency": "USD" },
            "variantOptions": [{ "value": "Large", "optionName": "Size" }], "lineItemType": "PHYSICAL_PRODUCT",
            "customizations": [{ "label": "Motto", "value": "Ahoy" }] }],
        "internalNotes": [{ "content": "First" }],
        "shippingLines": [{ "method": "Flat", "amount": { "value": "1.00", "currency": "USD" } }],
        "discountLines": [{ "name": "Sale", "description": "Fall", "promoCode": "F", "amount": { "value": "1.00", "currency": "USD" } }],
        "formSubmission": [{ "label": "Source", "value": "Friend" }],
        "fulfillments": [{ "shipDate": "2016-11-04T22:19:26.980Z", "carrierName": "USPS", "service": "Priority", "trackingNumber": "9" }],
        "subtotal": { "value": "22.50", "currency": "USD" }, "taxTotal": { "value": "0.90", "currency": "USD" },
        "grandTotal": { "value": "23.40", "currency": "USD" }, "channelName": "Stall", "externalOrderReference": "S-1",
        "fulfilledOn": "2016-11-04T22:18:37.480Z", "priceTaxInterpretation": "INCLUSIVE", "moonPhase": { "waxing": [1, 2] },
    });

    assert_eq!(
        stand
            .control("squarespace/orders", loaded.clone())
            .await
            .status,
        200
    );
    let listed = stand.get("/1.0/commerce/orders").await.body["result"][0].clone();
    assert_kept(&loaded, &listed, "");
    assert_eq!(listed, read(&stand, &loaded["id"]).await);
    assert_eq!(listed["paymentState"], "PAID");
    assert_eq!(listed["lineItems"][0]["imageUrl"], Value::Null);
    assert!(listed["customerId"].is_string());
    let window = "modifiedAfter=2016-11-05T10:00:00.97Z&modifiedBefore=2016-11-05T10:00:00.99Z";
    assert_eq!(
        stand
            .get(&format!("/1.0/commerce/orders?{window}"))
            .await
            .each("result", "orderNumber"),
        ["12"]
    );
    assert_eq!(
        stand.person("checkout", json!({})).await["orderNumber"],
        "1001"
    );
}

#[tokio::test]
async fn a_page_of_products_comes_back_field_for_field() {
    let stand = Stand::up().await;
    let money = |value: &str| json!({ "currency": "USD", "value": value });
    let product = json!({
        "id": "6a82c75d452f993158f1ae99", "type": "PHYSICAL", "storePageId": "6a82c4265d10fd30e43b2d99",
        "name": "Canvas Bag — Large", "description": "", "url": "https://x.example/shop/p/bag", "urlSlug": "p/bag",
        "images": [{ "id": "6a82c7ba762f55650d9c1e99", "altText": "bag.jpg", "orderIndex": 0,
            "url": "https://images.example/bag.jpg", "originalSize": { "width": 1200, "height": 1600 }, "availableFormats": [] }],
        "tags": [], "isVisible": true, "variantAttributes": ["Color"],
        "variants": [{ "id": "70c579d9-d597-41d7-9315-ba4beb0a9699", "sku": "SQ8", "attributes": { "Color": "Navy" },
            "pricing": { "basePrice": money("20.00"), "salePrice": money("0.00"), "onSale": false },
            "stock": { "quantity": 3, "unlimited": false }, "image": null,
            "shippingMeasurements": { "weight": { "unit": "POUND", "value": 30 },
                "dimensions": { "unit": "INCH", "length": 20, "width": 10, "height": 100 } } }],
        "seoOptions": null, "createdOn": "2026-04-17T08:33:33.285Z", "modifiedOn": "2026-04-17T08:36:02.620Z",
        "pricing": null, "digitalGood": null,
    });

    let loaded = stand
        .control("squarespace/products", json!({ "products": [product] }))
        .await;
    assert_eq!(loaded.status, 200);
    let shown = stand
        .get("/1.0/commerce/products/6a82c75d452f993158f1ae99")
        .await
        .body;
    assert_eq!(shown, json!({ "products": [product] }));
    let pages = stand.get("/1.0/commerce/store_pages").await;
    assert!(
        pages
            .each("storePages", "id")
            .contains(&"6a82c4265d10fd30e43b2d99".to_owned())
    );
}

#[tokio::test]
async fn an_edited_product_is_the_newest() {
    let stand = Stand::up().await;
    let id = stand.get("/v2/commerce/products?query=Lamp").await.body["products"][0]["id"].clone();

    stand
        .person(
            "edit_product",
            json!({ "id": id, "set": { "tags": ["oil"] } }),
        )
        .await;
    let newest = stand.get("/v2/commerce/products").await.body["products"][0].clone();
    assert_eq!((&newest["id"], &newest["tags"]), (&id, &json!(["oil"])));
    assert_eq!(newest["modifiedOn"], "2026-05-14T09:30:00.000Z");
}

#[tokio::test]
async fn switches_bend_the_form_of_answers() {
    let stand = Stand::up().await;
    let id = stand
        .person(
            "checkout",
            json!({ "basket": [{ "sku": "OIL-1L" }], "first_name": "Ana" }),
        )
        .await["id"]
        .clone();

    for switch in [
        "null_arrays",
        "numeric_money",
        "blank_addresses",
        "extra_fields",
        "unknown_enum_values",
    ] {
        stand.switch(switch, json!(true)).await;
    }
    let order = read(&stand, &id).await;
    assert_eq!(order["internalNotes"], Value::Null);
    assert_eq!(
        order["lineItems"][0]["unitPricePaid"],
        json!({ "value": 14.5, "currency": "USD" })
    );
    assert_eq!(order["billingAddress"]["address2"], "");
    assert_eq!(order["lunarPhase"], "waxing");
    assert_eq!(
        (&order["channel"], &order["lineItems"][0]["lineItemType"]),
        (&json!("kiosk"), &json!("BUNDLE_PRODUCT"))
    );
    assert_eq!(
        stand
            .get("/1.0/commerce/orders?fulfillmentStatus=FULFILLED")
            .await
            .body["result"],
        json!([])
    );

    stand.switch("older_orders", json!(true)).await;
    assert!(read(&stand, &id).await.get("paymentState").is_none());
    stand.switch("currency_objects", json!(true)).await;
    assert_eq!(
        read(&stand, &id).await["grandTotal"]["currency"],
        json!({ "currencyCode": "USD" })
    );
    stand.switch("numeric_exchange_rate", json!(false)).await;
    let documents = stand.get("/1.0/commerce/transactions").await.body["documents"].clone();
    assert_eq!(
        documents[0]["payments"][0]["processingFees"][0]["exchangeRate"],
        "1.0"
    );
    assert_eq!(documents[0]["payments"][0]["provider"], "ACORN_PAY");
}

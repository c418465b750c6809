//! Discounts: the resource, the list, what checkouts redeem, and every documented refusal.

use std::fmt::Write;

use reqwest::Method;
use serde_json::{Value, json};

use crate::stand::{Stand, answer};

const DISCOUNTS: &str = "/v1/commerce/discounts";

fn autumn() -> Value {
    json!({
        "name": "Autumn",
        "criteria": { "type": "CART_TOTAL", "minimumCartTotal": { "value": "50", "currency": "USD" } },
        "template": { "type": "PERCENTAGE", "percentage": "12.5" },
        "trigger": { "type": "CODE", "promoCode": "FALL_26" },
        "validFrom": "2026-05-01T00:00:00Z",
    })
}

async fn create(stand: &Stand, body: &Value) -> Value {
    let created = stand.send(Method::POST, DISCOUNTS, body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    created.body["discount"].clone()
}

fn path_of(discount: &Value) -> String {
    format!("{DISCOUNTS}/{}", discount["id"].as_str().unwrap())
}

async fn buy(stand: &Stand, code: &str) -> Value {
    let basket = json!([{ "sku": "PRN-LIGHT-A2", "quantity": 1 }]);
    stand
        .person(
            "checkout",
            json!({ "email": "kwame@example.org", "basket": basket, "promo_code": code }),
        )
        .await
}

#[tokio::test]
async fn a_discount_is_filled_in_and_writes_numbers_where_it_read_strings() {
    let stand = Stand::up().await;

    let created = create(&stand, &autumn()).await;
    let expected = json!({
        "id": created["id"], "websiteId": stand.credentials["sites"][0]["website_id"], "name": "Autumn",
        "criteria": { "type": "CART_TOTAL", "minimumCartTotal": { "value": "50.00", "currency": "USD" } },
        "template": { "type": "PERCENTAGE", "percentage": 12.5 },
        "trigger": { "type": "CODE", "promoCode": "FALL_26" },
        "validFrom": "2026-05-01T00:00:00Z", "validTo": null, "status": "ACTIVE",
        "isLimitedUses": false, "maxUsesAllowed": null, "isOncePerCustomer": false,
        "subscriptionOptions": { "type": "EXCLUDED" }, "paymentPlanOptions": { "type": "NONE" },
        "numberOfUses": 0, "lastRedeemedAt": null,
    });
    assert_eq!(created, expected);
    assert_eq!(
        stand.get(&path_of(&created)).await.body,
        json!({ "discount": expected })
    );
}

#[tokio::test]
async fn a_replacement_erases_what_it_does_not_name() {
    let stand = Stand::up().await;
    let mut body = autumn();
    body["isOncePerCustomer"] = json!(true);
    let created = create(&stand, &body).await;

    let path = path_of(&created);
    let replaced = stand.send(Method::PUT, &path, &autumn()).await;
    assert_eq!(replaced.status, 200, "its own code is no conflict");
    let replaced = &replaced.body["discount"];
    assert_eq!(
        (&replaced["id"], &replaced["isOncePerCustomer"]),
        (&created["id"], &json!(false))
    );
    let gone = stand.send(Method::DELETE, &path, &json!(null)).await;
    assert_eq!(gone.status, 204);
    assert_eq!(stand.get(&path).await.status, 404);
}

#[tokio::test]
async fn the_status_follows_the_time() {
    let stand = Stand::up().await;
    let mut body = autumn();
    body["validFrom"] = json!("2026-05-14T10:00:00Z");
    body["validTo"] = json!("2026-05-14T10:10:00Z");
    let path = path_of(&create(&stand, &body).await);

    let status = async || stand.get(&path).await.body["discount"]["status"].clone();
    assert_eq!(status().await, "SCHEDULED");
    stand.advance(30 * 60_000).await;
    assert_eq!(status().await, "ACTIVE");
    stand.advance(10 * 60_000).await;
    assert_eq!(status().await, "EXPIRED");
}

#[tokio::test]
async fn the_list_is_filtered_sorted_and_cut_by_offset() {
    let stand = Stand::up().await;
    create(&stand, &autumn()).await;
    let mut limited = autumn();
    limited["name"] = json!("Lamps");
    limited["template"] = json!({ "type": "FREE_SHIPPING" });
    limited["trigger"] = json!({ "type": "AUTO" });
    limited["isLimitedUses"] = json!(true);
    limited["maxUsesAllowed"] = json!(3);
    limited["validFrom"] = json!("2027-01-01T00:00:00Z");
    create(&stand, &limited).await;
    let names = async |query: &str| {
        let list = stand.get(&format!("{DISCOUNTS}?{query}")).await;
        assert_eq!(list.status, 200, "{}", list.body);
        list.each("discounts", "name").join(", ")
    };

    assert_eq!(names("").await, "Lamps, Autumn, Neighbors, Spring 10");
    assert_eq!(names("sortDirection=ASCENDING&limit=1").await, "Spring 10");
    assert_eq!(
        names("sortBy=PROMO_CODE&sortDirection=ASCENDING").await,
        "Lamps, Autumn, Neighbors, Spring 10"
    );
    assert_eq!(names("search=fall_").await, "Autumn");
    assert_eq!(names("status=SCHEDULED").await, "Lamps");
    assert_eq!(names("trigger=CODE&criteria=CART_TOTAL").await, "Autumn");
    assert_eq!(names("template=FREE_SHIPPING,FIXED_AMOUNT").await, "Lamps");
    assert_eq!(names("limitedUseOnly=true").await, "Lamps");
    let window = stand
        .get(&format!("{DISCOUNTS}?offset=1&limit=2"))
        .await
        .body;
    assert_eq!(
        (&window["hasNextPage"], &window["hasPreviousPage"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(window.get("pagination"), None);
}

#[tokio::test]
async fn checkouts_redeem_what_is_good_now() {
    let stand = Stand::up().await;
    let mut body = autumn();
    body["isLimitedUses"] = json!(true);
    body["maxUsesAllowed"] = json!(1);
    let path = path_of(&create(&stand, &body).await);

    let order = buy(&stand, "fall_26").await;
    assert_eq!(order["subtotal"]["value"], "95.00");
    assert_eq!(order["discountTotal"]["value"], "11.88");
    assert_eq!(order["discountLines"][0]["promoCode"], "FALL_26");
    let discount = stand.get(&path).await.body["discount"].clone();
    assert_eq!(
        (&discount["numberOfUses"], &discount["lastRedeemedAt"]),
        (&json!(1), &json!("2026-05-14T09:30:00.000Z"))
    );
    let late = buy(&stand, "FALL_26").await;
    assert_eq!(late["discountTotal"]["value"], "0.00", "it is used up");

    let mut automatic = autumn();
    automatic["trigger"] = json!({ "type": "AUTO" });
    automatic["template"] =
        json!({ "type": "FIXED_AMOUNT", "discountAmount": { "value": "5.00", "currency": "USD" } });
    create(&stand, &automatic).await;
    let basket = json!([{ "sku": "PRN-LIGHT-A2" }]);
    let order = stand.person("checkout", json!({ "basket": basket })).await;
    assert_eq!(order["discountTotal"]["value"], "5.00");
    assert_eq!(order["discountLines"][0]["promoCode"], Value::Null);
}

#[tokio::test]
async fn discounts_are_refused_as_documented() {
    let stand = Stand::up().await;
    let dollars = |value: &str| json!({ "value": value, "currency": "USD" });
    let bundle = json!({ "type": "BUY_X_GET_Y", "requiredFullPriceQuantity": 2, "eligibleForDiscountQuantity": 1 });
    let changes: [(&str, Value); 18] = [
        ("/name", Value::Null),
        ("/validFrom", json!("2026-05-01")),
        ("/status", json!("ACTIVE")),
        ("/criteria/type", json!("EVERYTHING")),
        ("/criteria/minimumCartTotal", Value::Null),
        ("/criteria/minimumCartTotal/currency", json!("EUR")),
        (
            "/criteria",
            json!({ "type": "ANY_ORDER", "minimumCartTotal": dollars("1") }),
        ),
        ("/criteria", bundle),
        ("/template/percentage", json!(12.5)),
        ("/template/percentage", json!("0")),
        ("/template/percentage", json!("100.5")),
        (
            "/template",
            json!({ "type": "FIXED_AMOUNT", "discountAmount": 5 }),
        ),
        ("/trigger", json!({ "type": "CODE" })),
        ("/trigger/promoCode", json!("FALL 26")),
        ("/trigger/promoCode", json!("x".repeat(51))),
        ("/trigger/promoCode", json!("spring10")),
        ("/isLimitedUses", json!(true)),
        ("/maxUsesAllowed", json!(3)),
    ];
    let mut table = String::new();
    for (path, value) in changes {
        let mut body = autumn();
        let (parent, name) = path.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value;
        let answer = stand.send(Method::POST, DISCOUNTS, &body).await;
        let message = answer.body["message"].as_str().unwrap_or_default();
        let message: String = message.chars().take(80).collect();
        writeln!(table, "{:<46} {message}", answer.refusal()).unwrap();
    }
    insta::assert_snapshot!(table, @r"
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT     name is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     validFrom must be an ISO 8601 UTC date.
    400 INVALID_REQUEST_ERROR -                    The request body has unknown or readonly fields: [status]
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     criteria.type must be one of ANY_ORDER, CART_TOTAL, PRODUCT, BUY_X_GET_Y.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT     criteria.minimumCartTotal is required.
    409 CONFLICT CURRENCY_MISMATCH                 criteria.minimumCartTotal must be in USD.
    400 INVALID_REQUEST_ERROR -                    The request body has unknown or readonly fields: [minimumCartTotal]
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     template PERCENTAGE does not go with criteria BUY_X_GET_Y.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     template.percentage must be a string.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     template.percentage must be a decimal string above 0, up to 100.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     template.percentage must be a decimal string above 0, up to 100.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     template.discountAmount must be an object.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT     trigger.promoCode is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     trigger.promoCode must have 1 to 50 letters, digits, underscores or hyphens.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     trigger.promoCode must have at most 50 characters.
    409 CONFLICT PROMO_CODE_CONFLICT               The promo code spring10 is used by another discount.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT     maxUsesAllowed is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     maxUsesAllowed must be null or omitted unless isLimitedUses is true.
    ");
}

#[tokio::test]
async fn a_bundle_of_products_names_them() {
    let stand = Stand::up().await;
    let mut body = autumn();
    body["template"] = json!({ "type": "BUY_X_GET_Y_PERCENTAGE", "discountPercentage": "50" });
    body["criteria"] = json!({
        "type": "BUY_X_GET_Y", "requiredFullPriceQuantity": 2, "eligibleForDiscountQuantity": 1,
        "criteriaAppliesTo": "PRODUCT",
    });

    let refused = stand.send(Method::POST, DISCOUNTS, &body).await;
    assert_eq!(
        refused.body["message"],
        "criteria.criteriaProductIds is required."
    );
    body["criteria"]["criteriaProductIds"] = json!(["66aa00112233445566778899"]);
    let created = create(&stand, &body).await;
    assert_eq!(created["template"]["discountPercentage"], 50);
}

#[tokio::test]
async fn the_list_refuses_what_it_does_not_know() {
    let stand = Stand::up().await;
    let queries = [
        "limit=0",
        "limit=1001",
        "offset=-1",
        "sortBy=NAME",
        "sortDirection=asc",
        "status=USED",
        "criteria=ANY_ORDER,ALL",
        "trigger=code",
        "limitedUseOnly=yes",
    ];
    for query in queries {
        let refused = stand.get(&format!("{DISCOUNTS}?{query}")).await;
        assert_eq!(
            refused.refusal(),
            "400 INVALID_REQUEST_ERROR INVALID_ARGUMENT",
            "{query}"
        );
    }
    let unknown = format!("{DISCOUNTS}/66aa00112233445566778899");
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let refused = stand.send(method, &unknown, &autumn()).await;
        assert_eq!(
            refused.refusal(),
            "404 INVALID_REQUEST_ERROR INVALID_ARGUMENT"
        );
    }
    let key = stand.first("read_only_api_key");
    let write = stand.request(Method::POST, DISCOUNTS, &key).json(&autumn());
    assert_eq!(
        answer(write).await.refusal(),
        "403 AUTHORIZATION_ERROR MISSING_SCOPE"
    );
}

#[tokio::test]
async fn fulfillment_options_are_the_ways_goods_can_take() {
    let stand = Stand::up().await;

    let path = "/v1/fulfillments/fulfillment-options";
    let mut options = stand.get(path).await.body["fulfillmentOptions"].clone();
    let again = stand.get(path).await.body["fulfillmentOptions"].clone();
    assert_eq!(options, again, "ids stay");
    for option in options.as_array_mut().unwrap() {
        let id = option.as_object_mut().unwrap().remove("id").unwrap();
        assert_eq!(id.as_str().unwrap().len(), 24);
    }
    let service =
        |name: &str, description: &str| json!([{ "name": name, "description": description }]);
    assert_eq!(
        options,
        json!([
            { "name": "UPS Ground", "type": "SHIPPING", "availableServices": service("UPS_GROUND", "UPS Ground") },
            { "name": "USPS Priority Mail", "type": "SHIPPING",
              "availableServices": service("USPS_PRIORITY", "USPS Priority Mail") },
            { "name": "Free local delivery", "type": "LOCAL_DELIVERY", "availableServices": [] },
        ])
    );
}

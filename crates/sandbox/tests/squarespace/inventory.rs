//! Inventory: what is in stock, and adjustments that happen once and as a whole.

use reqwest::Method;
use serde_json::{Value, json};

use crate::goods::{NOBODY, id, seeded, verdict};
use crate::stand::{Answer, Stand, answer};

const INVENTORY: &str = "/1.0/commerce/inventory";

async fn adjust(stand: &Stand, key: &str, body: &Value) -> Answer {
    let path = format!("{INVENTORY}/adjustments");
    let request = stand.request(Method::POST, &path, &stand.first("access_token"));
    answer(request.header("Idempotency-Key", key).json(body)).await
}

/// The id of the seeded variant with this SKU.
async fn variant_id(stand: &Stand, sku: &str) -> String {
    let product = seeded(stand, sku).await;
    let variants = product["variants"].as_array().unwrap();
    let variant = variants.iter().find(|variant| variant["sku"] == sku);
    id(variant.unwrap()).to_owned()
}

/// Quantity and whether it is unlimited, as the Inventory and the Products API agree on it.
async fn stock(stand: &Stand, sku: &str) -> (i64, bool) {
    let product = seeded(stand, sku).await;
    let variants = product["variants"].as_array().unwrap();
    let variant = variants
        .iter()
        .find(|variant| variant["sku"] == sku)
        .unwrap();
    let items = stand
        .get(&format!("{INVENTORY}/{}", id(variant)))
        .await
        .body;
    let item = &items["inventory"][0];
    assert_eq!(item["quantity"], variant["stock"]["quantity"]);
    assert_eq!(item["isUnlimited"], variant["stock"]["unlimited"]);
    (
        item["quantity"].as_i64().unwrap(),
        item["isUnlimited"] == true,
    )
}

#[tokio::test]
async fn items_say_what_they_are() {
    let stand = Stand::up().await;
    let small = variant_id(&stand, "LANT-SM-BRS").await;
    let oil = variant_id(&stand, "OIL-1L").await;
    let answer = stand
        .get(&format!("{INVENTORY}/{small},{oil},{small}"))
        .await;

    assert_eq!(
        answer.body,
        json!({ "inventory": [
            { "variantId": small, "sku": "LANT-SM-BRS", "descriptor": "Brass Lantern [Small]", "isUnlimited": false, "quantity": 40 },
            { "variantId": oil, "sku": "OIL-1L", "descriptor": "Lamp Oil", "isUnlimited": true, "quantity": 0 },
        ] })
    );
}

#[tokio::test]
async fn the_list_holds_every_physical_and_service_variant_once() {
    let stand = Stand::up().await;
    let products = stand
        .get("/v2/commerce/products?type=PHYSICAL,SERVICE")
        .await;
    stand.switch("page_size", json!(7)).await;
    let mut skus = Vec::new();
    let mut page = stand.get(&format!("{INVENTORY}?limit=3")).await;
    loop {
        skus.extend(page.each("inventory", "sku"));
        let Some(cursor) = page.body["pagination"]["nextPageCursor"].as_str() else {
            break;
        };
        page = stand.get(&format!("{INVENTORY}?cursor={cursor}")).await;
    }

    assert_eq!(page.body["pagination"]["hasNextPage"], false);
    skus.sort();
    let mut expected: Vec<&str> = products.body["products"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|product| product["variants"].as_array().unwrap())
        .map(|variant| variant["sku"].as_str().unwrap())
        .collect();
    expected.sort();
    assert_eq!(skus, expected);
}

#[tokio::test]
async fn reads_are_refused_as_documented() {
    let stand = Stand::up().await;
    let card = variant_id(&stand, "GIFT-25").await;
    let known = variant_id(&stand, "OIL-1L").await;
    let many = vec![known.as_str(); 51].join(",");
    let mut told = Vec::new();
    for path in [
        format!("{known},{NOBODY}"),
        card,
        many,
        format!("{known},"),
        "adjustments".to_owned(),
    ] {
        told.push(verdict(&stand.get(&format!("{INVENTORY}/{path}")).await));
    }
    told.push(verdict(
        &stand.get(&format!("{INVENTORY}?cursor=nonsense")).await,
    ));
    insta::assert_snapshot!(told.join("\n"), @r"
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           One or more of the requested resources were not found.
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           One or more of the requested resources were not found.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           At most 50 ids may be given.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           '' is not an id.
    405 METHOD_NOT_ALLOWED -                             Method 'GET' is not supported.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The cursor is invalid.
    ");
}

#[tokio::test]
async fn one_request_adds_takes_sets_and_lifts() {
    let stand = Stand::up().await;
    let ids = [
        variant_id(&stand, "LANT-SM-BRS").await,
        variant_id(&stand, "LANT-LG-BRS").await,
        variant_id(&stand, "OIL-1L").await,
        variant_id(&stand, "PRN-LIGHT-A2").await,
    ];
    let body = json!({
        "incrementOperations": [{ "variantId": ids[0], "quantity": 5 }],
        "decrementOperations": [{ "variantId": ids[1], "quantity": 18 }],
        "setFiniteOperations": [{ "variantId": ids[2], "quantity": 0 }],
        "setUnlimitedOperations": [ids[3]],
    });

    assert_eq!(adjust(&stand, "k-1", &body).await.status, 204);
    assert_eq!(stock(&stand, "LANT-SM-BRS").await, (45, false));
    assert_eq!(stock(&stand, "LANT-LG-BRS").await, (0, false));
    assert_eq!(stock(&stand, "OIL-1L").await, (0, false));
    assert_eq!(
        stock(&stand, "PRN-LIGHT-A2").await,
        (25, true),
        "the last known quantity stays"
    );
}

#[tokio::test]
async fn adjustments_are_refused_in_the_documented_order() {
    let stand = Stand::up().await;
    let (small, oil) = (
        variant_id(&stand, "LANT-SM-BRS").await,
        variant_id(&stand, "OIL-1L").await,
    );
    let one = |id: &str, quantity: Value| json!([{ "variantId": id, "quantity": quantity }]);
    let rows = [
        json!({}),
        json!({ "incrementOperations": [], "setUnlimitedOperations": [] }),
        json!({ "adjustments": [] }),
        json!({ "incrementOperations": { "variantId": small } }),
        json!({ "incrementOperations": [{ "quantity": 1 }] }),
        json!({ "incrementOperations": one(&small, json!("5")) }),
        json!({ "setUnlimitedOperations": [{ "variantId": small }] }),
        json!({ "setUnlimitedOperations": vec![small.as_str(); 51] }),
        json!({ "incrementOperations": one(NOBODY, json!(0)) }),
        json!({ "decrementOperations": one(&small, json!(1_000_000_001)) }),
        json!({ "setFiniteOperations": one(&small, json!(-1)) }),
        json!({ "setUnlimitedOperations": [NOBODY, NOBODY] }),
        json!({ "incrementOperations": one(NOBODY, json!(1)), "decrementOperations": one(&oil, json!(1)) }),
        json!({ "incrementOperations": one(&oil, json!(1)) }),
        json!({ "decrementOperations": one(&oil, json!(1)) }),
        json!({ "decrementOperations": one(&small, json!(41)) }),
        json!({ "incrementOperations": one(&small, json!(999_999_961)) }),
    ];
    let mut told = Vec::new();
    for body in &rows {
        let line = verdict(&adjust(&stand, "k-1", body).await);
        told.push(line.replace(&small, "{small}").replace(NOBODY, "{nobody}"));
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           At least one operation is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           At least one operation is required.
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [adjustments]
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           incrementOperations must be an array.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           incrementOperations.variantId is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           incrementOperations.quantity must be a whole number.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           setUnlimitedOperations must be an array of strings.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           At most 50 operations may be given.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           quantity must be between 1 and 1000000000, inclusive.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           quantity must be between 1 and 1000000000, inclusive.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           quantity must be between 0 and 1000000000, inclusive.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The item {nobody} is in more than one operation.
    400 INVALID_REQUEST_ERROR INVENTORY_ITEM_NOT_FOUND   The inventory item {nobody} was not found.
    409 CONFLICT STOCK_NOT_TRACKED                       The stock of the item is unlimited.
    409 CONFLICT STOCK_NOT_TRACKED                       The stock of the item is unlimited.
    409 CONFLICT INSUFFICIENT_STOCK                      There is not enough stock of the item.
    409 CONFLICT STOCK_EXCEEDS_MAX                       The stock of the item would exceed the maximum.
    ");
    assert_eq!(stock(&stand, "LANT-SM-BRS").await, (40, false));
}

#[tokio::test]
async fn all_operations_happen_or_none() {
    let stand = Stand::up().await;
    let (small, oil) = (
        variant_id(&stand, "LANT-SM-BRS").await,
        variant_id(&stand, "OIL-1L").await,
    );
    let body = json!({
        "incrementOperations": [{ "variantId": small, "quantity": 5 }],
        "decrementOperations": [{ "variantId": oil, "quantity": 1 }],
    });

    assert_eq!(
        adjust(&stand, "k-1", &body).await.refusal(),
        "409 CONFLICT STOCK_NOT_TRACKED"
    );
    assert_eq!(stock(&stand, "LANT-SM-BRS").await, (40, false));
    let part = json!({ "incrementOperations": body["incrementOperations"] });
    assert_eq!(
        adjust(&stand, "k-1", &part).await.status,
        204,
        "a failed attempt leaves its key free"
    );
}

#[tokio::test]
async fn a_key_adjusts_once_for_two_days_even_with_another_body() {
    let stand = Stand::up().await;
    let small = variant_id(&stand, "LANT-SM-BRS").await;
    let add = |quantity: i64| json!({ "incrementOperations": [{ "variantId": small, "quantity": quantity }] });

    for body in [add(5), add(5), add(7), json!({ "strange": true })] {
        assert_eq!(adjust(&stand, "k-1", &body).await.status, 204);
    }
    assert_eq!(stock(&stand, "LANT-SM-BRS").await, (45, false));
    stand.switch("reused_inventory_key", json!("refused")).await;
    assert_eq!(
        adjust(&stand, "k-1", &add(7)).await.refusal(),
        "400 INVALID_REQUEST_ERROR INVALID_ARGUMENT"
    );
    assert_eq!(adjust(&stand, "k-1", &add(5)).await.status, 204);
    stand.advance(48 * 3_600_000).await;
    let token = stand.person("token_pair", json!({})).await["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let late = stand.request(Method::POST, &format!("{INVENTORY}/adjustments"), &token);
    assert_eq!(
        answer(late.header("Idempotency-Key", "k-1").json(&add(1)))
            .await
            .status,
        204
    );
    assert_eq!(stock(&stand, "LANT-SM-BRS").await, (46, false));
}

#[tokio::test]
async fn the_key_is_looked_at_before_the_body() {
    let stand = Stand::up().await;
    let path = format!("{INVENTORY}/adjustments");
    let none = stand.post(&path, json!({})).await;
    assert_eq!(
        none.body,
        json!({
            "type": "about:blank", "title": "Bad Request", "status": 400,
            "detail": "Required header 'Idempotency-Key' is not present.", "instance": path,
        })
    );
    for key in ["", "a b", &"x".repeat(65)] {
        assert_eq!(
            adjust(&stand, key, &json!({})).await.refusal(),
            "400 INVALID_REQUEST_ERROR INVALID_ARGUMENT"
        );
    }
    let read_only = stand.first("read_only_api_key");
    let reader = stand
        .request(Method::POST, &path, &read_only)
        .json(&json!({}));
    assert_eq!(
        answer(reader).await.refusal(),
        "403 AUTHORIZATION_ERROR MISSING_SCOPE"
    );
}

#[tokio::test]
async fn orders_and_imports_take_stock_and_restocking_puts_it_back() {
    let stand = Stand::up().await;
    let small = variant_id(&stand, "LANT-SM-BRS").await;
    let basket = json!({ "basket": [{ "sku": "LANT-SM-BRS", "quantity": 3 }] });
    let first = stand.person("checkout", basket.clone()).await;
    let second = stand.person("checkout", basket).await;
    assert_eq!(stock(&stand, "LANT-SM-BRS").await, (34, false));

    let money = json!({ "currency": "USD", "value": "90.00" });
    let mut import = json!({
        "channelName": "Dock", "externalOrderReference": "D-1", "createdOn": "2026-05-14T08:00:00Z",
        "lineItems": [{ "lineItemType": "PHYSICAL_PRODUCT", "variantId": small, "quantity": 2,
                        "unitPricePaid": { "currency": "USD", "value": "45.00" } }],
        "subtotal": money, "grandTotal": money, "priceTaxInterpretation": "EXCLUSIVE", "fulfillments": [],
    });
    assert_eq!(stand.import("i-1", &import).await.status, 201);
    assert_eq!(
        stock(&stand, "LANT-SM-BRS").await,
        (34, false),
        "imports skip the stock by default"
    );
    import["inventoryBehavior"] = json!("DEDUCT");
    assert_eq!(stand.import("i-2", &import).await.status, 201);
    assert_eq!(stock(&stand, "LANT-SM-BRS").await, (32, false));

    stand.person("refund", json!({ "id": first["id"] })).await;
    assert_eq!(stock(&stand, "LANT-SM-BRS").await, (32, false));
    stand
        .person("cancel", json!({ "id": second["id"], "restock": true }))
        .await;
    assert_eq!(stock(&stand, "LANT-SM-BRS").await, (35, false));
}

#[tokio::test]
async fn the_highest_stock_is_a_switch() {
    let stand = Stand::up().await;
    let small = variant_id(&stand, "LANT-SM-BRS").await;
    stand.switch("highest_stock", json!(50)).await;
    let changes = [("/0/quantity", json!(11)), ("/0/quantity", json!(10))];
    let mut told = Vec::new();
    for (key, (pointer, value)) in changes.into_iter().enumerate() {
        let mut operations = json!([{ "variantId": small, "quantity": 0 }]);
        *operations.pointer_mut(pointer).unwrap() = value;
        let body = json!({ "incrementOperations": operations });
        told.push(adjust(&stand, &key.to_string(), &body).await.status);
    }
    assert_eq!(told, [409, 204]);
}

#[tokio::test]
async fn a_conflict_that_a_fault_demands_is_that_of_two_requests_at_once() {
    let stand = Stand::up().await;
    let small = variant_id(&stand, "LANT-SM-BRS").await;
    let fault = json!({ "kind": "status", "status": 409, "path": "adjustments", "times": 1 });
    stand.fault(fault).await;
    let body = json!({ "decrementOperations": [{ "variantId": small, "quantity": 1 }] });

    assert_eq!(
        adjust(&stand, "k-1", &body).await.refusal(),
        "409 CONFLICT CONCURRENT_MODIFICATION"
    );
    assert_eq!(adjust(&stand, "k-1", &body).await.status, 204);
    assert_eq!(stock(&stand, "LANT-SM-BRS").await, (39, false));
}

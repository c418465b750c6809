//! Answers as the vendor sends them, in all its moods, are instances of the response schemas.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use squarespace::catalog::{CATALOG, OPERATIONS};

macro_rules! sample {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("answers/", $name, ".json"))).unwrap()
    };
}

/// One answer at least for each response schema.
fn answers() -> Vec<(&'static str, Value)> {
    let products = json!([sample!("Product.physical"), sample!("Product.digital")]);
    let pagination = json!({"hasNextPage": true, "nextPageCursor": "eyJpIjo1MH0", "nextPageUrl": "/1.0/next?cursor=eyJpIjo1MH0"});
    let end = json!({"hasNextPage": false, "nextPageCursor": null, "nextPageUrl": null});
    let subscription = sample!("WebhookSubscription");
    let mut new_subscription = subscription.clone();
    new_subscription["secret"] = json!("8F14E45FCEEA167A5A36DEDD4BEA2543");
    vec![
        (
            "ProductList",
            json!({"products": products, "pagination": pagination}),
        ),
        ("Products", json!({"products": products})),
        ("Product", sample!("Product.physical")),
        ("Product", sample!("Product.digital")),
        (
            "ProductVariant",
            sample!("Product.physical")["variants"][0].take(),
        ),
        (
            "ProductImage",
            sample!("Product.physical")["images"][0].take(),
        ),
        (
            "UploadedProductImage",
            json!({"imageId": "66f0a2000102030405060708"}),
        ),
        ("ProductImageProcessingStatus", json!({"status": "READY"})),
        (
            "ProductImageProcessingStatus",
            json!({"id": "66f0a2000102030405060708", "status": "QUEUED"}),
        ),
        (
            "StorePageList",
            json!({"storePages": [sample!("StorePage")], "pagination": end}),
        ),
        ("Website", sample!("Website")),
        ("Member", sample!("Member")),
        (
            "InventoryList",
            json!({"inventory": [sample!("InventoryItem")], "pagination": end}),
        ),
        (
            "InventoryItems",
            json!({"inventory": [sample!("InventoryItem")]}),
        ),
        (
            "OrderList",
            json!({"result": [sample!("Order")], "pagination": pagination}),
        ),
        ("Order", sample!("Order")),
        ("CreatedOrder", sample!("CreatedOrder")),
        (
            "DocumentList",
            json!({"documents": [sample!("Document")], "pagination": end}),
        ),
        ("Documents", json!({"documents": [sample!("Document")]})),
        (
            "ProfileList",
            json!({"profiles": [sample!("Profile")], "pagination": end}),
        ),
        ("Profiles", json!({"profiles": [sample!("Profile")]})),
        (
            "ContactList",
            json!({"contacts": [sample!("Contact")], "pagination": pagination}),
        ),
        ("ContactResponse", json!({"contact": sample!("Contact")})),
        (
            "AddressBookResponse",
            json!({
                "addressBook": {
                    "addressBookEntries": [sample!("AddressBookEntry")],
                    "defaultShippingAddressId": "66aa1000aabbccddeeff0022",
                },
                "pagination": end,
            }),
        ),
        (
            "AddressBookEntryResponse",
            json!({"addressBookEntry": sample!("AddressBookEntry")}),
        ),
        (
            "TransactionsSummaries",
            json!({"transactionsSummaryWrappers": [
                {"contactId": "66aa00112233445566778801", "transactionsSummary": sample!("TransactionsSummary")},
            ]}),
        ),
        (
            "WebhookSubscriptionList",
            json!({"webhookSubscriptions": [subscription]}),
        ),
        ("WebhookSubscription", subscription),
        ("CreatedWebhookSubscription", new_subscription),
        (
            "RotatedSecret",
            json!({"secret": "8F14E45FCEEA167A5A36DEDD4BEA2543"}),
        ),
        ("TestNotificationResult", json!({"statusCode": 204})),
        ("TestNotificationResult", json!({"statusCode": null})),
        (
            "DiscountList",
            json!({"discounts": [sample!("Discount")], "hasNextPage": false, "hasPreviousPage": false}),
        ),
        ("DiscountResponse", json!({"discount": sample!("Discount")})),
        (
            "FulfillmentOptions",
            json!({"fulfillmentOptions": [sample!("FulfillmentOption")]}),
        ),
    ]
}

/// Each value of an answer in turn, changed in place.
fn everywhere(value: &mut Value, change: &impl Fn(&mut Value)) {
    match value {
        Value::Object(members) => members
            .values_mut()
            .for_each(|member| everywhere(member, change)),
        Value::Array(items) => items.iter_mut().for_each(|item| everywhere(item, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    change(value);
}

fn assert_taken(schema: &str, answer: &Value) {
    let validator = jsonschema::draft202012::new(&CATALOG.schema(schema).unwrap()).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(answer)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{schema}: {errors:#?}");
}

#[test]
fn every_response_schema_takes_an_answer() {
    for (schema, answer) in answers() {
        assert_taken(schema, &answer);
    }

    let shown: BTreeSet<&str> = answers().into_iter().map(|(schema, _)| schema).collect();
    let named: BTreeSet<&str> = OPERATIONS.iter().filter_map(|row| row.response).collect();
    assert_eq!(shown, named);
}

#[test]
fn members_that_nobody_announced_are_taken() {
    for (schema, mut answer) in answers() {
        everywhere(&mut answer, &|value| {
            if let Value::Object(members) = value
                && !members.contains_key("Size")
            {
                members.insert("announcedNextYear".to_owned(), json!({"a": [1]}));
            }
        });
        assert_taken(schema, &answer);
    }
}

#[test]
fn lists_without_items_are_null_or_empty() {
    for empty in [json!(null), json!([])] {
        for (schema, mut answer) in answers() {
            everywhere(&mut answer, &|value| {
                if value.is_array() {
                    *value = empty.clone();
                }
            });
            assert_taken(schema, &answer);
        }
    }
}

#[test]
fn money_is_read_as_text_and_as_a_number() {
    let mut order = sample!("Order");
    order["grandTotal"] =
        json!({"value": 88.5, "currency": {"currencyCode": "USD", "symbol": "$"}});
    order["taxTotal"] = Value::Null;
    assert_taken("Order", &order);
    order["grandTotal"] = json!("88.50 USD");
    let validator = jsonschema::draft202012::new(&CATALOG.schema("Order").unwrap()).unwrap();
    assert!(!validator.is_valid(&order));
}

#[test]
fn an_older_version_shows_products_without_newer_members() {
    let mut product = sample!("Product.physical");
    for name in ["gtin", "mpn"] {
        product["variants"][0].as_object_mut().unwrap().remove(name);
    }
    assert_taken("Product", &product);
}

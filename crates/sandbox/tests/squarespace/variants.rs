//! Variants by API: made, changed, deleted, and every refusal on the way.

use serde_json::{Value, json};

use crate::goods::{
    NOBODY, apron, delete, id, made, path, read, seeded, usd, variant, variant_path, verdict,
    verdicts,
};
use crate::stand::Stand;

#[tokio::test]
async fn a_new_variant_is_answered_alone_and_counted() {
    let stand = Stand::up().await;
    let product = made(&stand, apron(&stand).await).await;
    stand.advance(1_000).await;
    let mut body = variant("APR-RUST", "Rust");
    body["stock"] = json!({ "quantity": 5 });
    let new = stand
        .post(&format!("{}/variants", path(&product)), body)
        .await;

    assert_eq!(new.status, 201, "{}", new.body);
    let after = read(&stand, &product).await;
    assert_eq!(after["variants"][2], new.body);
    assert_eq!(after["modifiedOn"], "2026-05-14T09:30:01.000Z");
    let stock = stand
        .get(&format!("/1.0/commerce/inventory/{}", id(&new.body)))
        .await;
    assert_eq!(stock.body["inventory"][0]["quantity"], 5);
    assert_eq!(
        stock.body["inventory"][0]["descriptor"],
        "Canvas Apron [Rust]"
    );
}

#[tokio::test]
async fn new_variants_are_refused_as_documented() {
    let stand = Stand::up().await;
    let product = made(&stand, apron(&stand).await).await;
    let variants = format!("{}/variants", path(&product));
    let changes = [
        ("/sku", Value::Null),
        ("/pricing", Value::Null),
        ("/image", Value::Null),
        ("/attributes", json!({})),
        ("/attributes", json!({ "Color": "Sand" })),
        ("/sku", json!("APR-SAND")),
        (
            "/pricing/basePrice",
            json!({ "currency": "EUR", "value": "1" }),
        ),
        (
            "/shippingMeasurements",
            json!({ "dimensions": { "unit": "CENTIMETER", "length": 1, "width": 1, "height": 1 } }),
        ),
    ];
    insta::assert_snapshot!(verdicts(&stand, &variants, &variant("APR-RUST", "Rust"), &changes).await, @r"
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           sku is required.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           pricing is required.
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [image]
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           attributes must have exactly the names in the product's variantAttributes.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           attributes must differ from those of every other variant.
    409 CONFLICT SKU_UNAVAILABLE                         The SKU APR-SAND is already used by the product.
    409 CONFLICT CURRENCY_MISMATCH                       Prices must be in USD.
    409 CONFLICT MEASUREMENT_STANDARD_MISMATCH           Measurements must be in POUND and INCH.
    ");

    let plain = seeded(&stand, "OIL-1L").await;
    let digital = seeded(&stand, "Wallpapers").await;
    let mut told = Vec::new();
    for product in [&plain, &digital, &json!({ "id": NOBODY })] {
        let body = json!({ "sku": "X", "pricing": { "basePrice": usd("1") } });
        told.push(verdict(
            &stand
                .post(&format!("{}/variants", path(product)), body)
                .await,
        ));
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The product must have at least one of variantAttributes.
    405 METHOD_NOT_ALLOWED OPERATION_NOT_ALLOWED_FOR_PRODUCT_TYPE The operation is not allowed for products of the type DIGITAL.
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The product was not found.
    ");
}

#[tokio::test]
async fn a_product_takes_250_variants_and_no_more() {
    let stand = Stand::up().await;
    let mut body = apron(&stand).await;
    body["variants"] = (0..250)
        .map(|n| variant(&format!("APR-{n}"), &n.to_string()))
        .collect();
    let product = made(&stand, body).await;

    let more = stand
        .post(
            &format!("{}/variants", path(&product)),
            variant("APR-250", "250"),
        )
        .await;
    assert_eq!(more.refusal(), "409 CONFLICT ENTITY_LIMIT_REACHED");
    assert_eq!(read(&stand, &product).await, product);
}

#[tokio::test]
async fn an_update_of_a_variant_changes_what_it_names_and_nothing_else() {
    let stand = Stand::up().await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    let update = json!({
        "sku": "LANT-TIN", "attributes": { "Size": "Tiny" },
        "pricing": { "salePrice": usd("40"), "onSale": true },
        "shippingMeasurements": { "dimensions": { "unit": "INCH", "length": 4, "width": 4, "height": 9.5 } },
        "gtin": "40063813",
    });
    let after = stand.post(&variant_path(&lantern, 0), update).await;

    assert_eq!(after.status, 200, "{}", after.body);
    let mut expected = lantern["variants"][0].clone();
    expected["sku"] = json!("LANT-TIN");
    expected["attributes"] = json!({ "Size": "Tiny" });
    expected["pricing"]["salePrice"] = usd("40.00");
    expected["pricing"]["onSale"] = json!(true);
    expected["shippingMeasurements"]["dimensions"] =
        json!({ "unit": "INCH", "length": 4, "width": 4, "height": 9.5 });
    expected["gtin"] = json!("40063813");
    assert_eq!(after.body, expected);
    let cleared = stand
        .post(&variant_path(&lantern, 0), json!({ "gtin": null }))
        .await;
    assert_eq!(cleared.body["gtin"], Value::Null);
}

#[tokio::test]
async fn updates_of_variants_are_refused_as_documented() {
    let stand = Stand::up().await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    let changes = [
        ("/stock", json!({ "quantity": 4, "unlimited": false })),
        ("/image", Value::Null),
        ("/id", json!(NOBODY)),
        ("/sku", Value::Null),
        ("/sku", json!({ "present": true, "value": "LANT" })),
        ("/pricing", Value::Null),
        ("/pricing", json!({ "basePrice": null })),
        ("/pricing", json!({ "salePrice": usd("45.01") })),
        ("/pricing", json!({ "onSale": true })),
        ("/attributes", json!({})),
        ("/attributes", json!({ "Size": "Large" })),
        ("/attributes", json!({ "Size": null })),
        ("/sku", json!("LANT-LG-BRS")),
        (
            "/pricing",
            json!({ "basePrice": { "currency": "EUR", "value": "1" } }),
        ),
        (
            "/shippingMeasurements",
            json!({ "weight": { "unit": "KILOGRAM", "value": 1 } }),
        ),
    ];
    insta::assert_snapshot!(verdicts(&stand, &variant_path(&lantern, 0), &json!({}), &changes).await, @r"
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [stock]
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [image]
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [id]
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           sku must not be null.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           sku must be a string.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           pricing must not be null.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           pricing.basePrice must not be null.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The sale price is greater than the base price.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           pricing.salePrice is required on sale.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           attributes must have exactly the names in the product's variantAttributes.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           attributes must differ from those of every other variant.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           attributes.Size must not be null.
    409 CONFLICT SKU_UNAVAILABLE                         The SKU LANT-LG-BRS is already used by the product.
    409 CONFLICT CURRENCY_MISMATCH                       Prices must be in USD.
    409 CONFLICT MEASUREMENT_STANDARD_MISMATCH           Measurements must be in POUND and INCH.
    ");

    let nothing = format!("{}/variants/{NOBODY}", path(&lantern));
    assert_eq!(
        stand.post(&nothing, json!({})).await.refusal(),
        "404 INVALID_REQUEST_ERROR INVALID_ARGUMENT"
    );
    stand.switch("named_not_found", json!(true)).await;
    assert_eq!(
        stand.post(&nothing, json!({})).await.refusal(),
        "404 INVALID_REQUEST_ERROR PRODUCT_VARIANT_NOT_FOUND"
    );
    assert_eq!(read(&stand, &lantern).await, lantern);
}

#[tokio::test]
async fn a_price_falls_below_an_active_sale_price_only_when_the_sale_ends_with_it() {
    let stand = Stand::up().await;
    let wick = seeded(&stand, "WICK-3").await;
    let lower = |on_sale: Value| json!({ "pricing": { "basePrice": usd("4"), "onSale": on_sale } });

    let refused = stand
        .post(
            &variant_path(&wick, 0),
            json!({ "pricing": { "basePrice": usd("4") } }),
        )
        .await;
    assert_eq!(
        refused.refusal(),
        "400 INVALID_REQUEST_ERROR INVALID_ARGUMENT"
    );
    assert_eq!(
        refused.body["message"],
        "The sale price is greater than the base price."
    );
    let ended = stand
        .post(&variant_path(&wick, 0), lower(json!(false)))
        .await;
    assert_eq!(
        ended.body["pricing"]["salePrice"],
        usd("4.00"),
        "the lesser of the two is shown"
    );
    let raised = stand
        .post(
            &variant_path(&wick, 0),
            json!({ "pricing": { "basePrice": usd("7") } }),
        )
        .await;
    assert_eq!(raised.body["pricing"]["salePrice"], usd("4.50"));
}

#[tokio::test]
async fn the_last_variant_stays() {
    let stand = Stand::up().await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    let small = format!("/1.0/commerce/inventory/{}", id(&lantern["variants"][0]));

    assert_eq!(delete(&stand, &variant_path(&lantern, 0)).await.status, 204);
    assert_eq!(stand.get(&small).await.status, 404);
    assert_eq!(delete(&stand, &variant_path(&lantern, 0)).await.status, 404);
    assert_eq!(
        delete(&stand, &variant_path(&lantern, 1)).await.refusal(),
        "409 CONFLICT INSUFFICIENT_PRODUCT_VARIANTS"
    );
    assert_eq!(
        read(&stand, &lantern).await["variants"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_variant_shows_one_image_of_its_product() {
    let stand = Stand::up().await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    let stranger = seeded(&stand, "STORM-RED").await["images"][0]["id"].clone();
    let image = &lantern["images"][0];
    let assign = format!("{}/image", variant_path(&lantern, 0));

    let changes = [
        ("/imageId", stranger),
        ("/imageId", json!(5)),
        ("/image", json!(5)),
        ("/imageId", image["id"].clone()),
    ];
    insta::assert_snapshot!(verdicts(&stand, &assign, &json!({}), &changes).await, @r"
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           imageId is not an image of the product.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           imageId must be a string.
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [image]
    204
    ");
    assert_eq!(
        verdict(&stand.post(&assign, json!({})).await),
        "400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           imageId is required."
    );
    assert_eq!(&read(&stand, &lantern).await["variants"][0]["image"], image);
    assert_eq!(
        stand.post(&assign, json!({ "imageId": null })).await.status,
        204
    );
    assert_eq!(
        read(&stand, &lantern).await["variants"][0]["image"],
        Value::Null
    );
}

//! Products by API: made, changed, deleted, and every refusal on the way.

use serde_json::{Value, json};

use crate::goods::{
    NOBODY, PRODUCTS, apron, delete, id, made, names, page, path, read, seeded, usd, variant,
    verdict, verdicts,
};
use crate::stand::Stand;

#[tokio::test]
async fn a_new_product_has_every_documented_member() {
    let stand = Stand::up().await;
    let product = made(&stand, apron(&stand).await).await;

    insta::assert_snapshot!(names(&product), @"createdOn description digitalGood id images isVisible modifiedOn name pricing seoOptions storePageId tags type url urlSlug variantAttributes variants");
    insta::assert_snapshot!(names(&product["variants"][0]), @"attributes gtin id image mpn pricing shippingMeasurements sku stock");
    assert_eq!(product["isVisible"], false);
    assert_eq!(product["createdOn"], "2026-05-14T09:30:00.000Z");
    assert_eq!(
        product["variants"][0]["pricing"],
        json!({ "basePrice": usd("48.00"), "salePrice": usd("0.00"), "onSale": false })
    );
    assert_eq!(
        product["variants"][0]["shippingMeasurements"],
        json!({
            "weight": { "unit": "POUND", "value": 0 },
            "dimensions": { "unit": "INCH", "length": 0, "width": 0, "height": 0 },
        })
    );
    assert_eq!(read(&stand, &product).await, product);
    assert_eq!(
        stand.get(PRODUCTS).await.body["products"][0]["id"],
        product["id"]
    );
}

#[tokio::test]
async fn a_slug_is_lowered_prefixed_and_made_up_when_there_is_none() {
    let stand = Stand::up().await;
    let mut body = apron(&stand).await;
    let made_up = made(&stand, body.clone()).await["urlSlug"]
        .as_str()
        .unwrap()
        .to_owned();
    body["urlSlug"] = json!("Canvas-Apron");
    let product = made(&stand, body).await;

    assert!(made_up.starts_with("p/canvas-apron-"), "{made_up}");
    assert_eq!(product["urlSlug"], "p/canvas-apron");
    assert_eq!(
        product["url"],
        "https://www.harborlantern.example/lanterns/p/canvas-apron"
    );
}

#[tokio::test]
async fn a_variant_without_stock_is_sold_out() {
    let stand = Stand::up().await;
    let mut body = apron(&stand).await;
    body["variants"][1]["stock"] = json!({ "unlimited": true });
    let product = made(&stand, body).await;

    let stock = |place: usize| product["variants"][place]["stock"].clone();
    assert_eq!(stock(0), json!({ "quantity": 0, "unlimited": false }));
    assert_eq!(stock(1), json!({ "quantity": 0, "unlimited": true }));
}

#[tokio::test]
async fn each_type_has_its_own_members() {
    let stand = Stand::up().await;
    let mut service = apron(&stand).await;
    service["type"] = json!("SERVICE");
    let service = made(&stand, service).await;
    let card = json!({
        "type": "GIFT_CARD", "storePageId": page(&stand, 2).await,
        "variants": [
            { "sku": "GC-50", "pricing": { "basePrice": usd("50") } },
            { "sku": "GC-80", "pricing": { "basePrice": usd("80") } },
        ],
    });
    let card = made(&stand, card).await;

    insta::assert_snapshot!(names(&service["variants"][0]), @"attributes id image pricing sku stock");
    insta::assert_snapshot!(names(&card), @"createdOn description digitalGood id images isVisible modifiedOn name pricing seoOptions storePageId tags type url urlSlug variants");
    insta::assert_snapshot!(names(&card["variants"][0]), @"id image pricing sku");
    assert_eq!(
        card["variants"][0]["pricing"],
        json!({ "basePrice": usd("50.00") })
    );
}

#[tokio::test]
async fn trade_numbers_are_stored_without_what_people_put_between() {
    let stand = Stand::up().await;
    let mut body = apron(&stand).await;
    body["variants"][0]["gtin"] = json!("4006381-33393 1");
    body["variants"][0]["mpn"] = json!("CA_1-X");
    body["variants"][0]["sku"] = json!("  APR-SAND ");
    let variant = made(&stand, body).await["variants"][0].clone();

    assert_eq!(
        (&variant["gtin"], &variant["mpn"], &variant["sku"]),
        (&json!("4006381333931"), &json!("CA1X"), &json!("APR-SAND"))
    );
}

#[tokio::test]
async fn creations_are_refused_by_the_form_of_their_body() {
    let stand = Stand::up().await;
    let good = apron(&stand).await;
    let changes = [
        ("/type", Value::Null),
        ("/type", json!("BOOK")),
        ("/storePageId", Value::Null),
        ("/name", json!("x".repeat(201))),
        ("/name", json!({ "present": true, "value": "Apron" })),
        ("/description", json!("x".repeat(102_401))),
        ("/urlSlug", json!("canvas--apron")),
        ("/urlSlug", json!("p/apron")),
        ("/urlSlug", json!("x".repeat(201))),
        ("/tags", json!("kitchen")),
        ("/isVisible", json!("yes")),
        ("/variants", Value::Null),
        ("/variants", json!([])),
        (
            "/variantAttributes",
            json!(["a", "b", "c", "d", "e", "f", "g"]),
        ),
        ("/variantAttributes", json!(["Color", "Color"])),
        ("/variantAttributes", json!(["x".repeat(101)])),
        ("/variantAttributes", Value::Null),
        ("/variantAttributes", json!(["Size"])),
        ("/images", json!([])),
        ("/seoOptions", Value::Null),
        ("/pricing", Value::Null),
    ];
    insta::assert_snapshot!(verdicts(&stand, PRODUCTS, &good, &changes).await, @r"
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           type is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           type must be one of PHYSICAL, SERVICE, GIFT_CARD, DIGITAL.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           storePageId is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           name must have at most 200 characters.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           name must be a string.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           description must have at most 102400 characters.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           urlSlug must have only letters, digits and single hyphens.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           urlSlug must have only letters, digits and single hyphens.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           urlSlug must have at most 200 characters.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           tags must be an array.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           isVisible must be a boolean.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           variants is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variants must have at least one entry.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variantAttributes must have at most 6 entries.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variantAttributes must not have duplicates.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variantAttributes must have entries of at most 100 characters.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           variantAttributes is required with two or more variants.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           attributes must have exactly the names in the product's variantAttributes.
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [images]
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [seoOptions]
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [pricing]
    ");
}

#[tokio::test]
async fn creations_are_refused_for_a_variant() {
    let stand = Stand::up().await;
    let good = apron(&stand).await;
    let eur = json!({ "currency": "EUR", "value": "48.00" });
    let code = json!({ "currencyCode": "USD" });
    let changes = [
        ("/variants/0/sku", Value::Null),
        ("/variants/0/sku", json!("  ")),
        ("/variants/0/sku", json!("x".repeat(61))),
        ("/variants/0/pricing", Value::Null),
        (
            "/variants/0/pricing/basePrice",
            json!({ "currency": "USD", "value": 48 }),
        ),
        (
            "/variants/0/pricing/basePrice",
            json!({ "currency": code, "value": "48" }),
        ),
        ("/variants/0/pricing/basePrice", usd("48.001")),
        ("/variants/0/pricing/basePrice", usd("-1")),
        ("/variants/0/pricing/basePrice", usd("1000001")),
        ("/variants/0/pricing/basePrice", eur),
        ("/variants/0/pricing/onSale", json!(true)),
        ("/variants/0/pricing/salePrice", usd("49.00")),
        ("/variants/0/stock", json!({ "quantity": -1 })),
        ("/variants/0/unlimited", json!(true)),
        ("/variants/0/attributes", Value::Null),
        (
            "/variants/0/attributes",
            json!({ "Color": "x".repeat(101) }),
        ),
        ("/variants/0/attributes", json!({ "Color": "Ink" })),
        (
            "/variants/0/attributes",
            json!({ "Color": "Sand", "Size": "M" }),
        ),
        (
            "/variants/0/shippingMeasurements",
            json!({ "weight": { "unit": "KILOGRAM", "value": 1 } }),
        ),
        (
            "/variants/0/shippingMeasurements",
            json!({ "weight": { "unit": "STONE", "value": 1 } }),
        ),
        (
            "/variants/0/shippingMeasurements",
            json!({ "weight": { "unit": "POUND", "value": -1 } }),
        ),
        ("/variants/0/gtin", json!("12345")),
        ("/variants/0/mpn", json!("x".repeat(71))),
        ("/variants/0/sku", json!("APR-INK")),
        ("/variants/0/image", Value::Null),
    ];
    insta::assert_snapshot!(verdicts(&stand, PRODUCTS, &good, &changes).await, @r"
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           variants.sku is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variants.sku must not be empty.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variants.sku must have at most 60 characters.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           variants.pricing is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variants.pricing.basePrice.value must be a decimal string.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variants.pricing.basePrice.currency must be a string.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variants.pricing.basePrice.value is not a valid amount.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variants.pricing.basePrice.value is not a valid amount.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variants.pricing.basePrice.value is not a valid amount.
    409 CONFLICT CURRENCY_MISMATCH                       Prices must be in USD.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           pricing.salePrice is required on sale.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The sale price is greater than the base price.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variants.stock.quantity must be between 0 and 1000000000, inclusive.
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [unlimited]
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           attributes must have exactly the names in the product's variantAttributes.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variants.attributes.Color must have at most 100 characters.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           attributes must differ from those of every other variant.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           attributes must have exactly the names in the product's variantAttributes.
    409 CONFLICT MEASUREMENT_STANDARD_MISMATCH           Measurements must be in POUND and INCH.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variants.shippingMeasurements.weight.unit must be one of POUND, KILOGRAM.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variants.shippingMeasurements.weight.value must be a number that is not negative.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variants.gtin must have 8, 12, 13 or 14 digits.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variants.mpn must have 1 to 70 letters and digits.
    409 CONFLICT SKU_UNAVAILABLE                         The SKU APR-INK is already used by the product.
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [image]
    ");
}

#[tokio::test]
async fn creations_are_refused_for_what_the_website_has() {
    let stand = Stand::up().await;
    let mut good = apron(&stand).await;
    good["urlSlug"] = json!("canvas-apron");
    made(&stand, good.clone()).await;
    let other_page = page(&stand, 1).await;
    let many: Vec<Value> = (0..251)
        .map(|n| variant(&format!("APR-{n}"), &n.to_string()))
        .collect();

    let changes = [
        ("/type", json!("DIGITAL")),
        ("/storePageId", json!(NOBODY)),
        ("/urlSlug", json!("CANVAS-APRON")),
        ("/storePageId", json!(other_page)),
        ("/variants", json!(many)),
    ];
    insta::assert_snapshot!(verdicts(&stand, PRODUCTS, &good, &changes).await, @r"
    405 METHOD_NOT_ALLOWED OPERATION_NOT_ALLOWED_FOR_PRODUCT_TYPE The operation is not allowed for products of the type DIGITAL.
    409 CONFLICT STORE_PAGE_NOT_FOUND                    The store page 65f0aa4d1c2b3e4f5a6b7c8d was not found.
    409 CONFLICT URL_SLUG_UNAVAILABLE                    The slug canvas-apron is already used on the store page.
    201
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variants must have at most 250 entries.
    ");

    stand.switch("unknown_store_page", json!("400")).await;
    stand.switch("products_per_store_page", json!(6)).await;
    let changes = [
        ("/storePageId", json!(NOBODY)),
        ("/urlSlug", json!("second-apron")),
    ];
    insta::assert_snapshot!(verdicts(&stand, PRODUCTS, &good, &changes).await, @r"
    400 INVALID_REQUEST_ERROR STORE_PAGE_NOT_FOUND       The store page 65f0aa4d1c2b3e4f5a6b7c8d was not found.
    409 CONFLICT STORE_PAGE_PRODUCT_LIMIT_REACHED        The store page takes no more products.
    ");
}

#[tokio::test]
async fn a_body_is_read_as_json_before_anything_else() {
    let stand = Stand::up().await;
    let token = stand.first("access_token");
    let post = || stand.request(reqwest::Method::POST, PRODUCTS, &token);
    let text = crate::stand::answer(post().body("{}")).await;
    let torn = post().header("Content-Type", "application/json").body("{");
    let read_only = stand.first("read_only_api_key");
    let reader = stand.request(reqwest::Method::POST, PRODUCTS, &read_only);

    let told = [
        text,
        crate::stand::answer(torn).await,
        crate::stand::answer(reader).await,
    ];
    insta::assert_snapshot!(told.each_ref().map(verdict).join("\n"), @r"
    415 about:blank -                                    Content-Type header value must be application/json
    400 INVALID_REQUEST_ERROR -                          The request body is not well-formed JSON.
    403 AUTHORIZATION_ERROR MISSING_SCOPE                The credential lacks the permission for this operation.
    ");
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_nothing_else() {
    let stand = Stand::up().await;
    let before = seeded(&stand, "LANT-SM-BRS").await;
    stand.advance(60_000).await;
    let update = json!({ "name": "Tin Lantern", "tags": ["tin"], "urlSlug": "tin-lantern", "isVisible": false });
    let after = stand.post(&path(&before), update).await;

    assert_eq!(after.status, 200, "{}", after.body);
    let mut expected = before.clone();
    for (name, value) in [
        ("name", json!("Tin Lantern")),
        ("tags", json!(["tin"])),
        ("urlSlug", json!("p/tin-lantern")),
        (
            "url",
            json!("https://www.harborlantern.example/lanterns/p/tin-lantern"),
        ),
        ("isVisible", json!(false)),
        ("modifiedOn", json!("2026-05-14T09:31:00.000Z")),
    ] {
        expected[name] = value;
    }
    assert_eq!(after.body, expected);
    assert_eq!(read(&stand, &before).await, expected);
    assert_eq!(stand.get(PRODUCTS).await.body["products"][0], expected);
}

#[tokio::test]
async fn updates_are_refused_as_documented() {
    let stand = Stand::up().await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    let changes = [
        ("/id", json!(NOBODY)),
        ("/type", json!("SERVICE")),
        ("/storePageId", json!(NOBODY)),
        ("/variants", json!([])),
        ("/images", json!([])),
        ("/pricing", json!({})),
        ("/seoData", json!({})),
        ("/productAttributeNames", json!(["Size"])),
        ("/name", json!({ "present": true, "value": "Tin Lantern" })),
        ("/urlSlug", Value::Null),
        ("/urlSlug", json!("storm-lantern")),
        ("/variantAttributes", json!([])),
        ("/isVisible", Value::Null),
        ("/seoOptions", json!({ "title": 5 })),
        ("/description", Value::Null),
        ("/seoOptions", json!({ "title": "Brass lanterns" })),
    ];
    insta::assert_snapshot!(verdicts(&stand, &path(&lantern), &json!({}), &changes).await, @r"
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [id]
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [type]
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [storePageId]
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [variants]
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [images]
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [pricing]
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [seoData]
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [productAttributeNames]
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           name must be a string.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           urlSlug must not be null.
    409 CONFLICT URL_SLUG_UNAVAILABLE                    The slug storm-lantern is already used on the store page.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           variantAttributes is required with two or more variants.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           isVisible must not be null.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           seoOptions.title must be a string.
    200
    200
    ");
    assert_eq!(
        read(&stand, &lantern).await["seoOptions"],
        json!({ "title": "Brass lanterns", "description": null })
    );

    stand.switch("seo_options", json!("refused")).await;
    let refused = stand
        .post(&path(&lantern), json!({ "seoOptions": {} }))
        .await;
    assert_eq!(
        refused.body["message"],
        "The request body has unknown or readonly fields: [seoOptions]"
    );
}

#[tokio::test]
async fn an_echo_of_a_product_is_refused_for_all_that_is_readonly() {
    let stand = Stand::up().await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;

    let refused = stand.post(&path(&lantern), lantern.clone()).await;
    insta::assert_snapshot!(verdict(&refused), @r"400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [createdOn, digitalGood, id, images, m");
    stand.switch("lenient_bodies", json!(true)).await;
    assert_eq!(
        stand
            .post(&path(&lantern), json!({ "id": "x", "name": "Tin Lantern" }))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn new_options_start_with_values_of_their_own_and_old_ones_are_lost() {
    let stand = Stand::up().await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    let options = |product: &Value| -> Vec<Value> {
        let variants = product["variants"].as_array().unwrap();
        variants
            .iter()
            .map(|variant| variant["attributes"].clone())
            .collect()
    };

    let both = stand
        .post(
            &path(&lantern),
            json!({ "variantAttributes": ["Glass", "Size"] }),
        )
        .await
        .body;
    assert_eq!(both["variantAttributes"], json!(["Glass", "Size"]));
    assert_eq!(
        options(&both),
        [
            json!({ "Glass": "Default", "Size": "Small" }),
            json!({ "Glass": "Default 2", "Size": "Large" }),
        ]
    );
    let one = stand
        .post(&path(&lantern), json!({ "variantAttributes": ["Glass"] }))
        .await
        .body;
    assert_eq!(
        options(&one),
        [
            json!({ "Glass": "Default" }),
            json!({ "Glass": "Default 2" })
        ]
    );
}

#[tokio::test]
async fn a_digital_product_is_priced_and_neither_made_nor_deleted() {
    let stand = Stand::up().await;
    let digital = stand.get(&format!("{PRODUCTS}?type=DIGITAL")).await.body["products"][0].clone();
    let price = |name: &str, value: Value| json!({ "pricing": { name: value } });

    let priced = stand
        .post(&path(&digital), price("basePrice", usd("12")))
        .await;
    assert_eq!(priced.body["pricing"]["basePrice"], usd("12.00"));
    let on_sale = stand
        .post(&path(&digital), price("onSale", json!(true)))
        .await;
    assert_eq!(
        on_sale.refusal(),
        "400 INVALID_REQUEST_ERROR MISSING_ARGUMENT"
    );
    assert_eq!(
        delete(&stand, &path(&digital)).await.refusal(),
        "405 METHOD_NOT_ALLOWED OPERATION_NOT_ALLOWED_FOR_PRODUCT_TYPE"
    );
}

#[tokio::test]
async fn a_deleted_product_is_gone_with_its_stock() {
    let stand = Stand::up().await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    let inventory = format!("/1.0/commerce/inventory/{}", id(&lantern["variants"][0]));
    let comma = format!("{},{}", path(&lantern), id(&lantern));

    assert_eq!(
        delete(&stand, &comma).await.refusal(),
        "404 INVALID_REQUEST_ERROR INVALID_ARGUMENT"
    );
    assert_eq!(stand.get(&inventory).await.status, 200);
    assert_eq!(delete(&stand, &path(&lantern)).await.status, 204);
    assert_eq!(delete(&stand, &path(&lantern)).await.status, 404);
    assert_eq!(stand.get(&path(&lantern)).await.status, 404);
    assert_eq!(stand.get(&inventory).await.status, 404);
}

#[tokio::test]
async fn lists_take_types_as_one_parameter_or_several_and_words_from_tags() {
    let stand = Stand::up().await;
    let types = |query: &'static str| {
        let stand = &stand;
        async move {
            let mut types = stand
                .get(&format!("{PRODUCTS}?{query}"))
                .await
                .each("products", "type");
            types.dedup();
            types.sort();
            types
        }
    };

    assert_eq!(
        types("type=DIGITAL,GIFT_CARD").await,
        ["DIGITAL", "GIFT_CARD"]
    );
    assert_eq!(
        types("type=DIGITAL&type=GIFT_CARD").await,
        ["DIGITAL", "GIFT_CARD"]
    );
    assert_eq!(types("query=DOWNLOADS&limit=3").await, ["DIGITAL"]);
    assert_eq!(
        stand.get(&format!("{PRODUCTS}/{NOBODY},")).await.refusal(),
        "400 INVALID_REQUEST_ERROR INVALID_ARGUMENT"
    );
}

#[tokio::test]
async fn a_page_has_fifty_products_and_the_newest_come_first() {
    let stand = Stand::up().await;
    let seeded = stand.get(PRODUCTS).await.each("products", "id").len();
    let day = |n: i64| format!("2026-05-{:02}T00:00:{:02}Z", 1 + n / 60, n % 60);
    let loaded: Vec<Value> = (0..60)
        .map(|n| json!({ "name": format!("Buoy {n}"), "modifiedOn": day(n) }))
        .collect();
    assert_eq!(
        stand
            .control("squarespace/products", json!(loaded))
            .await
            .status,
        200
    );

    let first = stand.get(PRODUCTS).await;
    let names = first.each("products", "name");
    assert_eq!(
        (names.len(), names[0].as_str(), names[49].as_str()),
        (50, "Buoy 59", "Buoy 10")
    );
    let cursor = first.body["pagination"]["nextPageCursor"].as_str().unwrap();
    let second = stand.get(&format!("{PRODUCTS}?cursor={cursor}")).await;
    assert_eq!(second.each("products", "name").len(), 10 + seeded);
    assert_eq!(second.body["pagination"]["hasNextPage"], false);
}

#[tokio::test]
async fn what_the_type_does_not_have_is_ignored_where_bodies_are_lenient() {
    let stand = Stand::up().await;
    stand.switch("lenient_bodies", json!(true)).await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    let card = seeded(&stand, "GIFT-25").await;
    let priced = json!({ "pricing": { "basePrice": { "currency": "USD", "value": 4 } } });

    assert_eq!(
        stand.post(&path(&lantern), priced).await.body["pricing"],
        Value::Null
    );
    let renamed = stand
        .post(&path(&card), json!({ "variantAttributes": ["Size"] }))
        .await;
    assert_eq!(names(&renamed.body), names(&card));
}

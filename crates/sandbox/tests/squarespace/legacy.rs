//! Products before version 2: the same goods, fewer types, older forms.

use reqwest::Method;
use serde_json::{Value, json};

use crate::goods::{NOBODY, apron, delete, id, names, read, seeded, variant, verdict};
use crate::stand::{Stand, answer};

const V1_0: &str = "/1.0/commerce/products";
const V1_1: &str = "/1.1/commerce/products";

#[tokio::test]
async fn each_version_lists_its_own_types() {
    let stand = Stand::up().await;
    let types = |path: String| {
        let stand = &stand;
        async move {
            let mut types = stand.get(&path).await.each("products", "type");
            types.sort();
            types.dedup();
            types
        }
    };

    assert_eq!(types(V1_0.to_owned()).await, ["PHYSICAL"]);
    assert_eq!(
        types(format!("{V1_0}?type=SERVICE&query=Oil")).await,
        ["PHYSICAL"],
        "unknown parameters are ignored"
    );
    assert_eq!(
        types(format!("{V1_1}?type=PHYSICAL,DIGITAL")).await,
        ["DIGITAL", "PHYSICAL"]
    );
    assert_eq!(types(format!("{V1_1}?type=DIGITAL")).await, ["DIGITAL"]);
}

#[tokio::test]
async fn reads_of_each_version_are_refused_as_documented() {
    let stand = Stand::up().await;
    let digital = seeded(&stand, "Wallpapers").await;
    let service = seeded(&stand, "WS-LANT-SAT").await;
    let paths = [
        V1_1.to_owned(),
        format!("{V1_1}?type=SERVICE"),
        format!("{V1_1}?type=DIGITAL&modifiedAfter=2026-01-01T00:00:00Z"),
        format!("{V1_0}?cursor=abc&modifiedAfter=x"),
        format!("{V1_0}?cursor=nonsense&type=PHYSICAL"),
        format!("{V1_0}/{}", id(&digital)),
        format!("{V1_1}/{}", id(&digital)),
        format!("{V1_1}/{}", id(&service)),
        "/v1/commerce/products".to_owned(),
        "/2.0/commerce/products".to_owned(),
    ];
    let mut told = Vec::new();
    for path in paths {
        told.push(verdict(&stand.get(&path).await));
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           'type' is required without a cursor.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           'type' has an invalid value: SERVICE.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           'modifiedBefore' and 'modifiedAfter' must both be specified.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           Cursor cannot be set while other parameters are present.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The cursor is invalid.
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           One or more of the requested resources were not found.
    200
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           One or more of the requested resources were not found.
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The requested resource was not found.
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The requested resource was not found.
    ");
}

#[tokio::test]
async fn older_forms_lack_what_came_later_and_pages_stay_in_their_version() {
    let stand = Stand::up().await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    let old = stand.get(&format!("{V1_0}/{}", id(&lantern))).await.body["products"][0].clone();

    insta::assert_snapshot!(names(&old["variants"][0]), @"attributes id image pricing shippingMeasurements sku stock");
    assert_eq!(
        (&old["pricing"], &old["digitalGood"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(old["images"][0]["orderIndex"], 0);

    stand.switch("page_size", json!(3)).await;
    let page = stand.get(V1_0).await.body["pagination"].clone();
    let base = format!("{}/squarespace", stand.sandbox.base_url());
    let next = page["nextPageUrl"]
        .as_str()
        .unwrap()
        .strip_prefix(&base)
        .unwrap()
        .to_owned();
    assert!(next.starts_with("/1.0/commerce/products?cursor="), "{next}");
    assert_eq!(
        stand.get(&next).await.body["products"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn older_versions_write_physical_products_into_the_same_store() {
    let stand = Stand::up().await;
    let made = stand.post(V1_1, apron(&stand).await).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let product = made.body;
    let old = format!("{V1_0}/{}", id(&product));

    assert_eq!(
        stand
            .post(&old, json!({ "name": "Linen Apron" }))
            .await
            .status,
        200
    );
    let mut green = variant("APR-GRN", "Green");
    assert_eq!(
        stand
            .post(&format!("{old}/variants"), green.clone())
            .await
            .status,
        201
    );
    green["sku"] = json!("APR-MOSS");
    let variant = format!("{old}/variants/{}", id(&product["variants"][0]));
    assert_eq!(
        stand
            .post(&variant, json!({ "sku": "APR-DUNE" }))
            .await
            .status,
        200
    );
    assert_eq!(
        delete(
            &stand,
            &format!("{old}/variants/{}", id(&product["variants"][1]))
        )
        .await
        .status,
        204
    );
    let now = read(&stand, &product).await;
    assert_eq!(now["name"], "Linen Apron");
    let skus: Vec<&str> = now["variants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|variant| variant["sku"].as_str().unwrap())
        .collect();
    assert_eq!(skus, ["APR-DUNE", "APR-GRN"]);
    assert_eq!(delete(&stand, &old).await.status, 204);
}

#[tokio::test]
async fn writes_of_each_version_are_refused_as_documented() {
    let stand = Stand::up().await;
    let digital = seeded(&stand, "Wallpapers").await;
    let service = seeded(&stand, "WS-LANT-SAT").await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    let image = service["images"][0]["id"].as_str().unwrap();
    let mut of_service = apron(&stand).await;
    of_service["type"] = json!("SERVICE");
    let mut with_gtin = apron(&stand).await;
    with_gtin["variants"][0]["gtin"] = json!("40063813");
    let mut many = apron(&stand).await;
    many["variants"] = (0..101)
        .map(|n| variant(&format!("A-{n}"), &n.to_string()))
        .collect();
    let rows = [
        (V1_0.to_owned(), of_service),
        (V1_1.to_owned(), with_gtin),
        (V1_1.to_owned(), many),
        (
            format!("{V1_1}/{}", id(&digital)),
            json!({ "name": "Charts" }),
        ),
        (
            format!("{V1_0}/{}", id(&service)),
            json!({ "name": "Class" }),
        ),
        (
            format!("{V1_0}/{}/images/{image}", id(&service)),
            json!({ "altText": "Class" }),
        ),
        (format!("{V1_0}/{NOBODY}"), json!({})),
        (
            format!(
                "{V1_0}/{}/variants/{}",
                id(&lantern),
                id(&lantern["variants"][0])
            ),
            json!({ "mpn": "X" }),
        ),
    ];
    let mut told = Vec::new();
    for (path, body) in rows {
        told.push(verdict(&stand.post(&path, body).await));
    }
    told.push(verdict(
        &delete(&stand, &format!("{V1_1}/{}", id(&service))).await,
    ));
    let put = stand.request(
        Method::PUT,
        &format!("{V1_0}/{}", id(&lantern)),
        &stand.first("api_key"),
    );
    told.push(verdict(&answer(put.json(&json!({}))).await));
    insta::assert_snapshot!(told.join("\n"), @r"
    405 METHOD_NOT_ALLOWED OPERATION_NOT_ALLOWED_FOR_PRODUCT_TYPE The operation is not allowed for products of the type SERVICE.
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [gtin]
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           variants must have at most 100 entries.
    405 METHOD_NOT_ALLOWED OPERATION_NOT_ALLOWED_FOR_PRODUCT_TYPE The operation is not allowed for products of the type DIGITAL.
    405 METHOD_NOT_ALLOWED OPERATION_NOT_ALLOWED_FOR_PRODUCT_TYPE The operation is not allowed for products of the type SERVICE.
    405 METHOD_NOT_ALLOWED OPERATION_NOT_ALLOWED_FOR_PRODUCT_TYPE The operation is not allowed for products of the type SERVICE.
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The product was not found.
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [mpn]
    405 METHOD_NOT_ALLOWED OPERATION_NOT_ALLOWED_FOR_PRODUCT_TYPE The operation is not allowed for products of the type SERVICE.
    405 METHOD_NOT_ALLOWED -                             Method 'PUT' is not supported.
    ");
}

#[tokio::test]
async fn the_queue_of_images_is_unknown_to_older_versions() {
    let stand = Stand::up().await;
    stand.switch("queued_images", json!(true)).await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    let form = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.gif\"\r\n\r\nGIF89a\x09\0\x07\0\0\0\0\0\0\0\0\0\r\n--x--\r\n";
    let images = format!("{V1_0}/{}/images", id(&lantern));
    let upload = stand
        .request(Method::POST, &images, &stand.first("api_key"))
        .header("Content-Type", "multipart/form-data; boundary=x")
        .body(form);
    let uploaded = answer(upload).await;

    assert_eq!(uploaded.status, 202, "{}", uploaded.body);
    let status = |version: &str| {
        format!(
            "{version}/{}/images/{}/status",
            id(&lantern),
            uploaded.body["imageId"].as_str().unwrap()
        )
    };
    assert_eq!(stand.get(&status(V1_0)).await.body["status"], "PROCESSING");
    assert_eq!(
        stand.get(&status(crate::goods::PRODUCTS)).await.body["status"],
        "QUEUED"
    );
}

//! Images by API: uploaded, processed on the sandbox's clock, described, put in order, deleted.

use std::fmt::Write;

use reqwest::Method;
use serde_json::{Value, json};

use crate::goods::{NOBODY, delete, path, read, seeded, variant_path, verdict, verdicts};
use crate::stand::{Answer, Stand, answer};

const BOUNDARY: &str = "7d93b1c2";

/// A part of a form: its name, the name of its file if it is one, and its bytes.
type Part<'a> = (&'a str, Option<&'a str>, Vec<u8>);

async fn send(stand: &Stand, product: &Value, parts: &[Part<'_>]) -> Answer {
    let mut body = Vec::new();
    for (name, file, bytes) in parts {
        let file = file.map_or_else(String::new, |file| format!("; filename=\"{file}\""));
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    let images = format!("{}/images", path(product));
    let request = stand.request(Method::POST, &images, &stand.first("access_token"));
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    answer(request.header("Content-Type", kind).body(body)).await
}

/// Uploads a good image and answers its id.
async fn uploaded(stand: &Stand, product: &Value, name: &str) -> String {
    let sent = send(stand, product, &[("file", Some(name), png(800, 600))]).await;
    assert_eq!(sent.status, 202, "{}", sent.body);
    sent.body["imageId"].as_str().unwrap().to_owned()
}

async fn status(stand: &Stand, product: &Value, image_id: &str) -> String {
    let status = stand
        .get(&format!("{}/images/{image_id}/status", path(product)))
        .await;
    assert_eq!(status.body["id"], image_id);
    status.body["status"].as_str().unwrap().to_owned()
}

/// The names of the images in the order shown, after a look at their numbers.
async fn order(stand: &Stand, product: &Value) -> String {
    let product = read(stand, product).await;
    let images = product["images"].as_array().unwrap();
    let mut names = Vec::new();
    for (index, image) in images.iter().enumerate() {
        assert_eq!(image["orderIndex"], index);
        names.push(image["altText"].as_str().unwrap());
    }
    names.join(" ")
}

pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend_from_slice(&width.to_be_bytes());
    bytes.extend_from_slice(&height.to_be_bytes());
    bytes.extend_from_slice(&[8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

fn gif(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = b"GIF89a".to_vec();
    bytes.extend_from_slice(&width.to_le_bytes());
    bytes.extend_from_slice(&height.to_le_bytes());
    bytes.extend_from_slice(&[0; 16]);
    bytes
}

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes =
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x11\x08".to_vec();
    bytes.extend_from_slice(&height.to_be_bytes());
    bytes.extend_from_slice(&width.to_be_bytes());
    bytes.extend_from_slice(&[3; 16]);
    bytes
}

#[tokio::test]
async fn an_uploaded_image_is_processed_and_then_has_formats() {
    let stand = Stand::up().await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    stand.advance(500).await;
    let id = uploaded(&stand, &lantern, "brass lantern.png").await;

    assert_eq!(status(&stand, &lantern, &id).await, "PROCESSING");
    let product = read(&stand, &lantern).await;
    assert_eq!(product["modifiedOn"], "2026-05-14T09:30:00.500Z");
    assert_eq!(
        product["images"][1],
        json!({
            "id": id, "altText": "brass lantern.png", "orderIndex": 1, "availableFormats": [],
            "url": format!("https://images.example/harbor-lantern-9k2d/{id}/brass+lantern.png"),
            "originalSize": { "width": 800, "height": 600 },
        })
    );
    stand.advance(2_000).await;
    assert_eq!(status(&stand, &lantern, &id).await, "READY");
    assert_eq!(
        read(&stand, &lantern).await["images"][1]["availableFormats"],
        json!(["100w", "300w", "500w", "750w"])
    );
}

#[tokio::test]
async fn processing_is_queued_first_takes_its_time_and_fails_as_switches_say() {
    let stand = Stand::up().await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    stand.switch("queued_images", json!(true)).await;
    stand.switch("image_processing_ms", json!(10_000)).await;
    stand.switch("image_processing", json!("error")).await;
    let id = uploaded(&stand, &lantern, "lantern.png").await;

    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(status(&stand, &lantern, &id).await);
        stand.advance(5_000).await;
    }
    assert_eq!(seen, ["QUEUED", "PROCESSING", "ERROR"]);
    assert_eq!(
        read(&stand, &lantern).await["images"][1]["availableFormats"],
        json!([])
    );
    assert_eq!(
        delete(&stand, &format!("{}/images/{id}", path(&lantern)))
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn uploads_are_judged_at_once() {
    let stand = Stand::up().await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    let mut heavy = png(800, 600);
    heavy.resize(20 * 1024 * 1024, 0);
    let webp = b"RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0\x30\x01\0\x9d\x01\x2a\x01\0\x01\0".to_vec();
    let rows: [(&str, Vec<Part<'_>>); 10] = [
        ("nothing", vec![]),
        ("other name", vec![("image", Some("a.png"), png(8, 8))]),
        ("no file name", vec![("file", None, png(8, 8))]),
        (
            "two files",
            vec![
                ("file", Some("a.png"), png(8, 8)),
                ("file", Some("b.png"), png(8, 8)),
            ],
        ),
        (
            "text",
            vec![("file", Some("a.png"), b"not a picture".to_vec())],
        ),
        ("WebP", vec![("file", Some("a.webp"), webp)]),
        (
            "60 megapixels",
            vec![("file", Some("a.png"), png(10_000, 6_000))],
        ),
        ("20 MB", vec![("file", Some("a.png"), heavy)]),
        (
            "GIF beside a field",
            vec![
                ("note", None, b"hi".to_vec()),
                ("file", Some("a.gif"), gif(9, 7)),
            ],
        ),
        ("JPEG", vec![("file", Some("a.jpg"), jpeg(9, 7))]),
    ];
    let mut table = String::new();
    for (what, parts) in rows {
        let told = verdict(&send(&stand, &lantern, &parts).await);
        writeln!(table, "{what:<18} {told}").unwrap();
    }
    insta::assert_snapshot!(table, @r"
    nothing            400 INVALID_REQUEST_ERROR -                          Expected exactly one file part named 'file', but found none.
    other name         400 INVALID_REQUEST_ERROR -                          Expected exactly one file part named 'file', but found none.
    no file name       400 INVALID_REQUEST_ERROR -                          Expected exactly one file part named 'file', but found none.
    two files          400 INVALID_REQUEST_ERROR -                          Expected exactly one file part named 'file', but found 2.
    text               400 INVALID_REQUEST_ERROR -                          The provided file could not be read as an image
    WebP               400 INVALID_REQUEST_ERROR -                          The provided file could not be read as an image
    60 megapixels      400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The image must have fewer than 60 megapixels.
    20 MB              400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The file must be smaller than 20 MB.
    GIF beside a field 202
    JPEG               202
    ");
    let product = read(&stand, &lantern).await;
    assert_eq!(
        product["images"][2]["originalSize"],
        json!({ "width": 9, "height": 7 })
    );
}

#[tokio::test]
async fn an_upload_is_a_form_for_a_product_that_exists() {
    let stand = Stand::up().await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    let json = stand
        .post(&format!("{}/images", path(&lantern)), json!({}))
        .await;
    let nothing = json!({ "id": NOBODY });
    let lost = send(&stand, &nothing, &[("file", Some("a.png"), png(8, 8))]).await;

    insta::assert_snapshot!([json, lost].each_ref().map(verdict).join("\n"), @r"
    415 about:blank -                                    Content-Type header value must be multipart/form-data
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The product was not found.
    ");
}

#[tokio::test]
async fn a_product_takes_a_hundred_images_of_any_type() {
    let stand = Stand::up().await;
    let digital = seeded(&stand, "Wallpapers").await;
    for n in 1..100 {
        uploaded(&stand, &digital, &format!("{n}.png")).await;
    }

    let more = send(&stand, &digital, &[("file", Some("100.png"), png(8, 8))]).await;
    assert_eq!(more.refusal(), "409 CONFLICT IMAGE_LIMIT_REACHED");
    assert_eq!(
        read(&stand, &digital).await["images"]
            .as_array()
            .unwrap()
            .len(),
        100
    );
}

#[tokio::test]
async fn images_are_put_in_order() {
    let stand = Stand::up().await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    let first = lantern["images"][0]["id"].clone();
    let b = uploaded(&stand, &lantern, "b").await;
    let c = uploaded(&stand, &lantern, "c").await;
    let place = |id: &str| format!("{}/images/{id}/order", path(&lantern));

    let early = stand
        .post(&place(&c), json!({ "afterImageId": null }))
        .await;
    assert_eq!(
        early.refusal(),
        "400 INVALID_REQUEST_ERROR INVALID_ARGUMENT"
    );
    stand.advance(2_000).await;
    let changes = [
        ("/afterImageId", json!(NOBODY)),
        ("/afterImageId", json!(c)),
        ("/after", json!(b)),
        ("/afterImageId", Value::Null),
    ];
    insta::assert_snapshot!(verdicts(&stand, &place(&c), &json!({}), &changes).await, @r"
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           afterImageId is not an image of the product.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           afterImageId must be another image of the product.
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [after]
    204
    ");
    assert_eq!(order(&stand, &lantern).await, "c brass-lantern.jpg b");
    assert_eq!(
        stand
            .post(&place(&c), json!({ "afterImageId": first }))
            .await
            .status,
        204
    );
    assert_eq!(order(&stand, &lantern).await, "brass-lantern.jpg c b");
    assert_eq!(
        stand
            .post(&place(NOBODY), json!({ "afterImageId": null }))
            .await
            .status,
        404
    );

    let digital = seeded(&stand, "Wallpapers").await;
    let image = digital["images"][0]["id"].as_str().unwrap();
    let refused = stand
        .post(
            &format!("{}/images/{image}/order", path(&digital)),
            json!({ "afterImageId": null }),
        )
        .await;
    assert_eq!(
        refused.refusal(),
        "405 METHOD_NOT_ALLOWED OPERATION_NOT_ALLOWED_FOR_PRODUCT_TYPE"
    );
}

#[tokio::test]
async fn a_text_for_an_image_shows_wherever_the_image_does() {
    let stand = Stand::up().await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    let image = lantern["images"][0]["id"].as_str().unwrap();
    let assign = format!("{}/image", variant_path(&lantern, 0));
    assert_eq!(
        stand
            .post(&assign, json!({ "imageId": image }))
            .await
            .status,
        204
    );

    let described = format!("{}/images/{image}", path(&lantern));
    let changes = [
        ("/altText", Value::Null),
        ("/altText", json!("x".repeat(201))),
        ("/url", json!("https://images.example/x.png")),
        ("/altText", json!("Lantern, front view")),
    ];
    insta::assert_snapshot!(verdicts(&stand, &described, &json!({}), &changes).await, @r"
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           altText is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           altText must have at most 200 characters.
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [url]
    200
    ");
    let product = read(&stand, &lantern).await;
    assert_eq!(product["images"][0]["altText"], "Lantern, front view");
    assert_eq!(product["variants"][0]["image"], product["images"][0]);
}

#[tokio::test]
async fn a_deleted_image_leaves_its_variants_and_the_order_closed() {
    let stand = Stand::up().await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    uploaded(&stand, &lantern, "b").await;
    let image = format!(
        "{}/images/{}",
        path(&lantern),
        lantern["images"][0]["id"].as_str().unwrap()
    );
    let assign = format!("{}/image", variant_path(&lantern, 0));
    stand
        .post(&assign, json!({ "imageId": lantern["images"][0]["id"] }))
        .await;

    assert_eq!(delete(&stand, &image).await.status, 204);
    assert_eq!(order(&stand, &lantern).await, "b");
    assert_eq!(
        read(&stand, &lantern).await["variants"][0]["image"],
        Value::Null
    );
    assert_eq!(delete(&stand, &image).await.status, 404);
    assert_eq!(stand.get(&format!("{image}/status")).await.status, 404);
}

#[tokio::test]
async fn an_image_is_assigned_when_it_is_ready_or_a_switch_lets_it() {
    let stand = Stand::up().await;
    let lantern = seeded(&stand, "LANT-SM-BRS").await;
    let id = uploaded(&stand, &lantern, "b").await;
    let assign = format!("{}/image", variant_path(&lantern, 0));

    let early = stand.post(&assign, json!({ "imageId": id })).await;
    assert_eq!(
        early.body["message"],
        format!("The image {id} is not ready.")
    );
    stand.switch("unready_images", json!("usable")).await;
    assert_eq!(
        stand.post(&assign, json!({ "imageId": id })).await.status,
        204
    );
    assert_eq!(
        read(&stand, &lantern).await["variants"][0]["image"]["availableFormats"],
        json!([])
    );
}

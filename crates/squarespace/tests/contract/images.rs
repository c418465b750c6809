//! Pictures of products, from the upload to the last.

use serde_json::json;
use squarespace::image::{ImageFormat, ImageSize, ImageStatus, NewImage};
use squarespace::{ImageId, Product};
use wire::Kind;

use crate::Bench;

/// The head of a PNG of 800 by 600, which is all that anybody reads of it.
fn png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend_from_slice(&800_u32.to_be_bytes());
    bytes.extend_from_slice(&600_u32.to_be_bytes());
    bytes.extend_from_slice(&[8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

async fn upload(bench: &Bench, product: &Product, name: &str) -> ImageId {
    let image = NewImage {
        file_name: name.to_owned(),
        format: ImageFormat::Png,
        content: png(),
    };
    let uploaded = bench.client.upload_image(&product.id, image, &bench.token);
    uploaded.await.unwrap()
}

/// Lets the vendor finish with all that was uploaded.
async fn process(bench: &Bench) {
    let later = json!({"advance_ms": 60_000});
    bench.vendor.post("clock", later).await;
}

#[tokio::test]
async fn an_upload_is_processed_and_then_shown() {
    let bench = Bench::start().await;
    let apron = bench.apron().await;
    let id = upload(&bench, &apron, "front view.png").await;
    let status = async || {
        let status = bench.client.image_status(&apron.id, &id, &bench.token);
        status.await.unwrap()
    };
    assert_eq!(status().await, ImageStatus::Processing);
    process(&bench).await;
    assert_eq!(status().await, ImageStatus::Ready);

    let images = bench.product(&apron.id).await.images;
    assert_eq!(images[0].id, id);
    assert_eq!(images[0].alt_text.as_deref(), Some("front view.png"));
    let size = ImageSize {
        width: 800,
        height: 600,
    };
    assert_eq!(
        (images[0].original_size, images[0].order_index),
        (Some(size), Some(0))
    );
    assert!(images[0].available_formats.contains(&"750w".to_owned()));
}

#[tokio::test]
async fn pictures_are_described_moved_assigned_and_deleted() {
    let bench = Bench::start().await;
    let (client, token) = (&bench.client, &bench.token);
    let apron = bench.apron().await;
    let front = upload(&bench, &apron, "front.png").await;
    let back = upload(&bench, &apron, "back.png").await;
    process(&bench).await;
    let order = async || -> Vec<ImageId> {
        let product = bench.product(&apron.id).await;
        product.images.into_iter().map(|image| image.id).collect()
    };

    let described = client.set_image_alt_text(&apron.id, &back, "Seen from behind", token);
    assert_eq!(
        described.await.unwrap().alt_text.as_deref(),
        Some("Seen from behind")
    );
    client
        .move_image(&apron.id, &back, None, token)
        .await
        .unwrap();
    assert_eq!(order().await, [back.clone(), front.clone()]);
    client
        .move_image(&apron.id, &back, Some(&front), token)
        .await
        .unwrap();
    assert_eq!(order().await, [front.clone(), back.clone()]);

    let variant = &apron.variants[0].id;
    let shown = async || {
        let product = bench.product(&apron.id).await;
        product.variants[0]
            .image
            .as_ref()
            .map(|image| image.id.clone())
    };
    client
        .set_variant_image(&apron.id, variant, Some(&front), token)
        .await
        .unwrap();
    assert_eq!(shown().await, Some(front.clone()));
    client
        .set_variant_image(&apron.id, variant, None, token)
        .await
        .unwrap();
    assert_eq!(shown().await, None);

    client.delete_image(&apron.id, &front, token).await.unwrap();
    assert_eq!(order().await, [back]);
}

#[tokio::test]
async fn what_is_no_picture_is_rejected() {
    let bench = Bench::start().await;
    let apron = bench.apron().await;
    let image = NewImage {
        file_name: "notes.png".to_owned(),
        format: ImageFormat::Png,
        content: b"not a picture".to_vec(),
    };
    let shown = format!("{image:?}");
    let refused = bench
        .client
        .upload_image(&apron.id, image, &bench.token)
        .await;
    assert_eq!(refused.unwrap_err().kind, Kind::Rejected);
    assert_eq!(
        shown,
        r#"NewImage { file_name: "notes.png", format: Png, .. }"#
    );
}

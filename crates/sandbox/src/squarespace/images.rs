//! Images of products: uploaded, described, put in order and deleted.

mod upload;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use serde_json::{Value, json};

pub(super) use self::upload::Upload;

use super::Squarespace;
use super::answer::{Refusal, Reply};
use super::door::json_body;
use super::products::{Call, IMAGE_ORDER, IMAGE_UPDATE, Operation, parts, type_of};
use super::shelf::Object;
use super::site::Site;

/// The routes below the path of one version's products.
pub(super) fn routes(products: &str) -> Router<Arc<Squarespace>> {
    let images = format!("{products}/{{product_id}}/images");
    let image = format!("{images}/{{image_id}}");
    // The gate has its own limit; the vendor's is an answer in the vendor's words.
    let upload = post(upload::upload).layer(DefaultBodyLimit::disable());
    Router::new()
        .route(&images, upload)
        .route(&image, post(describe).delete(remove))
        .route(&format!("{image}/status"), get(status))
        .route(&format!("{image}/order"), post(order))
}

/// An image of the product that a body names, as long as a switch finds it ready enough.
pub(super) fn usable_image(
    call: &Call,
    site: &Site,
    product: &Object,
    member: &str,
    id: &str,
) -> Result<Value, Refusal> {
    let images = product.get("images").and_then(Value::as_array);
    let image = images.into_iter().flatten().find(|image| image["id"] == id);
    let image = image
        .ok_or_else(|| Refusal::invalid(format!("{member} is not an image of the product.")))?;
    check_ready(call, site, id)?;
    Ok(image.clone())
}

/// `GET /{version}/commerce/products/{productId}/images/{imageId}/status`
async fn status(
    call: Call,
    Path((product_id, id)): Path<(String, String)>,
) -> Result<Reply, Refusal> {
    call.may_read()?;
    call.shop.on_site(&call.caller, |site| {
        let product = call.version.target(site, Operation::Read, &product_id)?;
        place_of(&call, product, &id)?;
        // What was never uploaded here was ready long ago.
        let status = site.uploads.get(&id).map_or("READY", |upload| {
            upload.status(call.version, call.caller.now_ms)
        });
        Ok(Reply::ok(json!({ "id": id, "status": status })))
    })
}

/// `POST /{version}/commerce/products/{productId}/images/{imageId}`
async fn describe(
    call: Call,
    Path((product_id, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    call.may_write()?;
    let sent = json_body(&headers, &body)?;
    call.change(Operation::ChangeImages, &product_id, |site, product| {
        call.check(&type_of(product), &sent, IMAGE_UPDATE)?;
        let place = place_of(&call, product, &id)?;
        change_images(product, |images| {
            images[place]["altText"] = sent["altText"].clone();
        });
        Ok(Reply::ok(call.shown_image(site, product, &id)))
    })
}

/// `POST /{version}/commerce/products/{productId}/images/{imageId}/order`
async fn order(
    call: Call,
    Path((product_id, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    call.may_write()?;
    let sent = json_body(&headers, &body)?;
    call.change(Operation::OrderImages, &product_id, |site, product| {
        call.check(&type_of(product), &sent, IMAGE_ORDER)?;
        let place = place_of(&call, product, &id)?;
        let after = sent["afterImageId"].as_str();
        if after == Some(id.as_str()) {
            return Err(Refusal::invalid(
                "afterImageId must be another image of the product.",
            ));
        }
        if let Some(after) = after {
            usable_image(&call, site, product, "afterImageId", after)?;
        }
        check_ready(&call, site, &id)?;
        change_images(product, |images| {
            let image = images.remove(place);
            let place = |after| images.iter().position(|image| image["id"] == after);
            let before = after.and_then(place);
            images.insert(before.map_or(0, |before| before + 1), image);
        });
        Ok(Reply::Done)
    })
}

/// `DELETE /{version}/commerce/products/{productId}/images/{imageId}`
async fn remove(
    call: Call,
    Path((product_id, id)): Path<(String, String)>,
) -> Result<Reply, Refusal> {
    call.may_write()?;
    call.change(Operation::ChangeImages, &product_id, |site, product| {
        let place = place_of(&call, product, &id)?;
        change_images(product, |images| {
            images.remove(place);
        });
        site.uploads.remove(&id);
        Ok(Reply::Done)
    })
}

/// Changes the list of images, numbers it anew, and lets the variants show what has become of theirs.
fn change_images(product: &mut Object, change: impl FnOnce(&mut Vec<Value>)) {
    let mut images = match product.remove("images") {
        Some(Value::Array(images)) => images,
        Some(_) | None => Vec::new(),
    };
    change(&mut images);
    for (index, image) in images.iter_mut().enumerate() {
        image["orderIndex"] = json!(index);
    }
    for variant in parts(product, "variants") {
        if let Some(shown) = variant.get_mut("image") {
            let now = images.iter().find(|image| image["id"] == shown["id"]);
            *shown = now.cloned().unwrap_or_default();
        }
    }
    product.insert("images".to_owned(), Value::Array(images));
}

fn place_of(call: &Call, product: &Object, id: &str) -> Result<usize, Refusal> {
    let images = product.get("images").and_then(Value::as_array);
    let mut images = images.into_iter().flatten();
    images
        .position(|image| image["id"] == id)
        .ok_or_else(|| call.no_such_image())
}

fn check_ready(call: &Call, site: &Site, id: &str) -> Result<(), Refusal> {
    let upload = site.uploads.get(id);
    let ready = upload.is_none_or(|upload| upload.is_ready(call.caller.now_ms));
    if ready || call.shop.choice("unready_images") == "usable" {
        return Ok(());
    }
    Err(Refusal::invalid(format!("The image {id} is not ready.")))
}

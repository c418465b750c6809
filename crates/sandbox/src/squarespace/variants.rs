//! Variants of products: made, changed, deleted, and shown by an image.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::routing::post;
use serde_json::{Value, json};

use super::Squarespace;
use super::answer::{Refusal, Reply};
use super::door::json_body;
use super::images::usable_image;
use super::products::{
    Call, GIFT_CARD, Operation, VARIANT, VARIANT_IMAGE, VARIANT_UPDATE, check_currency,
    check_options, check_sale, check_skus, check_units, type_of, update_variant, variant,
    variants_of,
};
use super::shelf::Object;

/// The routes below the path of one version's products.
pub(super) fn routes(products: &str) -> Router<Arc<Squarespace>> {
    let variants = format!("{products}/{{product_id}}/variants");
    let variant = format!("{variants}/{{variant_id}}");
    Router::new()
        .route(&variants, post(create))
        .route(&variant, post(update).delete(remove))
        .route(&format!("{variant}/image"), post(assign_image))
}

/// `POST /{version}/commerce/products/{productId}/variants`
async fn create(
    call: Call,
    Path(product_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    call.may_write()?;
    let sent = json_body(&headers, &body)?;
    call.change(Operation::ChangeVariants, &product_id, |site, product| {
        let product_type = type_of(product);
        call.check(&product_type, &sent, VARIANT)?;
        if product_type != GIFT_CARD && has_no_options(product) {
            return Err(Refusal::invalid(
                "The product must have at least one of variantAttributes.",
            ));
        }
        let most = call.version.most_variants();
        let full = variants_of(product).len() >= most;
        let variant = variant(&call.shop.world.ids, site, &product_type, &sent);
        let id = variant["id"].as_str().unwrap_or_default().to_owned();
        let pricing = variant["pricing"].clone();
        list_of(product).push(variant);
        check_options(product)?;
        check_sale(&pricing, &sent["pricing"])?;
        check_currency(site, &sent["pricing"])?;
        check_units(site, &sent["shippingMeasurements"])?;
        check_skus(product)?;
        if full {
            return Err(Refusal::conflict(
                Some("ENTITY_LIMIT_REACHED"),
                format!("The product has {most} variants already."),
            ));
        }
        Ok(Reply::created(call.shown_variant(site, product, &id)))
    })
}

/// `POST /{version}/commerce/products/{productId}/variants/{variantId}`
async fn update(
    call: Call,
    Path((product_id, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    call.may_write()?;
    let sent = json_body(&headers, &body)?;
    call.change(Operation::ChangeVariants, &product_id, |site, product| {
        let product_type = type_of(product);
        let variant = find(&call, product, &id)?;
        call.check(&product_type, &sent, VARIANT_UPDATE)?;
        update_variant(site, &product_type, variant, &sent);
        check_sale(&variant["pricing"], &sent["pricing"])?;
        check_options(product)?;
        check_currency(site, &sent["pricing"])?;
        check_units(site, &sent["shippingMeasurements"])?;
        check_skus(product)?;
        Ok(Reply::ok(call.shown_variant(site, product, &id)))
    })
}

/// `DELETE /{version}/commerce/products/{productId}/variants/{variantId}`
async fn remove(
    call: Call,
    Path((product_id, id)): Path<(String, String)>,
) -> Result<Reply, Refusal> {
    call.may_write()?;
    call.change(Operation::ChangeVariants, &product_id, |_, product| {
        find(&call, product, &id)?;
        let variants = list_of(product);
        if variants.len() == 1 {
            return Err(Refusal::conflict(
                Some("INSUFFICIENT_PRODUCT_VARIANTS"),
                "The only variant of a product cannot be deleted.",
            ));
        }
        variants.retain(|variant| variant["id"] != id);
        Ok(Reply::Done)
    })
}

/// `POST /{version}/commerce/products/{productId}/variants/{variantId}/image`
async fn assign_image(
    call: Call,
    Path((product_id, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    call.may_write()?;
    let sent = json_body(&headers, &body)?;
    call.change(Operation::ChangeVariants, &product_id, |site, product| {
        call.check(&type_of(product), &sent, VARIANT_IMAGE)?;
        find(&call, product, &id)?;
        let image = match sent["imageId"].as_str() {
            Some(image_id) => usable_image(&call, site, product, "imageId", image_id)?,
            None => Value::Null,
        };
        find(&call, product, &id)?["image"] = image;
        Ok(Reply::Done)
    })
}

fn has_no_options(product: &Object) -> bool {
    let names = product.get("variantAttributes").and_then(Value::as_array);
    names.is_none_or(Vec::is_empty)
}

fn find<'a>(call: &Call, product: &'a mut Object, id: &str) -> Result<&'a mut Value, Refusal> {
    let found = list_of(product)
        .iter_mut()
        .find(|variant| variant["id"] == id);
    found.ok_or_else(|| call.no_such_variant())
}

/// The variants, which types that may have some always have.
fn list_of(product: &mut Object) -> &mut Vec<Value> {
    let variants = product.entry("variants").or_insert_with(|| json!([]));
    if !variants.is_array() {
        *variants = json!([]);
    }
    variants.as_array_mut().expect("it was made an array above")
}

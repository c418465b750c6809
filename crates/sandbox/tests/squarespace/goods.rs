//! The few words with which the tests of products, variants, images and inventory speak of goods.

use std::fmt::Write;

use reqwest::Method;
use serde_json::{Value, json};

use crate::stand::{Answer, Stand, answer};

pub(crate) const PRODUCTS: &str = "/v2/commerce/products";

/// An id that nothing has.
pub(crate) const NOBODY: &str = "65f0aa4d1c2b3e4f5a6b7c8d";

/// A request that the vendor takes: an apron in two colors for the first store page.
pub(crate) async fn apron(stand: &Stand) -> Value {
    json!({
        "type": "PHYSICAL",
        "storePageId": page(stand, 0).await,
        "name": "Canvas Apron",
        "variantAttributes": ["Color"],
        "variants": [variant("APR-SAND", "Sand"), variant("APR-INK", "Ink")],
    })
}

pub(crate) fn variant(sku: &str, color: &str) -> Value {
    json!({ "sku": sku, "pricing": { "basePrice": usd("48.00") }, "attributes": { "Color": color } })
}

pub(crate) fn usd(value: &str) -> Value {
    json!({ "currency": "USD", "value": value })
}

/// The id of a store page of the first website.
pub(crate) async fn page(stand: &Stand, place: usize) -> String {
    stand
        .get("/1.0/commerce/store_pages")
        .await
        .each("storePages", "id")[place]
        .clone()
}

/// Makes a product and answers it.
pub(crate) async fn made(stand: &Stand, body: Value) -> Value {
    let made = stand.post(PRODUCTS, body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body
}

/// The seeded product that one of these words finds.
pub(crate) async fn seeded(stand: &Stand, words: &str) -> Value {
    let found = stand.get(&format!("{PRODUCTS}?query={words}")).await;
    found.body["products"][0].clone()
}

/// The present state of a product.
pub(crate) async fn read(stand: &Stand, product: &Value) -> Value {
    let found = stand.get(&path(product)).await;
    found.body["products"][0].clone()
}

pub(crate) async fn delete(stand: &Stand, path: &str) -> Answer {
    answer(stand.request(Method::DELETE, path, &stand.first("access_token"))).await
}

/// `/v2/commerce/products/{productId}`
pub(crate) fn path(product: &Value) -> String {
    format!("{PRODUCTS}/{}", id(product))
}

/// The path of one of its variants.
pub(crate) fn variant_path(product: &Value, place: usize) -> String {
    format!(
        "{}/variants/{}",
        path(product),
        id(&product["variants"][place])
    )
}

pub(crate) fn id(resource: &Value) -> &str {
    resource["id"].as_str().unwrap()
}

/// The names of the members, which JSON keeps in no order.
pub(crate) fn names(object: &Value) -> String {
    let names: Vec<&str> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.join(" ")
}

/// Sends a good body again and again, each time with one member changed, and tells what came of it.
pub(crate) async fn verdicts(
    stand: &Stand,
    path: &str,
    good: &Value,
    changes: &[(&str, Value)],
) -> String {
    let mut table = String::new();
    for (pointer, value) in changes {
        let mut body = good.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value.clone();
        writeln!(table, "{}", verdict(&stand.post(path, body).await)).unwrap();
    }
    table
}

/// One line of a table of refusals.
pub(crate) fn verdict(answer: &Answer) -> String {
    if answer.status < 300 {
        return answer.status.to_string();
    }
    let message = ["message", "detail"].map(|name| answer.body[name].as_str());
    let message = message.into_iter().flatten().next().unwrap_or_default();
    let line = format!("{:<52} {message}", answer.refusal());
    // Ids differ from one website to the next.
    line.chars().take(140).collect()
}

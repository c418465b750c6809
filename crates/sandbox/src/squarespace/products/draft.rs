//! How requests that passed their tables become products and variants.

use serde_json::{Value, json};

use super::shown::parts;
use super::slug;
use super::tables::bare_code;
use super::version::{DIGITAL, GIFT_CARD, PHYSICAL};
use crate::ids::Ids;
use crate::squarespace::shelf::{Object, text};
use crate::squarespace::site::Site;
use crate::squarespace::{money, time};

/// A new product with its variants.
pub(super) fn product(ids: &Ids, site: &Site, now: i64, sent: &Value) -> Object {
    let product_type = sent["type"].as_str().unwrap_or_default();
    let name = sent["name"].as_str().unwrap_or_default();
    let slug = match sent["urlSlug"].as_str() {
        Some(slug) => slug.to_owned(),
        None => slug::made_up(ids, name),
    };
    let variants = sent["variants"].as_array().into_iter().flatten();
    let variants: Vec<Value> = variants
        .map(|sent| variant(ids, site, product_type, sent))
        .collect();
    let mut product = Object::new();
    let members = json!({
        "id": ids.hex24(),
        "type": product_type,
        "storePageId": sent["storePageId"],
        "name": sent["name"],
        "description": sent["description"],
        "images": [],
        "tags": list(&sent["tags"]),
        "isVisible": sent["isVisible"] == true,
        "variants": variants,
        "seoOptions": null,
        "createdOn": time::iso(now),
        "modifiedOn": time::iso(now),
        "pricing": null,
        "digitalGood": null,
    });
    product.extend(members.as_object().cloned().unwrap_or_default());
    if product_type != GIFT_CARD {
        let names = list(&sent["variantAttributes"]);
        product.insert("variantAttributes".to_owned(), names);
    }
    set_slug(site, &mut product, &slug);
    product
}

/// Applies an update; what is not in it stays, and what the type does not have is ignored.
pub(super) fn update(site: &Site, product: &mut Object, sent: &Value) {
    let product_type = text(product, "type").to_owned();
    for (name, value) in sent.as_object().into_iter().flatten() {
        match name.as_str() {
            "urlSlug" => set_slug(site, product, value.as_str().unwrap_or_default()),
            "variantAttributes" if product.contains_key("variantAttributes") => {
                rename_options(product, value);
            }
            "pricing" if product_type == DIGITAL => {
                let before = product.get("pricing").cloned().unwrap_or_default();
                let priced = pricing(&before, value, &site.currency, true);
                product.insert(name.clone(), priced);
            }
            "tags" => {
                product.insert(name.clone(), list(value));
            }
            "name" | "description" | "isVisible" => {
                product.insert(name.clone(), value.clone());
            }
            "seoOptions" => {
                let before = product.get("seoOptions").cloned().unwrap_or_default();
                product.insert(name.clone(), seo(&before, value));
            }
            // Only a lenient table lets strangers through, to be ignored.
            _ => {}
        }
    }
}

/// A new variant of a product of this type.
pub(in crate::squarespace) fn variant(
    ids: &Ids,
    site: &Site,
    product_type: &str,
    sent: &Value,
) -> Value {
    let has_sales = product_type != GIFT_CARD;
    let mut variant = json!({
        "id": ids.uuid(),
        "sku": sent["sku"].as_str().unwrap_or_default().trim(),
        "pricing": pricing(&Value::Null, &sent["pricing"], &site.currency, has_sales),
        "image": null,
    });
    if product_type != GIFT_CARD {
        let stock = &sent["stock"];
        variant["stock"] = json!({
            "quantity": stock["quantity"].as_i64().unwrap_or_default(),
            "unlimited": stock["unlimited"] == true,
        });
        variant["attributes"] = given(&sent["attributes"], json!({}));
    }
    if product_type == PHYSICAL {
        variant["shippingMeasurements"] = measurements(site, &Value::Null, sent);
        for name in ["gtin", "mpn"] {
            variant[name] = code(&sent[name]);
        }
    }
    variant
}

/// Applies an update of a variant; what is not in it stays, and what the type does not have is ignored.
pub(in crate::squarespace) fn update_variant(
    site: &Site,
    product_type: &str,
    variant: &mut Value,
    sent: &Value,
) {
    if let Some(sku) = sent["sku"].as_str() {
        variant["sku"] = json!(sku.trim());
    }
    if !sent["pricing"].is_null() {
        let has_sales = product_type != GIFT_CARD;
        let priced = pricing(
            &variant["pricing"],
            &sent["pricing"],
            &site.currency,
            has_sales,
        );
        variant["pricing"] = priced;
    }
    if !sent["attributes"].is_null() && product_type != GIFT_CARD {
        variant["attributes"] = sent["attributes"].clone();
    }
    if product_type != PHYSICAL {
        return;
    }
    if !sent["shippingMeasurements"].is_null() {
        let measured = measurements(site, &variant["shippingMeasurements"], sent);
        variant["shippingMeasurements"] = measured;
    }
    for name in ["gtin", "mpn"] {
        if let Some(sent) = sent.get(name) {
            variant[name] = code(sent);
        }
    }
}

fn set_slug(site: &Site, product: &mut Object, slug: &str) {
    let shown = slug::shown(slug);
    let page = site.store_pages.get(text(product, "storePageId"));
    let page = page.map_or("", |page| text(page, "urlSlug"));
    let root = site.profile["url"].as_str().unwrap_or_default();
    product.insert("url".to_owned(), json!(format!("{root}/{page}/{shown}")));
    product.insert("urlSlug".to_owned(), json!(shown));
}

/// Gives the variants exactly these options: those left out are lost, and a new one starts with a value of its own.
fn rename_options(product: &mut Object, names: &Value) {
    product.insert("variantAttributes".to_owned(), names.clone());
    for (index, variant) in parts(product, "variants").enumerate() {
        let value_of =
            |name: &str| given(&variant["attributes"][name], json!(unique_default(index)));
        let options: Object = names
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(|name| (name.to_owned(), value_of(name)))
            .collect();
        variant.insert("attributes".to_owned(), Value::Object(options));
    }
}

fn unique_default(index: usize) -> String {
    match index {
        0 => "Default".to_owned(),
        _ => format!("Default {}", index + 1),
    }
}

/// Prices in the form of the wire: those sent, else those before, else zero.
fn pricing(before: &Value, sent: &Value, currency: &str, has_sales: bool) -> Value {
    let price = |name: &str| {
        let amount = money::read(&sent[name]).or_else(|| money::read(&before[name]));
        money::wire(amount.unwrap_or_default(), currency)
    };
    if !has_sales {
        return json!({ "basePrice": price("basePrice") });
    }
    let on_sale = sent["onSale"].as_bool().or(before["onSale"].as_bool());
    json!({
        "basePrice": price("basePrice"),
        "salePrice": price("salePrice"),
        "onSale": on_sale.unwrap_or_default(),
    })
}

fn measurements(site: &Site, before: &Value, sent: &Value) -> Value {
    let (weight, length) = site.units();
    let unset = json!({
        "weight": { "unit": weight, "value": 0 },
        "dimensions": { "unit": length, "length": 0, "width": 0, "height": 0 },
    });
    let measured = |name: &str| {
        let candidates = [
            &sent["shippingMeasurements"][name],
            &before[name],
            &unset[name],
        ];
        let mut known = candidates.into_iter().filter(|value| !value.is_null());
        known.next().cloned()
    };
    json!({ "weight": measured("weight"), "dimensions": measured("dimensions") })
}

fn seo(before: &Value, sent: &Value) -> Value {
    if sent.is_null() {
        return Value::Null;
    }
    let member = |name: &str| sent.get(name).unwrap_or(&before[name]).clone();
    json!({ "title": member("title"), "description": member("description") })
}

fn code(sent: &Value) -> Value {
    json!(sent.as_str().map(bare_code))
}

fn list(sent: &Value) -> Value {
    given(sent, json!([]))
}

fn given(sent: &Value, otherwise: Value) -> Value {
    if sent.is_null() {
        otherwise
    } else {
        sent.clone()
    }
}

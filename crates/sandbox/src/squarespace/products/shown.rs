//! What a version of the Products API shows of a stored product.

use serde_json::{Value, json};

use super::version::Version;
use crate::squarespace::money;
use crate::squarespace::shelf::Object;
use crate::squarespace::site::Site;

/// Members of variants that versions before the second do not have.
const NEW_IN_V2: &[&str] = &["gtin", "mpn"];

pub(in crate::squarespace) fn shown(
    site: &Site,
    version: Version,
    now: i64,
    product: &Object,
) -> Object {
    let mut product = product.clone();
    for image in parts(&mut product, "images") {
        hide_unready(site, now, image);
    }
    for variant in parts(&mut product, "variants") {
        if let Some(image) = variant.get_mut("image").and_then(Value::as_object_mut) {
            hide_unready(site, now, image);
        }
        if let Some(pricing) = variant.get_mut("pricing") {
            lower_sale_price(pricing);
        }
        if version.is_legacy() {
            variant.retain(|name, _| !NEW_IN_V2.contains(&name.as_str()));
        }
    }
    if let Some(pricing) = product.get_mut("pricing") {
        lower_sale_price(pricing);
    }
    product
}

/// The objects of a list inside a product.
pub(in crate::squarespace) fn parts<'a>(
    product: &'a mut Object,
    list: &str,
) -> impl Iterator<Item = &'a mut Object> {
    let items = product.get_mut(list).and_then(Value::as_array_mut);
    items.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// An image has no formats before it was processed.
fn hide_unready(site: &Site, now: i64, image: &mut Object) {
    let upload = image
        .get("id")
        .and_then(Value::as_str)
        .and_then(|id| site.uploads.get(id));
    if upload.is_some_and(|upload| !upload.is_ready(now)) {
        image.insert("availableFormats".to_owned(), json!([]));
    }
}

/// Since 2021 the lesser of the stored sale price and the base price is shown.
fn lower_sale_price(pricing: &mut Value) {
    let amount = |name: &str| pricing.get(name).and_then(money::read);
    if let Some((sale, base)) = amount("salePrice").zip(amount("basePrice"))
        && sale > base
    {
        pricing["salePrice"] = pricing["basePrice"].clone();
    }
}

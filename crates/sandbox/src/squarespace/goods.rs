//! Products as resources: how incomplete ones are filled in, and how they become order lines.

use serde_json::{Value, json};

use super::order::fill;
use super::products::slug_from_name;
use super::shelf::{Object, text};
use super::site::Site;
use super::{money, time};
use crate::ids::Ids;

/// What an order line shows of a product and its variant.
pub(super) fn line_of(product: &Object, variant: Option<&Value>) -> Object {
    let image = variant
        .map(|variant| &variant["image"])
        .filter(|image| !image.is_null());
    let first_image = product.get("images").and_then(|images| images.get(0));
    let image_url = image.or(first_image).map(|image| image["url"].clone());
    let line = json!({
        "lineItemType": line_type(text(product, "type")),
        "variantId": variant.map(|variant| &variant["id"]),
        "sku": variant.map(|variant| &variant["sku"]),
        "productId": product.get("id"),
        "productName": product.get("name"),
        "unitPricePaid": price(product, variant),
        "variantOptions": options(product, variant),
        "imageUrl": image_url,
    });
    line.as_object().cloned().unwrap_or_default()
}

/// Fills in whatever an order line lacks, from the variant where it names one that exists.
pub(super) fn complete_line(site: &Site, ids: &Ids, line: &mut Object, currency: &str) {
    fill(line, "id", json!(ids.hex24()));
    let variant_id = text(line, "variantId").to_owned();
    if let Some((product, variant)) = site.variant(&variant_id) {
        for (name, value) in line_of(product, Some(variant)) {
            fill(line, &name, value);
        }
    }
    let rest = [
        ("lineItemType", json!("PHYSICAL_PRODUCT")),
        ("variantId", Value::Null),
        ("sku", Value::Null),
        ("productId", Value::Null),
        ("productName", Value::Null),
        ("quantity", json!(1)),
        ("unitPricePaid", money::wire(0.into(), currency)),
        ("variantOptions", Value::Null),
        ("customizations", Value::Null),
        ("imageUrl", Value::Null),
        ("weight", json!(0)),
        ("width", json!(0)),
        ("length", json!(0)),
        ("height", json!(0)),
    ];
    for (name, value) in rest {
        fill(line, name, value);
    }
}

/// Fills in whatever a product lacks.
pub(super) fn complete_product(ids: &Ids, now: i64, currency: &str, mut product: Object) -> Object {
    fill(&mut product, "id", json!(ids.hex24()));
    fill(&mut product, "type", json!("PHYSICAL"));
    fill(&mut product, "createdOn", json!(time::iso(now)));
    let created_on = product["createdOn"].clone();
    fill(&mut product, "modifiedOn", created_on);
    for name in [
        "name",
        "description",
        "seoOptions",
        "pricing",
        "digitalGood",
    ] {
        fill(&mut product, name, Value::Null);
    }
    for name in ["images", "tags"] {
        fill(&mut product, name, json!([]));
    }
    fill(&mut product, "isVisible", json!(true));
    let slug = format!("p/{}", slug_from_name(text(&product, "name")));
    fill(&mut product, "urlSlug", json!(slug));
    let url = format!("https://shop.example/{}", text(&product, "urlSlug"));
    fill(&mut product, "url", json!(url));
    let kind = text(&product, "type").to_owned();
    if kind == "DIGITAL" {
        return product;
    }
    if kind != "GIFT_CARD" {
        fill(&mut product, "variantAttributes", json!([]));
    }
    fill(&mut product, "variants", json!([{}]));
    let variants = product.get_mut("variants").and_then(Value::as_array_mut);
    for variant in variants
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        complete_variant(ids, &kind, currency, variant);
    }
    product
}

/// Puts a product on the shelf at the date of its last change.
pub(super) fn shelve(site: &mut Site, now: i64, product: Object) {
    let at = time::read_utc(text(&product, "modifiedOn")).unwrap_or(now);
    let product_id = text(&product, "id").to_owned();
    remove(site, &product_id);
    for id in variant_ids(&product) {
        site.products_of_variants
            .insert(id.to_owned(), product_id.clone());
    }
    site.products.put(at, product);
}

/// Takes a product off the shelf, with its variants.
pub(super) fn remove(site: &mut Site, id: &str) {
    if let Some(product) = site.products.remove(id) {
        for id in variant_ids(&product) {
            site.products_of_variants.remove(id);
        }
    }
}

fn variant_ids(product: &Object) -> impl Iterator<Item = &str> {
    let variants = product.get("variants").and_then(Value::as_array);
    variants
        .into_iter()
        .flatten()
        .filter_map(|variant| variant["id"].as_str())
}

fn complete_variant(ids: &Ids, kind: &str, currency: &str, variant: &mut Object) {
    fill(variant, "id", json!(ids.uuid()));
    fill(
        variant,
        "sku",
        json!(format!("SQ{}", ids.number(1_000_000..10_000_000))),
    );
    fill(variant, "image", Value::Null);
    let zero = money::wire(0.into(), currency);
    if kind == "GIFT_CARD" {
        fill(variant, "pricing", json!({ "basePrice": zero }));
        return;
    }
    let pricing = json!({ "basePrice": zero, "salePrice": zero, "onSale": false });
    fill(variant, "pricing", pricing);
    fill(
        variant,
        "stock",
        json!({ "quantity": 0, "unlimited": false }),
    );
    fill(variant, "attributes", json!({}));
    if kind == "PHYSICAL" {
        fill(variant, "gtin", Value::Null);
        fill(variant, "mpn", Value::Null);
    }
}

fn line_type(kind: &str) -> &'static str {
    match kind {
        "SERVICE" => "SERVICE_PRODUCT",
        "DIGITAL" => "DIGITAL_PRODUCT",
        "GIFT_CARD" => "GIFT_CARD",
        _ => "PHYSICAL_PRODUCT",
    }
}

fn price(product: &Object, variant: Option<&Value>) -> Value {
    let pricing = variant
        .map(|variant| &variant["pricing"])
        .or_else(|| product.get("pricing"));
    let Some(pricing) = pricing else {
        return Value::Null;
    };
    let name = if pricing["onSale"] == true {
        "salePrice"
    } else {
        "basePrice"
    };
    pricing[name].clone()
}

/// The chosen options in the order of the product's attributes; null where the type has none.
fn options(product: &Object, variant: Option<&Value>) -> Value {
    let Some((variant, names)) =
        variant.zip(product.get("variantAttributes").and_then(Value::as_array))
    else {
        return Value::Null;
    };
    let chosen = |name: &Value| {
        let value = variant["attributes"].get(name.as_str()?)?;
        Some(json!({ "optionName": name, "value": value }))
    };
    names.iter().filter_map(chosen).collect()
}

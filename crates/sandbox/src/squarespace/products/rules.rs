//! The rules that no table of one body can hold: what variants owe each other, their product and the website.

use std::collections::HashSet;

use serde_json::Value;

use super::slug;
use crate::squarespace::answer::Refusal;
use crate::squarespace::shelf::{Object, text};
use crate::squarespace::site::Site;
use crate::squarespace::{Squarespace, money};

/// Every variant has exactly the product's options, in a combination of its own.
pub(in crate::squarespace) fn check_options(product: &Object) -> Result<(), Refusal> {
    let Some(names) = product.get("variantAttributes").and_then(Value::as_array) else {
        return Ok(());
    };
    let names: HashSet<&str> = names.iter().filter_map(Value::as_str).collect();
    let variants = variants(product);
    if names.is_empty() && variants.len() > 1 {
        return Err(Refusal::missing(
            "variantAttributes is required with two or more variants.",
        ));
    }
    let mut combinations = HashSet::new();
    for variant in variants {
        let options = variant["attributes"].as_object();
        let sent: HashSet<&str> = options
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        if sent != names {
            return Err(Refusal::invalid(
                "attributes must have exactly the names in the product's variantAttributes.",
            ));
        }
        if !combinations.insert(variant["attributes"].to_string()) {
            return Err(Refusal::invalid(
                "attributes must differ from those of every other variant.",
            ));
        }
    }
    Ok(())
}

/// What is on sale has a sale price, and no sale price that is sent or asked passes the base price.
pub(in crate::squarespace) fn check_sale(after: &Value, sent: &Value) -> Result<(), Refusal> {
    let amount = |name: &str| money::read(&after[name]).unwrap_or_default();
    let sent_sale = money::read(&sent["salePrice"]);
    let on_sale = after["onSale"] == true;
    if on_sale && sent_sale.is_none() && amount("salePrice").is_zero() {
        return Err(Refusal::missing("pricing.salePrice is required on sale."));
    }
    if (on_sale || sent_sale.is_some()) && amount("salePrice") > amount("basePrice") {
        return Err(Refusal::invalid(
            "The sale price is greater than the base price.",
        ));
    }
    Ok(())
}

/// Prices are in the currency of the website.
pub(in crate::squarespace) fn check_currency(site: &Site, pricing: &Value) -> Result<(), Refusal> {
    let currency = &site.currency;
    let foreign = ["basePrice", "salePrice"]
        .into_iter()
        .filter_map(|name| pricing[name]["currency"].as_str())
        .any(|sent| sent != currency);
    if foreign {
        return Err(Refusal::conflict(
            Some("CURRENCY_MISMATCH"),
            format!("Prices must be in {currency}."),
        ));
    }
    Ok(())
}

/// Measurements are in the units of the website.
pub(in crate::squarespace) fn check_units(
    site: &Site,
    measurements: &Value,
) -> Result<(), Refusal> {
    let (weight, length) = site.units();
    let foreign = [("weight", weight), ("dimensions", length)]
        .into_iter()
        .any(|(name, unit)| {
            measurements[name]["unit"]
                .as_str()
                .is_some_and(|sent| sent != unit)
        });
    if foreign {
        return Err(Refusal::conflict(
            Some("MEASUREMENT_STANDARD_MISMATCH"),
            format!("Measurements must be in {weight} and {length}."),
        ));
    }
    Ok(())
}

/// The store page of a new product exists and is not full.
pub(super) fn check_store_page(
    shop: &Squarespace,
    site: &Site,
    product: &Object,
) -> Result<(), Refusal> {
    let page_id = text(product, "storePageId");
    if site.store_pages.get(page_id).is_none() {
        let message = format!("The store page {page_id} was not found.");
        return Err(match shop.choice("unknown_store_page").as_str() {
            "400" => Refusal::unacceptable("STORE_PAGE_NOT_FOUND", message),
            _ => Refusal::conflict(Some("STORE_PAGE_NOT_FOUND"), message),
        });
    }
    let on_page = site
        .products
        .all()
        .filter(|other| text(other, "storePageId") == page_id);
    if on_page.count() >= usize::try_from(shop.number("products_per_store_page")).unwrap_or(0) {
        return Err(Refusal::conflict(
            Some("STORE_PAGE_PRODUCT_LIMIT_REACHED"),
            "The store page takes no more products.",
        ));
    }
    Ok(())
}

/// No other product of the store page has the slug.
pub(super) fn check_slug(site: &Site, product: &Object) -> Result<(), Refusal> {
    let (id, page_id, slug) = (
        text(product, "id"),
        text(product, "storePageId"),
        slug::bare(product),
    );
    let taken = site.products.all().any(|other| {
        text(other, "id") != id
            && text(other, "storePageId") == page_id
            && slug::bare(other) == slug
    });
    if taken {
        return Err(Refusal::conflict(
            Some("URL_SLUG_UNAVAILABLE"),
            format!("The slug {slug} is already used on the store page."),
        ));
    }
    Ok(())
}

/// SKUs are unique within a product, and only there.
pub(in crate::squarespace) fn check_skus(product: &Object) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    let mut skus = variants(product)
        .iter()
        .filter_map(|variant| variant["sku"].as_str());
    match skus.find(|sku| !seen.insert(*sku)) {
        Some(sku) => Err(Refusal::conflict(
            Some("SKU_UNAVAILABLE"),
            format!("The SKU {sku} is already used by the product."),
        )),
        None => Ok(()),
    }
}

/// The variants of a product, none where its type has none.
pub(in crate::squarespace) fn variants(product: &Object) -> &[Value] {
    product
        .get("variants")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

//! Inventory: the stock of physical and service variants, as lists.

mod adjustments;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde_json::{Value, json};

use super::Squarespace;
use super::access::{Area, Caller, Level};
use super::answer::{Refusal, Reply};
use super::paging::{Listing, Place, all_of, page_size};
use super::query::Query;
use super::shelf::{Object, text};
use super::site::Site;

const PLACE: Place = Place {
    path: "/1.0/commerce/inventory",
    key: "inventory",
};

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new()
        .route(PLACE.path, get(list))
        .route("/1.0/commerce/inventory/{ids}", get(show))
        .route(
            "/1.0/commerce/inventory/adjustments",
            post(adjustments::adjust),
        )
}

/// `GET /1.0/commerce/inventory`
async fn list(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Reply, Refusal> {
    caller.may(Area::Inventory, Level::Read)?;
    let query = Query::read(query.as_deref());
    let listing = match query.cursor(&[])? {
        Some(cursor) => Listing::<()>::resume(cursor)?,
        None => Listing::first((), (None, None)),
    };
    Ok(shop.on_site(&caller, |site| {
        let from = match listing.after() {
            Some((_, id)) => Bound::Excluded(id.as_str()),
            None => Bound::Unbounded,
        };
        let variants: &BTreeMap<String, String> = &site.products_of_variants;
        // Items have no date, so their place in the list is that of their id.
        let found = variants
            .range::<str, _>((from, Bound::Unbounded))
            .filter_map(|(id, _)| Some(((0, id.clone()), item(site, id)?)))
            .take(page_size(&shop) + 2)
            .collect();
        listing.page_of(&shop, &caller, PLACE, found)
    }))
}

/// `GET /1.0/commerce/inventory/{variantIds}`
async fn show(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(ids): Path<String>,
) -> Result<Reply, Refusal> {
    caller.may(Area::Inventory, Level::Read)?;
    shop.on_site(&caller, |site| all_of(&ids, PLACE.key, |id| item(site, id)))
}

/// The stock of a variant; gift cards and downloads have none.
fn item(site: &Site, variant_id: &str) -> Option<Value> {
    let (product, variant) = site.variant(variant_id)?;
    if !matches!(text(product, "type"), "PHYSICAL" | "SERVICE") {
        return None;
    }
    Some(json!({
        "variantId": variant["id"],
        "sku": variant["sku"],
        "descriptor": descriptor(product, variant),
        "isUnlimited": variant["stock"]["unlimited"],
        "quantity": variant["stock"]["quantity"],
    }))
}

/// The product's name with what the variant differs in: `Brass Lantern [Small]`.
fn descriptor(product: &Object, variant: &Value) -> String {
    let name = text(product, "name");
    let names = product.get("variantAttributes").and_then(Value::as_array);
    let chosen: Vec<&str> = names
        .into_iter()
        .flatten()
        .filter_map(|name| variant["attributes"].get(name.as_str()?)?.as_str())
        .collect();
    if chosen.is_empty() {
        return name.to_owned();
    }
    format!("{name} [{}]", chosen.join(", "))
}

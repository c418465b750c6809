//! Products v2: the list and the read by ids.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::routing::get;
use axum::{Extension, Router};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Squarespace;
use super::access::{Area, Caller, Level};
use super::answer::{Refusal, Reply};
use super::paging::{Listing, Place, by_ids};
use super::query::Query;
use super::shelf::{Object, text};

const PLACE: Place = Place {
    path: "/v2/commerce/products",
    key: "products",
};

const TYPES: &[&str] = &["PHYSICAL", "SERVICE", "GIFT_CARD", "DIGITAL"];
const FILTERS: &[&str] = &["type", "modifiedAfter", "modifiedBefore", "query"];

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new()
        .route(PLACE.path, get(list))
        .route("/v2/commerce/products/{ids}", get(show))
}

#[derive(Debug, Deserialize, Serialize)]
struct Filter {
    types: Option<Vec<String>>,
    /// Found in names and SKUs, whatever the letter case.
    words: Option<String>,
}

/// `GET /v2/commerce/products`
async fn list(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Reply, Refusal> {
    caller.may(Area::Products, Level::Read)?;
    let query = Query::read(query.as_deref());
    let listing = match query.cursor(FILTERS)? {
        Some(cursor) => Listing::resume(cursor)?,
        None => {
            let filter = Filter {
                types: query.words("type", TYPES)?,
                words: query.get("query").map(str::to_lowercase),
            };
            Listing::first(filter, query.window()?)
        }
    };
    Ok(shop.on_site(&caller, |site| {
        listing.page(&shop, &caller, PLACE, &site.products, matches)
    }))
}

/// `GET /v2/commerce/products/{ids}`
async fn show(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(ids): Path<String>,
) -> Result<Reply, Refusal> {
    caller.may(Area::Products, Level::Read)?;
    shop.on_site(&caller, |site| by_ids(&site.products, &ids, PLACE.key))
}

fn matches(filter: &Filter, product: &Object) -> bool {
    let of_type = |types: &Vec<String>| types.iter().any(|wanted| wanted == text(product, "type"));
    let with_words = |words: &String| {
        let skus = product
            .get("variants")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let skus = skus.filter_map(|variant| variant["sku"].as_str());
        std::iter::once(text(product, "name"))
            .chain(skus)
            .any(|text| text.to_lowercase().contains(words))
    };
    filter.types.as_ref().is_none_or(of_type) && filter.words.as_ref().is_none_or(with_words)
}

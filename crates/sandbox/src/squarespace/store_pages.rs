//! Store pages, which only people in the editor can change.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::routing::get;
use axum::{Extension, Router};

use super::Squarespace;
use super::access::{Area, Caller, Level};
use super::answer::{Refusal, Reply};
use super::paging::{Listing, Place};
use super::query::Query;

const PLACE: Place = Place {
    path: "/1.0/commerce/store_pages",
    key: "storePages",
};

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new().route(PLACE.path, get(list))
}

/// `GET /1.0/commerce/store_pages`
async fn list(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Reply, Refusal> {
    caller.may(Area::Products, Level::Read)?;
    let query = Query::read(query.as_deref());
    let listing = match query.cursor(&[])? {
        Some(cursor) => Listing::<()>::resume(cursor)?,
        None => Listing::first((), (None, None)),
    };
    Ok(shop.on_site(&caller, |site| {
        listing.page(&shop, &caller, PLACE, &site.store_pages, |(), _| true)
    }))
}

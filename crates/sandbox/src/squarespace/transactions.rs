//! Transactions 1.0: one document per order with its payments, refunds and fees.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::routing::get;
use axum::{Extension, Router};
use serde::{Deserialize, Serialize};

use super::Squarespace;
use super::access::{Area, Caller, Level};
use super::answer::{Refusal, Reply};
use super::paging::{Listing, Place, by_ids};
use super::query::Query;
use super::shelf::text;

const PLACE: Place = Place {
    path: "/1.0/commerce/transactions",
    key: "documents",
};

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new()
        .route(PLACE.path, get(list))
        .route("/1.0/commerce/transactions/{ids}", get(show))
}

#[derive(Debug, Deserialize, Serialize)]
struct Filter {
    order_id: Option<String>,
}

/// `GET /1.0/commerce/transactions`
async fn list(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Reply, Refusal> {
    caller.may(Area::Transactions, Level::Read)?;
    let query = Query::read(query.as_deref());
    let listing = match query.cursor(&[])? {
        Some(cursor) => Listing::resume(cursor)?,
        None => {
            let window = if shop.flag("paired_transaction_dates") {
                query.window()?
            } else {
                query.open_window()?
            };
            let order_id = query.get("orderId").map(str::to_owned);
            Listing::first(Filter { order_id }, window)
        }
    };
    Ok(shop.on_site(&caller, |site| {
        listing.page(
            &shop,
            &caller,
            PLACE,
            &site.documents,
            |filter: &Filter, document| {
                filter
                    .order_id
                    .as_ref()
                    .is_none_or(|id| id == text(document, "salesOrderId"))
            },
        )
    }))
}

/// `GET /1.0/commerce/transactions/{ids}`: ids of documents, not of orders.
async fn show(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(ids): Path<String>,
) -> Result<Reply, Refusal> {
    caller.may(Area::Transactions, Level::Read)?;
    shop.on_site(&caller, |site| by_ids(&site.documents, &ids, PLACE.key))
}

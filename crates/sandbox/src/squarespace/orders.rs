//! Orders 1.0: the list and the read of one.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::routing::get;
use axum::{Extension, Router};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Squarespace;
use super::access::{Area, Caller, Level};
use super::answer::{Refusal, Reply};
use super::order::{FULFILLMENT_STATUSES, PAYMENT_STATES};
use super::paging::{Listing, Place};
use super::query::Query;
use super::shelf::{Object, text};

const PLACE: Place = Place {
    path: "/1.0/commerce/orders",
    key: "result",
};

const FILTERS: &[&str] = &[
    "modifiedAfter",
    "modifiedBefore",
    "fulfillmentStatus",
    "customerId",
    "paymentStates",
];

/// What the list shows when nobody asks for payment states.
const USUAL_PAYMENT_STATES: [&str; 4] = ["NOT_CHARGED", "AUTHORIZED", "PAID", "REFUNDED"];

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new()
        .route("/1.0/commerce/orders", get(list))
        .route("/1.0/commerce/orders/", get(list))
        .route("/1.0/commerce/orders/{id}", get(show))
}

#[derive(Debug, Deserialize, Serialize)]
struct Filter {
    fulfillment_status: Option<String>,
    customer_id: Option<String>,
    payment_states: Vec<String>,
}

/// `GET /1.0/commerce/orders`
async fn list(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Reply, Refusal> {
    caller.may(Area::Orders, Level::Read)?;
    let query = Query::read(query.as_deref());
    let listing = match query.cursor(FILTERS)? {
        Some(cursor) => Listing::resume(cursor)?,
        None => Listing::first(filter(&query)?, query.window()?),
    };
    Ok(shop.on_site(&caller, |site| {
        listing.page(&shop, &caller, PLACE, &site.orders, matches)
    }))
}

/// `GET /1.0/commerce/orders/{id}`
async fn show(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Reply, Refusal> {
    caller.may(Area::Orders, Level::Read)?;
    check_id(&id)?;
    let order = shop.on_site(&caller, |site| site.orders.get(&id).cloned());
    order
        .map(|order| Reply::ok(Value::Object(order)))
        .ok_or_else(no_such_order)
}

/// Orders have ids of 24 hexadecimal digits; anything else is refused before it is looked for.
pub(super) fn check_id(id: &str) -> Result<(), Refusal> {
    if id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err(Refusal::invalid(
        "The order id is not in the expected format.",
    ))
}

pub(super) fn no_such_order() -> Refusal {
    Refusal::not_found("The order was not found.")
}

fn filter(query: &Query) -> Result<Filter, Refusal> {
    let fulfillment_status = match query.get("fulfillmentStatus") {
        Some(status) if !FULFILLMENT_STATUSES.contains(&status) => {
            return Err(Refusal::invalid(
                "'fulfillmentStatus' must be PENDING, FULFILLED or CANCELED.",
            ));
        }
        status => status.map(str::to_owned),
    };
    let states = query.words("paymentStates", PAYMENT_STATES)?;
    Ok(Filter {
        fulfillment_status,
        customer_id: query.get("customerId").map(str::to_owned),
        payment_states: states.unwrap_or_else(|| USUAL_PAYMENT_STATES.map(str::to_owned).into()),
    })
}

fn matches(filter: &Filter, order: &Object) -> bool {
    let is = |name, wanted: &String| text(order, name) == wanted;
    filter
        .fulfillment_status
        .as_ref()
        .is_none_or(|status| is("fulfillmentStatus", status))
        && filter
            .customer_id
            .as_ref()
            .is_none_or(|id| is("customerId", id))
        && filter
            .payment_states
            .iter()
            .any(|state| is("paymentState", state))
}

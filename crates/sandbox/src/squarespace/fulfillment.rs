//! Marking an order as fulfilled, with its shipments.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Extension, Router};
use serde_json::{Value, json};

use super::access::{Area, Caller, Level};
use super::answer::{Refusal, Reply};
use super::door::json_body;
use super::fields::Fields;
use super::order::fill;
use super::orders::{check_id, no_such_order};
use super::shelf::text;
use super::site::Site;
use super::{Squarespace, order, time};

const LONGEST: usize = 100;

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new().route("/1.0/commerce/orders/{id}/fulfillments", post(fulfill))
}

/// `POST /1.0/commerce/orders/{id}/fulfillments`
async fn fulfill(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    caller.may(Area::Orders, Level::Write)?;
    let request = json_body(&headers, &body)?;
    let body = Fields::body(&request)?;
    let lenient = shop.flag("lenient_bodies");
    if !lenient {
        body.only(&["shouldSendNotification", "shipments"])?;
    }
    body.needed_flag("shouldSendNotification")?;
    let shipments = body.needed_list("shipments")?;
    check_shipments(&body, "shipments", shipments, lenient)?;
    check_id(&id)?;
    shop.on_site(&caller, |site| {
        let order = site.orders.get(&id).ok_or_else(no_such_order)?;
        if text(order, "fulfillmentStatus") == "CANCELED" {
            return Err(Refusal::conflict(None, "The order was canceled."));
        }
        shop.ship(site, caller.now_ms, &id, shipments);
        Ok(Reply::Done)
    })
}

impl Squarespace {
    /// Appends shipments to an order that exists, and tells the subscribers.
    pub(super) fn ship(&self, site: &mut Site, now: i64, id: &str, shipments: &[Value]) {
        let Some(mut order) = site.orders.get(id).cloned() else {
            return;
        };
        let mut fulfillments = order
            .get("fulfillments")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        fulfillments.extend(shipments.iter().cloned().map(|mut shipment| {
            if let Some(shipment) = shipment.as_object_mut() {
                fill(shipment, "trackingUrl", Value::Null);
            }
            shipment
        }));
        order.insert("fulfillments".to_owned(), json!(fulfillments));
        if text(&order, "fulfillmentStatus") != "FULFILLED" {
            order.insert("fulfilledOn".to_owned(), json!(time::iso(now)));
        }
        order.insert("fulfillmentStatus".to_owned(), json!("FULFILLED"));
        order.insert("modifiedOn".to_owned(), json!(time::iso(now)));
        order::shelve(site, now, order);
        self.notify(
            site,
            "order.update",
            json!({ "orderId": id, "update": "FULFILLED" }),
        );
    }
}

/// The rules of shipments, the same for a fulfillment and for an import.
pub(super) fn check_shipments(
    body: &Fields<'_>,
    name: &str,
    shipments: &[Value],
    lenient: bool,
) -> Result<(), Refusal> {
    for shipment in shipments {
        let shipment = body.inside(name, shipment)?;
        if !lenient {
            shipment.only(order::SHIPMENT)?;
        }
        shipment.needed_date("shipDate")?;
        for name in ["carrierName", "service", "trackingNumber"] {
            shipment.needed_text(name, LONGEST)?;
        }
        shipment.address("trackingUrl")?;
    }
    Ok(())
}

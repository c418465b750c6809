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
use super::forms::{DATE, URL};
use super::order::fill;
use super::orders::{check_id, no_such_order};
use super::shape::{ANY, Kind, Member, needed, optional};
use super::shelf::{Object, text};
use super::site::Site;
use super::{Squarespace, order, time};

const SHORT: Kind = Kind::Trimmed { longest: 100 };

/// What the body holds; both are demanded, although the published schema demands neither.
const BODY: &[Member] = &[
    needed("shouldSendNotification", Kind::Flag),
    needed(
        "shipments",
        Kind::Objects {
            least: 0,
            most: ANY,
            members: SHIPMENT,
        },
    ),
];

pub(super) const SHIPMENT: &[Member] = &[
    needed("shipDate", DATE),
    needed("carrierName", SHORT),
    needed("service", SHORT),
    needed("trackingNumber", SHORT),
    optional("trackingUrl", URL),
];

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
    shop.strictness("").check(&request, BODY)?;
    check_id(&id)?;
    let shipments = request["shipments"].as_array();
    shop.on_site(&caller, |site| {
        let order = site.orders.get(&id).ok_or_else(no_such_order)?;
        if text(order, "fulfillmentStatus") == "CANCELED" {
            return Err(Refusal::conflict(None, "The order was canceled."));
        }
        let order = order.clone();
        shop.ship(
            site,
            caller.now_ms,
            &id,
            shipments.map_or(&[], Vec::as_slice),
        );
        if request["shouldSendNotification"] == true {
            mail_shipments(site, caller.now_ms, &order, shipments);
        }
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

/// Mails the shopper about shipments, where there is an address and something to tell.
pub(super) fn mail_shipments(
    site: &mut Site,
    now: i64,
    order: &Object,
    shipments: Option<&Vec<Value>>,
) {
    let to = text(order, "customerEmail");
    let shipments = shipments.filter(|shipments| !shipments.is_empty());
    let Some(shipments) = shipments.filter(|_| !to.is_empty()) else {
        return;
    };
    let email = json!({
        "to": to,
        "about": "shipments",
        "orderId": text(order, "id"),
        "shipments": shipments,
        "sentOn": time::iso(now),
    });
    site.emails.extend(email.as_object().cloned());
}

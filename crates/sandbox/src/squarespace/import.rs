//! Importing an order from another sales channel, once per Idempotency-Key.

mod rules;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Extension, Router};
use serde_json::{Value, json};

use super::access::{Area, Caller, Level};
use super::answer::{Refusal, Reply};
use super::door::json_body;
use super::fulfillment::mail_shipments;
use super::shelf::{Object, text};
use super::site::Site;
use super::{Squarespace, idempotency, money, order, time};

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new()
        .route("/1.0/commerce/orders", post(create))
        .route("/1.0/commerce/orders/", post(create))
}

/// `POST /1.0/commerce/orders`
async fn create(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    caller.may(Area::Orders, Level::Write)?;
    let key = idempotency::key(&headers)?;
    let request = json_body(&headers, &body)?;
    shop.on_site(&caller, |site| {
        if let Some(replay) = site.imports_by_key.find(caller.now_ms, &key) {
            if replay.request != request {
                return Err(Refusal::invalid(
                    "The Idempotency-Key was already used with different request parameters.",
                ));
            }
            return Ok(Reply::created(replay.answer.clone()));
        }
        let answer = shop.import(site, caller.now_ms, &key, &request)?;
        site.imports_by_key
            .keep(caller.now_ms, key, request, answer.clone());
        Ok(Reply::created(answer))
    })
}

impl Squarespace {
    /// Checks and stores an import; the answer carries the key, the stored order does not.
    fn import(
        &self,
        site: &mut Site,
        now: i64,
        key: &str,
        request: &Value,
    ) -> Result<Value, Refusal> {
        self.strictness("").check(request, rules::BODY)?;
        rules::check(request, self.flag("strict_totals"))?;
        rules::check_against(site, request)?;
        if request["inventoryBehavior"] == "DEDUCT" {
            deduct(site, request)?;
        }
        let sent = request.as_object().cloned().unwrap_or_default();
        let mut order = as_order(now, sent, &site.currency);
        if !self.flag("imports_make_contacts") {
            let known = site.contacts.id_of(text(&order, "customerEmail"));
            order.insert("customerId".to_owned(), json!(known));
        }
        let order = order::complete(site, &self.world.ids, now, order);
        if request["shopperFulfillmentNotificationBehavior"] == "SEND" {
            mail_shipments(site, now, &order, request["fulfillments"].as_array());
        }
        self.notify(
            site,
            "order.create",
            json!({ "orderId": text(&order, "id") }),
        );
        let mut answer = order.clone();
        order::shelve(site, now, order);
        answer.insert("idempotencyKey".to_owned(), json!(key));
        Ok(Value::Object(answer))
    }
}

/// Takes all lines from the stock, or none.
fn deduct(site: &mut Site, request: &Value) -> Result<(), Refusal> {
    let mut taken: Vec<(&str, i64)> = Vec::new();
    for line in rules::lines(request) {
        let Some((id, quantity)) = line["variantId"].as_str().zip(line["quantity"].as_i64()) else {
            continue;
        };
        if !site.take_stock(id, quantity) {
            for (id, quantity) in taken {
                site.put_stock_back(id, quantity);
            }
            let message = format!("There is not enough stock of the variant {id}.");
            return Err(Refusal::conflict(Some("INSUFFICIENT_STOCK"), message));
        }
        taken.push((id, quantity));
    }
    Ok(())
}

/// Turns a checked request into the order it describes, in the vendor's form of amounts.
fn as_order(now: i64, mut sent: Object, currency: &str) -> Object {
    for name in [
        "inventoryBehavior",
        "shopperFulfillmentNotificationBehavior",
    ] {
        sent.remove(name);
    }
    sent.retain(|_, value| !value.is_null());
    if text(&sent, "fulfillmentStatus") != "FULFILLED" {
        sent.remove("fulfilledOn");
    }
    sent.insert("channel".to_owned(), json!("external"));
    sent.insert("paymentState".to_owned(), json!("PAID"));
    sent.insert("modifiedOn".to_owned(), json!(time::iso(now)));
    let totals = [
        "subtotal",
        "shippingTotal",
        "discountTotal",
        "taxTotal",
        "grandTotal",
    ];
    for name in totals {
        let amount = money::amount(&sent, name);
        sent.insert(name.to_owned(), money::wire(amount, currency));
    }
    let lines = sent.get_mut("lineItems").and_then(Value::as_array_mut);
    for line in lines.into_iter().flatten().filter_map(Value::as_object_mut) {
        let price = money::amount(line, "unitPricePaid");
        line.insert("unitPricePaid".to_owned(), money::wire(price, currency));
        line.remove("nonSaleUnitPrice");
        line.retain(|_, value| !value.is_null());
        if let Some(title) = line.remove("title") {
            line.insert("productName".to_owned(), title);
        }
    }
    sent
}

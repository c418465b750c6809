//! Importing an order from another sales channel, once per Idempotency-Key.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Extension, Router};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::access::{Area, Caller, Level};
use super::answer::{Refusal, Reply};
use super::door::json_body;
use super::fields::Fields;
use super::fulfillment::check_shipments;
use super::shelf::{Object, text};
use super::site::Site;
use super::{Squarespace, idempotency, money, order, time};

const MOST_SHIPMENTS: usize = 100;

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
        let currency = site.currency.clone();
        let checks = Checks {
            lenient: self.flag("lenient_bodies"),
            strict_totals: self.flag("strict_totals"),
            currency: &currency,
        };
        let body = Fields::body(request)?;
        checks.check(&body)?;
        check_variants(site, &body)?;
        if body
            .get("inventoryBehavior")
            .is_some_and(|behavior| behavior == "DEDUCT")
        {
            deduct(site, &body)?;
        }
        let sent = request.as_object().cloned().unwrap_or_default();
        let order = order::complete(site, &self.world.ids, now, as_order(now, sent, &currency));
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

/// The rules of the request body.
struct Checks<'a> {
    lenient: bool,
    strict_totals: bool,
    currency: &'a str,
}

impl Checks<'_> {
    fn check(&self, body: &Fields<'_>) -> Result<(), Refusal> {
        self.only(body, BODY)?;
        body.needed_text("channelName", 30)?;
        body.needed_text("externalOrderReference", 200)?;
        body.needed_date("createdOn")?;
        body.needed_word("priceTaxInterpretation", &["EXCLUSIVE", "INCLUSIVE"])?;
        let lines = body.needed_list("lineItems")?;
        if lines.is_empty() {
            return Err(body.wrong("lineItems", "must not be empty"));
        }
        let mut sum = Decimal::ZERO;
        for line in lines {
            sum += self.check_line(&body.inside("lineItems", line)?)?;
        }
        self.check_people(body)?;
        self.check_fulfillment(body)?;
        self.check_extras(body)?;
        self.check_totals(body, sum)
    }

    fn check_line(&self, line: &Fields<'_>) -> Result<Decimal, Refusal> {
        self.only(line, LINE)?;
        let kind = line.needed_word("lineItemType", &["PHYSICAL_PRODUCT", "CUSTOM"])?;
        let quantity = line.needed_whole("quantity", 1, 1_000_000)?;
        let price = line.needed_money("unitPricePaid", self.currency)?;
        line.money("nonSaleUnitPrice", self.currency)?;
        let (needed, forbidden) = if kind == "CUSTOM" {
            ("title", "variantId")
        } else {
            ("variantId", "title")
        };
        line.needed_text(needed, usize::MAX)?;
        if line.get(forbidden).is_some() {
            return Err(line.wrong(forbidden, "must be null or omitted"));
        }
        Ok(price * Decimal::from(quantity))
    }

    fn check_people(&self, body: &Fields<'_>) -> Result<(), Refusal> {
        let email = body.email("customerEmail")?;
        let told = body.word("shopperFulfillmentNotificationBehavior", &["SEND", "SKIP"])?;
        if told == Some("SEND") && email.is_none() {
            return Err(body.absent("customerEmail"));
        }
        for name in ["billingAddress", "shippingAddress"] {
            if let Some(address) = body.get(name) {
                let address = body.inside(name, address)?;
                self.only(&address, order::ADDRESS)?;
                for name in order::ADDRESS {
                    address.text(name, usize::MAX)?;
                }
            }
        }
        Ok(())
    }

    fn check_fulfillment(&self, body: &Fields<'_>) -> Result<(), Refusal> {
        body.word("inventoryBehavior", &["DEDUCT", "SKIP"])?;
        let status = body.word("fulfillmentStatus", &["PENDING", "FULFILLED"])?;
        let fulfilled_on = body.date("fulfilledOn")?;
        if status == Some("FULFILLED") && fulfilled_on.is_none() {
            return Err(body.absent("fulfilledOn"));
        }
        let shipments = body.needed_list("fulfillments")?;
        if shipments.len() > MOST_SHIPMENTS {
            return Err(body.wrong(
                "fulfillments",
                &format!("must have at most {MOST_SHIPMENTS} entries"),
            ));
        }
        check_shipments(body, "fulfillments", shipments, self.lenient)
    }

    fn check_extras(&self, body: &Fields<'_>) -> Result<(), Refusal> {
        let shipping = body.list("shippingLines")?.unwrap_or_default();
        if shipping.len() > 1 {
            return Err(body.wrong("shippingLines", "must have at most one entry"));
        }
        for line in shipping {
            let line = body.inside("shippingLines", line)?;
            self.only(&line, &["method", "amount"])?;
            line.needed_text("method", 100)?;
            line.needed_money("amount", self.currency)?;
        }
        for discount in body.list("discountLines")?.unwrap_or_default() {
            let discount = body.inside("discountLines", discount)?;
            self.only(&discount, &["name", "amount", "promoCode"])?;
            discount.text("name", usize::MAX)?;
            discount.text("promoCode", usize::MAX)?;
            discount.money("amount", self.currency)?;
        }
        Ok(())
    }

    fn check_totals(&self, body: &Fields<'_>, sum: Decimal) -> Result<(), Refusal> {
        let total = |name| Ok(body.money(name, self.currency)?.unwrap_or_default());
        let grand_total = body.needed_money("grandTotal", self.currency)?;
        let mut parts = sum + total("shippingTotal")? - total("discountTotal")?;
        let tax = total("taxTotal")?;
        if body
            .get("priceTaxInterpretation")
            .is_some_and(|how| how == "EXCLUSIVE")
        {
            parts += tax;
        }
        if body.money("subtotal", self.currency)? != Some(sum) {
            return Err(Refusal::bad_request(
                "The sum of lineItems.unitPricePaid.value must equal subtotal.value",
            ));
        }
        if self.strict_totals && grand_total != parts {
            return Err(Refusal::bad_request(
                "grandTotal.value must equal the sum of its parts",
            ));
        }
        Ok(())
    }

    fn only(&self, fields: &Fields<'_>, known: &[&str]) -> Result<(), Refusal> {
        if self.lenient {
            Ok(())
        } else {
            fields.only(known)
        }
    }
}

const BODY: &[&str] = &[
    "channelName",
    "externalOrderReference",
    "createdOn",
    "lineItems",
    "grandTotal",
    "priceTaxInterpretation",
    "fulfillments",
    "subtotal",
    "customerEmail",
    "billingAddress",
    "shippingAddress",
    "fulfillmentStatus",
    "fulfilledOn",
    "inventoryBehavior",
    "shopperFulfillmentNotificationBehavior",
    "shippingLines",
    "discountLines",
    "shippingTotal",
    "discountTotal",
    "taxTotal",
];

const LINE: &[&str] = &[
    "lineItemType",
    "quantity",
    "unitPricePaid",
    "variantId",
    "title",
    "nonSaleUnitPrice",
];

fn check_variants(site: &Site, body: &Fields<'_>) -> Result<(), Refusal> {
    for line in body.needed_list("lineItems")? {
        let unknown = line["variantId"]
            .as_str()
            .filter(|id| site.variant(id).is_none());
        if let Some(id) = unknown {
            return Err(Refusal::unknown_variant(format!(
                "The variant {id} was not found."
            )));
        }
    }
    Ok(())
}

/// Takes all lines from the stock, or none.
fn deduct(site: &mut Site, body: &Fields<'_>) -> Result<(), Refusal> {
    let mut taken: Vec<(&str, i64)> = Vec::new();
    for line in body.needed_list("lineItems")? {
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

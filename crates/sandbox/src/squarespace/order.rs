//! The order as a resource: its enums, and how an incomplete one is filled in.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::shelf::{Object, text};
use super::site::Site;
use super::{contacts, goods, money, time};
use crate::ids::Ids;

pub(super) const FULFILLMENT_STATUSES: &[&str] = &["PENDING", "FULFILLED", "CANCELED"];

pub(super) const PAYMENT_STATES: &[&str] = &[
    "NOT_CHARGED",
    "AUTHORIZED",
    "PAID",
    "REFUNDED",
    "PENDING",
    "FAILED",
    "REFUND_PENDING",
    "REFUND_FAILED",
    "PARTIALLY_PAID",
];

const ADDRESS: &[&str] = &[
    "firstName",
    "lastName",
    "address1",
    "address2",
    "city",
    "state",
    "countryCode",
    "postalCode",
    "phone",
];

const SHIPMENT: &[&str] = &[
    "shipDate",
    "carrierName",
    "service",
    "trackingNumber",
    "trackingUrl",
];

/// Fills in whatever an order lacks, so that every documented field is present; what is there stays as it is.
pub(super) fn complete(site: &mut Site, ids: &Ids, now: i64, mut order: Object) -> Object {
    // Only the answer to an import carries the key.
    order.remove("idempotencyKey");
    identify(site, ids, now, &mut order);
    let currency = currency_of(&order).unwrap_or(&site.currency).to_owned();
    fill_lists(site, ids, &mut order, &currency);
    fill_totals(&mut order, &currency);
    fill_plain(&mut order);
    order
}

/// Puts an order on the shelf at the date of its last change.
pub(super) fn shelve(site: &mut Site, now: i64, order: Object) {
    let at = time::read_utc(text(&order, "modifiedOn")).unwrap_or(now);
    site.orders.put(at, order);
}

/// Sets a member that is absent.
pub(super) fn fill(object: &mut Object, name: &str, value: Value) {
    object.entry(name).or_insert(value);
}

/// Adds up unit prices times quantities.
pub(super) fn sum_of_lines(order: &Object) -> Decimal {
    lines(order)
        .filter_map(|line| {
            let price = money::read(line.get("unitPricePaid")?)?;
            Some(price * Decimal::from(line.get("quantity")?.as_i64()?))
        })
        .sum()
}

/// The line items.
pub(super) fn lines(order: &Object) -> impl Iterator<Item = &Value> {
    order
        .get("lineItems")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// What the parts of an order add up to.
pub(super) fn sum_of_parts(order: &Object) -> Decimal {
    let part = |name| money::amount(order, name);
    let net = part("subtotal") + part("shippingTotal") - part("discountTotal");
    if text(order, "priceTaxInterpretation") == "INCLUSIVE" {
        return net;
    }
    net + part("taxTotal")
}

fn identify(site: &mut Site, ids: &Ids, now: i64, order: &mut Object) {
    fill(order, "id", json!(ids.hex24()));
    match text(order, "orderNumber").parse() {
        Ok(number) => site.last_order_number = site.last_order_number.max(number),
        Err(_) => {
            let number = site.next_order_number();
            fill(order, "orderNumber", json!(number));
        }
    }
    fill(order, "createdOn", json!(time::iso(now)));
    let created_on = order["createdOn"].clone();
    fill(order, "modifiedOn", created_on);
    fill(order, "customerEmail", Value::Null);
    if order.get("customerId").is_none_or(Value::is_string) {
        let id = contacts::buyer_of(site, ids, now, order);
        fill(order, "customerId", json!(id));
    }
}

fn fill_lists(site: &Site, ids: &Ids, order: &mut Object, currency: &str) {
    for name in [
        "lineItems",
        "internalNotes",
        "shippingLines",
        "discountLines",
        "fulfillments",
    ] {
        fill(order, name, json!([]));
    }
    for line in objects(order, "lineItems") {
        goods::complete_line(site, ids, line, currency);
    }
    for shipment in objects(order, "fulfillments") {
        SHIPMENT
            .iter()
            .for_each(|name| fill(shipment, name, Value::Null));
    }
    for discount in objects(order, "discountLines") {
        fill(discount, "promoCode", Value::Null);
        let name = discount.get("name").cloned().unwrap_or_default();
        fill(discount, "description", name);
    }
    for name in ["billingAddress", "shippingAddress"] {
        fill(order, name, Value::Null);
        if let Some(address) = order.get_mut(name).and_then(Value::as_object_mut) {
            ADDRESS
                .iter()
                .for_each(|name| fill(address, name, Value::Null));
        }
    }
}

fn fill_totals(order: &mut Object, currency: &str) {
    let amounts = |order: &Object, list: &str| -> Decimal {
        let entries = order
            .get(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        entries
            .filter_map(|entry| money::read(entry.get("amount")?))
            .sum()
    };
    let totals = [
        ("subtotal", sum_of_lines(order)),
        ("shippingTotal", amounts(order, "shippingLines")),
        ("discountTotal", amounts(order, "discountLines")),
        ("taxTotal", Decimal::ZERO),
        ("refundedTotal", Decimal::ZERO),
    ];
    for (name, amount) in totals {
        fill(order, name, money::wire(amount, currency));
    }
    fill(order, "priceTaxInterpretation", json!("EXCLUSIVE"));
    let sum = sum_of_parts(order);
    fill(order, "grandTotal", money::wire(sum, currency));
}

fn fill_plain(order: &mut Object) {
    let (grand, refunded) = (
        money::amount(order, "grandTotal"),
        money::amount(order, "refundedTotal"),
    );
    let payment_state = match () {
        () if grand.is_zero() => "NOT_CHARGED",
        () if refunded >= grand => "REFUNDED",
        () => "PAID",
    };
    let plain = [
        ("channel", json!("web")),
        ("testmode", json!(false)),
        ("fulfillmentStatus", json!("PENDING")),
        ("fulfilledOn", Value::Null),
        ("paymentState", json!(payment_state)),
        ("formSubmission", Value::Null),
        ("shippingOptionName", Value::Null),
        ("shippingOptionServiceType", Value::Null),
        ("channelName", json!("Squarespace")),
        ("externalOrderReference", Value::Null),
    ];
    for (name, value) in plain {
        fill(order, name, value);
    }
}

fn objects<'a>(order: &'a mut Object, list: &str) -> impl Iterator<Item = &'a mut Object> {
    let entries = order.get_mut(list).and_then(Value::as_array_mut);
    entries
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
}

/// The currency that the order itself names.
fn currency_of(order: &Object) -> Option<&str> {
    let totals = ["grandTotal", "subtotal"]
        .into_iter()
        .filter_map(|name| order.get(name));
    let prices = lines(order).filter_map(|line| line.get("unitPricePaid"));
    totals
        .chain(prices)
        .find_map(|money| money.get("currency")?.as_str())
}

//! What people do in the vendor's own screens, which no API call can do.

mod access;
mod buyers;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::checkout::{Checkout, unknown_payment_state};
use super::load::no_such_website;
use super::order::{self, PAYMENT_STATES};
use super::shelf::{Object, text};
use super::site::Site;
use super::{Squarespace, State, document, goods, money, time};
use crate::control::ControlError;

type Done = Result<Value, ControlError>;

/// Runs one row of the table of actions.
pub(super) fn act(shop: &Squarespace, action: &str, body: &Value) -> Done {
    let (_, run) = ACTIONS
        .iter()
        .find(|(name, _)| *name == action)
        .ok_or_else(|| {
            let known: Vec<_> = ACTIONS.iter().map(|(name, _)| *name).collect();
            ControlError::not_found(format!(
                "people on squarespace cannot `{action}`: they can {}",
                known.join(", ")
            ))
        })?;
    run(shop, &mut shop.lock(), body)
}

type Run = fn(&Squarespace, &mut State, &Value) -> Done;

const ACTIONS: &[(&str, Run)] = &[
    ("checkout", checkout),
    ("fulfill", fulfill),
    ("unfulfill", unfulfill),
    ("refund", refund),
    ("cancel", cancel),
    ("edit_email", edit_email),
    ("note", note),
    ("payment_state", payment_state),
    ("edit_product", edit_product),
    ("donate", buyers::donate),
    ("unsubscribe", buyers::unsubscribe),
    ("authorize", access::authorize),
    ("register_app", access::register_app),
    ("expire_tokens", access::expire_tokens),
    ("uninstall", access::uninstall),
    ("expire_site", access::expire_site),
    ("token_pair", access::token_pair),
    ("drop_subscription", access::drop_subscription),
];

fn checkout(shop: &Squarespace, state: &mut State, body: &Value) -> Done {
    let wanted: Checkout = read(body)?;
    let site = website(state, wanted.website_id.as_deref())?;
    shop.check_out(site, wanted).map(Value::Object)
}

#[derive(Deserialize)]
struct Fulfill {
    id: String,
    carrier: Option<String>,
    tracking_number: Option<String>,
    tracking_url: Option<String>,
}

fn fulfill(shop: &Squarespace, state: &mut State, body: &Value) -> Done {
    let wanted: Fulfill = read(body)?;
    let site = site_of_order(state, &wanted.id)?;
    check_not_canceled(site, &wanted.id)?;
    let now = shop.world.clock.now_ms();
    // Shipments that people enter carry no service.
    let shipment = json!({
        "shipDate": time::iso(now),
        "carrierName": wanted.carrier,
        "service": null,
        "trackingNumber": wanted.tracking_number,
        "trackingUrl": wanted.tracking_url,
    });
    let tracked = wanted.carrier.is_some() || wanted.tracking_number.is_some();
    shop.ship(
        site,
        now,
        &wanted.id,
        if tracked {
            std::slice::from_ref(&shipment)
        } else {
            &[]
        },
    );
    Ok(order_of(site, &wanted.id))
}

#[derive(Deserialize)]
struct ById {
    id: String,
}

fn unfulfill(shop: &Squarespace, state: &mut State, body: &Value) -> Done {
    let ById { id } = read(body)?;
    let site = site_of_order(state, &id)?;
    check_not_canceled(site, &id)?;
    change(shop, site, &id, Some("MARKED_PENDING"), |order| {
        set(order, "fulfillmentStatus", json!("PENDING"));
        set(order, "fulfilledOn", Value::Null);
    })
}

#[derive(Deserialize)]
struct Refund {
    id: String,
    /// All that is left when absent.
    amount: Option<Value>,
    #[serde(default)]
    restock: bool,
}

fn refund(shop: &Squarespace, state: &mut State, body: &Value) -> Done {
    let wanted: Refund = read(body)?;
    let site = site_of_order(state, &wanted.id)?;
    let before = site.orders.get(&wanted.id).cloned().unwrap_or_default();
    let grand = money::amount(&before, "grandTotal");
    let refunded = money::amount(&before, "refundedTotal");
    let amount = match &wanted.amount {
        None => grand - refunded,
        Some(amount) => money::read(&json!({ "value": amount })).ok_or_else(|| {
            ControlError::bad_request("`amount` must be a decimal number, as text or number")
        })?,
    };
    if amount <= 0.into() || refunded + amount > grand {
        return Err(ControlError::conflict(format!(
            "only {} of this order can be refunded",
            grand - refunded
        )));
    }
    let (ids, now) = (&shop.world.ids, shop.world.clock.now_ms());
    document::refund(site, ids, now, &wanted.id, amount);
    if wanted.restock {
        restock(site, &before);
    }
    let currency = before["grandTotal"]["currency"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    change(shop, site, &wanted.id, Some("REFUNDED"), |order| {
        set(
            order,
            "refundedTotal",
            money::wire(refunded + amount, &currency),
        );
        if refunded + amount == grand {
            set(order, "paymentState", json!("REFUNDED"));
        }
    })
}

#[derive(Deserialize)]
struct Cancel {
    id: String,
    #[serde(default)]
    restock: bool,
}

fn cancel(shop: &Squarespace, state: &mut State, body: &Value) -> Done {
    let wanted: Cancel = read(body)?;
    let site = site_of_order(state, &wanted.id)?;
    check_not_canceled(site, &wanted.id)?;
    document::void(site, shop.world.clock.now_ms(), &wanted.id);
    if let Some(order) = site
        .orders
        .get(&wanted.id)
        .filter(|_| wanted.restock)
        .cloned()
    {
        restock(site, &order);
    }
    change(shop, site, &wanted.id, Some("CANCELED"), |order| {
        set(order, "fulfillmentStatus", json!("CANCELED"));
    })
}

#[derive(Deserialize)]
struct EditEmail {
    id: String,
    email: String,
}

fn edit_email(shop: &Squarespace, state: &mut State, body: &Value) -> Done {
    let EditEmail { id, email } = read(body)?;
    let site = site_of_order(state, &id)?;
    document::change_email(site, shop.world.clock.now_ms(), &id, &email);
    change(shop, site, &id, Some("EMAIL_UPDATED"), |order| {
        set(order, "customerEmail", json!(email));
    })
}

#[derive(Deserialize)]
struct Note {
    id: String,
    text: String,
}

/// A note moves `modifiedOn`, and nobody is told.
fn note(shop: &Squarespace, state: &mut State, body: &Value) -> Done {
    let Note { id, text } = read(body)?;
    let site = site_of_order(state, &id)?;
    change(shop, site, &id, None, |order| {
        if let Some(notes) = order.get_mut("internalNotes").and_then(Value::as_array_mut) {
            notes.push(json!({ "content": text }));
        }
    })
}

#[derive(Deserialize)]
struct ChangePaymentState {
    id: String,
    state: String,
}

/// A payment that changes its state moves `modifiedOn`, and nobody is told.
fn payment_state(shop: &Squarespace, state: &mut State, body: &Value) -> Done {
    let wanted: ChangePaymentState = read(body)?;
    if !PAYMENT_STATES.contains(&wanted.state.as_str()) {
        return Err(unknown_payment_state(&wanted.state));
    }
    let site = site_of_order(state, &wanted.id)?;
    if let Some(order) = site
        .orders
        .get(&wanted.id)
        .filter(|_| wanted.state == "PAID")
        .cloned()
    {
        document::pay(site, &shop.world.ids, shop.world.clock.now_ms(), &order);
    }
    change(shop, site, &wanted.id, None, |order| {
        set(order, "paymentState", json!(wanted.state))
    })
}

#[derive(Deserialize)]
struct EditProduct {
    id: String,
    /// Members of the product in the vendor's own JSON.
    set: Object,
}

fn edit_product(shop: &Squarespace, state: &mut State, body: &Value) -> Done {
    let wanted: EditProduct = read(body)?;
    let now = shop.world.clock.now_ms();
    let site = state
        .sites
        .iter_mut()
        .find(|site| site.products.get(&wanted.id).is_some());
    let site = site.ok_or_else(|| {
        ControlError::not_found(format!("no product `{}` on any website", wanted.id))
    })?;
    let mut product = site.products.get(&wanted.id).cloned().unwrap_or_default();
    product.extend(wanted.set);
    set(&mut product, "id", json!(wanted.id));
    set(&mut product, "modifiedOn", json!(time::iso(now)));
    goods::shelve(site, now, product.clone());
    Ok(Value::Object(product))
}

/// Changes an order, moves its `modifiedOn` and tells the subscribers when the vendor would.
fn change(
    shop: &Squarespace,
    site: &mut Site,
    id: &str,
    update: Option<&str>,
    change: impl FnOnce(&mut Object),
) -> Done {
    let now = shop.world.clock.now_ms();
    let mut order = site.orders.get(id).cloned().unwrap_or_default();
    change(&mut order);
    set(&mut order, "modifiedOn", json!(time::iso(now)));
    order::shelve(site, now, order);
    if let Some(update) = update {
        shop.notify(
            site,
            "order.update",
            json!({ "orderId": id, "update": update }),
        );
    }
    Ok(order_of(site, id))
}

fn set(object: &mut Object, name: &str, value: Value) {
    object.insert(name.to_owned(), value);
}

fn restock(site: &mut Site, order: &Object) {
    for line in order::lines(order) {
        if let Some((id, quantity)) = line["variantId"].as_str().zip(line["quantity"].as_i64()) {
            site.put_stock_back(id, quantity);
        }
    }
}

fn order_of(site: &Site, id: &str) -> Value {
    site.orders
        .get(id)
        .cloned()
        .map(Value::Object)
        .unwrap_or_default()
}

fn site_of_order<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Site, ControlError> {
    let site = state
        .sites
        .iter_mut()
        .find(|site| site.orders.get(id).is_some());
    site.ok_or_else(|| {
        ControlError::not_found(format!(
            "no order `{id}` on any website: send its `id`, not its number"
        ))
    })
}

fn check_not_canceled(site: &Site, id: &str) -> Result<(), ControlError> {
    let order = site.orders.get(id);
    if order.is_some_and(|order| text(order, "fulfillmentStatus") == "CANCELED") {
        return Err(ControlError::conflict(
            "this order was canceled, which is final: act on another order",
        ));
    }
    Ok(())
}

/// The website with this id, or the first.
fn website<'a>(state: &'a mut State, id: Option<&str>) -> Result<&'a mut Site, ControlError> {
    let place = place(state, id)?;
    Ok(&mut state.sites[place])
}

fn place(state: &State, id: Option<&str>) -> Result<usize, ControlError> {
    let Some(id) = id else {
        return Ok(0);
    };
    state
        .sites
        .iter()
        .position(|site| site.id == id)
        .ok_or_else(|| no_such_website(id))
}

fn read<T: DeserializeOwned>(body: &Value) -> Result<T, ControlError> {
    T::deserialize(body)
        .map_err(|cause| ControlError::bad_request(format!("the action cannot be read: {cause}")))
}

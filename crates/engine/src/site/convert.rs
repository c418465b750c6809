//! The shop's order in the vendor's words, turned into ours.

use portico_domain::Money;
use portico_domain::buyer::{Buyer, Phone};
use portico_domain::order::{
    Address, Answer, Discount, Fulfilment, Line, Order, Payment, Shipment,
};
use portico_store::{Error as StoreError, orders};

use super::ReadOrder;
use crate::Error;

/// The order of a stored row.
pub(crate) fn stored_order(row: &orders::Order, country: Option<&str>) -> Result<Order, Error> {
    let order: squarespace::Order =
        serde_json::from_str(&row.body).map_err(|why| StoreError::json("order", &why))?;
    Ok(convert(&order, country))
}

/// An order as the vendor told it, ready to be stored.
pub(super) fn read_order(
    order: &squarespace::Order,
    country: Option<&str>,
    now: jiff::Timestamp,
) -> Result<ReadOrder, Error> {
    let body = serde_json::to_string(order).map_err(Error::internal)?;
    let order = convert(order, country);
    let row = orders::Order {
        id: order.id.clone(),
        number: order.number.clone(),
        buyer: order.buyer.key(),
        makes_returning: order.makes_returning(),
        created_at: order.created_at,
        modified_at: order.modified_at,
        body,
        read_at: now,
    };
    Ok(ReadOrder { row, order })
}

/// `country` is the site's, for telephone numbers without one.
fn convert(order: &squarespace::Order, country: Option<&str>) -> Order {
    let currency = &order.grand_total.currency;
    let money = |amount: &Option<squarespace::Money>| {
        amount
            .as_ref()
            .map_or_else(|| Money::new(0.into(), currency), to_money)
    };
    let shipping = order.shipping_address.as_ref().map(address);
    let billing = order.billing_address.as_ref().map(address);
    Order {
        id: order.id.to_string(),
        number: storable(&order.order_number),
        created_at: order.created_on,
        modified_at: order.modified_on,
        channel: order
            .channel
            .as_ref()
            .map_or_else(|| "web".to_owned(), |channel| storable(channel.as_str())),
        channel_name: text(order.channel_name.as_deref()),
        test: order.testmode,
        buyer: buyer(order, country),
        billing,
        shipping,
        fulfilment: fulfilment(order.fulfillment_status.as_ref()),
        payment: Payment::of(
            order
                .payment_state
                .as_ref()
                .map(|state| storable(state.as_str()))
                .as_deref(),
        ),
        fulfilled_at: order.fulfilled_on,
        lines: order
            .line_items
            .iter()
            .map(|item| line(item, currency))
            .collect(),
        shipments: order.fulfillments.iter().map(shipment).collect(),
        shipping_method: shipping_method(order),
        discounts: order
            .discount_lines
            .iter()
            .map(|line| discount(line, currency))
            .collect(),
        form: order.form_submission.iter().map(answer).collect(),
        subtotal: money(&order.subtotal),
        shipping_total: money(&order.shipping_total),
        discount_total: money(&order.discount_total),
        tax_total: money(&order.tax_total),
        refunded_total: money(&order.refunded_total),
        grand_total: to_money(&order.grand_total),
    }
}

/// An amount that came as a number has lost its last zero, and no currency has a single decimal.
fn to_money(money: &squarespace::Money) -> Money {
    let mut amount = money.value;
    if amount.scale() == 1 {
        amount.rescale(2);
    }
    Money::new(amount, &money.currency)
}

/// A text that says something; the vendor writes nothing as null and as "".
fn text(text: Option<&str>) -> Option<String> {
    text.map(storable)
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

/// A text without U+0000, which PostgreSQL does not take.
fn storable(text: &str) -> String {
    text.replace('\0', "")
}

/// Name and telephone stand in the addresses: the payer's first, then the receiver's.
fn buyer(order: &squarespace::Order, country: Option<&str>) -> Buyer {
    let addresses = [&order.billing_address, &order.shipping_address];
    let first = |part: fn(&squarespace::order::Address) -> Option<&str>| {
        addresses
            .into_iter()
            .flatten()
            .find_map(|address| text(part(address)))
    };
    let phone = addresses.into_iter().flatten().find_map(|address| {
        let number = text(address.phone.as_deref())?;
        Phone::read(&number, address.country_code.as_deref().or(country))
    });
    Buyer {
        customer_id: order.customer_id.as_ref().map(ToString::to_string),
        first_name: first(|address| address.first_name.as_deref()),
        last_name: first(|address| address.last_name.as_deref()),
        email: text(order.customer_email.as_deref()),
        phone,
    }
}

fn address(address: &squarespace::order::Address) -> Address {
    let name = [&address.first_name, &address.last_name]
        .into_iter()
        .filter_map(|part| text(part.as_deref()))
        .collect::<Vec<_>>()
        .join(" ");
    Address {
        name: text(Some(&name)),
        line1: text(address.address1.as_deref()),
        line2: text(address.address2.as_deref()),
        city: text(address.city.as_deref()),
        state: text(address.state.as_deref()),
        postal_code: text(address.postal_code.as_deref()),
        country: text(address.country_code.as_deref()),
    }
}

fn fulfilment(status: Option<&squarespace::order::FulfillmentStatus>) -> Fulfilment {
    use squarespace::order::FulfillmentStatus as Status;
    match status {
        Some(Status::Pending) | None => Fulfilment::Pending,
        Some(Status::Fulfilled) => Fulfilment::Fulfilled,
        Some(Status::Canceled) => Fulfilment::Canceled,
        Some(Status::Other(word)) => Fulfilment::Other(storable(word)),
    }
}

fn line(item: &squarespace::order::LineItem, currency: &str) -> Line {
    let price = item.unit_price_paid.as_ref();
    Line {
        product_id: item.product_id.as_ref().map(ToString::to_string),
        name: text(item.product_name.as_deref()).unwrap_or_else(|| "(no name)".to_owned()),
        sku: text(item.sku.as_deref()),
        quantity: item.quantity,
        unit_price: price.map_or_else(|| Money::new(0.into(), currency), to_money),
        options: item
            .variant_options
            .iter()
            .map(|option| Answer {
                label: storable(&option.option_name),
                value: storable(&option.value),
            })
            .collect(),
        customizations: item.customizations.iter().map(answer).collect(),
    }
}

fn answer(answer: &squarespace::order::FormAnswer) -> Answer {
    Answer {
        label: storable(&answer.label),
        value: storable(&answer.value),
    }
}

fn shipment(shipment: &squarespace::order::Fulfillment) -> Shipment {
    Shipment {
        shipped_at: shipment.ship_date,
        carrier: text(shipment.carrier_name.as_deref()),
        service: text(shipment.service.as_deref()),
        tracking_number: text(shipment.tracking_number.as_deref()),
        tracking_url: text(shipment.tracking_url.as_deref()),
    }
}

fn discount(line: &squarespace::order::DiscountLine, currency: &str) -> Discount {
    Discount {
        name: text(line.name.as_deref()).unwrap_or_default(),
        code: text(line.promo_code.as_deref()),
        amount: line
            .amount
            .as_ref()
            .map_or_else(|| Money::new(0.into(), currency), to_money),
    }
}

fn shipping_method(order: &squarespace::Order) -> Option<String> {
    let chosen = text(order.shipping_option_name.as_deref());
    chosen.or_else(|| {
        order
            .shipping_lines
            .iter()
            .find_map(|line| text(Some(&line.method)))
    })
}

//! Writing orders: bringing one in from another channel, and marking one as sent.

use jiff::Timestamp;
use serde::Serialize;
use wire::{Error, SecretString};

use crate::client::{Client, IDEMPOTENCY_KEY, fetch, run};
use crate::id::{OrderId, VariantId};
use crate::money::Money;
use crate::order::{Address, FulfillmentStatus, Order, PriceTaxInterpretation};

/// An order made elsewhere. Its `Debug` leaves out all that is about the buyer.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewOrder {
    /// The channel it was made on; up to 30 characters.
    pub channel_name: String,
    /// What it is called there; up to 200 characters.
    pub external_order_reference: String,
    /// When it was placed there.
    pub created_on: Timestamp,
    /// What was bought; at least one line.
    pub line_items: Vec<NewLineItem>,
    /// What the buyer paid.
    pub grand_total: Money,
    /// Whether prices hold the tax.
    pub price_tax_interpretation: PriceTaxInterpretation,
    /// What was sent already; up to 100.
    pub fulfillments: Vec<Shipment>,
    /// The sum of unit price times quantity, which the vendor checks.
    pub subtotal: Money,
    /// The buyer's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_email: Option<String>,
    /// Who pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// Who receives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    /// Pending or fulfilled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fulfillment_status: Option<FulfillmentStatus>,
    /// When it was sent; needed where it is fulfilled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fulfilled_on: Option<Timestamp>,
    /// Whether stock goes down; left out, it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inventory_behavior: Option<InventoryBehavior>,
    /// Whether the buyer is told that it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shopper_fulfillment_notification_behavior: Option<NotificationBehavior>,
    /// The shipping; at most one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shipping_lines: Vec<NewShippingLine>,
    /// The discounts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub discount_lines: Vec<NewDiscountLine>,
    /// The shipping in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_total: Option<Money>,
    /// The discounts in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount_total: Option<Money>,
    /// The tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_total: Option<Money>,
}

wire::debug_only!(NewOrder {
    channel_name,
    external_order_reference,
    created_on,
    grand_total
});

/// A line of an order made elsewhere.
#[derive(Clone, Debug, Serialize)]
#[serde(
    tag = "lineItemType",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum NewLineItem {
    /// A variant that the site sells.
    PhysicalProduct {
        /// The variant.
        variant_id: VariantId,
        /// How many.
        quantity: u32,
        /// The price of one.
        unit_price_paid: Money,
        /// The price of one before it was lowered.
        #[serde(skip_serializing_if = "Option::is_none")]
        non_sale_unit_price: Option<Money>,
    },
    /// Anything else.
    Custom {
        /// What it is.
        title: String,
        /// How many.
        quantity: u32,
        /// The price of one.
        unit_price_paid: Money,
        /// The price of one before it was lowered.
        #[serde(skip_serializing_if = "Option::is_none")]
        non_sale_unit_price: Option<Money>,
    },
}

/// The shipping of an order made elsewhere.
#[derive(Clone, Debug, Serialize)]
pub struct NewShippingLine {
    /// Its name; up to 100 characters.
    pub method: String,
    /// Its price.
    pub amount: Money,
}

/// A discount of an order made elsewhere.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewDiscountLine {
    /// Its name.
    pub name: String,
    /// How much.
    pub amount: Money,
    /// The code that the buyer typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promo_code: Option<String>,
}

/// Whether an import lowers the stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InventoryBehavior {
    /// It does, where stock is tracked.
    Deduct,
    /// It does not.
    Skip,
}

/// Whether the buyer is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NotificationBehavior {
    /// By e-mail.
    Send,
    /// Not.
    Skip,
}

/// Something that was sent. Its `Debug` leaves out what lets one follow the parcel to its receiver.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shipment {
    /// When.
    pub ship_date: Timestamp,
    /// By whom; up to 100 characters.
    pub carrier_name: String,
    /// By which service; up to 100 characters.
    pub service: String,
    /// The carrier's number; up to 100 characters.
    pub tracking_number: String,
    /// Where to follow it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
}

wire::debug_only!(Shipment {
    ship_date,
    carrier_name,
    service
});

impl Client {
    /// Brings in an order made elsewhere. `POST /1.0/commerce/orders`
    ///
    /// The key makes it safe to send again: the same key with the same order gives the same answer. It has
    /// 1 to 64 letters, digits, dashes and underscores.
    pub async fn import_order(
        &self,
        order: &NewOrder,
        idempotency_key: &str,
        token: &SecretString,
    ) -> Result<Order, Error> {
        let call = self.call("POST /1.0/commerce/orders", &[], token);
        fetch(call.header(IDEMPOTENCY_KEY, idempotency_key).json(order)).await
    }

    /// Marks the whole order as sent and adds shipments. `POST /1.0/commerce/orders/{id}/fulfillments`
    ///
    /// Never blindly sent twice: shipments are appended and the buyer may get a second e-mail.
    pub async fn fulfill_order(
        &self,
        id: &OrderId,
        shipments: &[Shipment],
        notify_buyer: bool,
        token: &SecretString,
    ) -> Result<(), Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            should_send_notification: bool,
            shipments: &'a [Shipment],
        }

        let call = self.call(
            "POST /1.0/commerce/orders/{id}/fulfillments",
            &[id.as_str()],
            token,
        );
        run(call.json(&Body {
            should_send_notification: notify_buyer,
            shipments,
        }))
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_written_by_their_type() {
        let price = |value: &str| Money::new(value.parse().unwrap(), "USD");
        let lines = [
            NewLineItem::PhysicalProduct {
                variant_id: "5e0f1b6a".into(),
                quantity: 2,
                unit_price_paid: price("40.50"),
                non_sale_unit_price: None,
            },
            NewLineItem::Custom {
                title: "Gift wrapping".to_owned(),
                quantity: 1,
                unit_price_paid: price("4.00"),
                non_sale_unit_price: Some(price("5")),
            },
        ];
        let written: Vec<String> = lines
            .iter()
            .map(|line| serde_json::to_string(line).unwrap())
            .collect();
        insta::assert_snapshot!(written.join("\n"), @r#"
        {"lineItemType":"PHYSICAL_PRODUCT","variantId":"5e0f1b6a","quantity":2,"unitPricePaid":{"value":"40.50","currency":"USD"}}
        {"lineItemType":"CUSTOM","title":"Gift wrapping","quantity":1,"unitPricePaid":{"value":"4.00","currency":"USD"},"nonSaleUnitPrice":{"value":"5","currency":"USD"}}
        "#);
    }
}

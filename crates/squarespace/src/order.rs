//! An order and all its parts, as the vendor writes them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wire::lenient;

use crate::id::{CustomerId, LineItemId, OrderId, ProductId, VariantId};
use crate::money::Money;

/// An order. Its `Debug` leaves out all that is about the buyer.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// The id that notifications name.
    pub id: OrderId,
    /// The number that buyer and merchant see; digits, but not a number.
    #[serde(default, deserialize_with = "text")]
    pub order_number: String,
    /// When it was placed; for imports, when it was placed elsewhere.
    pub created_on: Timestamp,
    /// When it last changed.
    pub modified_on: Timestamp,
    /// Where it was placed.
    #[serde(default)]
    pub channel: Option<Channel>,
    /// Whether it was paid with a test payment: no real order.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub testmode: bool,
    /// The buyer's e-mail address.
    #[serde(default)]
    pub customer_email: Option<String>,
    /// The buyer's contact.
    #[serde(default)]
    pub customer_id: Option<CustomerId>,
    /// Who pays.
    #[serde(default)]
    pub billing_address: Option<Address>,
    /// Who receives; `None` for what is not sent.
    #[serde(default)]
    pub shipping_address: Option<Address>,
    /// Whether it was sent.
    #[serde(default)]
    pub fulfillment_status: Option<FulfillmentStatus>,
    /// When it was sent.
    #[serde(default)]
    pub fulfilled_on: Option<Timestamp>,
    /// Whether it is paid.
    #[serde(default)]
    pub payment_state: Option<PaymentState>,
    /// What was bought.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub line_items: Vec<LineItem>,
    /// The merchant's own notes.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub internal_notes: Vec<InternalNote>,
    /// The shipping that was chosen.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub shipping_lines: Vec<ShippingLine>,
    /// The carrier's service that was chosen.
    #[serde(default)]
    pub shipping_option_name: Option<String>,
    /// The vendor's name of that service, such as `UPS_GROUND`.
    #[serde(default)]
    pub shipping_option_service_type: Option<String>,
    /// The discounts that were given.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub discount_lines: Vec<DiscountLine>,
    /// The answers to the checkout form.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub form_submission: Vec<FormAnswer>,
    /// What was sent so far.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub fulfillments: Vec<Fulfillment>,
    /// The lines, before discounts of the order.
    #[serde(default)]
    pub subtotal: Option<Money>,
    /// The shipping.
    #[serde(default)]
    pub shipping_total: Option<Money>,
    /// The discounts, as a positive amount.
    #[serde(default)]
    pub discount_total: Option<Money>,
    /// The tax.
    #[serde(default)]
    pub tax_total: Option<Money>,
    /// What was given back so far; does not lower the grand total.
    #[serde(default)]
    pub refunded_total: Option<Money>,
    /// What the buyer pays.
    pub grand_total: Money,
    /// The name of the channel that an import came from.
    #[serde(default)]
    pub channel_name: Option<String>,
    /// What an import is called where it came from.
    #[serde(default)]
    pub external_order_reference: Option<String>,
    /// Whether prices hold the tax.
    #[serde(default)]
    pub price_tax_interpretation: Option<PriceTaxInterpretation>,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

wire::debug_only!(Order {
    id,
    order_number,
    created_on,
    modified_on,
    fulfillment_status,
    payment_state,
    grand_total
});

wire::open_enum! {
    /// Where an order was placed.
    pub enum Channel {
        Web = "web",
        Pos = "pos",
        External = "external",
    }
}

wire::open_enum! {
    /// Whether an order was sent.
    pub enum FulfillmentStatus {
        Pending = "PENDING",
        Fulfilled = "FULFILLED",
        Canceled = "CANCELED",
    }
}

wire::open_enum! {
    /// Whether an order is paid. A refund in part shows in the refunded total alone.
    pub enum PaymentState {
        NotCharged = "NOT_CHARGED",
        Authorized = "AUTHORIZED",
        Paid = "PAID",
        Refunded = "REFUNDED",
        Pending = "PENDING",
        Failed = "FAILED",
        RefundPending = "REFUND_PENDING",
        RefundFailed = "REFUND_FAILED",
        PartiallyPaid = "PARTIALLY_PAID",
    }
}

wire::open_enum! {
    /// Whether prices hold the tax.
    pub enum PriceTaxInterpretation {
        Exclusive = "EXCLUSIVE",
        Inclusive = "INCLUSIVE",
    }
}

wire::open_enum! {
    /// What a line of an order is. The vendor leaves the set open.
    pub enum LineItemType {
        PhysicalProduct = "PHYSICAL_PRODUCT",
        DigitalProduct = "DIGITAL_PRODUCT",
        ServiceProduct = "SERVICE_PRODUCT",
        GiftCard = "GIFT_CARD",
        PaywallProduct = "PAYWALL_PRODUCT",
        Custom = "CUSTOM",
    }
}

/// An address of an order; every part may be missing or empty. Its `Debug` prints only the country.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// The first name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(default)]
    pub last_name: Option<String>,
    /// Street and number.
    #[serde(default)]
    pub address1: Option<String>,
    /// Flat, floor, company.
    #[serde(default)]
    pub address2: Option<String>,
    /// The city.
    #[serde(default)]
    pub city: Option<String>,
    /// The state or region; a name or a code.
    #[serde(default)]
    pub state: Option<String>,
    /// The ISO 3166 code of the country, two letters.
    #[serde(default)]
    pub country_code: Option<String>,
    /// The postal code.
    #[serde(default)]
    pub postal_code: Option<String>,
    /// The phone number as typed.
    #[serde(default)]
    pub phone: Option<String>,
}

wire::debug_only!(Address { country_code });

/// A line of an order. Its `Debug` leaves out what the buyer typed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LineItem {
    /// The id of the line.
    #[serde(default)]
    pub id: Option<LineItemId>,
    /// What the line is.
    #[serde(default)]
    pub line_item_type: Option<LineItemType>,
    /// The variant; `None` for what has none.
    #[serde(default)]
    pub variant_id: Option<VariantId>,
    /// The merchant's code.
    #[serde(default)]
    pub sku: Option<String>,
    /// The product; `None` for custom lines.
    #[serde(default)]
    pub product_id: Option<ProductId>,
    /// The name of the product when it was bought.
    #[serde(default)]
    pub product_name: Option<String>,
    /// How many.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub quantity: i64,
    /// The price of one.
    #[serde(default)]
    pub unit_price_paid: Option<Money>,
    /// The options that make the variant.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub variant_options: Vec<VariantOption>,
    /// The answers to the product's form.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub customizations: Vec<FormAnswer>,
    /// A picture of the product.
    #[serde(default)]
    pub image_url: Option<String>,
    /// In pounds or kilograms, by the site's measurement standard; 0 when unset.
    #[serde(default)]
    pub weight: Option<f64>,
    /// In inches or centimetres.
    #[serde(default)]
    pub width: Option<f64>,
    /// In inches or centimetres.
    #[serde(default)]
    pub length: Option<f64>,
    /// In inches or centimetres.
    #[serde(default)]
    pub height: Option<f64>,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

wire::debug_only!(LineItem {
    id,
    line_item_type,
    sku,
    product_id,
    quantity,
    unit_price_paid
});

/// One option of a variant: `Size`, `Small`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VariantOption {
    /// The name of the option.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub option_name: String,
    /// What was chosen.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub value: String,
}

/// An answer that the buyer typed into a form. Its `Debug` leaves the answer out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormAnswer {
    /// The question.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub label: String,
    /// The answer.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub value: String,
}

wire::debug_only!(FormAnswer { label });

/// A note of the merchant. Its `Debug` leaves the text out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InternalNote {
    /// The text.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub content: String,
}

wire::debug_only!(InternalNote {});

/// The shipping that was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippingLine {
    /// Its name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub method: String,
    /// Its price.
    #[serde(default)]
    pub amount: Option<Money>,
}

/// A discount that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DiscountLine {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its explanation.
    #[serde(default)]
    pub description: Option<String>,
    /// How much.
    #[serde(default)]
    pub amount: Option<Money>,
    /// The code that the buyer typed; `None` for automatic ones.
    #[serde(default)]
    pub promo_code: Option<String>,
}

/// Something that was sent. Its `Debug` leaves out what lets one follow the parcel to its receiver.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fulfillment {
    /// When it was sent.
    #[serde(default)]
    pub ship_date: Option<Timestamp>,
    /// Who carries it.
    #[serde(default)]
    pub carrier_name: Option<String>,
    /// The carrier's service.
    #[serde(default)]
    pub service: Option<String>,
    /// The carrier's number.
    #[serde(default)]
    pub tracking_number: Option<String>,
    /// Where to follow it.
    #[serde(default)]
    pub tracking_url: Option<String>,
}

wire::debug_only!(Fulfillment {
    ship_date,
    carrier_name,
    service
});

fn text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    lenient::optional_text(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn order() -> Value {
        json!({
            "id": "66b2f0be8e21aa5d7c001234", "orderNumber": "1187", "channel": "web", "testmode": false,
            "createdOn": "2026-05-14T09:29:51.004Z", "modifiedOn": "2026-05-16T15:02:10Z",
            "customerEmail": "ines.okafor@example.com", "customerId": "64a7e3d2c8f1b95e30a14d2b",
            "billingAddress": {"firstName": "Ines", "lastName": "Okafor", "address1": "8 Quarry Rd", "address2": null,
                "city": "Camden", "state": "ME", "countryCode": "US", "postalCode": "04843", "phone": ""},
            "shippingAddress": null, "fulfillmentStatus": "PENDING", "fulfilledOn": null, "paymentState": "PARTIALLY_PAID",
            "lineItems": [{"id": "66b2f0a98e21aa5d7c001200", "lineItemType": "PAYWALL_PRODUCT", "variantId": null,
                "sku": null, "productId": "65f0aa4d1c2b3e4f5a6b7c8d", "productName": "Membership", "quantity": 2,
                "unitPricePaid": {"value": "45.00", "currency": "USD"}, "variantOptions": null,
                "customizations": [{"label": "Gift message", "value": "Happy housewarming"}], "imageUrl": null,
                "weight": 0.0, "width": 0.0, "length": 0.0, "height": 0.0, "warrantyYears": 2}],
            "internalNotes": [{"content": "Call before delivery"}], "shippingLines": null,
            "discountLines": [{"name": "Spring 10", "promoCode": "SPRING10", "amount": {"value": "9.00", "currency": "USD"}}],
            "formSubmission": [{"label": "How did you find us?", "value": "A friend"}], "fulfillments": [],
            "subtotal": {"value": "90.00", "currency": "USD"}, "shippingTotal": {"value": "0.00", "currency": "USD"},
            "discountTotal": {"value": "9.00", "currency": "USD"}, "taxTotal": {"value": "4.95", "currency": "USD"},
            "refundedTotal": {"value": "0.00", "currency": "USD"}, "grandTotal": {"value": "85.95", "currency": "USD"},
            "channelName": "Squarespace", "externalOrderReference": null, "priceTaxInterpretation": "EXCLUSIVE",
            "giftOptions": {"wrapped": true}
        })
    }

    fn read(order: Value) -> Order {
        serde_json::from_value(order).unwrap()
    }

    #[test]
    fn an_order_makes_the_round_trip_with_what_is_unknown() {
        let first = read(order());
        let written = serde_json::to_value(&first).unwrap();
        assert_eq!(written["giftOptions"], json!({"wrapped": true}));
        assert_eq!(written["lineItems"][0]["warrantyYears"], 2);
        assert_eq!(written["lineItems"][0]["lineItemType"], "PAYWALL_PRODUCT");
        assert_eq!(
            written["grandTotal"],
            json!({"value": "85.95", "currency": "USD"})
        );
        assert_eq!(read(written), first);
    }

    #[test]
    fn missing_and_null_lists_are_empty() {
        let order = read(order());
        assert!(order.shipping_lines.is_empty() && order.line_items[0].variant_options.is_empty());
        let bare = json!({"id": "a", "createdOn": "2016-12-23T15:58:07Z", "modifiedOn": "2016-12-23T15:58:07.1Z",
            "orderNumber": 3, "grandTotal": {"value": 60, "currency": "USD"}});
        let order = read(bare);
        assert_eq!(order.order_number, "3");
        assert!(
            order.line_items.is_empty()
                && order.payment_state.is_none()
                && order.refunded_total.is_none()
        );
    }

    #[test]
    fn moments_have_any_number_of_digits() {
        for text in [
            "2026-05-14T09:29:51Z",
            "2026-05-14T09:29:51.9Z",
            "2026-05-14T09:29:51.880876123Z",
            "2026-05-14T09:29+00:00",
        ] {
            let mut order = order();
            order["createdOn"] = json!(text);
            assert_eq!(read(order).created_on.to_string()[..16], text[..16]);
        }
    }

    #[test]
    fn the_buyer_is_not_printed() {
        let order = read(order());
        let shown = format!(
            "{order:?} {:?} {:?} {:?}",
            order.billing_address, order.line_items, order.form_submission
        );
        for personal in [
            "ines",
            "Ines",
            "Okafor",
            "Quarry",
            "04843",
            "housewarming",
            "A friend",
            "Call before",
        ] {
            assert!(!shown.contains(personal), "{shown}");
        }
        assert!(shown.contains("1187"), "{shown}");
    }
}

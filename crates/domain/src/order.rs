//! An order as a shop took it, reduced to what the rules need.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::buyer::Buyer;
use crate::money::Money;

/// One order of one site.
#[derive(Clone, PartialEq, Eq)]
pub struct Order {
    /// The shop's own identifier, opaque.
    pub id: String,
    /// The number that people see: `1042`.
    pub number: String,
    pub created_at: Timestamp,
    pub modified_at: Timestamp,
    /// `web`, `pos`, `external`, or a word the shop has invented since.
    pub channel: String,
    /// Where an imported order came from.
    pub channel_name: Option<String>,
    pub test: bool,
    pub buyer: Buyer,
    pub billing: Option<Address>,
    pub shipping: Option<Address>,
    pub fulfilment: Fulfilment,
    pub payment: Payment,
    pub fulfilled_at: Option<Timestamp>,
    pub lines: Vec<Line>,
    pub shipments: Vec<Shipment>,
    pub shipping_method: Option<String>,
    pub discounts: Vec<Discount>,
    pub form: Vec<Answer>,
    pub subtotal: Money,
    pub shipping_total: Money,
    pub discount_total: Money,
    pub tax_total: Money,
    pub refunded_total: Money,
    pub grand_total: Money,
}

impl Order {
    /// Paid back in full: what was refunded covers what was paid.
    #[must_use]
    pub fn is_fully_refunded(&self) -> bool {
        self.payment == Payment::Refunded
            || (!self.refunded_total.is_zero()
                && self.refunded_total.amount >= self.grand_total.amount)
    }

    /// Paid back in part.
    #[must_use]
    pub fn is_part_refunded(&self) -> bool {
        !self.refunded_total.is_zero() && !self.is_fully_refunded()
    }

    /// Whether a later order of the same buyer is a repeat because of this one.
    #[must_use]
    pub fn makes_returning(&self) -> bool {
        !self.test && self.payment != Payment::Failed
    }

    /// The country that goods go to, else that of the payer.
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        [&self.shipping, &self.billing]
            .into_iter()
            .flatten()
            .find_map(|address| address.country.as_deref())
    }
}

/// Prints nothing personal, so that an order may stand in an error or a log.
impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order")
            .field("id", &self.id)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// A postal address; every part may be missing.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub name: Option<String>,
    pub line1: Option<String>,
    pub line2: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub postal_code: Option<String>,
    /// ISO 3166, two letters.
    pub country: Option<String>,
}

impl Address {
    /// True when not even a town or a country is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts().next().is_none()
    }

    /// The parts that are known, in the order in which a letter shows them.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        [
            &self.line1,
            &self.line2,
            &self.city,
            &self.state,
            &self.postal_code,
            &self.country,
        ]
        .into_iter()
        .flatten()
        .map(String::as_str)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(..)")
    }
}

/// Where the goods are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fulfilment {
    Pending,
    Fulfilled,
    Canceled,
    /// A word the shop has invented since.
    Other(String),
}

impl Fulfilment {
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "PENDING",
            Self::Fulfilled => "FULFILLED",
            Self::Canceled => "CANCELED",
            Self::Other(word) => word,
        }
    }
}

/// What the rules need to know of the payment; the shop's own word is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    Failed,
    Refunded,
    Other(String),
    /// The shop does not say, as old orders do not.
    Unknown,
}

impl Payment {
    #[must_use]
    pub fn of(word: Option<&str>) -> Self {
        match word {
            Some("FAILED") => Self::Failed,
            Some("REFUNDED") => Self::Refunded,
            Some(word) => Self::Other(word.to_owned()),
            None => Self::Unknown,
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Failed => "FAILED",
            Self::Refunded => "REFUNDED",
            Self::Other(word) => word,
            Self::Unknown => "",
        }
    }
}

/// One thing that was bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub product_id: Option<String>,
    pub name: String,
    pub sku: Option<String>,
    pub quantity: i64,
    pub unit_price: Money,
    /// Size: Small.
    pub options: Vec<Answer>,
    /// What the buyer wrote on the product's form.
    pub customizations: Vec<Answer>,
}

/// A parcel on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    pub shipped_at: Option<Timestamp>,
    pub carrier: Option<String>,
    pub service: Option<String>,
    pub tracking_number: Option<String>,
    pub tracking_url: Option<String>,
}

/// A reduction of the price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    pub name: String,
    pub code: Option<String>,
    pub amount: Money,
}

/// A label and what stands behind it.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    pub label: String,
    pub value: String,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({:?}, ..)", self.label)
    }
}

impl Line {
    /// `2 × Brass Lantern (Small), LANT-SM-BRS, 45.00`
    #[must_use]
    pub fn short(&self) -> String {
        let options: Vec<&str> = self
            .options
            .iter()
            .map(|option| option.value.as_str())
            .collect();
        let mut text = format!("{} × {}", self.quantity, self.name);
        if !options.is_empty() {
            text.push_str(&format!(" ({})", options.join(", ")));
        }
        if let Some(sku) = &self.sku {
            text.push_str(&format!(", {sku}"));
        }
        text.push_str(&format!(", {}", self.unit_price.amount));
        text
    }
}

impl Shipment {
    /// `UPS Ground 1Z0000 https://…`
    #[must_use]
    pub fn short(&self) -> String {
        [
            &self.carrier,
            &self.service,
            &self.tracking_number,
            &self.tracking_url,
        ]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ")
    }
}

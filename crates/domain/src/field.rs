//! The fields that Portico keeps on a deal and on a contact.

use serde::{Deserialize, Serialize};

/// A field of a deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    OrderId,
    OrderNumber,
    Site,
    Channel,
    Items,
    Skus,
    Categories,
    Fulfilment,
    Payment,
    Total,
    Refunded,
    Currency,
    DiscountCodes,
    ShippingMethod,
    Tracking,
    OrderedAt,
}

/// What a field can hold, and so how it is made at the CRM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One line, up to 256 characters.
    Text,
    /// Many lines.
    TextArea,
    /// An amount with cents.
    Monetary,
    /// A moment.
    DateTime,
}

/// The facts of one field.
pub struct FieldFacts {
    pub field: Field,
    /// The stable handle at the CRM, by which the field is found again after it was renamed.
    pub code: &'static str,
    /// What people read.
    pub name: &'static str,
    pub kind: Kind,
    /// Only programs may write it.
    pub api_only: bool,
}

const fn fact(field: Field, code: &'static str, name: &'static str, kind: Kind) -> FieldFacts {
    let api_only = matches!(field, Field::OrderId);
    FieldFacts {
        field,
        code,
        name,
        kind,
        api_only,
    }
}

/// Every field of a deal, in the order in which they are made.
pub const FIELDS: [FieldFacts; 16] = [
    fact(
        Field::OrderNumber,
        "SQSP_ORDER_NUMBER",
        "Order number",
        Kind::Text,
    ),
    fact(Field::OrderId, "SQSP_ORDER_ID", "Order id", Kind::Text),
    fact(Field::Site, "SQSP_SITE", "Site", Kind::Text),
    fact(Field::Channel, "SQSP_CHANNEL", "Channel", Kind::Text),
    fact(Field::Items, "SQSP_ITEMS", "Items", Kind::TextArea),
    fact(Field::Skus, "SQSP_SKU", "SKUs", Kind::TextArea),
    fact(
        Field::Categories,
        "SQSP_CATEGORY",
        "Categories",
        Kind::TextArea,
    ),
    fact(
        Field::Fulfilment,
        "SQSP_FULFILLMENT",
        "Fulfillment status",
        Kind::Text,
    ),
    fact(Field::Payment, "SQSP_PAYMENT", "Payment state", Kind::Text),
    fact(Field::Total, "SQSP_TOTAL", "Grand total", Kind::Monetary),
    fact(
        Field::Refunded,
        "SQSP_REFUNDED",
        "Refunded total",
        Kind::Monetary,
    ),
    fact(Field::Currency, "SQSP_CURRENCY", "Currency", Kind::Text),
    fact(
        Field::DiscountCodes,
        "SQSP_DISCOUNT",
        "Discount codes",
        Kind::Text,
    ),
    fact(
        Field::ShippingMethod,
        "SQSP_SHIPPING",
        "Shipping method",
        Kind::Text,
    ),
    fact(Field::Tracking, "SQSP_TRACKING", "Tracking", Kind::TextArea),
    fact(
        Field::OrderedAt,
        "SQSP_ORDERED_AT",
        "Ordered at",
        Kind::DateTime,
    ),
];

impl Field {
    #[must_use]
    pub fn facts(self) -> &'static FieldFacts {
        FIELDS
            .iter()
            .find(|facts| facts.field == self)
            .expect("every field stands in the table, a test says so")
    }
}

/// The longest text that a one-line field takes.
pub const TEXT_CHARS: usize = 256;

/// The longest text that we put into a field of many lines; the whole is in the note.
pub const TEXT_AREA_CHARS: usize = 3_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_facts_and_its_own_code() {
        let mut codes: Vec<&str> = FIELDS.iter().map(|facts| facts.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), FIELDS.len());
        assert_eq!(Field::OrderedAt.facts().code, "SQSP_ORDERED_AT");
        assert!(Field::OrderId.facts().api_only);
    }
}

//! Bodies that the request schemas take, and bodies that they must refuse: one for each of their constraints.
//!
//! Read [`good`] first, then [`violations`]. The good bodies are written by hand and show every member between them;
//! the bad ones are made from them by breaking one constraint of the schema at a time, so that a gateway or an
//! emulator can be asked for each.

use jsonschema::{Draft, Validator};
use serde_json::Value;

use crate::catalog::CATALOG;

mod breaks;
mod constraints;
mod violations;

pub use constraints::constraints;
pub use violations::{Violation, violations};

/// A request body that the vendor takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Good {
    /// The schema that it is an instance of.
    pub schema: &'static str,
    /// What tells it from other bodies of that schema.
    pub name: &'static str,
    /// The body.
    pub body: Value,
}

/// Good bodies, at least one for each request schema.
///
/// # Panics
///
/// When a file of them is not JSON: the files are constants.
pub fn good() -> Vec<Good> {
    let read = |(name, text): &(&'static str, &str)| Good {
        schema: name.split('.').next().unwrap_or(name),
        name,
        body: serde_json::from_str(text)
            .unwrap_or_else(|error| panic!("{name} is not JSON: {error}")),
    };
    GOOD.iter().map(read).collect()
}

/// The request schema of this name, ready to judge bodies; formats such as `date-time` count.
///
/// # Panics
///
/// When there is no such schema.
pub fn validator(name: &str) -> Validator {
    let schema = CATALOG
        .schema(name)
        .unwrap_or_else(|| panic!("there is no schema `{name}`"));
    compiled(&schema)
}

fn compiled(schema: &Value) -> Validator {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .build(schema)
        .unwrap_or_else(|error| panic!("a schema is not valid: {error}"))
}

macro_rules! good {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../tests/catalog/good/", $name, ".json")))),*]
    };
}

const GOOD: &[(&str, &str)] = good![
    "AddressBookEntryRequest",
    "AdjustInventoryRequest",
    "AssociateProductVariantImageRequest",
    "CreateContactRequest",
    "CreateOrderRequest",
    "CreateProductRequest.gift-card",
    "CreateProductRequest.physical",
    "CreateProductRequest.service",
    "CreateProductVariantRequest",
    "CreateWebhookSubscriptionRequest",
    "DiscountRequest.auto",
    "DiscountRequest.code",
    "FulfillOrderRequest",
    "PatchContactRequest",
    "QueryContactsRequest",
    "SendTestNotificationRequest",
    "TransactionsSummariesRequest",
    "UpdateProductImageOrderRequest",
    "UpdateProductImageRequest",
    "UpdateProductRequest.digital",
    "UpdateProductRequest.physical",
    "UpdateProductVariantRequest",
    "UpdateWebhookSubscriptionRequest",
    "UploadProductImageRequest",
];

#[cfg(test)]
mod tests;

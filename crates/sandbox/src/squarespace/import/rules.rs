//! What an import may hold, field by field, and the rules that tie its fields together.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::squarespace::answer::Refusal;
use crate::squarespace::forms::{DATE, EMAIL};
use crate::squarespace::fulfillment::SHIPMENT;
use crate::squarespace::money;
use crate::squarespace::shape::{ANY, Kind, Member, needed, optional};
use crate::squarespace::site::Site;

const TEXT: Kind = Kind::Text { longest: ANY };

pub(super) const BODY: &[Member] = &[
    needed("channelName", Kind::Trimmed { longest: 30 }),
    needed("externalOrderReference", Kind::Trimmed { longest: 200 }),
    needed("createdOn", DATE),
    needed(
        "lineItems",
        Kind::Objects {
            least: 1,
            most: ANY,
            members: LINE,
        },
    ),
    needed("grandTotal", Kind::Money),
    needed(
        "priceTaxInterpretation",
        Kind::Word(&["EXCLUSIVE", "INCLUSIVE"]),
    ),
    needed(
        "fulfillments",
        Kind::Objects {
            least: 0,
            most: 100,
            members: SHIPMENT,
        },
    ),
    // Not marked as required, but its absence breaks the rule of the sum.
    optional("subtotal", Kind::Money),
    optional("shippingTotal", Kind::Money),
    optional("discountTotal", Kind::Money),
    optional("taxTotal", Kind::Money),
    optional("customerEmail", EMAIL),
    optional("billingAddress", Kind::Object(ADDRESS)),
    optional("shippingAddress", Kind::Object(ADDRESS)),
    optional("fulfillmentStatus", Kind::Word(&["PENDING", "FULFILLED"])),
    optional("fulfilledOn", DATE),
    optional("inventoryBehavior", Kind::Word(&["DEDUCT", "SKIP"])),
    optional(
        "shopperFulfillmentNotificationBehavior",
        Kind::Word(&["SEND", "SKIP"]),
    ),
    optional(
        "shippingLines",
        Kind::Objects {
            least: 0,
            most: 1,
            members: &[
                needed("method", Kind::Trimmed { longest: 100 }),
                needed("amount", Kind::Money),
            ],
        },
    ),
    optional(
        "discountLines",
        Kind::Objects {
            least: 0,
            most: ANY,
            members: &[
                optional("name", TEXT),
                optional("amount", Kind::Money),
                optional("promoCode", TEXT),
            ],
        },
    ),
];

const LINE: &[Member] = &[
    needed("lineItemType", Kind::Word(&["PHYSICAL_PRODUCT", "CUSTOM"])),
    needed(
        "quantity",
        Kind::Whole {
            lowest: 1,
            highest: 1_000_000,
        },
    ),
    needed("unitPricePaid", Kind::Money),
    optional("nonSaleUnitPrice", Kind::Money),
    // Which of these two is needed depends on the type.
    optional("variantId", TEXT),
    optional("title", TEXT),
];

const ADDRESS: &[Member] = &[
    optional("firstName", TEXT),
    optional("lastName", TEXT),
    optional("address1", TEXT),
    optional("address2", TEXT),
    optional("city", TEXT),
    optional("state", TEXT),
    optional("countryCode", TEXT),
    optional("postalCode", TEXT),
    optional("phone", TEXT),
];

/// The rules between fields of a body that its table allows.
pub(super) fn check(body: &Value, strict_totals: bool) -> Result<(), Refusal> {
    for line in lines(body) {
        let (needed, forbidden) = if line["lineItemType"] == "CUSTOM" {
            ("title", "variantId")
        } else {
            ("variantId", "title")
        };
        if line[needed].as_str().is_none_or(str::is_empty) {
            return Err(Refusal::missing(format!("lineItems.{needed} is required.")));
        }
        if !line[forbidden].is_null() {
            let message = format!("lineItems.{forbidden} must be null or omitted.");
            return Err(Refusal::invalid(message));
        }
    }
    let tells = body["shopperFulfillmentNotificationBehavior"] == "SEND";
    if tells && body["customerEmail"].is_null() {
        return Err(Refusal::missing("customerEmail is required."));
    }
    if body["fulfillmentStatus"] == "FULFILLED" && body["fulfilledOn"].is_null() {
        return Err(Refusal::missing("fulfilledOn is required."));
    }
    check_totals(body, strict_totals)
}

/// What a body in order may still run into on this website: unknown variants, then another currency.
pub(super) fn check_against(site: &Site, body: &Value) -> Result<(), Refusal> {
    let mut variants = lines(body).filter_map(|line| line["variantId"].as_str());
    if let Some(id) = variants.find(|id| site.variant(id).is_none()) {
        return Err(Refusal::unknown_variant(format!(
            "The variant {id} was not found."
        )));
    }
    match foreign_money(body, &site.currency) {
        None => Ok(()),
        Some(name) => {
            let message = format!("{name} must be in {}.", site.currency);
            Err(Refusal::conflict(Some("CURRENCY_MISMATCH"), message))
        }
    }
}

pub(super) fn lines(body: &Value) -> impl Iterator<Item = &Value> {
    body["lineItems"].as_array().into_iter().flatten()
}

fn check_totals(body: &Value, strict: bool) -> Result<(), Refusal> {
    let sum: Decimal = lines(body)
        .filter_map(|line| {
            let price = money::read(&line["unitPricePaid"])?;
            Some(price * Decimal::from(line["quantity"].as_i64()?))
        })
        .sum();
    if money::read(&body["subtotal"]) != Some(sum) {
        return Err(Refusal::bad_request(
            "The sum of lineItems.unitPricePaid.value must equal subtotal.value",
        ));
    }
    let total = |name: &str| money::read(&body[name]).unwrap_or_default();
    let mut parts = sum + total("shippingTotal") - total("discountTotal");
    if body["priceTaxInterpretation"] == "EXCLUSIVE" {
        parts += total("taxTotal");
    }
    if strict && total("grandTotal") != parts {
        return Err(Refusal::bad_request(
            "grandTotal.value must equal the sum of its parts",
        ));
    }
    Ok(())
}

/// The name of an amount in another currency.
fn foreign_money(body: &Value, currency: &str) -> Option<String> {
    let is_foreign = |value: &Value| {
        value["currency"]
            .as_str()
            .is_some_and(|sent| sent != currency)
    };
    let members = body.as_object().into_iter().flatten();
    for (name, value) in members {
        if is_foreign(value) {
            return Some(name.clone());
        }
        let items = value.as_array().into_iter().flatten();
        let mut inner = items.filter_map(Value::as_object).flatten();
        if let Some((inside, _)) = inner.find(|(_, value)| is_foreign(value)) {
            return Some(format!("{name}.{inside}"));
        }
    }
    None
}

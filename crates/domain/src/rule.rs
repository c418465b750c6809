//! Rules: conditions on an order as data, the first that matches wins.

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use serde::{Deserialize, Serialize, Serializer};

use crate::buyer::Standing;
use crate::order::Order;

/// When an order is such, treat it so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// What people call it.
    pub name: String,
    pub when: Condition,
    pub then: Outcome,
}

/// Every part that is given must hold; a rule without parts matches every order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    pub buyer: Option<Standing>,
    /// One of the order's categories, compared without case.
    pub category: Option<String>,
    /// A tag of one of its products.
    pub product_tag: Option<String>,
    pub sku: Option<String>,
    #[serde(serialize_with = "as_number")]
    pub amount_from: Option<Decimal>,
    #[serde(serialize_with = "as_number")]
    pub amount_below: Option<Decimal>,
    /// ISO 3166, where the goods go.
    pub country: Option<String>,
    /// `web`, `pos`, `external`.
    pub channel: Option<String>,
    pub discount_code: Option<String>,
    /// 1 for the buyer's first order, 2 for the second.
    pub order_of_buyer: Option<u32>,
}

/// What a rule decides; what it leaves out stays as the flow has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outcome {
    pub pipeline: Option<String>,
    pub stage: Option<String>,
    /// The e-mail address or the number of a user of the CRM.
    pub responsible: Option<String>,
    pub deal_tags: Vec<String>,
    pub contact_tags: Vec<String>,
    /// The order gets no deal at all.
    pub skip: bool,
}

/// What a condition looks at besides the order itself.
pub struct Facts<'a> {
    pub order: &'a Order,
    pub standing: Standing,
    /// How many orders of this buyer there are up to this one.
    pub order_of_buyer: u32,
    pub categories: &'a [String],
    pub product_tags: &'a [String],
}

/// The first rule that matches.
#[must_use]
pub fn first_match<'a>(rules: &'a [Rule], facts: &Facts<'_>) -> Option<&'a Rule> {
    rules.iter().find(|rule| rule.when.holds(facts))
}

impl Rule {
    /// How a sentence names it; `place` counts from 1.
    #[must_use]
    pub fn called(&self, place: usize) -> String {
        match self.name.trim() {
            "" => format!("rule number {place}"),
            name => format!("the rule `{name}`"),
        }
    }
}

impl Condition {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        let order = facts.order;
        let amount = order.grand_total.amount;
        let skus = order.lines.iter().filter_map(|line| line.sku.as_deref());
        let codes = order
            .discounts
            .iter()
            .filter_map(|discount| discount.code.as_deref());
        self.buyer.is_none_or(|standing| standing == facts.standing)
            && given(&self.category, facts.categories.iter().map(String::as_str))
            && given(
                &self.product_tag,
                facts.product_tags.iter().map(String::as_str),
            )
            && given(&self.sku, skus)
            && self.amount_from.is_none_or(|from| amount >= from)
            && self.amount_below.is_none_or(|below| amount < below)
            && given(&self.country, order.country().into_iter())
            && given(&self.channel, std::iter::once(order.channel.as_str()))
            && given(&self.discount_code, codes)
            && self
                .order_of_buyer
                .is_none_or(|place| place == facts.order_of_buyer)
    }
}

/// True when nothing is wanted, or what is wanted is among what was found, whatever its case.
fn given<'a>(wanted: &Option<String>, mut found: impl Iterator<Item = &'a str>) -> bool {
    let Some(wanted) = wanted else { return true };
    found.any(|text| text.trim().to_lowercase() == wanted.trim().to_lowercase())
}

/// Writes an amount as people do in their settings; one that a number would blur stays a text.
fn as_number<S: Serializer>(amount: &Option<Decimal>, to: S) -> Result<S::Ok, S::Error> {
    let Some(amount) = amount else {
        return to.serialize_none();
    };
    if let Some(whole) = amount.is_integer().then(|| amount.to_i64()).flatten() {
        return to.serialize_some(&whole);
    }
    let number = amount.to_f64().filter(|number| {
        Decimal::from_f64(*number).is_some_and(|read_again| read_again == *amount)
    });
    match number {
        Some(number) => to.serialize_some(&number),
        None => to.serialize_some(amount),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_are_written_as_numbers_and_read_as_numbers_or_texts() {
        for (given, written) in [
            (json!(500), json!(500)),
            (json!("500.00"), json!(500)),
            (json!(99.95), json!(99.95)),
            (json!("0.1"), json!(0.1)),
            (
                json!("12345678901234567890.12"),
                json!("12345678901234567890.12"),
            ),
        ] {
            let condition: Condition =
                serde_json::from_value(json!({ "amount_from": given })).unwrap();
            let again = serde_json::to_value(&condition).unwrap();
            assert_eq!(again["amount_from"], written);
            assert_eq!(
                serde_json::from_value::<Condition>(again).unwrap(),
                condition
            );
        }
    }
}

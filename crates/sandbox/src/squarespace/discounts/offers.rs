//! What a discount takes off a checkout: a percentage or an amount off the cart, by a code or by itself.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{has_code, status};
use crate::squarespace::shelf::{Object, text};
use crate::squarespace::site::Site;
use crate::squarespace::{money, time};

/// A discount that a checkout redeems, with what it takes off.
pub(in crate::squarespace) struct Offer {
    id: String,
    /// The order's discount line.
    pub(in crate::squarespace) line: Value,
    pub(in crate::squarespace) amount: Decimal,
}

/// What a shopper has chosen.
pub(in crate::squarespace) struct Basket<'a> {
    pub(in crate::squarespace) email: &'a str,
    pub(in crate::squarespace) lines: &'a [Object],
    pub(in crate::squarespace) subtotal: Decimal,
}

impl Site {
    /// What this code takes off.
    pub(in crate::squarespace) fn offer_for_code(
        &self,
        now: i64,
        code: &str,
        basket: &Basket<'_>,
    ) -> Option<Offer> {
        self.discounts
            .iter()
            .filter(|discount| has_code(discount, code))
            .find_map(|discount| self.offer(now, discount, basket))
    }

    /// What the first discount takes off that needs no code.
    pub(in crate::squarespace) fn automatic_offer(
        &self,
        now: i64,
        basket: &Basket<'_>,
    ) -> Option<Offer> {
        self.discounts
            .iter()
            .filter(|discount| discount["trigger"]["type"] == "AUTO")
            .find_map(|discount| self.offer(now, discount, basket))
    }

    /// The codes that are good now, oldest first.
    pub(in crate::squarespace) fn promo_codes(&self, now: i64) -> Vec<String> {
        self.discounts
            .iter()
            .filter(|discount| status(discount, now) == "ACTIVE")
            .filter_map(|discount| discount["trigger"]["promoCode"].as_str())
            .map(str::to_owned)
            .collect()
    }

    /// Counts a use.
    pub(in crate::squarespace) fn redeem(&mut self, now: i64, offer: &Offer) {
        let mut discounts = self.discounts.iter_mut();
        if let Some(discount) = discounts.find(|discount| text(discount, "id") == offer.id) {
            discount.insert("numberOfUses".to_owned(), json!(uses(discount) + 1));
            discount.insert("lastRedeemedAt".to_owned(), json!(time::iso(now)));
        }
    }

    /// `None` when the discount is not good now or not for this basket.
    fn offer(&self, now: i64, discount: &Object, basket: &Basket<'_>) -> Option<Offer> {
        let used_up = discount["maxUsesAllowed"]
            .as_i64()
            .is_some_and(|most| uses(discount) >= most);
        let used_before =
            discount["isOncePerCustomer"] == true && self.has_used(basket.email, discount);
        if status(discount, now) != "ACTIVE" || used_up || used_before {
            return None;
        }
        let condition = condition(discount, basket)?;
        let (off, amount) = self.taken_off(discount, basket.subtotal)?;
        let line = json!({
            "name": discount["name"],
            "description": format!("{off} off {condition}"),
            "promoCode": discount["trigger"].get("promoCode"),
            "amount": money::wire(amount, &self.currency),
        });
        let id = text(discount, "id").to_owned();
        Some(Offer { id, line, amount })
    }

    /// How much, in words and as an amount that is not more than the cart.
    fn taken_off(&self, discount: &Object, subtotal: Decimal) -> Option<(String, Decimal)> {
        let template = &discount["template"];
        let (off, amount) = match template["type"].as_str()? {
            "PERCENTAGE" => {
                let percent = money::parse(&template["percentage"])?;
                let amount = subtotal * percent / Decimal::ONE_HUNDRED;
                (format!("{percent}%"), amount)
            }
            "FIXED_AMOUNT" => {
                let amount = money::read(&template["discountAmount"])?;
                (format!("{amount} {}", self.currency), amount)
            }
            // What depends on single goods or on the shipping is not taken off here.
            _ => return None,
        };
        let amount = money::rounded(amount, &self.currency);
        Some((off, amount.min(subtotal)))
    }

    fn has_used(&self, email: &str, discount: &Object) -> bool {
        let by_customer = self
            .orders
            .all()
            .filter(|order| text(order, "customerEmail").eq_ignore_ascii_case(email));
        by_customer
            .filter_map(|order| order["discountLines"].as_array())
            .flatten()
            .any(|line| line["name"] == discount["name"])
    }
}

/// What the basket fulfils, in words.
fn condition(discount: &Object, basket: &Basket<'_>) -> Option<String> {
    let criteria = &discount["criteria"];
    match criteria["type"].as_str()? {
        "ANY_ORDER" => Some("any order".to_owned()),
        "CART_TOTAL" => {
            let minimum = money::read(&criteria["minimumCartTotal"])?;
            (basket.subtotal >= minimum).then(|| format!("orders of at least {minimum}"))
        }
        "PRODUCT" => {
            let wanted = criteria["productId"].as_str()?;
            let mut lines = basket.lines.iter();
            lines
                .any(|line| text(line, "productId") == wanted)
                .then(|| "orders with a product".to_owned())
        }
        _ => None,
    }
}

fn uses(discount: &Object) -> i64 {
    discount["numberOfUses"].as_i64().unwrap_or_default()
}

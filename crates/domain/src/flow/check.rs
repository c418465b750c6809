//! Settings that can never match, or do nothing, are refused with words.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::{FulfilledStage, Settings};
use crate::buyer::Standing;
use crate::rule::{Condition, Outcome, Rule};

/// Why settings cannot be meant as they are.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Senseless(String);

type Checked = Result<(), Senseless>;

impl Settings {
    /// Refuses what is wrong whatever account it is for.
    pub fn check(&self) -> Checked {
        check_text("`new_pipeline`", &self.new_pipeline)?;
        check_text("`returning_pipeline`", &self.returning_pipeline)?;
        if let Some(FulfilledStage::Named(stage)) = &self.fulfilled_stage {
            check_text("`fulfilled_stage`", stage)?;
        }
        check_bands(&self.bands)?;
        for (rule, place) in self.rules.iter().zip(1..) {
            check_rule(rule, &rule.called(place))?;
        }
        check_order(&self.rules)
    }
}

fn check_bands(bands: &[u32]) -> Checked {
    let mut seen = BTreeSet::new();
    match bands.iter().find(|band| !seen.insert(**band)) {
        None => Ok(()),
        Some(twice) => refuse(format!(
            "`bands` has {twice} more than once; give each lower bound once"
        )),
    }
}

fn check_rule(rule: &Rule, who: &str) -> Checked {
    for (member, text) in texts(rule) {
        check_text(&format!("`{member}` of {who}"), text)?;
    }
    if rule.name.trim() != rule.name {
        return refuse(format!(
            "{who} has a space before or behind its name; take it away"
        ));
    }
    check_condition(&rule.when, who)?;
    check_outcome(&rule.then, who)
}

/// Every text of a rule that is compared with something, by the name of its member.
fn texts(rule: &Rule) -> impl Iterator<Item = (&'static str, &str)> {
    let Rule { when, then, .. } = rule;
    let given = [
        ("category", &when.category),
        ("product_tag", &when.product_tag),
        ("sku", &when.sku),
        ("country", &when.country),
        ("channel", &when.channel),
        ("discount_code", &when.discount_code),
        ("pipeline", &then.pipeline),
        ("stage", &then.stage),
        ("responsible", &then.responsible),
    ];
    let given = given
        .into_iter()
        .filter_map(|(member, text)| Some((member, text.as_deref()?)));
    let deal_tags = then.deal_tags.iter().map(|tag| ("deal_tags", tag.as_str()));
    let contact_tags = then
        .contact_tags
        .iter()
        .map(|tag| ("contact_tags", tag.as_str()));
    given.chain(deal_tags).chain(contact_tags)
}

fn check_condition(when: &Condition, who: &str) -> Checked {
    if let Some(country) = &when.country
        && !(country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic()))
    {
        return refuse(format!(
            "`country` of {who} is `{country}`, which no order has; give the two letters of ISO 3166, such as DE"
        ));
    }
    if let Some(below) = when.amount_below
        && below <= when.amount_from.unwrap_or(Decimal::ZERO)
    {
        return refuse(match when.amount_from {
            Some(from) => format!(
                "{who} wants an amount from {from} and below {below}, which none is; make `amount_below` the larger one"
            ),
            None => format!(
                "{who} wants an amount below {below}, which none is; give `amount_below` more than 0"
            ),
        });
    }
    let refusal = match (when.buyer, when.order_of_buyer) {
        (_, Some(0)) => "wants a buyer's order number 0, which none is; 1 is the first",
        (Some(Standing::New), Some(2..)) => {
            "wants a new buyer's later order, which none is; leave `buyer` out"
        }
        (Some(Standing::Returning), Some(1)) => {
            "wants a returning buyer's first order, which none is; leave `buyer` out"
        }
        (Some(Standing::New), Some(1) | None)
        | (Some(Standing::Returning), Some(2..) | None)
        | (None, Some(1..) | None) => return Ok(()),
    };
    refuse(format!("{who} {refusal}"))
}

fn check_outcome(then: &Outcome, who: &str) -> Checked {
    let without_skip = Outcome {
        skip: false,
        ..then.clone()
    };
    match (then.skip, without_skip == Outcome::default()) {
        (false, true) => refuse(format!(
            "{who} does nothing; say in its `then` what it decides, or take it out"
        )),
        (true, false) => refuse(format!(
            "{who} skips the order, so nothing else in its `then` is done; take out either `skip` or the rest"
        )),
        (true, true) | (false, false) => Ok(()),
    }
}

/// A rule is never reached behind one that holds whenever it does.
fn check_order(rules: &[Rule]) -> Checked {
    for (index, rule) in rules.iter().enumerate() {
        let earlier = rules.iter().zip(1..).take(index);
        let mut hiding = earlier.filter(|(earlier, _)| {
            earlier.when == rule.when || earlier.when == Condition::default()
        });
        let Some((earlier, place)) = hiding.next() else {
            continue;
        };
        let (hidden, hiding) = (rule.called(index + 1), earlier.called(place));
        return refuse(if earlier.when == rule.when {
            format!(
                "{hidden} is never reached, since {hiding} has the same `when`; take one of them out"
            )
        } else {
            format!(
                "{hidden} is never reached, since {hiding} has no condition and so matches every order; put that one last"
            )
        });
    }
    Ok(())
}

fn check_text(what: &str, text: &str) -> Checked {
    if text.trim().is_empty() {
        return refuse(format!("{what} is empty; fill it in, or leave it out"));
    }
    if text.trim() != text {
        return refuse(format!(
            "{what} is `{text}`, with a space before or behind it; take it away"
        ));
    }
    Ok(())
}

fn refuse(why: String) -> Checked {
    Err(Senseless(why))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn said(settings: Value) -> String {
        let settings: Settings = serde_json::from_value(settings).unwrap();
        settings
            .check()
            .map_or_else(|refusal| refusal.to_string(), |()| "fine".to_owned())
    }

    /// What is said of a rule with this condition.
    fn when(when: Value) -> String {
        said(json!({ "rules": [{ "name": "gifts", "when": when, "then": { "skip": true } }] }))
    }

    /// What is said of a rule with this outcome.
    fn then(then: Value) -> String {
        said(json!({ "rules": [{ "when": { "sku": "A" }, "then": then }] }))
    }

    #[test]
    fn what_makes_sense_is_taken() {
        assert_eq!(said(json!({})), "fine");
        assert_eq!(said(json!({ "bands": [] })), "fine");
        assert_eq!(when(json!({})), "fine");
        assert_eq!(
            when(json!({ "country": "de", "amount_from": 10, "amount_below": 10.5 })),
            "fine"
        );
        assert_eq!(when(json!({ "buyer": "new", "order_of_buyer": 1 })), "fine");
        assert_eq!(then(json!({ "pipeline": "Loyal" })), "fine");
    }

    #[test]
    fn a_condition_that_no_order_meets_is_refused() {
        insta::assert_snapshot!(when(json!({ "country": "Germany" })), @"`country` of the rule `gifts` is `Germany`, which no order has; give the two letters of ISO 3166, such as DE");
        insta::assert_snapshot!(when(json!({ "amount_from": 250, "amount_below": 100 })), @"the rule `gifts` wants an amount from 250 and below 100, which none is; make `amount_below` the larger one");
        insta::assert_snapshot!(when(json!({ "amount_below": 0 })), @"the rule `gifts` wants an amount below 0, which none is; give `amount_below` more than 0");
        insta::assert_snapshot!(when(json!({ "buyer": "new", "order_of_buyer": 3 })), @"the rule `gifts` wants a new buyer's later order, which none is; leave `buyer` out");
        insta::assert_snapshot!(when(json!({ "order_of_buyer": 0 })), @"the rule `gifts` wants a buyer's order number 0, which none is; 1 is the first");
    }

    #[test]
    fn a_rule_that_is_never_reached_is_refused() {
        let all = json!({ "name": "all", "then": { "skip": true } });
        let gifts = json!({ "when": { "sku": "G" }, "then": { "skip": true } });
        assert_eq!(said(json!({ "rules": [gifts, all] })), "fine");
        insta::assert_snapshot!(said(json!({ "rules": [all, gifts] })), @"rule number 2 is never reached, since the rule `all` has no condition and so matches every order; put that one last");
        insta::assert_snapshot!(said(json!({ "rules": [gifts, gifts] })), @"rule number 2 is never reached, since rule number 1 has the same `when`; take one of them out");
    }

    #[test]
    fn a_rule_that_decides_nothing_is_refused() {
        insta::assert_snapshot!(then(json!({})), @"rule number 1 does nothing; say in its `then` what it decides, or take it out");
        insta::assert_snapshot!(then(json!({ "skip": true, "stage": "Call" })), @"rule number 1 skips the order, so nothing else in its `then` is done; take out either `skip` or the rest");
    }

    #[test]
    fn a_band_is_given_once() {
        insta::assert_snapshot!(said(json!({ "bands": [100, 250, 100] })), @"`bands` has 100 more than once; give each lower bound once");
    }

    #[test]
    fn a_name_is_neither_empty_nor_padded() {
        insta::assert_snapshot!(said(json!({ "new_pipeline": " " })), @"`new_pipeline` is empty; fill it in, or leave it out");
        insta::assert_snapshot!(said(json!({ "fulfilled_stage": { "named": "Shipped " } })), @"`fulfilled_stage` is `Shipped `, with a space before or behind it; take it away");
        insta::assert_snapshot!(then(json!({ "deal_tags": ["call", " vip"] })), @"`deal_tags` of rule number 1 is ` vip`, with a space before or behind it; take it away");
    }
}

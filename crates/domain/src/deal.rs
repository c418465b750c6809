//! What the CRM should hold for an order: decided here, and nowhere else.
//!
//! [`desired`] is pure: the same order, products, history and settings always give the same deal.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::buyer::Standing;
use crate::field::{Field, Kind, TEXT_AREA_CHARS, TEXT_CHARS};
use crate::flow::{FulfilledStage, Settings};
use crate::order::{Fulfilment, Order};
use crate::product::Product;
use crate::rule::{self, Rule};
use crate::{tag, text};

/// Everything that decides a deal.
pub struct Input<'a> {
    pub order: &'a Order,
    /// The products that the order's lines name, as far as the shop still knows them.
    pub products: &'a BTreeMap<String, Product>,
    pub standing: Standing,
    /// 1 for the buyer's first order.
    pub order_of_buyer: u32,
    pub site: &'a Site,
    /// ISO 4217, the currency in which the CRM counts.
    pub account_currency: &'a str,
    pub settings: &'a Settings,
}

/// The shop, as a deal shows it.
#[derive(Clone, Debug)]
pub struct Site {
    /// The connection's short name.
    pub name: String,
    pub title: String,
    /// Other sites feed the same account.
    pub shares_account: bool,
}

/// A deal, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Deal(Box<Deal>),
    /// Why the order gets no deal, in words.
    Skip(String),
}

/// What a deal should look like; stored as it was last applied, to find what has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deal {
    pub name: String,
    /// Whole units; empty when the order's currency is not the account's.
    pub price: Option<i64>,
    pub pipeline: String,
    pub stage: Stage,
    pub responsible: Option<String>,
    pub fields: BTreeMap<Field, String>,
    pub tags: BTreeSet<String>,
    pub contact_tags: BTreeSet<String>,
    pub status: Status,
    pub ordered_at: Timestamp,
}

/// Where in its pipeline a deal belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The first that is not for incoming leads; people move it from there.
    First,
    Named(String),
    Won,
    Lost(LossReason),
}

/// Why a deal is lost, by the name that the account may have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossReason {
    Cancelled,
    Refunded,
}

impl LossReason {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "Cancelled",
            Self::Refunded => "Refunded",
        }
    }
}

/// The parts of an order whose change is worth a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    pub fulfilment: Fulfilment,
    pub fulfilled_at: Option<Timestamp>,
    pub shipments: usize,
    /// The amount as the shop writes it.
    pub refunded: String,
}

impl Status {
    #[must_use]
    pub fn of(order: &Order) -> Self {
        Self {
            fulfilment: order.fulfilment.clone(),
            fulfilled_at: order.fulfilled_at,
            shipments: order.shipments.len(),
            refunded: order.refunded_total.amount.normalize().to_string(),
        }
    }
}

/// Decides the deal of an order.
#[must_use]
pub fn desired(input: &Input<'_>) -> Verdict {
    let order = input.order;
    if let Some(reason) = why_skipped(order, input.settings) {
        return Verdict::Skip(reason.to_owned());
    }
    let (deal, rule) = wanted_by_rule(input);
    match rule.filter(|rule| rule.then.skip) {
        Some(rule) => Verdict::Skip(format!(
            "the rule `{}` says that it gets no deal",
            rule.name
        )),
        None => Verdict::Deal(Box::new(deal)),
    }
}

/// The deal of an order, also of one that should get none and may have one.
#[must_use]
pub fn wanted(input: &Input<'_>) -> Deal {
    wanted_by_rule(input).0
}

fn wanted_by_rule<'a>(input: &Input<'a>) -> (Deal, Option<&'a Rule>) {
    let order = input.order;
    let categories = categories(order, input.products);
    let product_tags = product_tags(order, input.products);
    let facts = rule::Facts {
        order,
        standing: input.standing,
        order_of_buyer: input.order_of_buyer,
        categories: &categories,
        product_tags: &product_tags,
    };
    let rule = rule::first_match(&input.settings.rules, &facts);
    let nothing = rule::Outcome::default();
    let outcome = rule.map_or(&nothing, |rule| &rule.then);
    let deal = Deal {
        name: text::clip(&name(input), TEXT_CHARS),
        price: price(input),
        pipeline: outcome.pipeline.clone().unwrap_or_else(|| pipeline(input)),
        stage: stage(order, input.settings, outcome),
        responsible: outcome.responsible.clone(),
        fields: fields(input, &categories),
        tags: deal_tags(input, &categories, outcome),
        contact_tags: contact_tags(input, &categories, outcome),
        status: Status::of(order),
        ordered_at: order.created_at,
    };
    (deal, rule)
}

fn why_skipped(order: &Order, settings: &Settings) -> Option<&'static str> {
    if order.test {
        Some("it was paid in test mode")
    } else if order.channel == "pos" && !settings.point_of_sale {
        Some("it was taken at the point of sale, which this flow leaves out")
    } else if order.channel == "external" && !settings.imported {
        Some("it was imported from another channel, which this flow leaves out")
    } else {
        None
    }
}

fn name(input: &Input<'_>) -> String {
    format!(
        "#{} · {}",
        input.order.number,
        text::one_line(&input.site.title)
    )
}

/// Only an amount of the account's own currency may stand where the CRM adds amounts up.
fn price(input: &Input<'_>) -> Option<i64> {
    let total = &input.order.grand_total;
    total
        .currency
        .eq_ignore_ascii_case(input.account_currency)
        .then(|| total.whole_units())
}

fn pipeline(input: &Input<'_>) -> String {
    match input.standing {
        Standing::New => input.settings.new_pipeline.clone(),
        Standing::Returning => input.settings.returning_pipeline.clone(),
    }
}

fn stage(order: &Order, settings: &Settings, outcome: &rule::Outcome) -> Stage {
    let lost = settings.close_lost;
    if lost && order.fulfilment == Fulfilment::Canceled {
        return Stage::Lost(LossReason::Cancelled);
    }
    if lost && order.is_fully_refunded() {
        return Stage::Lost(LossReason::Refunded);
    }
    if order.fulfilment == Fulfilment::Fulfilled {
        match &settings.fulfilled_stage {
            Some(FulfilledStage::Won) => return Stage::Won,
            Some(FulfilledStage::Named(name)) => return Stage::Named(name.clone()),
            None => {}
        }
    }
    outcome.stage.clone().map_or(Stage::First, Stage::Named)
}

/// Several lines give several categories, each once, in the order of the lines.
fn categories(order: &Order, products: &BTreeMap<String, Product>) -> Vec<String> {
    let found = lines_products(order, products).filter_map(|product| product.category());
    unique(found)
}

fn product_tags(order: &Order, products: &BTreeMap<String, Product>) -> Vec<String> {
    unique(
        lines_products(order, products).flat_map(|product| product.tags.iter().map(String::as_str)),
    )
}

fn lines_products<'a>(
    order: &'a Order,
    products: &'a BTreeMap<String, Product>,
) -> impl Iterator<Item = &'a Product> {
    order
        .lines
        .iter()
        .filter_map(|line| products.get(line.product_id.as_deref()?))
}

fn unique<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    texts
        .map(text::one_line)
        .filter(|text| !text.is_empty() && seen.insert(text.to_lowercase()))
        .collect()
}

fn deal_tags(
    input: &Input<'_>,
    categories: &[String],
    outcome: &rule::Outcome,
) -> BTreeSet<String> {
    let order = input.order;
    let mut tags = segment_tags(input, categories);
    if order.fulfilment == Fulfilment::Canceled {
        tags.insert(tag::CANCELLED.to_owned());
    }
    if order.is_part_refunded() {
        tags.insert(tag::REFUNDED_IN_PART.to_owned());
    }
    if order.is_fully_refunded() {
        tags.insert(tag::REFUNDED.to_owned());
    }
    tags.extend(outcome.deal_tags.iter().cloned());
    tags
}

fn contact_tags(
    input: &Input<'_>,
    categories: &[String],
    outcome: &rule::Outcome,
) -> BTreeSet<String> {
    let mut tags = segment_tags(input, categories);
    tags.extend(outcome.contact_tags.iter().cloned());
    tags
}

/// The tags by which buyers and deals are sorted alike.
fn segment_tags(input: &Input<'_>, categories: &[String]) -> BTreeSet<String> {
    let mut tags: BTreeSet<String> = categories.iter().map(|text| tag::category(text)).collect();
    let amount = input.order.grand_total.amount;
    tags.extend(tag::amount_band(amount, &input.settings.bands));
    if input.site.shares_account {
        tags.insert(tag::site(&input.site.name));
    }
    tags
}

fn fields(input: &Input<'_>, categories: &[String]) -> BTreeMap<Field, String> {
    let order = input.order;
    let values = [
        (Field::OrderId, order.id.clone()),
        (Field::OrderNumber, order.number.clone()),
        (Field::Site, input.site.title.clone()),
        (Field::Channel, channel(order)),
        (
            Field::Items,
            lines(order.lines.iter().map(|line| line.short())),
        ),
        (
            Field::Skus,
            lines(order.lines.iter().filter_map(|line| line.sku.clone())),
        ),
        (Field::Categories, categories.join("\n")),
        (Field::Fulfilment, order.fulfilment.as_str().to_owned()),
        (Field::Payment, order.payment.as_str().to_owned()),
        (Field::Total, order.grand_total.amount.to_string()),
        (Field::Refunded, order.refunded_total.amount.to_string()),
        (Field::Currency, order.grand_total.currency.clone()),
        (Field::DiscountCodes, codes(order)),
        (
            Field::ShippingMethod,
            order.shipping_method.clone().unwrap_or_default(),
        ),
        (
            Field::Tracking,
            lines(order.shipments.iter().map(|parcel| parcel.short())),
        ),
        (Field::OrderedAt, order.created_at.as_second().to_string()),
    ];
    values
        .into_iter()
        .map(|(field, value)| (field, fit(field, &value)))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// The value as the field takes it: on one line where it has one, and not too long.
fn fit(field: Field, value: &str) -> String {
    match field.facts().kind {
        Kind::Text => text::clip(&text::one_line(value), TEXT_CHARS),
        Kind::TextArea => text::clip(value.trim(), TEXT_AREA_CHARS),
        Kind::Monetary | Kind::DateTime => value.to_owned(),
    }
}

fn lines(texts: impl Iterator<Item = String>) -> String {
    texts
        .map(|text| text::one_line(&text))
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn channel(order: &Order) -> String {
    match &order.channel_name {
        Some(name) if order.channel == "external" => format!("{} ({name})", order.channel),
        Some(_) | None => order.channel.clone(),
    }
}

fn codes(order: &Order) -> String {
    let codes = order
        .discounts
        .iter()
        .filter_map(|discount| discount.code.as_deref());
    unique(codes).join(", ")
}

//! What a contact query asks: filters that must all hold, and what the answer is sorted by.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Contact;
use crate::squarespace::access::Caller;
use crate::squarespace::answer::Reply;
use crate::squarespace::ranking::{Key, Rank, Ranking};
use crate::squarespace::site::Site;
use crate::squarespace::summaries::{Summaries, Summary, Trade};
use crate::squarespace::{Squarespace, time};

const PATH: &str = "/v1/contacts";

/// Thousandths, the finest any currency is divided, so that amounts sort as whole numbers.
const FINEST: i64 = 1_000;

/// A checked query body.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(super) struct Question {
    search: String,
    accepts_marketing: Option<bool>,
    joined_on: Span,
    first_order_on: Span,
    last_order_on: Span,
    first_donation_on: Span,
    last_donation_on: Span,
    order_count: Span,
    order_amount: Span,
    donation_count: Span,
    donation_amount: Span,
    sort_field: String,
}

/// Bounds of dates, both exclusive, or of numbers, both inclusive; by then they are whole numbers.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
struct Span {
    low: Option<i64>,
    high: Option<i64>,
}

impl Question {
    /// All contacts, in the order of their ids.
    pub(super) fn everybody() -> Self {
        Self::default()
    }

    /// Reads a body; `literal` dates mean what the published schema says: `after` drops later ones.
    pub(super) fn read(body: &Value, literal: bool) -> Self {
        let dates = |name: &str| Span::of_dates(&body[name], literal);
        let numbers = |name: &str, unit: i64| Span::of_numbers(&body[name], unit);
        let marketing = &body["acceptsMarketingWithDate"];
        Self {
            search: body["searchString"]
                .as_str()
                .unwrap_or_default()
                .to_lowercase(),
            accepts_marketing: marketing["acceptsMarketing"].as_bool(),
            joined_on: Span::of_dates(&marketing["joinedOn"], literal),
            first_order_on: dates("firstOrderOn"),
            last_order_on: dates("lastOrderOn"),
            first_donation_on: dates("firstDonationOn"),
            last_donation_on: dates("lastDonationOn"),
            order_count: numbers("orderCount", 1),
            order_amount: numbers("orderAmount", FINEST),
            donation_count: numbers("donationCount", 1),
            donation_amount: numbers("donationAmount", FINEST),
            sort_field: body["sortField"].as_str().unwrap_or_default().to_owned(),
        }
    }

    fn matches(&self, contact: &Contact, summary: &Summary) -> bool {
        let Summary {
            orders, donations, ..
        } = summary;
        self.finds(contact)
            && self
                .accepts_marketing
                .is_none_or(|accepts| contact.accepts_marketing() == accepts)
            && self.joined_on.holds(contact.joined_ms())
            && self.first_order_on.holds(orders.first_ms)
            && self.last_order_on.holds(orders.last_ms)
            && self.first_donation_on.holds(donations.first_ms)
            && self.last_donation_on.holds(donations.last_ms)
            && self.order_count.holds(Some(orders.count))
            && self.order_amount.holds(amount(orders))
            && self.donation_count.holds(Some(donations.count))
            && self.donation_amount.holds(amount(donations))
    }

    /// Whether name or e-mail contain the search string.
    fn finds(&self, contact: &Contact) -> bool {
        let first = contact.first_name.as_deref().unwrap_or_default();
        let last = contact.last_name.as_deref().unwrap_or_default();
        let email = contact.email().unwrap_or_default();
        format!("{first} {last}\n{email}")
            .to_lowercase()
            .contains(&self.search)
    }

    fn rank(&self, contact: &Contact, summary: &Summary) -> Rank {
        let Summary {
            orders, donations, ..
        } = summary;
        let key = match self.sort_field.as_str() {
            "CREATED_ON" => Key::number(Some(contact.created_ms())),
            "EMAIL" => Key::text(contact.email()),
            "ACCEPTS_MARKETING_JOINED_ON" => Key::number(contact.joined_ms()),
            "FIRST_NAME" => Key::text(contact.first_name.as_deref()),
            "LAST_NAME" => Key::text(contact.last_name.as_deref()),
            "ORDER_COUNT" => Key::number(Some(orders.count)),
            "LAST_ORDER_ON" => Key::number(orders.last_ms),
            "ORDER_AMOUNT" => Key::number(amount(orders)),
            "DONATION_COUNT" => Key::number(Some(donations.count)),
            "LAST_DONATION_ON" => Key::number(donations.last_ms),
            "DONATION_AMOUNT" => Key::number(amount(donations)),
            _ => Key::Nothing,
        };
        (key, contact.id.clone())
    }
}

/// The page that a ranking stands at.
pub(super) fn answer_page(
    shop: &Squarespace,
    caller: &Caller,
    site: &Site,
    ranking: Ranking<Question>,
    size: usize,
) -> Reply {
    let summaries = Summaries::of(shop, site, caller.now_ms);
    let question = &ranking.filter;
    let found = site.contacts.all().filter_map(|contact| {
        let summary = summaries.of_contact(&contact.id);
        question
            .matches(contact, &summary)
            .then(|| (question.rank(contact, &summary), contact.shown()))
    });
    let found = found.collect();
    let (contacts, pagination) = ranking.page(shop, caller, PATH, size, found);
    Reply::ok(json!({ "contacts": contacts, "pagination": pagination }))
}

impl Span {
    fn of_dates(filter: &Value, literal: bool) -> Self {
        let date = |name: &str| filter[name].as_str().and_then(time::read_utc);
        let (after, before) = (date("after"), date("before"));
        let (low, high) = if literal {
            (before, after)
        } else {
            (after, before)
        };
        // As whole numbers, exclusive bounds are inclusive ones a step further in.
        Self {
            low: low.map(|at| at + 1),
            high: high.map(|at| at - 1),
        }
    }

    fn of_numbers(filter: &Value, unit: i64) -> Self {
        let number = |name: &str| filter[name].as_i64().map(|number| number * unit);
        Self {
            low: number("min"),
            high: number("max"),
        }
    }

    /// Without bounds everything holds; with one, what is absent does not.
    fn holds(self, value: Option<i64>) -> bool {
        match (value, self.low, self.high) {
            (_, None, None) => true,
            (None, _, _) => false,
            (Some(value), low, high) => {
                low.is_none_or(|low| value >= low) && high.is_none_or(|high| value <= high)
            }
        }
    }
}

fn amount(trade: &Trade) -> Option<i64> {
    (trade.total * Decimal::from(FINEST)).to_i64()
}

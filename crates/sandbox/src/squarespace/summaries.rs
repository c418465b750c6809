//! What contacts bought and gave, added up: the view that profiles, analytics and contact queries share.

use std::collections::HashMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::shelf::{Object, text};
use super::site::Site;
use super::{Squarespace, money, time};

/// The trade of every contact of a website.
pub(super) struct Summaries {
    currency: String,
    by_contact: HashMap<String, Summary>,
}

/// The trade of one contact.
#[derive(Clone, Debug, Default)]
pub(super) struct Summary {
    pub(super) orders: Trade,
    pub(super) donations: Trade,
    refunded: Decimal,
}

/// Orders, or donations.
#[derive(Clone, Debug, Default)]
pub(super) struct Trade {
    pub(super) count: i64,
    pub(super) first_ms: Option<i64>,
    pub(super) last_ms: Option<i64>,
    pub(super) total: Decimal,
}

impl Summaries {
    /// Adds up all that was submitted until now, less the delay that a switch sets.
    pub(super) fn of(shop: &Squarespace, site: &Site, now: i64) -> Self {
        let until = now - shop.number("summary_lag_s") * 1_000;
        let mut by_contact: HashMap<String, Summary> = HashMap::new();
        let submitted = |object: &Object| {
            time::read_utc(text(object, "createdOn")).filter(|submitted| *submitted <= until)
        };
        for order in site.orders.all() {
            let Some(at) = submitted(order) else { continue };
            let summary = by_contact
                .entry(text(order, "customerId").to_owned())
                .or_default();
            summary.orders.add(at, money::amount(order, "grandTotal"));
            summary.refunded += money::amount(order, "refundedTotal");
        }
        for document in site.documents.all() {
            let donor = site.contacts.id_of(text(document, "customerEmail"));
            let (None, Some(donor)) = (document["salesOrderId"].as_str(), donor) else {
                continue;
            };
            let Some(at) = submitted(document) else {
                continue;
            };
            let summary = by_contact.entry(donor.to_owned()).or_default();
            summary.donations.add(at, money::amount(document, "total"));
        }
        Self {
            currency: site.currency.clone(),
            by_contact,
        }
    }

    pub(super) fn of_contact(&self, id: &str) -> Summary {
        self.by_contact.get(id).cloned().unwrap_or_default()
    }

    /// The summary as it is written, always with all its members.
    pub(super) fn shown(&self, id: &str) -> Value {
        let Summary {
            orders,
            donations,
            refunded,
        } = self.of_contact(id);
        let amount =
            |trade: &Trade, amount| (trade.count > 0).then(|| money::wire(amount, &self.currency));
        let date = |at: Option<i64>| at.map(time::iso);
        json!({
            "orderCount": orders.count,
            "donationCount": donations.count,
            "firstOrderSubmittedOn": date(orders.first_ms),
            "lastOrderSubmittedOn": date(orders.last_ms),
            "firstDonationSubmittedOn": date(donations.first_ms),
            "lastDonationSubmittedOn": date(donations.last_ms),
            "totalOrderAmount": amount(&orders, orders.total),
            "totalRefundAmount": amount(&orders, refunded),
            "totalDonationAmount": amount(&donations, donations.total),
        })
    }
}

impl Summary {
    /// Whether the contact has any order or donation.
    pub(super) fn is_customer(&self) -> bool {
        self.orders.count + self.donations.count > 0
    }
}

impl Trade {
    fn add(&mut self, at: i64, amount: Decimal) {
        self.count += 1;
        self.total += amount;
        self.first_ms = Some(self.first_ms.map_or(at, |first| first.min(at)));
        self.last_ms = Some(self.last_ms.map_or(at, |last| last.max(at)));
    }
}

//! What holds whatever happened: nothing is lost, nothing is doubled, the vendors' limits are kept.

use serde_json::Value;

use crate::seen::field;
use crate::world::{World, text};

impl World {
    /// Every order has one deal with one set of notes, every buyer one contact, and nothing is left over.
    pub(crate) async fn all_is_in_step(&self) {
        let orders = self.state("squarespace", "orders").await;
        let leads = self.state("kommo", "leads").await;
        let ordered = sorted(orders.iter().map(|order| text(&order["id"])));
        let dealt = sorted(leads.iter().map(order_id));
        assert_eq!(dealt, ordered, "one deal per order");

        let buyers = orders.iter().map(|order| text(&order["customerEmail"]));
        let mut buyers = sorted(buyers.map(|email| email.to_lowercase()));
        buyers.dedup();
        let contacts = self.state("kommo", "contacts").await;
        assert_eq!(contacts.len(), buyers.len(), "one contact per buyer");

        let notes = self.state("kommo", "notes").await;
        let noted = sorted(notes.iter().map(|note| note["entity_id"].as_i64()));
        let made = sorted(leads.iter().map(|lead| lead["id"].as_i64()));
        assert_eq!(noted, made, "one note per deal");
        let stuck = self.engine.work(None, 100).await.unwrap();
        assert!(
            stuck.iter().all(|work| work.item.error.is_none()),
            "{stuck:#?}"
        );
    }

    /// How many deals Portico has sent for creation, were they made or not.
    pub(crate) async fn deals_sent(&self) -> u64 {
        let requests = self.requests("kommo").await;
        let creates = requests.iter().filter(|request| {
            request["operation"] == "POST /api/v4/leads"
                || request["operation"] == "POST /api/v4/leads/complex"
        });
        creates
            .map(|request| request["items"].as_u64().unwrap())
            .sum()
    }
}

/// No window of this length holds more requests than the limit, and none was refused for it.
pub(crate) fn keeps_its_limit(requests: &[Value], window_ms: i64, limit: usize) {
    let at: Vec<i64> = sorted(requests.iter().map(|request| request["at"].as_i64()))
        .into_iter()
        .flatten()
        .collect();
    for (n, start) in at.iter().enumerate() {
        let within = at[n..].partition_point(|time| *time < start + window_ms);
        assert!(
            within <= limit,
            "{within} requests within {window_ms} ms of {start}"
        );
    }
    assert!(requests.iter().all(|request| request["status"] != 429));
}

/// The order that a deal of the CRM says it is of.
pub(crate) fn order_id(lead: &Value) -> String {
    let field = field(lead, "SQSP_ORDER_ID").expect("a deal of ours names its order");
    text(&field["values"][0]["value"])
}

fn sorted<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.collect();
    all.sort();
    all
}

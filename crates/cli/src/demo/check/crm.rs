//! What the CRM's own state holds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Facts;
use super::shops::{amount, cents_of, joined, refund_shown};
use crate::demo::control::{Control, text};
use crate::failure::Failure;

/// The closed stages of every pipeline.
const WON: i64 = 142;
const LOST: i64 = 143;

/// By how each kind of note begins.
const NOTE_KINDS: [(&str, &str); 4] = [
    ("Order #", "items"),
    ("Fulfilled", "fulfilled"),
    ("Refunded", "refunded"),
    ("The order was cancelled", "cancelled"),
];

/// Everything that the CRM holds.
#[derive(Default)]
pub(super) struct Crm {
    pub(super) deals: Vec<Deal>,
    pub(super) contacts: Vec<Contact>,
    pub(super) notes: usize,
}

pub(super) struct Deal {
    pub(super) id: String,
    /// From the field that carries it.
    pub(super) order_id: String,
    pub(super) contact_ids: Vec<String>,
    pub(super) facts: Facts,
    /// The kind and the text of each note.
    pub(super) notes: Vec<(String, String)>,
}

pub(super) struct Contact {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) emails: Vec<String>,
    pub(super) tags: BTreeSet<String>,
}

/// The CRM's own state, in the vendor's words.
pub(super) struct State {
    pub(super) leads: Vec<Value>,
    pub(super) contacts: Vec<Value>,
    pub(super) notes: Vec<Value>,
    pub(super) pipelines: Vec<Value>,
    pub(super) loss_reasons: Vec<Value>,
}

impl State {
    pub(super) async fn read(control: &Control) -> Result<Self, Failure> {
        Ok(Self {
            leads: control.state("kommo", "leads").await?,
            contacts: control.state("kommo", "contacts").await?,
            notes: control.state("kommo", "notes").await?,
            pipelines: control.state("kommo", "pipelines").await?,
            loss_reasons: control.state("kommo", "loss_reasons").await?,
        })
    }

    /// Reads what there is to compare.
    pub(super) fn held(&self) -> Crm {
        let pipelines = names(&self.pipelines);
        let reasons = names(&self.loss_reasons);
        let deal = |lead: &Value| Deal::read(lead, &self.notes, &pipelines, &reasons);
        Crm {
            deals: self.leads.iter().map(deal).collect(),
            contacts: self.contacts.iter().map(Contact::read).collect(),
            notes: self.notes.len(),
        }
    }
}

impl Crm {
    /// The deals that carry an order's identifier.
    pub(super) fn deals_of(&self, order_id: &str) -> Vec<&Deal> {
        let of_order = self.deals.iter().filter(|deal| deal.order_id == order_id);
        of_order.collect()
    }
}

impl Deal {
    fn read(
        lead: &Value,
        notes: &[Value],
        pipelines: &BTreeMap<String, String>,
        reasons: &BTreeMap<String, String>,
    ) -> Self {
        let id = text(lead, "id");
        let notes: Vec<(String, String)> = notes
            .iter()
            .filter(|note| text(note, "entity_id") == id)
            .map(|note| text(&note["params"], "text"))
            .map(|text| (kind_of(&text), text))
            .collect();
        let mut kinds: Vec<&str> = notes.iter().map(|(kind, _)| kind.as_str()).collect();
        kinds.sort_unstable();
        let pipeline = text(lead, "pipeline_id");
        let total = cents_of(&field(lead, "SQSP_TOTAL"));
        let facts = Facts::from([
            ("order number", field(lead, "SQSP_ORDER_NUMBER")),
            (
                "pipeline",
                pipelines.get(&pipeline).cloned().unwrap_or(pipeline),
            ),
            ("stage", stage(lead, reasons)),
            ("price", price(lead)),
            (
                "total",
                format!("{} {}", amount(total), field(lead, "SQSP_CURRENCY")),
            ),
            (
                "refunded",
                refund_shown(cents_of(&field(lead, "SQSP_REFUNDED"))),
            ),
            ("fulfillment", field(lead, "SQSP_FULFILLMENT")),
            ("payment", field(lead, "SQSP_PAYMENT")),
            ("items", field(lead, "SQSP_ITEMS")),
            ("tags", joined(tags(lead))),
            ("notes", joined(kinds)),
        ]);
        let contacts = lead["_embedded"]["contacts"]
            .as_array()
            .into_iter()
            .flatten();
        Self {
            order_id: field(lead, "SQSP_ORDER_ID"),
            contact_ids: contacts.map(|contact| text(contact, "id")).collect(),
            id,
            facts,
            notes,
        }
    }
}

impl Contact {
    fn read(contact: &Value) -> Self {
        let emails = field_values(contact, "EMAIL");
        Self {
            id: text(contact, "id"),
            name: text(contact, "name"),
            emails: emails.map(|email| email.to_lowercase()).collect(),
            tags: tags(contact),
        }
    }
}

fn stage(lead: &Value, reasons: &BTreeMap<String, String>) -> String {
    match lead["status_id"].as_i64() {
        Some(LOST) => {
            let reason = text(lead, "loss_reason_id");
            format!("lost: {}", reasons.get(&reason).unwrap_or(&reason))
        }
        Some(WON) => "won".to_owned(),
        Some(_) | None => "open".to_owned(),
    }
}

/// The CRM shows no price as 0.
fn price(lead: &Value) -> String {
    match lead["price"].as_i64() {
        None | Some(0) => "none".to_owned(),
        Some(price) => price.to_string(),
    }
}

fn kind_of(note: &str) -> String {
    let known = NOTE_KINDS.iter().find(|(start, _)| note.starts_with(start));
    match known {
        Some((_, kind)) => (*kind).to_owned(),
        None => format!("`{}`", note.lines().next().unwrap_or_default()),
    }
}

fn tags(card: &Value) -> BTreeSet<String> {
    let tags = card["_embedded"]["tags"].as_array().into_iter().flatten();
    tags.map(|tag| text(tag, "name")).collect()
}

/// The first value of a field, by its code; empty when the card has none.
fn field(card: &Value, code: &str) -> String {
    field_values(card, code).next().unwrap_or_default()
}

fn field_values(card: &Value, code: &str) -> impl Iterator<Item = String> {
    let fields = card["custom_fields_values"]
        .as_array()
        .into_iter()
        .flatten();
    fields
        .filter(move |field| text(field, "field_code") == code)
        .flat_map(|field| field["values"].as_array().into_iter().flatten())
        .map(|value| text(value, "value"))
}

fn names(items: &[Value]) -> BTreeMap<String, String> {
    let named = items
        .iter()
        .map(|item| (text(item, "id"), text(item, "name")));
    named.collect()
}

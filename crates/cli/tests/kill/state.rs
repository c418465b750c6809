//! What the CRM holds, and whether it is what the orders ask for.

use serde_json::Value;

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) leads: Vec<Value>,
    pub(crate) notes: Vec<Value>,
    pub(crate) contacts: Vec<Value>,
}

impl State {
    /// Every order has its deal, with the note of what was bought.
    pub(crate) fn has_all(&self, orders: &[Value]) -> bool {
        orders.iter().all(|order| {
            let notes = self.notes_of(order);
            notes.iter().any(|note| note.contains(" items]"))
        })
    }

    /// The deal of an order says that it was sent, with the parcel's number.
    pub(crate) fn is_fulfilled(&self, order: &Value) -> bool {
        let field = |code| self.field(order, code);
        field("SQSP_FULFILLMENT").is_some_and(|state| state == "FULFILLED")
    }

    /// A field of the order's deal.
    pub(crate) fn field(&self, order: &Value, code: &str) -> Option<&str> {
        field(self.lead(order)?, code)
    }

    /// The pipeline of the order's deal.
    pub(crate) fn pipeline(&self, order: &Value) -> &Value {
        &self.lead(order).unwrap()["pipeline_id"]
    }

    /// The address on the contact of the order's deal.
    pub(crate) fn email(&self, order: &Value) -> &str {
        let contact = &self.lead(order).unwrap()["_embedded"]["contacts"][0]["id"];
        let card = self.contacts.iter().find(|card| card["id"] == *contact);
        field(card.unwrap(), "EMAIL").unwrap()
    }

    /// The texts of the notes on the order's deal.
    pub(crate) fn notes_of(&self, order: &Value) -> Vec<&str> {
        let Some(lead) = self.lead(order) else {
            return Vec::new();
        };
        let of_it = self
            .notes
            .iter()
            .filter(|note| note["entity_id"] == lead["id"]);
        of_it
            .map(|note| note["params"]["text"].as_str().unwrap())
            .collect()
    }

    fn lead(&self, order: &Value) -> Option<&Value> {
        let is_of = |lead: &&Value| field(lead, "SQSP_ORDER_ID") == order["id"].as_str();
        self.leads.iter().find(is_of)
    }
}

fn field<'a>(card: &'a Value, code: &str) -> Option<&'a str> {
    let fields = card["custom_fields_values"].as_array()?;
    let field = fields.iter().find(|field| field["field_code"] == code)?;
    field["values"][0]["value"].as_str()
}

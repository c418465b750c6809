//! What the vendors hold and what Portico shows, as short lines; and what people do most often.

use std::collections::BTreeMap;

use portico_domain::work::Queue;
use portico_engine::State;
use serde_json::{Value, json};

use crate::world::{World, text};

impl World {
    /// A buyer orders one thing; gift cards and workshops have no shipping, so their total is known.
    pub(crate) async fn buy(&self, email: &str, sku: &str) -> Value {
        self.checkout(json!({"email": email, "basket": [{"sku": sku}]}))
            .await
    }

    pub(crate) async fn checkout(&self, wanted: Value) -> Value {
        self.in_shop("checkout", wanted).await
    }

    /// What a merchant does with an order: `fulfill`, `refund`, `cancel` and so on.
    pub(crate) async fn merchant(&self, action: &str, order: &Value, mut with: Value) -> Value {
        with["id"] = order["id"].clone();
        self.in_shop(action, with).await
    }

    async fn in_shop(&self, action: &str, mut body: Value) -> Value {
        body["app"] = json!("squarespace");
        body["action"] = json!(action);
        self.people(body).await
    }

    /// What a person does in the CRM.
    pub(crate) async fn colleague(&self, action: &str, mut body: Value) -> Value {
        body["app"] = json!("kommo");
        body["action"] = json!(action);
        self.people(body).await
    }

    /// Puts an order into the first shop as it stands, and tells the subscribers.
    pub(crate) async fn place(&self, order: Value) -> Value {
        self.control_post("squarespace/orders", &order).await
    }

    /// Puts contacts into the CRM, as people do.
    pub(crate) async fn add_contacts(&self, contacts: Value) -> Value {
        self.control_post("kommo/contacts", &contacts).await
    }

    /// One line for each deal of the CRM, in the order in which they were made:
    /// `#1001 · Harbor & Lantern | New Clients, New order | 106 | Ines Okafor | over-100`.
    pub(crate) async fn deals(&self) -> String {
        let pipelines = self.state("kommo", "pipelines").await;
        let contacts = self.state("kommo", "contacts").await;
        let leads = self.state("kommo", "leads").await;
        let line = |lead: &Value| {
            let contact = &lead["_embedded"]["contacts"][0]["id"];
            let contact = contacts.iter().find(|card| card["id"] == *contact);
            let contact = contact.map_or("nobody", |card| card["name"].as_str().unwrap());
            let stage = stage_of(lead, &pipelines);
            let name = lead["name"].as_str().unwrap();
            format!(
                "{name} | {stage} | {} | {contact} | {}",
                lead["price"],
                tags(lead)
            )
        };
        lines(leads.iter().map(line))
    }

    /// One line for each contact of the CRM: `Ines Okafor | ines@… | +1… | cat: prints, over-100`.
    pub(crate) async fn contacts(&self) -> String {
        let contacts = self.state("kommo", "contacts").await;
        let line = |card: &Value| {
            let name = card["name"].as_str().unwrap();
            let (email, phone) = (values(card, "EMAIL"), values(card, "PHONE"));
            format!("{name} | {email} | {phone} | {}", tags(card))
        };
        lines(contacts.iter().map(line))
    }

    /// The deal of an order, as the CRM holds it: by the order's identifier, else by its number.
    pub(crate) async fn lead(&self, order: &Value) -> Value {
        let number = format!("#{} ", text(&order["orderNumber"]));
        let is_of = |lead: &&Value| match field(lead, "SQSP_ORDER_ID") {
            Some(field) => field["values"][0]["value"] == order["id"],
            None => text(&lead["name"]).starts_with(&number),
        };
        let leads = self.state("kommo", "leads").await;
        let found: Vec<&Value> = leads.iter().filter(is_of).collect();
        assert_eq!(found.len(), 1, "deals of {number}");
        found[0].clone()
    }

    /// The fields of an order's deal that have a value, by code without its prefix.
    pub(crate) async fn fields(&self, order: &Value) -> BTreeMap<String, String> {
        let lead = self.lead(order).await;
        let filled = lead["custom_fields_values"].as_array();
        let filled = filled.into_iter().flatten().map(|field| {
            let code = field["field_code"].as_str().unwrap_or_default();
            let code = code.trim_start_matches("SQSP_").to_owned();
            let value = &field["values"][0]["value"];
            (
                code,
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned),
            )
        });
        filled.collect()
    }

    /// One field of an order's deal.
    pub(crate) async fn field(&self, order: &Value, code: &str) -> Option<String> {
        self.fields(order).await.remove(code)
    }

    /// Where an order's deal stands: `New Clients, New order`.
    pub(crate) async fn stage(&self, order: &Value) -> String {
        stage_of(
            &self.lead(order).await,
            &self.state("kommo", "pipelines").await,
        )
    }

    /// The notes on an order's deal, oldest first, without the line by which Portico knows them.
    pub(crate) async fn notes(&self, order: &Value) -> Vec<String> {
        let lead = self.lead(order).await;
        let notes = self.state("kommo", "notes").await;
        let mine = notes
            .iter()
            .filter(|note| note["entity_id"] == lead["id"] && note["entity_type"] == "leads");
        mine.filter_map(|note| note["params"]["text"].as_str())
            .map(|text| {
                text.rsplit_once("\n[portico ")
                    .map_or(text, |(before, _)| before)
            })
            .map(str::to_owned)
            .collect()
    }

    /// What Portico tells of an order, line by line; the numbers of cards are left out.
    pub(crate) async fn timeline(&self, order: &Value) -> String {
        let shown = self.shown(order).await;
        lines(
            shown
                .timeline
                .into_iter()
                .map(|event| without_ids(&event.text)),
        )
    }

    /// What Portico says of an order's deal in one sentence.
    pub(crate) async fn sentence(&self, order: &Value) -> String {
        without_ids(&self.shown(order).await.deals[0].sentence())
    }

    /// What waits for a person: `order #1001 of acme: reason; remedy`.
    pub(crate) async fn stuck(&self) -> String {
        let overview = self.engine.overview().await.unwrap();
        lines(overview.stuck.into_iter().map(|stuck| {
            let (error, remedy) = (stuck.item.error, stuck.item.remedy);
            format!("{}: {}; {}", stuck.about, error.unwrap(), remedy.unwrap())
        }))
    }

    /// The warning of the flow `orders`.
    pub(crate) async fn warning(&self) -> Option<String> {
        self.engine.flow_named("orders").await.unwrap().warning
    }

    /// A connection's state in words: `ACTIVE`, or `REVOKED: reason; remedy`.
    pub(crate) async fn connection(&self, name: &str) -> String {
        let connection = self.engine.connection_named(name).await.unwrap();
        let status = connection.status.as_str();
        match (connection.reason, connection.remedy) {
            (Some(reason), Some(remedy)) => format!("{status}: {reason}; {remedy}"),
            (_, _) => status.to_owned(),
        }
    }

    /// How many requests a vendor saw of this operation since they were last forgotten.
    pub(crate) async fn calls(&self, app: &str, operation: &str) -> usize {
        let requests = self.requests(app).await;
        let of = |request: &&Value| request["operation"] == operation;
        requests.iter().filter(of).count()
    }

    /// Fails when any work is held, or waits for the next try.
    pub(crate) async fn nothing_is_stuck(&self) {
        assert_eq!(self.stuck().await, "");
        let waiting = self.engine.work(Some(State::Waiting), 100).await.unwrap();
        let failed = waiting.iter().filter(|work| work.item.error.is_some());
        let failed: Vec<_> = failed
            .map(|work| (work.item.queue, &work.item.error))
            .collect();
        assert!(failed.is_empty(), "{failed:?}");
    }

    /// How much work of a queue waits.
    pub(crate) async fn waiting(&self, queue: Queue) -> usize {
        let waiting = self.engine.work(Some(State::Waiting), 1_000).await.unwrap();
        waiting
            .iter()
            .filter(|work| work.item.queue == queue)
            .count()
    }
}

fn stage_of(lead: &Value, pipelines: &[Value]) -> String {
    let pipeline = pipelines
        .iter()
        .find(|one| one["id"] == lead["pipeline_id"]);
    let pipeline = pipeline.expect("a deal is in a pipeline of the account");
    let stages = pipeline["_embedded"]["statuses"].as_array().unwrap();
    let stage = stages
        .iter()
        .find(|one| one["id"] == lead["status_id"])
        .unwrap();
    let reason = lead["_embedded"]["loss_reason"][0]["name"].as_str();
    let reason = reason.map_or(String::new(), |reason| format!(" ({reason})"));
    format!(
        "{}, {}{reason}",
        text(&pipeline["name"]),
        text(&stage["name"])
    )
}

fn tags(card: &Value) -> String {
    let tags = card["_embedded"]["tags"].as_array().unwrap();
    let mut names: Vec<&str> = tags.iter().filter_map(|tag| tag["name"].as_str()).collect();
    names.sort_unstable();
    names.join(", ")
}

/// The values of a contact's field, by its code.
fn values(card: &Value, code: &str) -> String {
    let values = field(card, code).and_then(|field| field["values"].as_array());
    let texts = values
        .into_iter()
        .flatten()
        .map(|value| text(&value["value"]));
    texts.collect::<Vec<_>>().join(", ")
}

/// A card's filled field, by its code.
pub(crate) fn field<'a>(card: &'a Value, code: &str) -> Option<&'a Value> {
    let fields = card["custom_fields_values"].as_array();
    fields
        .into_iter()
        .flatten()
        .find(|field| field["field_code"] == code)
}

/// Numbers of cards differ with whatever was made before.
fn without_ids(line: &str) -> String {
    let words = line.split(' ').map(|word| {
        let is_id = word.len() == 7 && word.bytes().all(|byte| byte.is_ascii_digit());
        if is_id { "N" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    let lines = lines.map(|line| line.trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

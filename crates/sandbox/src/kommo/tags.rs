//! The tag dictionaries, and what a change of tags does to a card.

use serde_json::{Value, json};

use super::answer::{Answer, hal};
use super::call::{Call, Totals};
use super::drafts::{TagChange, TagRef};
use super::fields::request_id;
use super::findings::Findings;
use super::state::{Body, Entity, State, object, text};

/// The colours that the vendor takes, without `#`.
const COLOURS: [&str; 23] = [
    "EBEBEB", "D0D0D0", "F2DDF7", "D1A4DC", "FF8F92", "FFC8C8", "C7DB8C", "DDEBB5", "8699DA",
    "AABDFF", "FFCE5A", "FFE193", "90CDB0", "C6F4DE", "A9A5D7", "D8D5FF", "86C0FC", "832161",
    "6A0F49", "0C7C59", "10599D", "9D2B32", "247BA0",
];

impl State {
    /// The id of a tag, made on first use.
    pub(super) fn tag(&mut self, entity: Entity, name: &str, colour: Option<&Value>) -> u64 {
        if let Some(id) = self.tags[entity].id_of(name) {
            return id;
        }
        let id = self.sequence.next();
        let row = json!({ "id": id, "name": name, "color": colour.unwrap_or(&Value::Null) });
        self.tags[entity].add(id, object(row));
        id
    }

    pub(super) fn retag(&mut self, entity: Entity, card: u64, change: &TagChange) {
        let replace = change
            .replace
            .as_ref()
            .map(|tags| self.tag_ids(entity, tags));
        let add = self.tag_ids(entity, &change.add);
        let delete = self.tag_ids(entity, &change.delete);
        let Some(card) = self.cards[entity].get_mut(&card) else {
            return;
        };
        if let Some(tags) = replace {
            card.tags.clear();
            add_once(&mut card.tags, tags);
        }
        add_once(&mut card.tags, add);
        card.tags.retain(|tag| !delete.contains(tag));
    }

    /// A card's tags as reads embed them.
    pub(super) fn tags_of(&self, entity: Entity, tags: &[u64]) -> Vec<Value> {
        let rows = tags.iter().filter_map(|id| self.tags[entity].rows.get(id));
        rows.map(|row| Value::Object(row.clone())).collect()
    }

    fn tag_ids(&mut self, entity: Entity, tags: &[TagRef]) -> Vec<u64> {
        let id = |tag: &TagRef| match tag {
            TagRef::Id(id) => *id,
            TagRef::Name(name) => self.tag(entity, name, None),
        };
        tags.iter().map(id).collect()
    }
}

/// `GET /{entity}/tags`
pub(super) async fn list(entity: Entity, call: Call) -> Answer {
    let name = call.query.one(&["filter", "name"]);
    let part = call.query.one(&["query"]).map(str::to_lowercase);
    let ids = call.query.numbers(&["filter", "id"]);
    let state = call.kommo.held();
    let rows: Vec<&Body> = state.tags[entity]
        .rows
        .values()
        .filter(|row| name.is_none_or(|name| name == text(row, "name")))
        .filter(|row| {
            part.as_ref()
                .is_none_or(|part| text(row, "name").to_lowercase().contains(part))
        })
        .filter(|row| {
            ids.as_ref()
                .is_none_or(|ids| ids.iter().any(|id| row["id"] == *id))
        })
        .collect();
    call.page("tags", &rows, Totals::Hidden, |row, _| {
        Value::Object((*row).clone())
    })
}

/// `POST /{entity}/tags`
pub(super) async fn create(entity: Entity, call: Call) -> Answer {
    let items = call.items()?;
    let mut findings = Findings::default();
    for (index, item) in items.iter().enumerate() {
        let request_id = request_id(item, index);
        let mut place = findings.item(&request_id);
        if text(item, "name").is_empty() {
            place.at("name").missing();
        }
        let known = |colour: &Value| {
            colour
                .as_str()
                .is_some_and(|colour| COLOURS.contains(&colour))
        };
        if item
            .get("color")
            .is_some_and(|colour| !colour.is_null() && (entity != Entity::Leads || !known(colour)))
        {
            place.at("color").no_choice();
        }
    }
    findings.settle()?;
    let mut state = call.kommo.held();
    let mut shown = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let id = state.tag(entity, text(item, "name"), item.get("color"));
        shown
            .push(json!({ "id": id, "name": item["name"], "request_id": request_id(item, index) }));
    }
    hal(
        &json!({ "_total_items": shown.len(), "_links": call.own_link(), "_embedded": { "tags": shown } }),
    )
}

fn add_once(tags: &mut Vec<u64>, more: Vec<u64>) {
    for tag in more {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
}

//! Takes the vendor's own JSON in, as if it had been in the account all along.

use serde_json::{Value, json};

use super::fields::Kind;
use super::links::End;
use super::seed::add_user;
use super::state::{Author, Body, Card, Entity, State, flag, moment, number, object, text};
use super::webhooks::Event;
use crate::control::ControlError;

/// One object or a list, bare or in the envelope of a list answer.
pub(super) fn rows(collection: &str, body: Value) -> Result<Vec<Body>, ControlError> {
    let key = collection.split('/').next().unwrap_or(collection);
    let rows = match body {
        Value::Array(rows) => rows,
        Value::Object(mut body) => match body
            .get_mut("_embedded")
            .and_then(|embedded| embedded.get_mut(key))
        {
            Some(Value::Array(rows)) => std::mem::take(rows),
            Some(_) | None => vec![Value::Object(body)],
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    rows.into_iter()
        .map(|row| match row {
            Value::Object(row) => Ok(row),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Err(ControlError::bad_request(format!(
                "each of `{collection}` must be an object of the vendor's own JSON"
            ))),
        })
        .collect()
}

impl State {
    /// Saves a card as it is sent; what it refers to and the account lacks is made up silently.
    pub(super) fn load_card(&mut self, entity: Entity, mut row: Body, author: Author) -> u64 {
        let id = number(&row, "id").unwrap_or_else(|| self.sequence.next());
        self.sequence.passed(id);
        let embedded = row.remove("_embedded").unwrap_or_default();
        row.remove("_links");
        self.load_people(&row);
        if entity == Entity::Leads {
            self.load_stage(&mut row);
        }
        self.load_values(entity, &mut row);
        let new = !self.cards[entity].contains_key(&id);
        let mut body = self.blank(entity, id, author);
        body.retain(|name, _| !row.contains_key(name) && name != "is_price_computed");
        if entity == Entity::Contacts && !row.contains_key("name") {
            let name = format!("{} {}", text(&row, "first_name"), text(&row, "last_name"));
            body.insert("name".to_owned(), name.trim().into());
        }
        body.append(&mut row);
        body.insert("id".to_owned(), id.into());
        if entity == Entity::Contacts {
            self.index_emails(id, false);
        }
        let saved_at = moment(&body, "created_at").unwrap_or(author.now);
        let tags = self.load_tags(entity, &embedded["tags"]);
        self.cards[entity].insert(
            id,
            Card {
                body,
                tags,
                saved_at,
            },
        );
        if entity == Entity::Contacts {
            self.index_emails(id, true);
        }
        self.load_links(End { entity, id }, &embedded, author);
        let action = if new { "add" } else { "update" };
        self.tell_later(|state| vec![Event::card(state, action, entity, id)]);
        id
    }

    pub(super) fn load_note(&mut self, row: &Body, author: Author) -> Result<u64, ControlError> {
        let entity = Entity::read(text(row, "entity_type")).unwrap_or(Entity::Leads);
        let card = number(row, "entity_id").filter(|id| self.card(entity, *id).is_some());
        let card = card.ok_or_else(|| {
            ControlError::bad_request(format!(
                "a note needs the `entity_id` of one of the {}: load that first",
                entity.word()
            ))
        })?;
        let mut row = row.clone();
        row.remove("entity_type");
        Ok(self.add_note(entity, card, &row, author))
    }

    pub(super) fn load_tag(&mut self, entity: Entity, row: Body) -> Result<u64, ControlError> {
        if text(&row, "name").is_empty() {
            return Err(ControlError::bad_request("a tag needs a `name`"));
        }
        let Some(id) = number(&row, "id") else {
            return Ok(self.tag(entity, text(&row, "name"), row.get("color")));
        };
        self.sequence.passed(id);
        let mut tag = object(json!({ "color": null }));
        tag.extend(row);
        self.tags[entity].add(id, tag);
        Ok(id)
    }

    pub(super) fn load_field(
        &mut self,
        entity: Entity,
        mut row: Body,
    ) -> Result<u64, ControlError> {
        row.remove("_links");
        let kind = Kind::read(text(&row, "type")).ok_or_else(|| {
            ControlError::bad_request(format!(
                "the field type {} is not emulated",
                row.get("type").unwrap_or(&Value::Null)
            ))
        })?;
        Ok(self.add_field(entity, kind, &row))
    }

    fn load_people(&mut self, row: &Body) {
        for name in ["responsible_user_id", "created_by", "updated_by"] {
            if let Some(id) =
                number(row, name).filter(|id| *id != 0 && !self.users.contains_key(id))
            {
                self.sequence.passed(id);
                add_user(
                    self,
                    id,
                    &format!("User {id}"),
                    &format!("user{id}@example.com"),
                    false,
                );
            }
        }
    }

    fn load_stage(&mut self, row: &mut Body) {
        let status = number(row, "status_id");
        let pipeline = number(row, "pipeline_id").or_else(|| {
            let home = self
                .pipelines
                .values()
                .find(|pipeline| status.is_some_and(|id| pipeline.statuses.contains_key(&id)));
            home.or_else(|| self.main_pipeline())
                .map(super::pipelines::Pipeline::id)
        });
        let Some(pipeline) = pipeline else { return };
        if !self.pipelines.contains_key(&pipeline) {
            let sort = self.pipelines.len() + 1;
            self.add_pipeline(&object(
                json!({ "id": pipeline, "name": format!("Pipeline {pipeline}"), "sort": sort }),
            ));
        }
        let known =
            |state: &Self, status| state.pipelines[&pipeline].statuses.contains_key(&status);
        if let Some(status) = status.filter(|status| !known(self, *status)) {
            self.add_status(
                pipeline,
                &json!({ "id": status, "name": format!("Stage {status}") }),
            );
        }
        row.insert("pipeline_id".to_owned(), pipeline.into());
        row.insert(
            "status_id".to_owned(),
            status
                .unwrap_or(self.pipelines[&pipeline].first_status())
                .into(),
        );
    }

    /// Makes the fields that loaded values name, and completes values that name a field by its code only.
    fn load_values(&mut self, entity: Entity, row: &mut Body) {
        let Some(Value::Array(filled)) = row.get_mut("custom_fields_values") else {
            return;
        };
        for filled in filled {
            let (id, code) = (filled["field_id"].as_u64(), filled["field_code"].as_str());
            let known = match (id, code) {
                (Some(id), _) => self.fields[entity].get(&id),
                (None, code) => self.fields[entity]
                    .values()
                    .find(|field| code.is_some() && field.code() == code),
            };
            let id = match known {
                Some(field) => field.id,
                None => {
                    let kind = Kind::read(filled["field_type"].as_str().unwrap_or("text"))
                        .unwrap_or(Kind::Text);
                    let mut definition =
                        json!({ "name": filled["field_name"], "code": filled["field_code"] });
                    if let Some(id) = id {
                        definition["id"] = id.into();
                    }
                    definition["enums"] = enums_in(&filled["values"]);
                    self.add_field(entity, kind, &object(definition))
                }
            };
            let field = &self.fields[entity][&id];
            for (name, value) in [
                ("field_id", json!(id)),
                ("field_name", field.body["name"].clone()),
                ("field_code", field.body["code"].clone()),
                ("field_type", field.kind.word().into()),
            ] {
                if filled[name].is_null() {
                    filled[name] = value;
                }
            }
        }
    }

    fn load_tags(&mut self, entity: Entity, tags: &Value) -> Vec<u64> {
        let mut ids = Vec::new();
        for tag in tags
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
        {
            let known = number(tag, "id").filter(|id| self.tags[entity].rows.contains_key(id));
            ids.extend(known.or_else(|| self.load_tag(entity, tag.clone()).ok()));
        }
        ids
    }

    fn load_links(&mut self, from: End, embedded: &Value, author: Author) {
        for entity in Entity::ALL {
            for row in embedded[entity.word()].as_array().into_iter().flatten() {
                let Some(id) = row["id"].as_u64() else {
                    continue;
                };
                if !self.cards[entity].contains_key(&id) {
                    let name = format!("{} {id}", entity.singular());
                    self.load_card(entity, object(json!({ "id": id, "name": name })), author);
                }
                self.links
                    .link(from, End { entity, id }, row["is_main"] == true);
            }
        }
    }
}

/// The options that loaded values show.
fn enums_in(values: &Value) -> Value {
    let values = values
        .as_array()
        .into_iter()
        .flatten()
        .filter(|value| value["enum_id"].is_u64());
    values.map(|value| json!({ "id": value["enum_id"], "value": value["value"], "code": value["enum_code"] })).collect()
}

/// Saves a pipeline under its own id, with its stages.
pub(super) fn pipeline(state: &mut State, row: &Body) -> u64 {
    let sort = state.pipelines.len() + 1;
    let mut row = row.clone();
    row.entry("sort").or_insert(sort.into());
    let replaced = number(&row, "id").and_then(|id| state.pipelines.remove(&id));
    let id = state.add_pipeline(&row);
    // System stages that were sent under their own ids replace the ones just made.
    let sent = row
        .get("_embedded")
        .and_then(|embedded| embedded["statuses"].as_array());
    for status in sent.into_iter().flatten().filter_map(Value::as_object) {
        let mut status = status.clone();
        status.remove("_links");
        if number(&status, "type") == Some(1)
            && let Some(pipeline) = state.pipelines.get_mut(&id)
        {
            pipeline
                .statuses
                .retain(|_, known| number(known, "type") != Some(1));
        }
        if let (Some(status_id), Some(pipeline)) =
            (number(&status, "id"), state.pipelines.get_mut(&id))
        {
            let known = pipeline.statuses.entry(status_id).or_default();
            known.extend(status);
        }
    }
    if replaced.is_some_and(|replaced| flag(&replaced.body, "is_main"))
        && let Some(pipeline) = state.pipelines.get_mut(&id)
    {
        pipeline.body.insert("is_main".to_owned(), true.into());
    }
    id
}

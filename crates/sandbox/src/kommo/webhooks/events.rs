//! What webhooks tell, in the form encoding with PHP brackets that they are told in.

use serde_json::{Value, json};

use crate::kommo::state::{Body, Entity, State, number, text};

/// One item of a delivery.
#[derive(Debug)]
pub(in crate::kommo) struct Event {
    /// The code in a subscription's `settings`.
    pub setting: String,
    /// `leads`, `contacts` or `unsorted`; companies travel among the contacts.
    root: &'static str,
    action: &'static str,
    item: Value,
}

impl Event {
    /// A card was added, updated, deleted, moved or handed over.
    pub(in crate::kommo) fn card(
        state: &State,
        action: &'static str,
        entity: Entity,
        id: u64,
    ) -> Self {
        let item = match state.cards[entity].get(&id) {
            Some(card) if action == "delete" => gone(entity, &card.body),
            Some(card) => item(state, entity, id, &card.body),
            None => Value::Null,
        };
        Self {
            setting: format!("{action}_{}", entity.singular()),
            root: root(entity),
            action,
            item,
        }
    }

    pub(in crate::kommo) fn note(entity: Entity, note: &Body) -> Self {
        // The numbers of the old API: what a note is, and what it is on.
        let note_type = if text(note, "note_type") == "attachment" {
            5
        } else {
            4
        };
        let element_type = match entity {
            Entity::Contacts => 1,
            Entity::Leads => 2,
            Entity::Companies => 3,
        };
        let told = json!({
            "id": note["id"], "element_id": note["entity_id"], "element_type": element_type, "note_type": note_type,
            "text": note["params"]["text"], "metadata": note["params"].to_string(), "account_id": note["account_id"],
            "main_user_id": note["responsible_user_id"], "group_id": note["group_id"], "created_by": note["created_by"],
            "modified_by": note["updated_by"], "date_create": note["created_at"], "timestamp_x": note["updated_at"],
        });
        let setting = format!("note_{}", entity.singular());
        Self {
            setting,
            root: root(entity),
            action: "note",
            item: json!({ "note": told }),
        }
    }

    pub(in crate::kommo) fn unsorted(action: &'static str, item: Value) -> Self {
        Self {
            setting: format!("{action}_unsorted"),
            root: "unsorted",
            action,
            item,
        }
    }
}

/// Where a card stands: its stage and who is responsible for it.
#[derive(Debug, PartialEq)]
pub(in crate::kommo) struct Place {
    status: Option<u64>,
    pipeline: Option<u64>,
    responsible: Option<u64>,
}

impl Place {
    pub(in crate::kommo) fn of(card: &Body) -> Self {
        Self {
            status: number(card, "status_id"),
            pipeline: number(card, "pipeline_id"),
            responsible: number(card, "responsible_user_id"),
        }
    }
}

/// What a change of a card tells.
pub(in crate::kommo) fn changes(
    state: &State,
    entity: Entity,
    id: u64,
    before: &Place,
) -> Vec<Event> {
    let Some(card) = state.cards[entity].get(&id) else {
        return Vec::new();
    };
    let after = Place::of(&card.body);
    let mut events = vec![Event::card(state, "update", entity, id)];
    if (before.status, before.pipeline) != (after.status, after.pipeline) {
        let mut event = Event::card(state, "status", entity, id);
        event.item["old_status_id"] = before.status.into();
        event.item["old_pipeline_id"] = before.pipeline.into();
        events.push(event);
    }
    if before.responsible != after.responsible {
        let mut event = Event::card(state, "responsible", entity, id);
        if entity != Entity::Leads {
            // Of contacts and companies it arrives as an update.
            event.action = "update";
            events[0].item["old_responsible_user_id"] = before.responsible.into();
        }
        event.item["old_responsible_user_id"] = before.responsible.into();
        events.push(event);
    }
    events
}

/// A whole delivery: `leads[update][0][id]=1&..&account[id]=2`.
pub(super) fn form(events: &[&Event], account: &Body) -> String {
    let mut groups: Vec<(&str, &str, Vec<&Value>)> = Vec::new();
    for event in events {
        match groups
            .iter_mut()
            .find(|(root, action, _)| *root == event.root && *action == event.action)
        {
            Some((.., items)) if items.contains(&&event.item) => {}
            Some((.., items)) => items.push(&event.item),
            None => groups.push((event.root, event.action, vec![&event.item])),
        }
    }
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (root, action, items) in groups {
        for (index, item) in items.into_iter().enumerate() {
            write(&mut form, &format!("{root}[{action}][{index}]"), item);
        }
    }
    let subdomain = text(account, "subdomain");
    form.append_pair("account[id]", &account["id"].to_string());
    form.append_pair("account[subdomain]", subdomain);
    form.append_pair(
        "account[_links][self]",
        &format!("https://{subdomain}.kommo.com"),
    );
    form.finish()
}

const fn root(entity: Entity) -> &'static str {
    match entity {
        Entity::Leads => "leads",
        Entity::Contacts | Entity::Companies => "contacts",
    }
}

fn gone(entity: Entity, body: &Body) -> Value {
    match entity {
        Entity::Leads => {
            json!({ "id": body["id"], "status_id": body["status_id"], "pipeline_id": body["pipeline_id"] })
        }
        Entity::Contacts | Entity::Companies => {
            json!({ "id": body["id"], "type": entity.singular() })
        }
    }
}

/// A card in the names of the old API, which webhooks still use.
fn item(state: &State, entity: Entity, id: u64, body: &Body) -> Value {
    let get = |name: &str| body.get(name).cloned().unwrap_or(Value::Null);
    let mut item = json!({
        "id": id, "name": get("name"), "responsible_user_id": get("responsible_user_id"), "group_id": get("group_id"),
        "date_create": get("created_at"), "last_modified": get("updated_at"), "created_user_id": get("created_by"),
        "modified_user_id": get("updated_by"), "account_id": get("account_id"), "created_at": get("created_at"),
        "updated_at": get("updated_at"),
    });
    match entity {
        Entity::Leads => {
            for name in [
                "status_id",
                "pipeline_id",
                "price",
                "loss_reason_id",
                "closed_at",
            ] {
                item[name] = get(name);
            }
        }
        Entity::Contacts => {
            item["type"] = "contact".into();
            let leads = state
                .links
                .leads(id)
                .map(|lead| (lead.to_string(), json!({ "ID": lead })));
            item["linked_leads_id"] = Value::Object(leads.collect());
        }
        Entity::Companies => item["type"] = "company".into(),
    }
    let filled = body.get("custom_fields_values").and_then(Value::as_array);
    let fields = filled.into_iter().flatten().map(custom_field);
    item["custom_fields"] = fields.collect();
    item
}

fn custom_field(filled: &Value) -> Value {
    let dated = filled["field_type"]
        .as_str()
        .is_some_and(|kind| matches!(kind, "date" | "date_time" | "birthday"));
    let value = |value: &Value| {
        let option = &value["enum_id"];
        if dated {
            // Dates come as bare strings.
            value["value"].clone()
        } else if option.is_null() {
            json!({ "value": value["value"] })
        } else {
            json!({ "value": value["value"], "enum": option })
        }
    };
    let values = filled["values"].as_array().into_iter().flatten().map(value);
    json!({
        "id": filled["field_id"], "name": filled["field_name"], "code": filled["field_code"],
        "values": values.collect::<Vec<Value>>(),
    })
}

/// Everything is a string; what is null or empty is left out, as PHP's own encoder does.
fn write(form: &mut form_urlencoded::Serializer<'_, String>, name: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::Bool(on) => {
            form.append_pair(name, if *on { "1" } else { "0" });
        }
        Value::Number(number) => {
            form.append_pair(name, &number.to_string());
        }
        Value::String(text) => {
            form.append_pair(name, text);
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                write(form, &format!("{name}[{index}]"), item);
            }
        }
        Value::Object(members) => {
            for (member, value) in members {
                write(form, &format!("{name}[{member}]"), value);
            }
        }
    }
}

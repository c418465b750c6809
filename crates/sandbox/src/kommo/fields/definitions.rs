//! The definitions of custom fields, and what cards hold in them.

use serde_json::{Value, json};

use crate::kommo::state::{Body, Entity, State, number, object, text};

/// The definition of a custom field.
#[derive(Clone, Debug)]
pub(in crate::kommo) struct Field {
    pub id: u64,
    pub kind: Kind,
    /// `code` of the body once more: every value of a batch is looked up by it.
    code: Option<String>,
    /// The options of a list, the kinds of a phone or an e-mail, the parts of an address.
    pub choices: Vec<Choice>,
    /// Everything else of the definition as reads show it.
    pub body: Body,
}

#[derive(Clone, Debug)]
pub(in crate::kommo) struct Choice {
    pub id: u64,
    pub value: String,
    pub code: Option<String>,
    pub sort: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kommo) enum Kind {
    Text,
    Textarea,
    Numeric,
    Monetary,
    Checkbox,
    Select,
    Radiobutton,
    Multiselect,
    Multitext,
    Date,
    DateTime,
    Birthday,
    Url,
    Streetaddress,
    SmartAddress,
    LegalEntity,
    TrackingData,
}

const KINDS: [(&str, Kind); 17] = [
    ("text", Kind::Text),
    ("textarea", Kind::Textarea),
    ("numeric", Kind::Numeric),
    ("monetary", Kind::Monetary),
    ("checkbox", Kind::Checkbox),
    ("select", Kind::Select),
    ("radiobutton", Kind::Radiobutton),
    ("multiselect", Kind::Multiselect),
    ("multitext", Kind::Multitext),
    ("date", Kind::Date),
    ("date_time", Kind::DateTime),
    ("birthday", Kind::Birthday),
    ("url", Kind::Url),
    ("streetaddress", Kind::Streetaddress),
    ("smart_address", Kind::SmartAddress),
    ("legal_entity", Kind::LegalEntity),
    ("tracking_data", Kind::TrackingData),
];

const ADDRESS_PARTS: [&str; 6] = [
    "address_line_1",
    "address_line_2",
    "city",
    "state",
    "zip",
    "country",
];

impl Kind {
    pub(in crate::kommo) fn read(word: &str) -> Option<Self> {
        KINDS
            .into_iter()
            .find(|(known, _)| *known == word)
            .map(|(_, kind)| kind)
    }

    pub(in crate::kommo) fn word(self) -> &'static str {
        KINDS
            .into_iter()
            .find(|(_, kind)| *kind == self)
            .map_or("text", |(word, _)| word)
    }

    pub(in crate::kommo) fn takes_many(self) -> bool {
        matches!(
            self,
            Self::Multiselect | Self::Multitext | Self::SmartAddress
        )
    }

    fn has_options(self) -> bool {
        matches!(self, Self::Select | Self::Radiobutton | Self::Multiselect)
    }

    /// Whether an API caller can make such a field on such cards.
    pub(super) fn creatable_on(self, entity: Entity) -> bool {
        match self {
            Self::Multitext => false,
            Self::Birthday | Self::SmartAddress | Self::LegalEntity => true,
            Self::TrackingData => entity == Entity::Leads,
            Self::Text
            | Self::Textarea
            | Self::Numeric
            | Self::Monetary
            | Self::Checkbox
            | Self::Select
            | Self::Radiobutton
            | Self::Multiselect
            | Self::Date
            | Self::DateTime
            | Self::Url
            | Self::Streetaddress => true,
        }
    }
}

impl Field {
    pub(in crate::kommo) fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    pub(in crate::kommo) fn name(&self) -> &str {
        text(&self.body, "name")
    }

    /// The definition as reads show it.
    pub(in crate::kommo) fn show(&self, keyed_enums: bool) -> Value {
        let mut body = self.body.clone();
        let choices = self.choices.iter().map(|choice| {
            json!({ "id": choice.id, "value": choice.value, "sort": choice.sort, "code": choice.code })
        });
        let enums = if self.choices.is_empty() {
            Value::Null
        } else if keyed_enums {
            Value::Object(
                choices
                    .enumerate()
                    .map(|(at, choice)| (at.to_string(), choice))
                    .collect(),
            )
        } else {
            choices.collect()
        };
        body.insert("enums".to_owned(), enums);
        Value::Object(body)
    }
}

impl State {
    /// Makes a field; what the definition leaves out gets the vendor's defaults.
    pub(in crate::kommo) fn add_field(
        &mut self,
        entity: Entity,
        kind: Kind,
        definition: &Body,
    ) -> u64 {
        let id = number(definition, "id").unwrap_or_else(|| self.sequence.next());
        self.sequence.passed(id);
        let sort = 500 + u64::try_from(self.fields[entity].len()).unwrap_or_default();
        let defaults = json!({
            "id": id, "name": "", "type": kind.word(), "account_id": self.account_id(), "code": null,
            "sort": sort, "is_api_only": false, "entity_type": entity.word(), "group_id": null,
            "required_statuses": [], "hidden_statuses": [], "is_deletable": true, "is_predefined": false,
            "remind": null, "currency": null, "triggers": [], "tracking_callback": null,
        });
        let mut body = object(defaults);
        let sent = definition
            .iter()
            .filter(|(name, _)| *name != "enums" && *name != "request_id");
        body.extend(sent.map(|(name, value)| (name.clone(), value.clone())));
        body.insert("id".to_owned(), id.into());
        if kind == Kind::Monetary && body["currency"].is_null() {
            body.insert("currency".to_owned(), self.currency().into());
        }
        let choices = if kind == Kind::SmartAddress {
            address_parts()
        } else if kind.has_options() || kind == Kind::Multitext {
            self.read_choices(&[], definition.get("enums"))
        } else {
            Vec::new()
        };
        self.fields[entity].insert(
            id,
            Field {
                id,
                kind,
                code: code_in(&body),
                choices,
                body,
            },
        );
        id
    }

    /// Drops a field and what cards hold in it; false when there is no such field.
    pub(in crate::kommo) fn drop_field(&mut self, entity: Entity, id: u64) -> bool {
        let Some(field) = self.fields[entity].remove(&id) else {
            return false;
        };
        if field.code() == Some("EMAIL") {
            self.by_email.clear();
        }
        for card in self.cards[entity].values_mut() {
            let Some(Value::Array(filled)) = card.body.get_mut("custom_fields_values") else {
                continue;
            };
            filled.retain(|filled| filled["field_id"] != id);
            if filled.is_empty() {
                card.body
                    .insert("custom_fields_values".to_owned(), Value::Null);
            }
        }
        true
    }

    pub(super) fn change_field(&mut self, entity: Entity, id: u64, change: &Body) {
        let Some(mut field) = self.fields[entity].get(&id).cloned() else {
            return;
        };
        if let Some(enums) = change.get("enums").filter(|_| field.kind.has_options()) {
            field.choices = self.read_choices(&field.choices, Some(enums));
        }
        let sent = change
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "enums" | "request_id" | "id" | "type"));
        field
            .body
            .extend(sent.map(|(name, value)| (name.clone(), value.clone())));
        field.code = code_in(&field.body);
        let (name, code) = (field.body["name"].clone(), field.body["code"].clone());
        for card in self.cards[entity].values_mut() {
            let Some(Value::Array(filled)) = card.body.get_mut("custom_fields_values") else {
                continue;
            };
            for filled in filled.iter_mut().filter(|filled| filled["field_id"] == id) {
                filled["field_name"] = name.clone();
                filled["field_code"] = code.clone();
            }
        }
        self.fields[entity].insert(id, field);
    }

    /// Options with an `id` keep it, the others are new; options that were left out are gone.
    fn read_choices(&mut self, known: &[Choice], sent: Option<&Value>) -> Vec<Choice> {
        let rows: Vec<Value> = match sent {
            Some(Value::Array(rows)) => rows.clone(),
            Some(Value::Object(rows)) => rows.values().cloned().collect(),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
                Vec::new()
            }
        };
        rows.iter()
            .zip(1..)
            .map(|(row, position)| {
                let id = row["id"].as_u64();
                let before = id.and_then(|id| known.iter().find(|choice| choice.id == id));
                let word = |member: &str| row[member].as_str().map(str::to_owned);
                Choice {
                    id: id.unwrap_or_else(|| self.sequence.next()),
                    value: word("value")
                        .or(before.map(|choice| choice.value.clone()))
                        .unwrap_or_default(),
                    code: word("code").or(before.and_then(|choice| choice.code.clone())),
                    sort: row["sort"].as_u64().unwrap_or(position * 10),
                }
            })
            .collect()
    }
}

/// The values of a card as they are stored and shown, brought into line with a change.
pub(in crate::kommo) fn write_values(
    state: &mut State,
    entity: Entity,
    card: u64,
    change: &[(u64, Vec<Value>)],
) {
    let fields = &state.fields[entity];
    let Some(card) = state.cards[entity].get_mut(&card) else {
        return;
    };
    let mut filled = match card.body.remove("custom_fields_values") {
        Some(Value::Array(filled)) => filled,
        Some(_) | None => Vec::new(),
    };
    for (id, values) in change {
        filled.retain(|known| known["field_id"] != *id);
        let Some(field) = fields.get(id).filter(|_| !values.is_empty()) else {
            continue;
        };
        let mut entry = json!({
            "field_id": id,
            "field_name": field.name(),
            "field_code": field.body["code"],
            "field_type": field.kind.word(),
            "values": values,
        });
        if entity == Entity::Leads {
            entry["is_computed"] = false.into();
        }
        filled.push(entry);
    }
    let value = if filled.is_empty() {
        Value::Null
    } else {
        Value::Array(filled)
    };
    card.body.insert("custom_fields_values".to_owned(), value);
}

fn address_parts() -> Vec<Choice> {
    let parts = ADDRESS_PARTS.into_iter().zip(1..);
    parts
        .map(|(code, id)| Choice {
            id,
            value: code.to_owned(),
            code: Some(code.to_owned()),
            sort: id * 10,
        })
        .collect()
}

fn code_in(body: &Body) -> Option<String> {
    body.get("code").and_then(Value::as_str).map(str::to_owned)
}

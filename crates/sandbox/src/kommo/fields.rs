//! Custom fields: their definitions, the ones every account has, and the calls that change them.

use http::StatusCode;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal, hal, hal_with, nothing};
use super::call::{Call, Ids, Totals};
use super::findings::{Findings, Place};
use super::state::{Body, Entity, State, flag, number, text};

/// The definition of a custom field.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub id: u64,
    pub kind: Kind,
    /// The options of a list, the kinds of a phone or an e-mail, the parts of an address.
    pub choices: Vec<Choice>,
    /// Everything else of the definition as reads show it.
    pub body: Body,
}

#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub id: u64,
    pub value: String,
    pub code: Option<String>,
    pub sort: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
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
    pub(super) fn read(word: &str) -> Option<Self> {
        KINDS
            .into_iter()
            .find(|(known, _)| *known == word)
            .map(|(_, kind)| kind)
    }

    pub(super) fn word(self) -> &'static str {
        KINDS
            .into_iter()
            .find(|(_, kind)| *kind == self)
            .map_or("text", |(word, _)| word)
    }

    pub(super) fn takes_many(self) -> bool {
        matches!(
            self,
            Self::Multiselect | Self::Multitext | Self::SmartAddress
        )
    }

    fn has_options(self) -> bool {
        matches!(self, Self::Select | Self::Radiobutton | Self::Multiselect)
    }

    /// Whether an API caller can make such a field on such cards.
    fn creatable_on(self, entity: Entity) -> bool {
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
    pub(super) fn code(&self) -> Option<&str> {
        self.body.get("code").and_then(Value::as_str)
    }

    pub(super) fn name(&self) -> &str {
        text(&self.body, "name")
    }

    /// The definition as reads show it.
    pub(super) fn show(&self, keyed_enums: bool) -> Value {
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
    pub(super) fn add_field(&mut self, entity: Entity, kind: Kind, definition: &Body) -> u64 {
        let id = number(definition, "id").unwrap_or_else(|| self.sequence.next());
        self.sequence.passed(id);
        let sort = 500 + u64::try_from(self.fields[entity].len()).unwrap_or_default();
        let defaults = json!({
            "id": id, "name": "", "type": kind.word(), "account_id": self.account_id(), "code": null,
            "sort": sort, "is_api_only": false, "entity_type": entity.word(), "group_id": null,
            "required_statuses": [], "hidden_statuses": [], "is_deletable": true, "is_predefined": false,
            "remind": null, "currency": null, "triggers": [], "tracking_callback": null,
        });
        let Value::Object(mut body) = defaults else {
            unreachable!("a literal object")
        };
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
                choices,
                body,
            },
        );
        id
    }

    /// Drops a field and what cards hold in it; false when there is no such field.
    pub(super) fn drop_field(&mut self, entity: Entity, id: u64) -> bool {
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

    fn change_field(&mut self, entity: Entity, id: u64, change: &Body) {
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

/// `GET /{entity}/custom_fields`
pub(super) async fn list(entity: Entity, call: Call) -> Answer {
    let kinds = call.query.many(&["filter", "type"]);
    let ids = call.query.numbers(&["filter", "id"]);
    let state = call.kommo.held();
    let mut fields: Vec<&Field> = state.fields[entity]
        .values()
        .filter(|field| {
            kinds
                .as_ref()
                .is_none_or(|kinds| kinds.contains(&field.kind.word()))
        })
        .filter(|field| {
            ids.as_ref()
                .is_none_or(|ids| ids.iter().any(|id| u64::try_from(*id) == Ok(field.id)))
        })
        .collect();
    let order = call.query.order();
    if let Some(("sort", _)) = order {
        fields.sort_by_key(|field| number(&field.body, "sort"));
    }
    if let Some((_, true)) = order {
        fields.reverse();
    }
    call.page("custom_fields", &fields, Totals::Shown, |field, suffix| {
        linked(field, entity, false, suffix, &call)
    })
}

/// `GET /{entity}/custom_fields/{id}`
pub(super) async fn show(entity: Entity, Ids([id]): Ids<1>, call: Call) -> Answer {
    let state = call.kommo.held();
    let field = state.fields[entity].get(&id).ok_or_else(no_field)?;
    hal(&linked(field, entity, false, "", &call))
}

/// `POST /{entity}/custom_fields`
pub(super) async fn create(entity: Entity, call: Call) -> Answer {
    call.kommo.admin_only()?;
    let items = call.items()?;
    let mut state = call.kommo.held();
    let mut findings = Findings::default();
    let mut kinds = Vec::with_capacity(items.len());
    let mut codes: Vec<&str> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let request_id = request_id(item, index);
        let mut place = findings.item(&request_id);
        kinds.extend(check_new(&state, entity, item, &mut place));
        let code = text(item, "code");
        if !code.is_empty() {
            if codes.contains(&code)
                || state.fields[entity]
                    .values()
                    .any(|field| field.code() == Some(code))
            {
                place
                    .at("code")
                    .add("NotUnique", "A field with this code exists already.");
            }
            codes.push(code);
        }
    }
    findings.settle()?;
    let mut shown = Vec::with_capacity(items.len());
    for (index, (item, kind)) in items.iter().zip(kinds).enumerate() {
        let id = state.add_field(entity, kind, item);
        let mut field = linked(&state.fields[entity][&id], entity, false, "", &call);
        field["request_id"] = request_id(item, index).into();
        shown.push(field);
    }
    let body = json!({ "_total_items": shown.len(), "_embedded": { "custom_fields": shown } });
    Ok(hal_with(StatusCode::CREATED, &body))
}

/// `PATCH /{entity}/custom_fields`
pub(super) async fn update_many(entity: Entity, call: Call) -> Answer {
    call.kommo.admin_only()?;
    let shown = update_all(entity, &call.items()?, &call)?;
    hal(&json!({ "_total_items": shown.len(), "_embedded": { "custom_fields": shown } }))
}

/// `PATCH /{entity}/custom_fields/{id}`
pub(super) async fn update(entity: Entity, Ids([id]): Ids<1>, call: Call) -> Answer {
    call.kommo.admin_only()?;
    let mut change = call.object()?;
    if !call.kommo.held().fields[entity].contains_key(&id) {
        return Err(no_field());
    }
    change.insert("id".to_owned(), id.into());
    let shown = update_all(entity, &[change], &call)?;
    hal(&shown[0])
}

/// `DELETE /{entity}/custom_fields/{id}`
pub(super) async fn remove(entity: Entity, Ids([id]): Ids<1>, call: Call) -> Answer {
    call.kommo.admin_only()?;
    let mut state = call.kommo.held();
    let field = state.fields[entity].get(&id).ok_or_else(no_field)?;
    if !flag(&field.body, "is_deletable") {
        return Err(Refusal::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "This field can not be deleted",
        ));
    }
    state.drop_field(entity, id);
    Ok(nothing())
}

pub(super) fn request_id(item: &Body, index: usize) -> String {
    match item.get("request_id") {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {
            index.to_string()
        }
    }
}

fn check_new(state: &State, entity: Entity, item: &Body, place: &mut Place<'_>) -> Option<Kind> {
    check_enums(item, place);
    if text(item, "name").is_empty() {
        place.at("name").missing();
    }
    let groups = &state.groups[entity];
    if item
        .get("group_id")
        .is_some_and(|id| !id.is_null() && !groups.iter().any(|group| group["id"] == *id))
    {
        place.at("group_id").no_choice();
    }
    let kind = Kind::read(text(item, "type")).filter(|kind| kind.creatable_on(entity));
    match kind {
        None if item.contains_key("type") => place.at("type").no_choice(),
        None => place.at("type").missing(),
        Some(Kind::Monetary) if text(item, "currency").is_empty() => place.at("currency").missing(),
        Some(_) => {}
    }
    kind
}

fn check_enums(item: &Body, place: &mut Place<'_>) {
    let rows = match item.get("enums") {
        None | Some(Value::Null | Value::Object(_)) => return,
        Some(Value::Array(rows)) => rows,
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            return place.at("enums").wrong_type("array");
        }
    };
    for (index, row) in rows.iter().enumerate() {
        if !row["value"].is_string() && row["id"].is_null() {
            place
                .at(format_args!("enums.{index}.value"))
                .wrong_type("string");
        }
    }
}

fn update_all(entity: Entity, changes: &[Body], call: &Call) -> Result<Vec<Value>, Refusal> {
    let mut state = call.kommo.held();
    let mut findings = Findings::default();
    for (index, change) in changes.iter().enumerate() {
        let request_id = request_id(change, index);
        let mut place = findings.item(&request_id);
        let field = number(change, "id").and_then(|id| state.fields[entity].get(&id));
        match field {
            None => place.at("id").no_choice(),
            Some(field) => {
                check_enums(change, &mut place);
                if change
                    .get("type")
                    .is_some_and(|kind| kind != field.kind.word())
                {
                    place.at("type").no_choice();
                }
                if change
                    .get("name")
                    .is_some_and(|name| name.as_str().is_none_or(str::is_empty))
                {
                    place.at("name").wrong_type("string");
                }
            }
        }
    }
    findings.settle()?;
    let keyed = call.kommo.choice("field_enums") == "object";
    let mut shown = Vec::with_capacity(changes.len());
    for (index, change) in changes.iter().enumerate() {
        let id = number(change, "id").unwrap_or_default();
        state.change_field(entity, id, change);
        let mut field = linked(&state.fields[entity][&id], entity, keyed, "", call);
        field["request_id"] = request_id(change, index).into();
        shown.push(field);
    }
    Ok(shown)
}

fn linked(field: &Field, entity: Entity, keyed_enums: bool, suffix: &str, call: &Call) -> Value {
    let mut body = field.show(keyed_enums);
    let path = format!("{}/custom_fields/{}{suffix}", entity.word(), field.id);
    body["_links"] = json!({ "self": call.href(&path) });
    body
}

fn no_field() -> Refusal {
    Refusal::not_found("Custom field not found")
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

/// The values of a card as they are stored and shown, brought into line with a change.
pub(super) fn write_values(
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

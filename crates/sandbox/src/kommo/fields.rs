//! The calls that read and change the definitions of custom fields.

use http::StatusCode;
use serde_json::{Value, json};

pub(super) use self::definitions::{Field, Kind, write_values};
use super::answer::{Answer, Refusal, hal, hal_with, nothing};
use super::call::{Call, Ids, Totals};
use super::findings::{Findings, Place};
use super::state::{Body, Entity, State, flag, number, text};

mod definitions;

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

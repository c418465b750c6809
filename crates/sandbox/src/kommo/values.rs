//! Reads the values that a caller writes into custom fields and brings them into the form reads show.

use serde_json::{Value, json};

use super::fields::{Field, Kind};
use super::findings::Place;

/// What callers may write where; the screens are more generous than the API.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Longest text that a `text` field takes, in characters.
    pub text_limit: usize,
    /// Whether prices may have cents.
    pub minor_units: bool,
    /// Whether members that the vendor does not document are refused.
    pub refuse_unknown: bool,
    /// Most custom fields that one card may fill in one call.
    pub most_fields: usize,
}

/// The values as a read shows them; an empty list clears the field.
pub(super) fn read(
    field: &Field,
    sent: &Value,
    rules: &Rules,
    place: &mut Place<'_>,
) -> Vec<Value> {
    let items = match sent {
        Value::Null => return Vec::new(),
        Value::Array(items) => items,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            place.at("values").wrong_type("array");
            return Vec::new();
        }
    };
    if items.len() > 1 && !field.kind.takes_many() {
        place
            .at("values")
            .add("TooMany", "This field takes one value.");
        return Vec::new();
    }
    let mut values = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        match read_one(field, item, rules) {
            Ok(value) => values.push(value),
            Err(wrong) => wrong.tell(&mut place.at(format_args!("values.{index}"))),
        }
    }
    values
}

enum Wrong {
    Choice(&'static str),
    Type(&'static str, &'static str),
    TooLong(usize),
}

impl Wrong {
    fn tell(self, place: &mut Place<'_>) {
        match self {
            Self::Choice(member) => place.at(member).no_choice(),
            Self::Type(member, expected) => place.at(member).wrong_type(expected),
            Self::TooLong(limit) => {
                let detail =
                    format!("This value is too long. It should have {limit} characters or less.");
                place.at("value").add("TooLong", &detail);
            }
        }
    }
}

fn read_one(field: &Field, item: &Value, rules: &Rules) -> Result<Value, Wrong> {
    let value = &item["value"];
    match field.kind {
        Kind::Text => {
            let text = text(value)?;
            if text.chars().count() > rules.text_limit {
                return Err(Wrong::TooLong(rules.text_limit));
            }
            Ok(json!({ "value": text }))
        }
        Kind::Textarea | Kind::Streetaddress | Kind::Url | Kind::TrackingData => {
            Ok(json!({ "value": text(value)? }))
        }
        Kind::Numeric | Kind::Monetary => Ok(json!({ "value": amount(value)? })),
        Kind::Checkbox => match value {
            Value::Bool(_) => Ok(json!({ "value": value })),
            Value::Null
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => Err(Wrong::Type("value", "bool")),
        },
        Kind::Select | Kind::Radiobutton | Kind::Multiselect => choice(field, item),
        Kind::Multitext => with_enum(field, item, Some("WORK")),
        Kind::SmartAddress => with_enum(field, item, None),
        Kind::Date | Kind::DateTime | Kind::Birthday => Ok(json!({ "value": seconds(value)? })),
        Kind::LegalEntity => match value.get("name").and_then(Value::as_str) {
            Some(_) => Ok(json!({ "value": value })),
            None => Err(Wrong::Type("value.name", "string")),
        },
    }
}

fn text(value: &Value) -> Result<&str, Wrong> {
    value.as_str().ok_or(Wrong::Type("value", "string"))
}

fn amount(value: &Value) -> Result<String, Wrong> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            return Err(Wrong::Type("value", "numeric"));
        }
    };
    match text.parse::<rust_decimal::Decimal>() {
        Ok(_) => Ok(text),
        Err(_) => Err(Wrong::Type("value", "numeric")),
    }
}

fn seconds(value: &Value) -> Result<i64, Wrong> {
    let parsed = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => match text.parse() {
            Ok(seconds) => Some(seconds),
            Err(_) => text
                .parse::<jiff::Timestamp>()
                .ok()
                .map(jiff::Timestamp::as_second),
        },
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    parsed.ok_or(Wrong::Type("value", "int"))
}

/// An option named by id, by code or by its exact text, in this order.
fn choice(field: &Field, item: &Value) -> Result<Value, Wrong> {
    let found = if let Some(id) = given(item, "enum_id") {
        field
            .choices
            .iter()
            .find(|choice| *id == choice.id)
            .ok_or(Wrong::Choice("enum_id"))?
    } else if let Some(code) = given(item, "enum_code") {
        let same = |known: &Option<String>| known.as_deref().is_some_and(|known| code == known);
        field
            .choices
            .iter()
            .find(|choice| same(&choice.code))
            .ok_or(Wrong::Choice("enum_code"))?
    } else {
        let value = &item["value"];
        field
            .choices
            .iter()
            .find(|choice| *value == choice.value.as_str())
            .ok_or(Wrong::Choice("value"))?
    };
    Ok(json!({ "value": found.value, "enum_id": found.id, "enum_code": found.code }))
}

/// Free text under an option: the kind of a phone, the part of an address.
fn with_enum(field: &Field, item: &Value, default: Option<&str>) -> Result<Value, Wrong> {
    let value = text(&item["value"])?;
    let by_code = |code: &Value| {
        let same = |known: &Option<String>| known.as_deref().is_some_and(|known| code == known);
        field.choices.iter().find(|choice| same(&choice.code))
    };
    let found = if let Some(id) = given(item, "enum_id") {
        field
            .choices
            .iter()
            .find(|choice| *id == choice.id)
            .ok_or(Wrong::Choice("enum_id"))?
    } else if let Some(code) = given(item, "enum_code") {
        by_code(code).ok_or(Wrong::Choice("enum_code"))?
    } else {
        default
            .and_then(|code| by_code(&json!(code)))
            .ok_or(Wrong::Choice("enum_code"))?
    };
    Ok(json!({ "value": value, "enum_id": found.id, "enum_code": found.code }))
}

fn given<'a>(item: &'a Value, member: &str) -> Option<&'a Value> {
    item.get(member).filter(|value| !value.is_null())
}

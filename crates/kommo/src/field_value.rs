//! Values of custom fields: as they are written, and as they are read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value as Json;
use wire::lenient;

/// The values to give a field of a card. Its `Debug` leaves the values out.
///
/// A field with several values is replaced as a whole, so send all of them. Fields that are not named stay.
#[derive(Clone, PartialEq, Serialize)]
pub struct FieldValue {
    /// The field's definition.
    pub field_id: i64,
    /// The values; none clears the field.
    #[serde(serialize_with = "null_if_empty")]
    pub values: Vec<Value>,
}

wire::debug_only!(FieldValue { field_id });

/// One value: a plain one, an option of a list, or a plain one with a kind (`WORK`, `MOB`).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "WireValue")]
pub struct Value {
    /// The value itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    /// The option, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enum_id: Option<i64>,
    /// The option, by code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enum_code: Option<String>,
}

wire::debug_only!(Value { enum_id, enum_code });

/// The values of a field as a card shows them. Its `Debug` leaves the values out.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredField {
    /// The field's definition.
    #[serde(deserialize_with = "lenient::integer")]
    pub field_id: i64,
    /// The field's name.
    #[serde(default)]
    pub field_name: Option<String>,
    /// The field's code, such as `EMAIL`.
    #[serde(default)]
    pub field_code: Option<String>,
    /// The field's type, such as `multitext`.
    #[serde(default)]
    pub field_type: Option<String>,
    /// The values.
    #[serde(default, deserialize_with = "lenient::one_or_many")]
    pub values: Vec<Value>,
}

wire::debug_only!(StoredField {
    field_id,
    field_code,
    field_type
});

impl FieldValue {
    /// One plain value: text, an amount as text, a truth value.
    pub fn plain(field_id: i64, value: impl Into<Json>) -> Self {
        Self {
            field_id,
            values: vec![Value::plain(value)],
        }
    }

    /// A day or a moment.
    pub fn moment(field_id: i64, moment: Timestamp) -> Self {
        Self::plain(field_id, moment.as_second())
    }

    /// Options of a list, by id.
    pub fn options(field_id: i64, enum_ids: &[i64]) -> Self {
        let values = enum_ids
            .iter()
            .map(|id| Value {
                enum_id: Some(*id),
                ..Value::default()
            })
            .collect();
        Self { field_id, values }
    }

    /// Nothing: the field is emptied.
    pub fn cleared(field_id: i64) -> Self {
        Self {
            field_id,
            values: Vec::new(),
        }
    }
}

impl Value {
    /// A plain value.
    pub fn plain(value: impl Into<Json>) -> Self {
        Self {
            value: Some(value.into()),
            ..Self::default()
        }
    }

    /// A plain value of a kind: `WORK` for an e-mail address, `MOB` for a phone number, `city` for an address.
    pub fn of_kind(value: impl Into<Json>, enum_code: impl Into<String>) -> Self {
        Self {
            value: Some(value.into()),
            enum_id: None,
            enum_code: Some(enum_code.into()),
        }
    }

    /// The value as text; numbers are written out.
    pub fn text(&self) -> Option<String> {
        match self.value.as_ref()? {
            Json::String(text) => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
        }
    }
}

/// The texts of all values of the fields with this code.
pub(crate) fn texts(fields: &[StoredField], code: &str) -> Vec<String> {
    let of_code = fields
        .iter()
        .filter(|field| field.field_code.as_deref() == Some(code));
    of_code
        .flat_map(|field| &field.values)
        .filter_map(Value::text)
        .collect()
}

fn null_if_empty<S: Serializer>(values: &[Value], serializer: S) -> Result<S::Ok, S::Error> {
    if values.is_empty() {
        serializer.serialize_none()
    } else {
        values.serialize(serializer)
    }
}

/// Old cards write the code as `enum`; ids may be text.
#[derive(Deserialize)]
struct WireValue {
    #[serde(default)]
    value: Option<Json>,
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    enum_id: Option<i64>,
    #[serde(default)]
    enum_code: Option<String>,
    #[serde(default, rename = "enum")]
    legacy_code: Option<Json>,
}

impl From<WireValue> for Value {
    fn from(wire: WireValue) -> Self {
        let legacy_code = wire
            .legacy_code
            .as_ref()
            .and_then(Json::as_str)
            .map(str::to_owned);
        Self {
            value: wire.value,
            enum_id: wire.enum_id,
            enum_code: wire.enum_code.or(legacy_code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_in_the_form_of_their_field() {
        let mobile = FieldValue {
            field_id: 5,
            values: vec![Value::of_kind("+4720123456", "MOB")],
        };
        let written: Vec<String> = [
            FieldValue::plain(1, "64f0c2"),
            FieldValue::plain(2, true),
            FieldValue::moment(3, "2025-07-15T09:00:00Z".parse().unwrap()),
            FieldValue::options(4, &[17, 18]),
            mobile,
            FieldValue::cleared(6),
        ]
        .iter()
        .map(|value| serde_json::to_string(value).unwrap())
        .collect();
        insta::assert_snapshot!(written.join("\n"), @r#"
        {"field_id":1,"values":[{"value":"64f0c2"}]}
        {"field_id":2,"values":[{"value":true}]}
        {"field_id":3,"values":[{"value":1752570000}]}
        {"field_id":4,"values":[{"enum_id":17},{"enum_id":18}]}
        {"field_id":5,"values":[{"value":"+4720123456","enum_code":"MOB"}]}
        {"field_id":6,"values":null}
        "#);
    }

    #[test]
    fn old_and_loose_forms_are_read() {
        let field: StoredField = serde_json::from_str(
            r#"{"field_id":"7","field_code":"PHONE","values":[{"value":"1","enum":"WORK"},{"value":2,"enum_id":"9","enum_code":"MOB","enum":3}]}"#,
        )
        .unwrap();
        assert_eq!(field.values[0], Value::of_kind("1", "WORK"));
        assert_eq!(
            (
                field.values[1].enum_id,
                field.values[1].enum_code.as_deref()
            ),
            (Some(9), Some("MOB"))
        );
        assert_eq!(texts(&[field], "PHONE"), ["1", "2"]);
        let empty: StoredField = serde_json::from_str(r#"{"field_id":7,"values":null}"#).unwrap();
        assert!(empty.values.is_empty());
    }

    #[test]
    fn values_are_not_printed() {
        let shown = format!(
            "{:?} {:?}",
            FieldValue::plain(1, "Mara"),
            Value::plain("Mara")
        );
        assert!(!shown.contains("Mara"), "{shown}");
    }
}

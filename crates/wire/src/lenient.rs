//! Reads what vendors write in more than one way: null for nothing, numbers as text, one thing or a list of them.
//!
//! Each function is for `#[serde(deserialize_with = "…")]`, mostly beside `default`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_json::Value;

/// `null` is the default value.
pub fn or_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// An object; `null` and `[]`, which PHP writes for an object without members, are the default value.
pub fn object_or_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: DeserializeOwned + Default,
    D: Deserializer<'de>,
{
    let value = Value::deserialize(deserializer)?;
    let is_nothing = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    if is_nothing {
        Ok(T::default())
    } else {
        serde_json::from_value(value).map_err(D::Error::custom)
    }
}

/// A list; `null` is empty, one object stands for a list of it.
pub fn one_or_many<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: DeserializeOwned,
    D: Deserializer<'de>,
{
    let value = Value::deserialize(deserializer)?;
    if value.is_array() || value.is_null() {
        serde_json::from_value::<Option<Vec<T>>>(value)
            .map(Option::unwrap_or_default)
            .map_err(D::Error::custom)
    } else {
        serde_json::from_value(value)
            .map(|one| vec![one])
            .map_err(D::Error::custom)
    }
}

/// A list, or an object whose keys are positions; `null` is empty.
pub fn list_or_map<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: DeserializeOwned,
    D: Deserializer<'de>,
{
    let value = Value::deserialize(deserializer)?;
    if !value.is_object() {
        return serde_json::from_value::<Option<Vec<T>>>(value)
            .map(Option::unwrap_or_default)
            .map_err(D::Error::custom);
    }
    let by_key: BTreeMap<String, T> = serde_json::from_value(value).map_err(D::Error::custom)?;
    let mut placed: Vec<(String, T)> = by_key.into_iter().collect();
    // Positions sort as numbers; "10" must not come before "2".
    placed.sort_by_key(|(key, _)| key.parse::<u64>().unwrap_or(u64::MAX));
    Ok(placed.into_iter().map(|(_, item)| item).collect())
}

/// An integer, written as a number or as text.
pub fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    optional_integer(deserializer)?.ok_or_else(|| D::Error::custom("an integer was expected"))
}

/// An integer, written as a number or as text; `null` and the empty text are `None`.
pub fn optional_integer<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    let integer = match Value::deserialize(deserializer)? {
        Value::Null => return Ok(None),
        Value::String(text) if text.is_empty() => return Ok(None),
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    integer
        .map(Some)
        .ok_or_else(|| D::Error::custom("an integer was expected"))
}

/// Text, also where it was written as a number; `null` is `None`.
pub fn optional_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            Err(D::Error::custom("text was expected"))
        }
    }
}

/// `12.0` is an integer that was written with a fraction.
fn whole(number: f64) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be whole and within the exact range of f64"
    )]
    let integer = number as i64;
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(integer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Tag {
        name: String,
    }

    fn tags(names: &[&str]) -> Vec<Tag> {
        names
            .iter()
            .map(|name| Tag {
                name: (*name).to_owned(),
            })
            .collect()
    }

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn null_is_the_default() {
        assert!(or_default::<Vec<u8>, _>(json("null")).unwrap().is_empty());
        assert_eq!(or_default::<Vec<u8>, _>(json("[7]")).unwrap(), [7]);
    }

    #[test]
    fn an_empty_list_may_stand_for_an_object() {
        assert_eq!(
            object_or_default::<Tag, _>(json("[]")).unwrap(),
            Tag::default()
        );
        assert_eq!(
            object_or_default::<Tag, _>(json("null")).unwrap(),
            Tag::default()
        );
        assert_eq!(
            object_or_default::<Tag, _>(json(r#"{"name":"a"}"#))
                .unwrap()
                .name,
            "a"
        );
        assert!(object_or_default::<Tag, _>(json("[1]")).is_err());
    }

    #[test]
    fn one_thing_may_stand_for_a_list() {
        assert_eq!(
            one_or_many::<Tag, _>(json(r#"{"name":"a"}"#)).unwrap(),
            tags(&["a"])
        );
        assert_eq!(
            one_or_many::<Tag, _>(json(r#"[{"name":"a"},{"name":"b"}]"#)).unwrap(),
            tags(&["a", "b"])
        );
        assert_eq!(one_or_many::<Tag, _>(json("null")).unwrap(), []);
        assert_eq!(one_or_many::<String, _>(json(r#""a""#)).unwrap(), ["a"]);
    }

    #[test]
    fn a_list_keyed_by_position_keeps_the_order_of_its_positions() {
        let keyed = json(r#"{"10":{"name":"c"},"0":{"name":"a"},"2":{"name":"b"}}"#);
        assert_eq!(
            list_or_map::<Tag, _>(keyed).unwrap(),
            tags(&["a", "b", "c"])
        );
        assert_eq!(
            list_or_map::<Tag, _>(json(r#"[{"name":"a"}]"#)).unwrap(),
            tags(&["a"])
        );
        assert_eq!(list_or_map::<Tag, _>(json("null")).unwrap(), []);
    }

    #[test]
    fn an_integer_may_be_text_or_end_in_point_zero() {
        let read = |text: &str| {
            optional_integer(json(text)).map_err(|error: serde_json::Error| error.to_string())
        };
        assert_eq!(read("7"), Ok(Some(7)));
        assert_eq!(read(r#""7""#), Ok(Some(7)));
        assert_eq!(read("7.0"), Ok(Some(7)));
        assert_eq!(read("null"), Ok(None));
        assert_eq!(read(r#""""#), Ok(None));
        assert!(read("7.5").is_err());
        assert!(read(r#""seven""#).is_err());
        assert!(read("true").is_err());
        assert!(integer(json("null")).is_err());
    }

    #[test]
    fn text_may_be_a_number() {
        let read = |text: &str| optional_text(json(text)).unwrap();
        assert_eq!(read(r#""a""#), Some("a".to_owned()));
        assert_eq!(read("12.50"), Some("12.5".to_owned()));
        assert_eq!(read("null"), None);
    }
}

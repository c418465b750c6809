//! An amount with its currency.

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// An amount of money: an exact decimal, with the scale that the vendor wrote.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The amount in units of the currency, not in cents.
    #[serde(
        serialize_with = "rust_decimal::serde::str::serialize",
        deserialize_with = "decimal"
    )]
    pub value: Decimal,
    /// The ISO 4217 code.
    #[serde(deserialize_with = "currency")]
    pub currency: String,
}

impl Money {
    /// An amount of a currency.
    pub fn new(value: Decimal, currency: impl Into<String>) -> Self {
        Self {
            value,
            currency: currency.into(),
        }
    }
}

/// A decimal, written as text or as a number.
pub(crate) fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    optional_decimal(deserializer)?
        .ok_or_else(|| D::Error::custom("an amount was expected, not null"))
}

/// A decimal, written as text or as a number; `null` is `None`.
pub(crate) fn optional_decimal<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Decimal>, D::Error> {
    let Some(text) = wire::lenient::optional_text(deserializer)? else {
        return Ok(None);
    };
    let parsed =
        Decimal::from_str_exact(text.trim()).or_else(|_| Decimal::from_scientific(text.trim()));
    parsed
        .map(Some)
        .map_err(|_| D::Error::custom("an amount is not a decimal number"))
}

/// A code, or the object that holds one.
fn currency<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let code = match Value::deserialize(deserializer)? {
        Value::String(code) => Some(code),
        Value::Object(mut currency) => match currency.remove("currencyCode") {
            Some(Value::String(code)) => Some(code),
            Some(_) | None => None,
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    };
    code.ok_or_else(|| D::Error::custom("a currency code was expected"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(json: &str) -> String {
        serde_json::to_string(&serde_json::from_str::<Money>(json).unwrap()).unwrap()
    }

    #[test]
    fn the_scale_is_kept_and_text_is_written() {
        assert_eq!(
            rewritten(r#"{"value":"12.30","currency":"USD"}"#),
            r#"{"value":"12.30","currency":"USD"}"#
        );
        assert_eq!(
            rewritten(r#"{"currency":"JPY","value":"123"}"#),
            r#"{"value":"123","currency":"JPY"}"#
        );
    }

    #[test]
    fn a_number_and_a_currency_object_are_read_too() {
        let leaked =
            r#"{"value":49.99,"currency":{"currencyCode":"EUR","defaultFractionDigits":2}}"#;
        assert_eq!(rewritten(leaked), r#"{"value":"49.99","currency":"EUR"}"#);
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        assert!(serde_json::from_str::<Money>(r#"{"value":"12,30","currency":"EUR"}"#).is_err());
        assert!(serde_json::from_str::<Money>(r#"{"value":null,"currency":"EUR"}"#).is_err());
        assert!(
            serde_json::from_str::<Money>(r#"{"value":"1","currency":{"symbol":"$"}}"#).is_err()
        );
    }
}

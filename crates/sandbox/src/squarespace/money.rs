//! Money on Squarespace's wire: a decimal string with the currency's own number of digits.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

/// An amount as the vendor writes it.
pub(super) fn wire(amount: Decimal, currency: &str) -> Value {
    let mut amount = rounded(amount, currency);
    amount.rescale(digits_of(currency));
    json!({ "value": amount.to_string(), "currency": currency })
}

/// An amount without the digits that its currency does not have.
pub(super) fn rounded(amount: Decimal, currency: &str) -> Decimal {
    amount.round_dp_with_strategy(digits_of(currency), RoundingStrategy::MidpointAwayFromZero)
}

/// Reads the amount of a money object, written as string or number.
pub(super) fn read(money: &Value) -> Option<Decimal> {
    parse(money.get("value")?)
}

/// Reads a decimal number, written as string or number.
pub(super) fn parse(value: &Value) -> Option<Decimal> {
    match value {
        // The parser takes more than the vendor does: signs and separators.
        Value::String(text) if text.contains(['_', '+']) => None,
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.to_string().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The amount of a member of an order or a document; absent counts as zero.
pub(super) fn amount(object: &serde_json::Map<String, Value>, name: &str) -> Decimal {
    object.get(name).and_then(read).unwrap_or_default()
}

/// Fraction digits by ISO 4217.
pub(super) fn digits_of(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// Whether the vendor takes this amount: not negative, no finer than the currency, not too high.
pub(super) fn is_possible(amount: Decimal, currency: &str) -> bool {
    !amount.is_sign_negative()
        && amount.normalize().scale() <= digits_of(currency)
        && amount <= highest_in(currency)
}

/// The highest amount the vendor takes.
fn highest_in(currency: &str) -> Decimal {
    Decimal::from(match currency {
        "JPY" => 999_999_999,
        "KRW" => 99_999_999,
        "HUF" | "COP" => 10_000_000,
        _ => 1_000_000,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{read, wire};

    #[test]
    fn amounts_carry_the_digits_of_their_currency() {
        let amount = "12.345".parse().unwrap();

        assert_eq!(
            wire(amount, "USD"),
            json!({"value": "12.35", "currency": "USD"})
        );
        assert_eq!(
            wire(amount, "JPY"),
            json!({"value": "12", "currency": "JPY"})
        );
        assert_eq!(
            wire(amount, "KWD"),
            json!({"value": "12.345", "currency": "KWD"})
        );
        assert_eq!(read(&json!({"value": 4.5})), "4.5".parse().ok());
    }
}

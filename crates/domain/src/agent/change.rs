//! What a call changes, value by value, as a person is shown it and as it is undone.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// So much of a text is shown in a sentence.
const SHOWN: usize = 60;

/// One value that a call sets, or one that stays and on which it hangs what the call does. It is never personal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueChange {
    pub thing: Thing,
    /// By the vendor's name for it, as a path: `stock`, `pricing.basePrice`, `isVisible`.
    pub field: String,
    /// What it is; absent where that is not known.
    #[serde(
        default,
        deserialize_with = "known",
        skip_serializing_if = "Option::is_none"
    )]
    pub before: Option<Value>,
    /// What it becomes; absent where only [`Self::by`] is known of it, or where it stays.
    #[serde(
        default,
        deserialize_with = "known",
        skip_serializing_if = "Option::is_none"
    )]
    pub after: Option<Value>,
    /// By how much it moves, where that is what the call says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<i64>,
}

/// What the value is of, by the vendor's identifiers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thing {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
}

/// What is written is known, also where it is `null`: that nothing was there.
fn known<'de, D: Deserializer<'de>>(written: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(written).map(Some)
}

impl ValueChange {
    /// Whether the value stays as it is, and is told because the call hangs on it.
    #[must_use]
    pub fn stays(&self) -> bool {
        self.after.is_none() && self.by.is_none()
    }

    /// Whether it is the stock of something that is deleted, which the request for that does not name.
    #[must_use]
    pub fn is_of_deletion(&self) -> bool {
        self.after == Some(Value::Null) && self.field.starts_with("stock.")
    }
}

impl fmt::Display for ValueChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.field, self.thing)?;
        match (&self.before, &self.after, self.by) {
            (Some(before), Some(after), _) => {
                write!(f, " from {} to {}", plain(before), plain(after))
            }
            (None, Some(after), _) => write!(f, " to {}", plain(after)),
            (_, None, Some(by)) => write!(f, " by {by:+}"),
            (Some(stays), None, None) => write!(f, " stays {}", plain(stays)),
            (None, None, None) => Ok(()),
        }
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.sku, &self.variant, &self.product) {
            (Some(sku), ..) => write!(f, "`{}`", in_a_line(sku)),
            (None, Some(variant), _) => write!(f, "variant {}", in_a_line(variant)),
            (None, None, Some(product)) => write!(f, "product {}", in_a_line(product)),
            (None, None, None) => f.write_str("something"),
        }
    }
}

/// A text as it can stand in a line that a person decides by: short, and without what forges other lines.
#[must_use]
pub fn in_a_line(text: &str) -> String {
    cut(text, SHOWN)
}

/// The same of a text that may be longer.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let mut shown: String = text
        .chars()
        .take(most)
        .map(|c| {
            if forges(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect();
    if text.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown
}

/// JSON over several lines, in which what would forge others stands as an escape.
#[must_use]
pub fn laid_out(value: &Value) -> String {
    let mut laid_out = String::new();
    for c in format!("{value:#}").chars() {
        if forges(c) && c != '\n' {
            laid_out.extend(format!("\\u{:04x}", u32::from(c)).chars());
        } else {
            laid_out.push(c);
        }
    }
    laid_out
}

/// Whether a character changes how others around it are shown (begins a line, or turns their direction), or is
/// not seen itself.
fn forges(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_unseen = matches!(
        c,
        '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
    );
    c.is_control() || turns || is_unseen || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A value as a person reads it: an amount with its currency, a short text, anything else as JSON.
#[must_use]
pub fn plain(value: &Value) -> String {
    if let (Some(amount), Some(currency)) = (value["value"].as_str(), value["currency"].as_str()) {
        return in_a_line(&format!("{amount} {currency}"));
    }
    match value {
        Value::Null => "nothing".to_owned(),
        // A quotation mark of its own would end it, and what follows would read like another change.
        Value::String(text) => format!("“{}”", in_a_line(text).replace(['“', '”'], "\"")),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            in_a_line(&value.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(field: &str, before: Option<Value>, after: Option<Value>, by: Option<i64>) -> String {
        let thing = Thing {
            variant: Some("5f1".to_owned()),
            ..Thing::default()
        };
        let field = field.to_owned();
        let change = ValueChange {
            thing,
            field,
            before,
            after,
            by,
        };
        change.to_string()
    }

    #[test]
    fn that_there_was_nothing_is_kept_apart_from_that_nobody_knows() {
        for (before, after) in [
            (None, Some(Value::Null)),
            (Some(Value::Null), Some(json!("Lamp"))),
            (Some(json!(7)), None),
        ] {
            let change = ValueChange {
                thing: Thing::default(),
                field: "name".to_owned(),
                before,
                after,
                by: None,
            };
            let kept = serde_json::to_string(&change).unwrap();
            let read: ValueChange = serde_json::from_str(&kept).unwrap();
            assert_eq!(read, change, "{kept}");
        }
    }

    #[test]
    fn what_turns_the_direction_of_a_line_is_shown_as_an_escape() {
        let body = json!({ "name": "a\u{202e}b\u{2028}c", "note": "two\nlines" });
        let shown = laid_out(&body);
        insta::assert_snapshot!(shown, @r#"
        {
          "name": "a\u202eb\u2028c",
          "note": "two\nlines"
        }
        "#);
        let read: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(read, body);
    }

    #[test]
    fn a_change_reads_like_one() {
        let amount = |value: &str| Some(json!({ "currency": "USD", "value": value }));
        insta::assert_snapshot!(change("pricing.basePrice", amount("20.00"), amount("22.00"), None), @"pricing.basePrice of variant 5f1 from 20.00 USD to 22.00 USD");
        insta::assert_snapshot!(change("pricing.salePrice", amount("15.00"), None, None), @"pricing.salePrice of variant 5f1 stays 15.00 USD");
        insta::assert_snapshot!(change("stock", None, None, Some(-3)), @"stock of variant 5f1 by -3");
        let tags = json!(["sa\u{200b}le \u{202e}", "x".repeat(99)]);
        insta::assert_snapshot!(change("tags", None, Some(tags), None), @r#"tags of variant 5f1 to ["sa�le �","xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"#);
        insta::assert_snapshot!(change("name", Some(Value::Null), Some(json!("Lamp")), None), @"name of variant 5f1 from nothing to “Lamp”");
    }
}

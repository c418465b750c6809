//! The vendor's own words about a refusal.

use std::time::Duration;

use serde::Deserialize;
use wire::lenient;

/// What was wrong with one value of one item of a batch. One error refuses the whole batch.
#[derive(Clone, PartialEq, Eq)]
pub struct ValidationError {
    /// What the request called the item; where it had no name, its position in the batch.
    pub request_id: Option<String>,
    /// Such as `NotSupportedChoice`.
    pub code: String,
    /// Such as `custom_fields_values.0.values.0.value`; names positions, not fields.
    pub path: String,
    /// The vendor's explanation; may quote the value.
    pub detail: String,
}

wire::debug_only!(ValidationError {
    request_id,
    code,
    path
});

/// Reads what was wrong with a batch; empty where the vendor does not say.
pub fn validation_errors(error: &wire::Error) -> Vec<ValidationError> {
    error
        .body_as::<Refusal>()
        .map(Refusal::errors)
        .unwrap_or_default()
}

/// Adds what only the body tells: how long to wait, and what was wrong.
pub(crate) fn explained(mut error: wire::Error) -> wire::Error {
    if error.kind == wire::Kind::Throttled
        && let Some(Throttling { retry_after }) = error.body_as()
    {
        let asked = Duration::from_secs(retry_after);
        error.retry_after = Some(error.retry_after.map_or(asked, |header| header.max(asked)));
    }
    if let Some(first) = validation_errors(&error).first() {
        // Codes and paths are the vendor's names; anything else may quote what was sent.
        if is_name(&first.code) && is_name(&first.path) {
            error
                .message
                .push_str(&format!(": {} at {}", first.code, first.path));
        }
    }
    error
}

fn is_name(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_')
}

#[derive(Deserialize)]
struct Throttling {
    retry_after: u64,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(
        rename = "validation-errors",
        deserialize_with = "lenient::list_or_map"
    )]
    validation_errors: Vec<Item>,
}

impl Refusal {
    fn errors(self) -> Vec<ValidationError> {
        let mut errors = Vec::new();
        for item in self.validation_errors {
            errors.extend(item.errors.into_iter().map(|found| ValidationError {
                request_id: item.request_id.clone(),
                code: found.code,
                path: found.path,
                detail: found.detail,
            }));
        }
        errors
    }
}

#[derive(Deserialize)]
struct Item {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    request_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::list_or_map")]
    errors: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    #[serde(default, deserialize_with = "lenient::or_default")]
    code: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    path: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Vec<ValidationError> {
        serde_json::from_str::<Refusal>(body).unwrap().errors()
    }

    #[test]
    fn every_error_of_every_item_is_listed() {
        let errors = read(
            r#"{"validation-errors":[
                {"request_id":"ord-1","errors":[{"code":"NotSupportedChoice","path":"status_id","detail":"No."},{"code":"InvalidType","path":"price","detail":"Int."}]},
                {"request_id":1,"errors":[{"code":"NotSupportedChoice","path":"custom_fields_values.6.field_id","detail":"No."}]}],
               "title":"Bad Request","status":400}"#,
        );
        let lines: Vec<String> = errors
            .iter()
            .map(|e| {
                format!(
                    "{} {} {}",
                    e.request_id.as_deref().unwrap_or("-"),
                    e.code,
                    e.path
                )
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        ord-1 NotSupportedChoice status_id
        ord-1 InvalidType price
        1 NotSupportedChoice custom_fields_values.6.field_id
        ");
    }

    #[test]
    fn a_detail_is_not_printed() {
        let errors = read(
            r#"{"validation-errors":[{"errors":[{"code":"X","path":"y","detail":"mara@example.test is taken"}]}]}"#,
        );
        assert!(!format!("{errors:?}").contains("mara"));
    }
}

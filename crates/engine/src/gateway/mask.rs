//! Personal data in answers, hidden from agents that are not shown it.

use bytes::Bytes;
use http::HeaderValue;
use portico_domain::approval::Step;
use serde_json::{Map, Value};

/// In an answer, how many values of it were replaced by `null`.
pub const HIDDEN_HEADER: &str = "portico-hidden";

/// Of a vendor's error, what tells no more than what is wrong.
const OF_ERRORS: [&str; 4] = ["type", "subtype", "message", "contextId"];

/// An answer without what is personal, and how many values that was.
pub(super) struct Masked {
    pub(super) body: Bytes,
    pub(super) hidden: HeaderValue,
}

/// Hides what stands at these pointers, in which `*` is every item or member; `None` when the body is no JSON,
/// so that nobody can tell what of it is personal.
pub(super) fn masked(body: &[u8], pointers: &[&str]) -> Option<Masked> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    let hidden: usize = pointers
        .iter()
        .map(|pointer| hide(&mut value, pointer.strip_prefix('/')))
        .sum();
    Some(Masked {
        body: value.to_string().into(),
        hidden: hidden.into(),
    })
}

/// An error without what may be personal in it: the vendor says nowhere what its details name.
pub(super) fn plain_error(body: &[u8]) -> Bytes {
    plain(serde_json::from_slice(body).unwrap_or_default())
        .to_string()
        .into()
}

fn plain(read: Value) -> Value {
    let Value::Object(mut error) = read else {
        return Value::Object(Map::new());
    };
    error.retain(|name, value| {
        let names_somebody = value.as_str().is_some_and(|text| text.contains('@'));
        OF_ERRORS.contains(&name.as_str()) && !names_somebody
    });
    Value::Object(error)
}

/// Hides what is personal in an answer that was kept of a call that came to this, and says how many values
/// that was. Of an error nobody can count them.
pub(crate) fn hide_personal_data(operation: &str, step: Step, answer: &mut Value) -> usize {
    let operation = squarespace::catalog::CATALOG.operation(operation);
    let pointers = operation.map_or(&[][..], |operation| operation.personal_response);
    if step != Step::Done && !pointers.is_empty() {
        *answer = plain(answer.take());
        return 0;
    }
    if answer.is_string() && !pointers.is_empty() {
        // It was no JSON, so that nobody can tell what of it is personal.
        *answer = Value::Null;
        return 1;
    }
    pointers
        .iter()
        .map(|pointer| hide(answer, pointer.strip_prefix('/')))
        .sum()
}

/// `rest` is the pointer without the slash that it begins with; `None` at its end.
fn hide(value: &mut Value, rest: Option<&str>) -> usize {
    let Some(rest) = rest else {
        let is_there = !value.is_null();
        *value = Value::Null;
        return usize::from(is_there);
    };
    let (name, rest) = match rest.split_once('/') {
        Some((name, rest)) => (name, Some(rest)),
        None => (rest, None),
    };
    match value {
        Value::Array(items) if name == "*" => items.iter_mut().map(|item| hide(item, rest)).sum(),
        Value::Object(members) if name == "*" => {
            members.values_mut().map(|value| hide(value, rest)).sum()
        }
        Value::Object(members) => members.get_mut(name).map_or(0, |value| hide(value, rest)),
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(body: &str, pointers: &[&str]) -> String {
        let masked = masked(body.as_bytes(), pointers).unwrap();
        let hidden = masked.hidden.to_str().unwrap();
        format!("{hidden}: {}", String::from_utf8_lossy(&masked.body))
    }

    #[test]
    fn what_the_pointers_name_is_hidden_wherever_it_stands() {
        let orders =
            r#"{"result":[{"id":"1","email":"a@b.c","to":{"name":"A"}},{"id":"2","email":null}]}"#;
        insta::assert_snapshot!(
            hidden(orders, &["/result/*/email", "/result/*/to"]),
            @r#"2: {"result":[{"email":null,"id":"1","to":null},{"email":null,"id":"2"}]}"#
        );
        insta::assert_snapshot!(
            hidden(r#"{"a":{"x":1,"y":[2]},"b":3}"#, &["/a/*", "/b/c"]),
            @r#"2: {"a":{"x":null,"y":null},"b":3}"#
        );
    }

    #[test]
    fn of_an_error_its_kind_and_message_are_passed_on_unless_they_name_an_address() {
        let plain = |body: &str| String::from_utf8(plain_error(body.as_bytes()).to_vec()).unwrap();
        insta::assert_snapshot!(
            plain(r#"{"type":"CONFLICT","message":"in use","details":{"by":"Ines"},"contextId":"c1"}"#),
            @r#"{"contextId":"c1","message":"in use","type":"CONFLICT"}"#
        );
        insta::assert_snapshot!(
            plain(r#"{"type":"CONFLICT","message":"in use by ines@example.com"}"#),
            @r#"{"type":"CONFLICT"}"#
        );
        assert_eq!(plain("<html>Ines</html>"), "{}");
    }

    #[test]
    fn an_answer_that_was_kept_and_is_no_json_is_hidden_whole() {
        let kept = |operation: &str| {
            let mut answer = Value::from("Ines Okafor");
            (
                hide_personal_data(operation, Step::Done, &mut answer),
                answer,
            )
        };
        assert_eq!(kept("createContact"), (1, Value::Null));
        assert_eq!(
            kept("adjustInventoryStockLevels"),
            (0, "Ines Okafor".into())
        );
    }

    #[test]
    fn of_an_error_that_was_kept_its_details_are_hidden() {
        let mut error = serde_json::json!({"type": "CONFLICT", "details": {"by": "Ines"}});
        hide_personal_data("createContact", Step::Failed, &mut error);
        assert_eq!(error, serde_json::json!({"type": "CONFLICT"}));
    }

    #[test]
    fn what_is_no_json_is_not_passed_on() {
        assert!(masked(b"<html>", &["/email"]).is_none());
    }
}

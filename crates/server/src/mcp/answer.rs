//! What a tool answers: the vendor's answer within its bounds, or why there is none and what to do.

use bytes::BytesMut;
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use portico_domain::App;
use portico_engine::catalog::Operation;
use portico_engine::{
    APPROVAL_HEADER, CONNECTION_HEADER, Caller, DRY_RUN_HEADER, Engine, Error, HIDDEN_HEADER,
    Refusal, Streamed,
};
use rmcp::model::{CallToolResult, ContentBlock, JsonObject};
use serde_json::{Map, Value, json};

use super::arguments::{self, Asked};
use super::bounds::{self, Fitted, More};

/// A longer answer is not taken in; a page of the gateway has the same bound.
const MOST_TAKEN_IN: usize = 8 * 1024 * 1024;

/// The member that says how many personal values of an answer are `null` in place of what they are.
pub(super) const HIDDEN: &str = "hidden";

/// The app whose operations the tools are.
const APP: App = App::Squarespace;

/// Calls the operation of a tool as the gateway does.
pub(super) async fn of_operation(
    engine: &Engine,
    caller: &Caller,
    operation: &'static Operation,
    given: JsonObject,
    base: String,
) -> CallToolResult {
    match carried(engine, caller, operation, given, base).await {
        Ok(result) => result,
        Err(refusal) => refused(engine, &refusal),
    }
}

/// A result of Portico's own, within its bounds.
pub(super) fn own(value: Value) -> CallToolResult {
    let fitted = bounds::whole(value, "");
    let mut result = fitted.value;
    if !fitted.shortened.is_empty()
        && let Value::Object(members) = &mut result
    {
        members.insert("shortened".to_owned(), json!(fitted.shortened));
    }
    CallToolResult::structured(result)
}

/// Why a call was not carried, or has no answer.
pub(super) fn refused(engine: &Engine, refusal: &Refusal) -> CallToolResult {
    engine.count_refusal(refusal);
    if let Refusal::Engine(Error::Internal(cause)) = refusal {
        tracing::error!(error = ?cause, "A call of a tool failed");
    }
    let detail = match advice(refusal) {
        Some(advice) => format!("{refusal}; {advice}"),
        None => refusal.to_string(),
    };
    let mut error = json!({ "reason": refusal.reason().as_str(), "detail": detail });
    if let Some(seconds) = refusal.retry_in_seconds() {
        error["retry_in_seconds"] = seconds.into();
    }
    failed(json!({ "error": error }), detail)
}

async fn carried(
    engine: &Engine,
    caller: &Caller,
    operation: &'static Operation,
    given: JsonObject,
    base: String,
) -> Result<CallToolResult, Refusal> {
    let named = given.get(arguments::CONNECTION).and_then(Value::as_str);
    let named = named.map(str::to_owned);
    let Asked { call, more } = match arguments::read(operation, given, base) {
        Ok(asked) => asked,
        Err(wrong) => {
            let refused = engine.refuse_arguments(caller, operation, named, wrong);
            return Err(refused.await);
        }
    };
    let response = Box::pin(engine.call_operation(caller, &call)).await?;
    let (head, body) = response.into_parts();
    let answer = value_of(taken_in(operation, body).await?);
    let mut result = Map::new();
    let connection = head.headers.get(CONNECTION_HEADER);
    let connection = connection.and_then(|name| name.to_str().ok());
    result.insert("connection".to_owned(), connection.into());
    result.insert("status".to_owned(), head.status.as_u16().into());
    if !head.status.is_success() {
        return Ok(vendor_refused(
            operation,
            head.status,
            &head.headers,
            answer,
            result,
        ));
    }
    if let Some(hidden) = hidden(&head.headers) {
        result.insert(HIDDEN.to_owned(), hidden.into());
    }
    if let Some(name) = own_member(&head.headers) {
        result.insert(name.to_owned(), answer);
        return Ok(CallToolResult::structured(Value::Object(result)));
    }
    let fitted = if let Some(at) = &more.at {
        let part = bounds::part(answer, at, more.skip).ok_or_else(|| {
            Refusal::Request(format!(
                "the answer of {} has nothing at `{at}`",
                operation.id
            ))
        })?;
        let next = part.next.map(|skip| More {
            skip,
            ..more.clone()
        });
        shown(result, "part", part, next)
    } else if let Some(at) = operation.rows {
        let next_page = call.page_after(&answer);
        let rows = bounds::rows(answer, at, more.skip);
        let next = next_of(&rows, &more, next_page);
        shown(result, "answer", rows, next)
    } else {
        shown(result, "answer", bounds::whole(answer, ""), None)
    };
    Ok(CallToolResult::structured(fitted))
}

/// How many values of the answer are personal and hidden, where any are.
fn hidden(headers: &HeaderMap) -> Option<u64> {
    let hidden: u64 = headers.get(HIDDEN_HEADER)?.to_str().ok()?.parse().ok()?;
    (hidden > 0).then_some(hidden)
}

/// Where an answer of Portico's own stands, which is none of the vendor's.
fn own_member(headers: &HeaderMap) -> Option<&'static str> {
    if headers.contains_key(APPROVAL_HEADER) {
        return Some("approval");
    }
    headers
        .contains_key(DRY_RUN_HEADER)
        .then_some(arguments::DRY_RUN)
}

/// The rest of the same page first, then the next one.
fn next_of(rows: &Fitted, more: &More, next_page: Option<String>) -> Option<More> {
    if let Some(skip) = rows.next {
        return Some(More {
            skip,
            ..more.clone()
        });
    }
    next_page.map(|cursor| More {
        cursor: Some(cursor),
        ..More::default()
    })
}

fn shown(mut result: Map<String, Value>, name: &str, fitted: Fitted, next: Option<More>) -> Value {
    result.insert(name.to_owned(), fitted.value);
    if let Some(next) = next {
        result.insert("more".to_owned(), json!(next));
    }
    if !fitted.shortened.is_empty() {
        result.insert("shortened".to_owned(), json!(fitted.shortened));
    }
    Value::Object(result)
}

async fn taken_in(operation: &'static Operation, mut body: Streamed) -> Result<BytesMut, Refusal> {
    let unusable = |why| Refusal::Answer {
        app: APP.title(),
        operation: operation.id,
        why,
    };
    let mut taken_in = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| unusable("it broke off"))?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        if taken_in.len() + data.len() > MOST_TAKEN_IN {
            return Err(unusable("it is longer than 8 MiB; ask for less"));
        }
        taken_in.extend_from_slice(data);
    }
    Ok(taken_in)
}

/// What is no JSON is a text.
fn value_of(body: BytesMut) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(&body)
        .unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned().into())
}

/// The vendor's own refusal, and what to do about one of its kind.
fn vendor_refused(
    operation: &'static Operation,
    status: StatusCode,
    headers: &HeaderMap,
    answer: Value,
    mut result: Map<String, Value>,
) -> CallToolResult {
    let seconds = headers.get(header::RETRY_AFTER);
    let seconds = seconds.and_then(|after| after.to_str().ok()?.parse::<i64>().ok());
    let what_helps = what_helps(status, seconds);
    let fitted = bounds::whole(answer, "");
    let said = if fitted.value.is_null() {
        String::new()
    } else {
        format!(": {}", fitted.value)
    };
    let (vendor, id) = (APP.title(), operation.id);
    let detail = format!("{vendor} answered {id} with {status}; {what_helps}");
    let mut error = json!({ "reason": "vendor", "detail": detail });
    if let Some(seconds) = seconds {
        error["retry_in_seconds"] = seconds.into();
    }
    result.insert("error".to_owned(), error);
    result.insert("answer".to_owned(), fitted.value);
    failed(Value::Object(result), format!("{detail}{said}"))
}

fn what_helps(status: StatusCode, seconds: Option<i64>) -> String {
    if let Some(seconds) = seconds {
        return format!("call again in {seconds} seconds");
    }
    match status {
        StatusCode::NOT_FOUND => "check the identifiers, which a list answers",
        StatusCode::CONFLICT => "read the present state, then decide anew",
        StatusCode::TOO_MANY_REQUESTS => "call again in a minute",
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "the site's credential does not allow it; tell the owner"
        }
        status if status.is_client_error() => "change the arguments as its answer says",
        _ => "call again later; after a write, read first whether it was done",
    }
    .to_owned()
}

/// Where an agent that has these tools looks.
fn advice(refusal: &Refusal) -> Option<&'static str> {
    matches!(
        refusal,
        Refusal::UnknownConnection { .. } | Refusal::Unnamed { .. }
    )
    .then_some("so does the tool `list_connections`")
}

fn failed(structured: Value, words: String) -> CallToolResult {
    let mut result = CallToolResult::structured_error(structured);
    result.content = vec![ContentBlock::text(words)];
    result
}

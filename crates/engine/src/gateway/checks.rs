//! What is refused before it costs a call: the wrong kind of body, one that is too long or not wanted,
//! one or a key that the vendor's contract does not allow.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use http::HeaderMap;
use http::header;
use jsonschema::Validator;
use serde_json::{Value, json};
use wire::catalog::{Body, Catalog, Limit, Operation, Params};

use super::refusal::Refusal;

/// So many faults of a body are told at once.
const FAULTS: usize = 5;

/// A body comes as what the operation takes.
pub(super) fn media_type(operation: &Operation, headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(wanted) = operation.body.content_type() else {
        return Ok(());
    };
    let sent = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(str::trim)
        .unwrap_or_default();
    // The vendor reads a merge patch that is called plain JSON, too.
    let fits = sent.eq_ignore_ascii_case(wanted)
        || (operation.body == Body::MergePatch && sent.eq_ignore_ascii_case("application/json"));
    if fits {
        return Ok(());
    }
    Err(Refusal::MediaType {
        operation: operation.id,
        wanted,
    })
}

/// A body that says how long it is need not be read to be refused.
pub(super) fn announced_length(
    operation: &Operation,
    headers: &HeaderMap,
    limit: u64,
) -> Result<(), Refusal> {
    let announced: Option<u64> = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    if operation.body == Body::None && announced.is_some_and(|length| length > 0) {
        return Err(not_wanted(operation));
    }
    if announced.is_none_or(|length| length <= limit) {
        return Ok(());
    }
    Err(Refusal::TooLarge {
        operation: operation.id,
        limit,
    })
}

/// A key of the caller's own is one that the vendor takes.
pub(super) fn idempotency_key(operation: &Operation, headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(rule) = operation.idempotency_key else {
        return Ok(());
    };
    let Some(sent) = headers.get(rule.header) else {
        return Ok(());
    };
    let fits = sent.to_str().is_ok_and(|sent| {
        let validator = compiled(rule.pattern, || json!({ "pattern": rule.pattern }));
        validator.is_valid(&sent.into())
    });
    if fits {
        return Ok(());
    }
    Err(Refusal::Request(format!(
        "the {} of {} does not match `{}`; send another, or none",
        rule.header, operation.id, rule.pattern
    )))
}

/// A list in the path is no longer than the vendor reads.
pub(super) fn ids(operation: &Operation, params: &Params) -> Result<(), Refusal> {
    for limit in operation.limits {
        let Limit::PathIds(most) = limit else {
            continue;
        };
        let sent = params.iter().map(|(_, ids)| ids.split(',').count()).max();
        if sent.unwrap_or(0) > *most as usize {
            return Err(Refusal::Request(format!(
                "{} takes at most {most} identifiers at once; ask in several calls",
                operation.id
            )));
        }
    }
    Ok(())
}

/// A body of JSON fits the schema of the operation's request; where none is taken, none comes.
///
/// Older versions of a path take other bodies, which the vendor alone judges.
pub(super) fn body(
    catalog: &'static Catalog,
    operation: &'static Operation,
    path: &str,
    bytes: &[u8],
) -> Result<(), Refusal> {
    if operation.body == Body::None && !bytes.is_empty() {
        return Err(not_wanted(operation));
    }
    let is_json = matches!(operation.body, Body::Json | Body::MergePatch);
    let Some(schema) = operation
        .request
        .filter(|_| is_json && is_current(operation, path))
    else {
        return Ok(());
    };
    let body: Value = serde_json::from_slice(bytes).map_err(|why| {
        Refusal::Request(format!(
            "the body of {} is not JSON: look at line {}, column {}",
            operation.id,
            why.line(),
            why.column()
        ))
    })?;
    let of_catalog = || {
        let schema = catalog.schema(schema);
        schema.expect("an operation names a schema of its own catalogue")
    };
    let validator = compiled(schema, of_catalog);
    let faults: Vec<String> = validator
        .iter_errors(&body)
        .take(FAULTS)
        .map(|fault| {
            let place = fault.instance_path().to_string();
            let place = if place.is_empty() { "the body" } else { &place };
            // Masked: the value itself may be personal, and the caller has it.
            format!("{place}: {}", fault.masked())
        })
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(Refusal::Request(format!(
        "the body of {} does not fit: {}",
        operation.id,
        faults.join("; ")
    )))
}

/// Whether a path is of the version that the operation's schemas describe.
pub(super) fn is_current(operation: &Operation, path: &str) -> bool {
    let version = |path: &str| path.split('/').nth(1).map(str::to_owned);
    version(operation.path) == version(path)
}

fn not_wanted(operation: &Operation) -> Refusal {
    let operation = operation.id;
    Refusal::Request(format!("{operation} takes no body; send it without one"))
}

/// Schemas and patterns are compiled once, under their own names; their number is that of the operations.
fn compiled(name: &'static str, schema: impl FnOnce() -> Value) -> Arc<Validator> {
    static COMPILED: OnceLock<Mutex<HashMap<&'static str, Arc<Validator>>>> = OnceLock::new();

    let compiled = COMPILED.get_or_init(Mutex::default);
    let mut compiled = compiled.lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || {
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&schema());
        Arc::new(validator.expect("the schemas are constants that compile"))
    };
    Arc::clone(compiled.entry(name).or_insert_with(compile))
}

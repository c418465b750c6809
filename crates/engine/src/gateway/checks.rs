//! What is refused before it costs a call: the wrong kind of body, one that is too long, one that the
//! vendor's contract does not allow.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use http::HeaderMap;
use http::header;
use jsonschema::Validator;
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
    if announced.is_none_or(|length| length <= limit) {
        return Ok(());
    }
    Err(Refusal::TooLarge {
        operation: operation.id,
        limit,
    })
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

/// A body of JSON fits the schema of the operation's request.
///
/// Older versions of a path take other bodies, which the vendor alone judges.
pub(super) fn body(
    catalog: &'static Catalog,
    operation: &'static Operation,
    path: &str,
    bytes: &[u8],
) -> Result<(), Refusal> {
    let is_json = matches!(operation.body, Body::Json | Body::MergePatch);
    let Some(schema) = operation
        .request
        .filter(|_| is_json && is_current(operation, path))
    else {
        return Ok(());
    };
    let body: serde_json::Value = serde_json::from_slice(bytes).map_err(|why| {
        Refusal::Request(format!(
            "the body of {} is not JSON: look at line {}, column {}",
            operation.id,
            why.line(),
            why.column()
        ))
    })?;
    let validator = validator(catalog, schema);
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

fn is_current(operation: &Operation, path: &str) -> bool {
    let version = |path: &str| path.split('/').nth(1).map(str::to_owned);
    version(operation.path) == version(path)
}

/// Schemas are compiled once; their number is that of the operations.
fn validator(catalog: &'static Catalog, schema: &'static str) -> Arc<Validator> {
    static COMPILED: OnceLock<Mutex<HashMap<&'static str, Arc<Validator>>>> = OnceLock::new();

    let compiled = COMPILED.get_or_init(Mutex::default);
    let mut compiled = compiled.lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || {
        let schema = catalog
            .schema(schema)
            .expect("an operation names a schema of its own catalogue");
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&schema);
        Arc::new(validator.expect("the schemas are constants that compile"))
    };
    Arc::clone(compiled.entry(schema).or_insert_with(compile))
}

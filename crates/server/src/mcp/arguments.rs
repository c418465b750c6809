//! The arguments of a tool as the call of an operation: each known, of its kind, and named when it is not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use portico_engine::catalog::{Access, Body, Kind, Operation, Parameter};
use portico_engine::{CallBody, OperationCall, Refusal};
use serde_json::{Map, Value};

use super::bounds::More;

/// A file of more than this does not go through an agent's memory; the gateway takes it.
pub(super) const MOST_FILE_BYTES: usize = 2 * 1024 * 1024;

/// The arguments that are no parameters of the operation.
pub(super) const CONNECTION: &str = "connection";
pub(super) const BODY: &str = "body";
pub(super) const FILE: &str = "file";
pub(super) const MORE: &str = "more";
pub(super) const DRY_RUN: &str = "dry_run";
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency_key";

/// A call, and where to read on in what it answers.
pub(super) struct Asked {
    pub(super) call: OperationCall,
    pub(super) more: More,
}

/// Reads the arguments of an operation's tool. `base` is where the gateway is.
pub(super) fn read(
    operation: &'static Operation,
    mut given: Map<String, Value>,
    base: String,
) -> Result<Asked, Refusal> {
    // A client that fills in what it has nothing for means the same as one that leaves it out.
    given.retain(|_, value| !value.is_null());
    let wrong = |why: String| Refusal::Request(format!("{}: {why}", operation.id));
    let connection = text(given.remove(CONNECTION), CONNECTION).map_err(wrong)?;
    let more = more(given.remove(MORE), operation).map_err(wrong)?;
    let (mut is_dry, mut idempotency_key) = (false, None);
    if operation.access == Access::Write {
        is_dry = truth(given.remove(DRY_RUN), DRY_RUN).map_err(wrong)?;
        let key = text(given.remove(IDEMPOTENCY_KEY), IDEMPOTENCY_KEY);
        idempotency_key = key.map_err(wrong)?;
    }
    let body = match operation.body {
        Body::None => CallBody::None,
        Body::Json | Body::MergePatch => json(given.remove(BODY)).map_err(wrong)?,
        Body::Multipart { .. } => file(given.remove(FILE)).map_err(wrong)?,
    };
    let mut params = Vec::new();
    for parameter in operation.path_parameters.iter().chain(operation.query) {
        if let Some(value) = given.remove(parameter.name) {
            let values = values(parameter, value).map_err(wrong)?;
            params.extend(
                values
                    .into_iter()
                    .map(|one| (parameter.name.to_owned(), one)),
            );
        }
    }
    if let Some(unknown) = given.keys().next() {
        return Err(wrong(format!(
            "there is no argument `{unknown}`; it takes {}",
            names(operation).join(", ")
        )));
    }
    let mut call = OperationCall {
        operation: operation.id.to_owned(),
        connection,
        params,
        body,
        idempotency_key,
        is_dry,
        base,
    };
    if let Some(page) = &more.cursor {
        call.turn_to(page.clone())?;
    }
    Ok(Asked { call, more })
}

/// The arguments that the operation's tool takes, in the order in which it shows them.
pub(super) fn names(operation: &Operation) -> Vec<&'static str> {
    let parameters = operation.path_parameters.iter().chain(operation.query);
    let mut names = vec![CONNECTION];
    names.extend(parameters.map(|parameter| parameter.name));
    match operation.body {
        Body::None => {}
        Body::Json | Body::MergePatch => names.push(BODY),
        Body::Multipart { .. } => names.push(FILE),
    }
    if operation.access == Access::Write {
        names.extend([DRY_RUN, IDEMPOTENCY_KEY]);
    }
    names.push(MORE);
    names
}

/// One text argument of a tool.
pub(super) fn text(given: Option<Value>, name: &str) -> Result<Option<String>, String> {
    match given {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(misfit(name, "a text", &other)),
    }
}

/// A yes or no, which is a no where it is left out.
fn truth(given: Option<Value>, name: &str) -> Result<bool, String> {
    match given {
        None => Ok(false),
        Some(Value::Bool(is)) => Ok(is),
        Some(other) => Err(misfit(name, "true or false", &other)),
    }
}

/// What an argument must be, and what it is; never its value, which may be personal.
pub(super) fn misfit(name: &str, wanted: &str, given: &Value) -> String {
    format!("`{name}` must be {wanted}, and is {}", kind_of(given))
}

fn more(given: Option<Value>, operation: &Operation) -> Result<More, String> {
    let Some(given) = given else {
        return Ok(More::default());
    };
    if !given.is_object() {
        return Err(misfit(
            MORE,
            "the object `more` of the answer before",
            &given,
        ));
    }
    let more: More = serde_json::from_value(given)
        .map_err(|why| format!("`more` must be that of the answer before, unchanged: {why}"))?;
    if more.cursor.is_some() && operation.paging.is_none() {
        return Err("`more` has a `cursor`, but the answer has no pages; leave it out".to_owned());
    }
    Ok(more)
}

fn json(given: Option<Value>) -> Result<CallBody, String> {
    match given {
        None => Err("`body` is missing: an object, as the schema of this tool has it".to_owned()),
        Some(body @ Value::Object(_)) => Ok(CallBody::Json(Bytes::from(body.to_string()))),
        Some(other) => Err(misfit(BODY, "an object", &other)),
    }
}

fn file(given: Option<Value>) -> Result<CallBody, String> {
    let Some(given) = given else {
        return Err("`file` is missing: give an object of `name` and `base64`".to_owned());
    };
    let Value::Object(mut members) = given else {
        return Err(misfit(FILE, "an object of `name` and `base64`", &given));
    };
    let mut member = |name: &str| {
        let place = format!("{FILE}.{name}");
        text(members.remove(name), &place)?.ok_or_else(|| format!("`{place}` is missing"))
    };
    let (name, encoded) = (member("name")?, member("base64")?);
    if let Some(unknown) = members.keys().next() {
        return Err(format!(
            "`{FILE}` has no member `{unknown}`; it takes `name` and `base64`"
        ));
    }
    let content = STANDARD
        .decode(encoded.as_bytes())
        .map_err(|_| format!("`{FILE}.base64` is not base64 (RFC 4648, with its padding)"))?;
    if content.len() > MOST_FILE_BYTES {
        return Err(format!(
            "`{FILE}` is larger than {MOST_FILE_BYTES} bytes; send it through the gateway, which takes more"
        ));
    }
    Ok(CallBody::File {
        name,
        content: content.into(),
    })
}

/// The values of a parameter as its path or query has them.
fn values(parameter: &Parameter, given: Value) -> Result<Vec<String>, String> {
    let name = parameter.name;
    let misfit = |given: &Value| misfit(name, &wanted(parameter.kind), given);
    let text = |given: &Value| {
        given
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| misfit(given))
    };
    let number = |given: &Value| {
        let number = given.as_i64().ok_or_else(|| misfit(given))?;
        Ok(number.to_string())
    };
    let each = |read: &dyn Fn(&Value) -> Result<String, String>| {
        let items = given.as_array().ok_or_else(|| misfit(&given))?;
        items.iter().map(read).collect()
    };
    match parameter.kind {
        Kind::Text | Kind::Id | Kind::DateTime | Kind::OneOf(_) => Ok(vec![text(&given)?]),
        Kind::Integer { .. } => Ok(vec![number(&given)?]),
        Kind::Boolean => {
            let is = given.as_bool().ok_or_else(|| misfit(&given))?;
            Ok(vec![is.to_string()])
        }
        Kind::Ids { .. } | Kind::SomeOf(_) => each(&text),
        Kind::Integers => each(&number),
    }
}

fn wanted(kind: Kind) -> String {
    match kind {
        Kind::Text => "a text".to_owned(),
        Kind::Id => "an identifier, as a text".to_owned(),
        Kind::DateTime => "a moment in UTC as a text, such as 2026-05-14T09:30:00Z".to_owned(),
        Kind::OneOf(words) => format!("one of {}", words.join(", ")),
        Kind::Integer { .. } => "a whole number".to_owned(),
        Kind::Boolean => "true or false".to_owned(),
        Kind::Ids { most } => format!("a list of up to {most} identifiers, each a text"),
        Kind::SomeOf(words) => format!("a list of some of {}", words.join(", ")),
        Kind::Integers => "a list of whole numbers".to_owned(),
    }
}

fn kind_of(given: &Value) -> &'static str {
    match given {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

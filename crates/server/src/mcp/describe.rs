//! What all callers are told of an operation's tool: its words, its schemas and what it does to the world.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use portico_engine::Engine;
use portico_engine::catalog::{Access, Body, Effect, Operation, Parameter, Verb};
use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value, json};

use super::answer::HIDDEN;
use super::arguments::{BODY, DRY_RUN, FILE, IDEMPOTENCY_KEY, MORE, MOST_FILE_BYTES};
use super::tools::object;

/// Each is made when it is first asked for.
static MADE: LazyLock<Mutex<HashMap<&'static str, Tool>>> = LazyLock::new(Mutex::default);

/// The tool of an operation, but for the connections at which a caller may use it.
pub(super) fn tool(operation: &'static Operation) -> Tool {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.entry(operation.id)
        .or_insert_with(|| new_tool(operation))
        .clone()
}

/// What the operation does to the world, as far as the hints of MCP can tell.
pub(super) fn annotations(operation: &Operation) -> ToolAnnotations {
    let is_read = operation.access == Access::Read;
    let annotations = ToolAnnotations::with_title(operation.title)
        .read_only(is_read)
        .open_world(operation.has(Effect::Outside));
    if is_read {
        return annotations.destructive(false).idempotent(true);
    }
    annotations
        .destructive(!only_adds(operation))
        .idempotent(ends_alike(operation))
}

/// Whether nothing that was there before is changed, and another call can take away what is added.
fn only_adds(operation: &Operation) -> bool {
    const CREATED: u16 = 201;
    const ACCEPTED: u16 = 202;

    let is_added = matches!(operation.success, CREATED | ACCEPTED);
    let is_kept = [Effect::Irreversible, Effect::FullReplace, Effect::Security]
        .into_iter()
        .any(|effect| operation.has(effect));
    is_added && operation.verb == Verb::Post && !is_kept
}

/// Whether a second call with the same arguments changes nothing more.
fn ends_alike(operation: &Operation) -> bool {
    match operation.verb {
        Verb::Get | Verb::Put | Verb::Patch | Verb::Delete => true,
        // What a POST does, its arguments do not tell.
        Verb::Post => operation.has(Effect::FullReplace),
    }
}

fn new_tool(operation: &'static Operation) -> Tool {
    let view = Engine::operation(operation.id).ok();
    let (request, response) = view.map_or((None, None), |view| (view.request, view.response));
    let mut tool = Tool::default();
    tool.name = operation.id.into();
    tool.title = Some(operation.title.to_owned());
    tool.description = Some(description(operation).into());
    tool.input_schema = object(input(operation, request));
    tool.output_schema = Some(object(output(operation, response)));
    tool.annotations = Some(annotations(operation));
    tool
}

fn description(operation: &Operation) -> String {
    match operation.caution {
        Some(caution) => format!("{} Beware: {caution}.", operation.summary),
        None => operation.summary.to_owned(),
    }
}

fn input(operation: &Operation, request: Option<Value>) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for parameter in operation.path_parameters.iter().chain(operation.query) {
        properties.insert(parameter.name.to_owned(), parameter_schema(parameter));
        if parameter.required {
            required.push(parameter.name);
        }
    }
    let mut definitions = Map::new();
    match operation.body {
        Body::None => {}
        Body::Json | Body::MergePatch => {
            let mut body = request.unwrap_or_else(|| json!({ "type": "object" }));
            hoist(&mut body, &mut definitions);
            properties.insert(BODY.to_owned(), body);
            required.push(BODY);
        }
        Body::Multipart { .. } => {
            properties.insert(FILE.to_owned(), file_schema());
            required.push(FILE);
        }
    }
    if operation.access == Access::Write {
        properties.insert(DRY_RUN.to_owned(), dry_run_schema());
        let key = idempotency_key_schema(operation);
        properties.insert(IDEMPOTENCY_KEY.to_owned(), key);
    }
    properties.insert(MORE.to_owned(), more_schema(operation));
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    if !definitions.is_empty() {
        schema["$defs"] = Value::Object(definitions);
    }
    schema
}

fn parameter_schema(parameter: &Parameter) -> Value {
    let mut words = parameter.summary.to_owned();
    if !parameter.needs.is_empty() {
        words.push_str(&format!(" Needs {}.", parameter.needs.join(" and ")));
    }
    if !parameter.excludes.is_empty() {
        words.push_str(&format!(" Not with {}.", parameter.excludes.join(", ")));
    }
    let mut schema = parameter.schema();
    schema["description"] = words.into();
    schema
}

fn file_schema() -> Value {
    json!({
        "type": "object",
        "description": format!("The file, of at most {MOST_FILE_BYTES} bytes."),
        "properties": {
            "name": {"type": "string", "minLength": 1, "description": "Its name, such as lantern.jpg."},
            "base64": {
                "type": "string",
                "contentEncoding": "base64",
                "maxLength": MOST_FILE_BYTES.div_ceil(3) * 4,
                "description": "What is in it.",
            },
        },
        "required": ["name", "base64"],
        "additionalProperties": false,
    })
}

fn dry_run_schema() -> Value {
    json!({
        "type": "boolean",
        "description": "To send nothing, and be told what would be sent, what it would change, and whether it is allowed.",
    })
}

fn idempotency_key_schema(operation: &Operation) -> Value {
    let words = "A text of your own, a new one for each wish: with it, a call like an earlier one is another call, about which a person is asked anew.";
    match operation.idempotency_key {
        None => json!({"type": "string", "minLength": 1, "maxLength": 255, "description": words}),
        Some(rule) => json!({
            "type": "string",
            "pattern": rule.pattern,
            "description": format!("{words} The site makes what comes twice under the same one once."),
        }),
    }
}

fn more_schema(operation: &Operation) -> Value {
    let mut properties = json!({
        "at": {"type": "string", "description": "A place within the answer, as a JSON pointer."},
        "skip": {"type": "integer", "minimum": 0, "description": "How much of it is known already."},
    });
    if operation.paging.is_some() {
        properties["cursor"] =
            json!({"type": "string", "description": "The page, as the answer before named it."});
    }
    json!({
        "type": "object",
        "description": "To read on: `more` of the answer before, or one of its `shortened`, beside the same other arguments.",
        "properties": properties,
        "additionalProperties": false,
    })
}

/// The answer within what Portico says of it.
fn output(operation: &Operation, response: Option<Value>) -> Value {
    let mut definitions = Map::new();
    let mut answer = response.map_or_else(|| json!({}), shape);
    hoist(&mut answer, &mut definitions);
    let mut schema = json!({
        "type": "object",
        "properties": {
            "connection": {"type": "string", "description": "The site that answered."},
            "status": {"type": "integer", "description": "The status of its answer."},
            "answer": answer,
            "part": {"description": "What was asked for with `more.at`, in place of the whole answer."},
            "more": {"type": "object", "description": "There is more: give this as `more` to the same tool."},
            "shortened": {
                "type": "array",
                "description": "Places of which only the beginning is here; `at` and `skip`, given as `more`, lead to the rest.",
                "items": {
                    "type": "object",
                    "properties": {
                        "at": {"type": "string"},
                        "skip": {"type": "integer"},
                        "of": {"type": "integer"},
                    },
                },
            },
        },
        "required": ["connection", "status"],
    });
    schema["properties"]["approval"] = json!({
        "type": "object",
        "description": "Nothing was sent now: a person decides first. The same call again, unchanged, tells what became of it; `repeated` says that this is what it tells.",
    });
    if !operation.personal_response.is_empty() {
        schema["properties"][HIDDEN] = json!({
            "type": "integer",
            "description": "So many values of the answer are personal and are hidden from you: they are null, whatever they are.",
        });
    }
    if operation.access == Access::Write {
        schema["properties"]["dry_run"] = json!({
            "type": "object",
            "description": "Nothing was sent: what would be, and what was decided of it.",
        });
    }
    if !definitions.is_empty() {
        schema["$defs"] = Value::Object(definitions);
    }
    schema
}

/// Takes the definitions of a bundle to where its references look for them once it is a part of another schema.
fn hoist(bundle: &mut Value, definitions: &mut Map<String, Value>) {
    if let Value::Object(members) = bundle {
        members.remove("$schema");
        if let Some(Value::Object(found)) = members.remove("$defs") {
            definitions.extend(found);
        }
    }
}

/// The shape of an answer without its limits: a client that checks must not refuse an answer because the vendor
/// has a new word for a state, leaves something out, or because a personal field is hidden.
fn shape(schema: Value) -> Value {
    let Value::Object(members) = schema else {
        return schema;
    };
    let kept = members.into_iter().filter_map(|(key, member)| {
        let member = match key.as_str() {
            "$ref" | "description" => member,
            "type" => or_null(member),
            "items" => shape(member),
            "properties" | "$defs" => shapes_by_name(member),
            "anyOf" => shapes(member),
            _ => return None,
        };
        Some((key, member))
    });
    Value::Object(kept.collect())
}

fn shapes_by_name(schemas: Value) -> Value {
    let Value::Object(schemas) = schemas else {
        return schemas;
    };
    let schemas = schemas.into_iter();
    schemas
        .map(|(name, schema)| (name, shape(schema)))
        .collect()
}

fn shapes(schemas: Value) -> Value {
    let Value::Array(schemas) = schemas else {
        return schemas;
    };
    schemas.into_iter().map(shape).collect()
}

fn or_null(kind: Value) -> Value {
    let mut kinds = match kind {
        Value::Array(kinds) => kinds,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            vec![kind]
        }
    };
    if !kinds.contains(&"null".into()) {
        kinds.push("null".into());
    }
    Value::Array(kinds)
}

//! The tools of a caller: one for each operation that it may use, and Portico's own.
//!
//! What does not depend on the caller is made once; the list of a set of rights is kept.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use portico_engine::Granted;
use rmcp::model::{JsonObject, Tool};
use serde_json::{Value, json};

use super::arguments::CONNECTION;
use super::{compact, describe, own};

/// More names than these do not stand in a schema; `list_connections` has them.
const MOST_NAMES: usize = 50;

/// So many sets of rights are kept before all are made anew.
const MOST_SETS: usize = 64;

/// How many tools a caller is offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// One for each operation.
    #[default]
    Full,
    /// Three, which find, describe and call the operations, for models of little memory.
    Compact,
}

/// What a list of tools depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Rights(Vec<(&'static str, Vec<String>, [bool; 2])>);

impl Rights {
    pub(super) fn of(granted: &[Granted]) -> Self {
        let each = granted.iter();
        Self(
            each.map(|one| {
                let marks = [one.is_to_be_named, one.is_open];
                (one.operation.id, one.connections.clone(), marks)
            })
            .collect(),
        )
    }
}

/// The lists that were asked for lately.
#[derive(Default)]
pub(super) struct Tools(Mutex<HashMap<Rights, Arc<[Tool]>>>);

impl Tools {
    /// The tools of a caller with these rights.
    pub(super) fn of(&self, granted: &[Granted], mode: Mode) -> Arc<[Tool]> {
        match mode {
            Mode::Full => self.all(granted),
            Mode::Compact => COMPACT.clone(),
        }
    }

    /// Every tool of these rights, also where only three are offered.
    pub(super) fn all(&self, granted: &[Granted]) -> Arc<[Tool]> {
        let rights = Rights::of(granted);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tools) = kept.get(&rights) {
            return Arc::clone(tools);
        }
        if kept.len() >= MOST_SETS {
            kept.clear();
        }
        let own = own::granted_with(granted).map(own::OwnTool::tool);
        let operations = granted.iter().map(tool);
        let tools: Arc<[Tool]> = own.chain(operations).collect();
        kept.insert(rights, Arc::clone(&tools));
        tools
    }
}

static COMPACT: LazyLock<Arc<[Tool]>> =
    LazyLock::new(|| compact::TOOLS.map(compact::CompactTool::tool).into());

/// The tool of an operation: what all callers are told of it, and the connections that this one may use.
fn tool(granted: &Granted) -> Tool {
    let mut tool = describe::tool(granted.operation);
    let input = Arc::make_mut(&mut tool.input_schema);
    if let Some(Value::Object(properties)) = input.get_mut("properties") {
        properties.insert(CONNECTION.to_owned(), connection(granted));
    }
    if granted.is_to_be_named
        && let Some(Value::Array(required)) = input.get_mut("required")
    {
        required.insert(0, CONNECTION.into());
    }
    tool
}

fn connection(granted: &Granted) -> Value {
    match &granted.connections[..] {
        [only] if !granted.is_to_be_named => json!({
            "type": "string",
            "enum": [only],
            "description": format!("The connected site; it is `{only}` where this is left out."),
        }),
        names if names.len() <= MOST_NAMES => json!({
            "type": "string",
            "enum": names,
            "description": "The connected site that is meant.",
        }),
        _ => json!({
            "type": "string",
            "description": "The connected site that is meant, by its name; `list_connections` has the names.",
        }),
    }
}

/// An object as rmcp wants it.
pub(super) fn object(value: Value) -> Arc<JsonObject> {
    match value {
        Value::Object(members) => Arc::new(members),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Arc::default()
        }
    }
}

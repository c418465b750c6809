//! Three tools in place of all: they find, describe and call the others.

use portico_engine::catalog::{Access, Operation};
use portico_engine::{Granted, Refusal};
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};

use super::arguments::{misfit, text};
use super::own;
use super::tools::object;

/// One of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CompactTool {
    Find,
    Describe,
    Call,
}

pub(super) const TOOLS: [CompactTool; 3] =
    [CompactTool::Find, CompactTool::Describe, CompactTool::Call];

/// What is looked for.
struct Wanted {
    words: Vec<String>,
    access: Option<&'static str>,
}

impl CompactTool {
    pub(super) fn named(name: &str) -> Option<Self> {
        TOOLS.into_iter().find(|tool| tool.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Find => "find_operations",
            Self::Describe => "describe_operation",
            Self::Call => "call_operation",
        }
    }

    pub(super) fn tool(self) -> Tool {
        let mut tool = Tool::default();
        tool.name = self.name().into();
        tool.title = Some(self.title().to_owned());
        tool.description = Some(self.description().into());
        tool.input_schema = object(self.input());
        tool.annotations = Some(self.annotations());
        tool
    }

    fn title(self) -> &'static str {
        match self {
            Self::Find => "Find operations",
            Self::Describe => "Describe an operation",
            Self::Call => "Call an operation",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::Find => {
                "Lists the operations that may be called, those that have all the words; without words, all. Then describe the one that fits."
            }
            Self::Describe => {
                "Tells what arguments an operation takes, and what it does to the world."
            }
            Self::Call => {
                "Calls an operation with the arguments that `describe_operation` told of."
            }
        }
    }

    /// What can be called may be anything that is granted.
    fn annotations(self) -> ToolAnnotations {
        let is_call = self == Self::Call;
        ToolAnnotations::with_title(self.title())
            .read_only(!is_call)
            .destructive(is_call)
            .idempotent(!is_call)
            .open_world(is_call)
    }

    fn input(self) -> Value {
        let operation = json!({
            "type": "string",
            "description": "Its name, as `find_operations` lists it.",
        });
        let (properties, required) = match self {
            Self::Find => (
                json!({
                    "words": {"type": "string", "description": "What is to be done, in a word or a few, such as `stock`."},
                    "access": {"type": "string", "enum": ["read", "write"], "description": "Only those that read, or that change something."},
                }),
                json!([]),
            ),
            Self::Describe => (json!({ "operation": operation }), json!(["operation"])),
            Self::Call => (
                json!({
                    "operation": operation,
                    "arguments": {"type": "object", "description": "Its arguments by their names."},
                }),
                json!(["operation"]),
            ),
        };
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }
}

/// Those of a caller's operations that have all the words.
pub(super) fn find(granted: &[Granted], given: JsonObject) -> Result<Value, Refusal> {
    let wanted = Wanted::read(given).map_err(|why| wrong(CompactTool::Find, &why))?;
    let own = own::granted_with(granted)
        .filter(|tool| wanted.fits("read", &[tool.name(), tool.title(), tool.summary()]))
        .map(|tool| json!({"operation": tool.name(), "title": tool.title(), "access": "read"}));
    let operations = granted.iter().filter(|one| {
        let Operation {
            id,
            title,
            summary,
            area,
            ..
        } = one.operation;
        wanted.fits(access_of(one.operation), &[*id, *title, *summary, *area])
    });
    let operations = operations.map(|one| {
        json!({
            "operation": one.operation.id,
            "title": one.operation.title,
            "access": access_of(one.operation),
            "connections": one.connections,
        })
    });
    Ok(json!({ "operations": own.chain(operations).collect::<Value>() }))
}

/// What an operation takes; `tools` are those of the caller.
pub(super) fn describe(tools: &[Tool], mut given: JsonObject) -> Result<Value, Refusal> {
    let operation = operation_of(CompactTool::Describe, &mut given)?;
    refuse_rest(CompactTool::Describe, &given)?;
    let tool = tools.iter().find(|tool| tool.name == operation);
    let tool = tool.ok_or_else(|| {
        let why = format!("there is no operation `{operation}` that you may use; `find_operations` lists those that you may");
        wrong(CompactTool::Describe, &why)
    })?;
    Ok(json!({
        "operation": tool.name,
        "title": tool.title,
        "description": tool.description,
        "arguments": tool.input_schema,
        "annotations": tool.annotations,
    }))
}

/// The operation that is to be called, and its arguments.
pub(super) fn called(mut given: JsonObject) -> Result<(String, JsonObject), Refusal> {
    let operation = operation_of(CompactTool::Call, &mut given)?;
    let arguments = match given.remove("arguments") {
        None | Some(Value::Null) => JsonObject::new(),
        Some(Value::Object(arguments)) => arguments,
        Some(other) => {
            let why = misfit("arguments", "an object", &other);
            return Err(wrong(CompactTool::Call, &why));
        }
    };
    refuse_rest(CompactTool::Call, &given)?;
    Ok((operation, arguments))
}

impl Wanted {
    fn read(mut given: JsonObject) -> Result<Self, String> {
        given.retain(|_, value| !value.is_null());
        let words = text(given.remove("words"), "words")?.unwrap_or_default();
        let access = match text(given.remove("access"), "access")?.as_deref() {
            None => None,
            Some("read") => Some("read"),
            Some("write") => Some("write"),
            Some(_) => return Err("`access` must be `read` or `write`".to_owned()),
        };
        if let Some(unknown) = given.keys().next() {
            return Err(format!(
                "there is no argument `{unknown}`; it takes words, access"
            ));
        }
        let words = words.split_whitespace().map(str::to_lowercase).collect();
        Ok(Self { words, access })
    }

    fn fits(&self, access: &str, texts: &[&str]) -> bool {
        let texts: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
        let is_there = |word: &String| texts.iter().any(|text| text.contains(word.as_str()));
        self.access.is_none_or(|wanted| wanted == access) && self.words.iter().all(is_there)
    }
}

fn access_of(operation: &Operation) -> &'static str {
    match operation.access {
        Access::Read => "read",
        Access::Write => "write",
    }
}

fn operation_of(tool: CompactTool, given: &mut JsonObject) -> Result<String, Refusal> {
    text(given.remove("operation"), "operation")
        .map_err(|why| wrong(tool, &why))?
        .ok_or_else(|| {
            wrong(
                tool,
                "`operation` is missing; `find_operations` lists the names",
            )
        })
}

fn refuse_rest(tool: CompactTool, given: &JsonObject) -> Result<(), Refusal> {
    match given.keys().next() {
        None => Ok(()),
        Some(unknown) => Err(wrong(
            tool,
            &format!(
                "there is no argument `{unknown}`; what the operation takes goes into `arguments`"
            ),
        )),
    }
}

fn wrong(tool: CompactTool, why: &str) -> Refusal {
    Refusal::Request(format!("{}: {why}", tool.name()))
}

//! Everything that the catalogue knows of one operation.

use std::fmt;

use portico_engine::OperationView;
use portico_engine::catalog::Parameter;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{OperationOut, words};

/// An operation with all that there is to know before it is called.
#[derive(Serialize, ToSchema)]
pub struct OperationDetailOut {
    #[serde(flatten)]
    pub operation: OperationOut,
    pub summary: &'static str,
    /// What the effects do not tell.
    pub caution: Option<&'static str>,
    /// Older versions of the path, which lead to it too.
    pub other_paths: Vec<&'static str>,
    /// What an OAuth token needs.
    #[schema(example = "website.orders.read or website.orders")]
    pub scopes: String,
    /// What an API key needs.
    #[schema(example = "Orders: Read Only")]
    pub api_key: String,
    /// The header that lets a repeat do no harm, where it takes one.
    pub idempotency_key: Option<String>,
    /// One sentence for each.
    pub limits: Vec<String>,
    /// How many rows a page has, where there are pages.
    pub paging: Option<String>,
    pub parameters: Vec<ParameterOut>,
    /// The media type of the body that it takes.
    #[schema(example = "application/json")]
    pub body: Option<&'static str>,
    /// The status of a success.
    #[schema(example = 200)]
    pub success: u16,
    /// The JSON Schema of the body.
    #[schema(value_type = Option<Object>)]
    pub request_schema: Option<Value>,
    /// The JSON Schema of the answer; none where it is empty, or not described.
    #[schema(value_type = Option<Object>)]
    pub response_schema: Option<Value>,
    pub personal_data: PersonalOut,
}

/// A value in the path or in the query.
#[derive(Serialize, ToSchema)]
pub struct ParameterOut {
    pub name: &'static str,
    /// `path` or `query`.
    #[serde(rename = "in")]
    #[schema(example = "query")]
    pub place: &'static str,
    pub summary: &'static str,
    pub required: bool,
    /// Parameters that must not be given beside it.
    pub excludes: Vec<&'static str>,
    /// Parameters that must be given beside it.
    pub needs: Vec<&'static str>,
    /// Whether it can hold personal data.
    pub personal: bool,
    /// The JSON Schema of its value; what a query joins by commas is an array.
    #[schema(value_type = Object)]
    pub schema: Value,
}

/// Where personal data stands: JSON pointers in which `*` is every item or member.
#[derive(Serialize, ToSchema)]
pub struct PersonalOut {
    pub request: Vec<&'static str>,
    pub response: Vec<&'static str>,
}

impl From<OperationView> for OperationDetailOut {
    fn from(view: OperationView) -> Self {
        let operation = view.operation;
        let of_path = operation.path_parameters.iter().map(|one| (one, "path"));
        let of_query = operation.query.iter().map(|one| (one, "query"));
        Self {
            operation: OperationOut::of(&view),
            summary: operation.summary,
            caution: operation.caution,
            other_paths: operation.twins.to_vec(),
            scopes: words::scopes(operation.scopes),
            api_key: words::api_key(operation.key),
            idempotency_key: operation.idempotency_key.map(words::idempotency_key),
            limits: operation.limits.iter().copied().map(words::limit).collect(),
            paging: operation.paging.map(words::paging),
            parameters: of_path
                .chain(of_query)
                .map(|(one, place)| ParameterOut::of(one, place))
                .collect(),
            body: operation.body.content_type(),
            success: operation.success,
            request_schema: view.request,
            response_schema: view.response,
            personal_data: PersonalOut {
                request: operation.personal_request.to_vec(),
                response: operation.personal_response.to_vec(),
            },
        }
    }
}

impl OperationDetailOut {
    /// The schemas for people: what the operation takes and answers, word for word.
    #[must_use]
    pub fn schemas_in_words(&self) -> String {
        let all = [
            ("body", &self.request_schema),
            ("answer", &self.response_schema),
        ];
        let described = all.into_iter().filter_map(|(place, schema)| {
            let schema = schema.as_ref()?;
            Some(format!("schema of the {place}:\n{schema:#}"))
        });
        described.collect::<Vec<_>>().join("\n\n")
    }
}

impl ParameterOut {
    fn of(parameter: &Parameter, place: &'static str) -> Self {
        Self {
            name: parameter.name,
            place,
            summary: parameter.summary,
            required: parameter.required,
            excludes: parameter.excludes.to_vec(),
            needs: parameter.needs.to_vec(),
            personal: parameter.personal,
            schema: parameter.schema(),
        }
    }
}

impl fmt::Display for OperationDetailOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = &self.operation;
        writeln!(f, "{}: {}", one.id, one.title)?;
        writeln!(f, "  {} {}", one.method, one.path)?;
        writeln!(f, "  {}", self.summary)?;
        let access = one.access.as_str();
        writeln!(f, "  {access} in {}: {}", one.area, one.effects_in_words())?;
        if let Some(caution) = self.caution {
            writeln!(f, "  caution: {caution}")?;
        }
        writeln!(f, "  OAuth scope: {}", self.scopes)?;
        writeln!(f, "  API key: {}", self.api_key)?;
        let lines = self.limits.iter().chain(&self.paging);
        lines
            .chain(&self.idempotency_key)
            .try_for_each(|line| writeln!(f, "  {line}"))?;
        for parameter in &self.parameters {
            write!(f, "\n{parameter}")?;
        }
        if let Some(body) = self.body {
            write!(f, "\nbody ({body})")?;
        }
        write!(f, "\nanswer ({})", self.success)?;
        let personal = &self.personal_data;
        for (place, pointers) in [("body", &personal.request), ("answer", &personal.response)] {
            if !pointers.is_empty() {
                write!(f, "\npersonal data in the {place}: {}", pointers.join(", "))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for ParameterOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let required = if self.required { ", required" } else { "" };
        write!(
            f,
            "--param {}=… ({}{required}): {}",
            self.name, self.place, self.summary
        )?;
        if let Some(words) = words(&self.schema) {
            write!(f, " One of {words}.")?;
        }
        if let Some(words) = words(&self.schema["items"]) {
            write!(f, " Some of {words}, joined by commas.")?;
        }
        if !self.needs.is_empty() {
            write!(f, " Needs {}.", self.needs.join(" and "))?;
        }
        if !self.excludes.is_empty() {
            write!(f, " Not with {}.", self.excludes.join(", "))?;
        }
        Ok(())
    }
}

/// The words that a value may be, where they are counted.
fn words(schema: &Value) -> Option<String> {
    let words: Vec<&str> = schema["enum"]
        .as_array()?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    Some(words.join(", "))
}

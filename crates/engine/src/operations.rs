//! A vendor's operations by their names: what there is, and calling one without building its path.
//!
//! [`Engine::call_operation`] ends in [`Engine::forward`], so that a call by name is checked, paced and
//! carried as one by path is.

mod body;
mod granted;
mod pages;
mod parameters;

use bytes::Bytes;
use http::{HeaderValue, Response};
use http_body_util::BodyExt;
use portico_domain::App;
use portico_domain::agent::Area;
use serde_json::Value;
use wire::catalog::{Access, Catalog, Operation};

pub use body::CallBody;
pub use granted::Granted;

pub(crate) use granted::is_callable;

use crate::gateway::{
    APPROVAL_HEADER, Caller, DRY_RUN_HEADER, IDEMPOTENCY_KEY, NativeCall, Refusal, Streamed,
};
use crate::{Engine, Error, apps};

/// The app whose operations the gateway carries.
const APP: App = App::Squarespace;

/// With more slips than these, another operation may have been meant.
const MOST_SLIPS: usize = 3;

/// More characters no vendor takes as an idempotency key.
const KEY_CHARS: usize = 255;

const CATALOG: &Catalog = &squarespace::catalog::CATALOG;

/// Which operations are asked for; `None` leaves a matter open.
#[derive(Clone, Copy, Debug, Default)]
pub struct OperationFilter {
    pub app: Option<App>,
    pub area: Option<Area>,
    pub access: Option<Access>,
}

/// An operation with the schemas of its request and its answer, each whole in itself.
pub struct OperationView {
    pub app: App,
    /// Whether the gateway carries it; the others are for Portico itself.
    pub is_callable: bool,
    pub operation: &'static Operation,
    pub request: Option<Value>,
    pub response: Option<Value>,
}

/// A call that names its operation.
pub struct OperationCall {
    pub operation: String,
    /// By name or identifier; without one the oldest that can be used answers.
    pub connection: Option<String>,
    /// What stands in the path and in the query, by the vendor's names; several values of one name are a list.
    pub params: Vec<(String, String)>,
    pub body: CallBody,
    /// Tells the same call from another one like it, to a person who is asked and to vendors that take it.
    pub idempotency_key: Option<String>,
    /// Nothing is to be sent, and told what would be.
    pub is_dry: bool,
    /// Where links to further pages are to lead, without a slash at its end.
    pub base: String,
}

impl Engine {
    /// The operations of an app, in the vendor's order; without one, those that can be called.
    #[must_use]
    pub fn operations(wanted: OperationFilter) -> Vec<OperationView> {
        let app = wanted.app.unwrap_or(APP);
        let is_wanted = |operation: &&'static Operation| {
            wanted
                .area
                .is_none_or(|area| operation.area == area.as_str())
                && wanted
                    .access
                    .is_none_or(|access| operation.access == access)
        };
        let operations = apps::facts(app).catalog.operations().iter();
        operations
            .filter(is_wanted)
            .map(|operation| OperationView::of(app, operation))
            .collect()
    }

    /// One operation with its schemas.
    pub fn operation(id: &str) -> Result<OperationView, Error> {
        let known = App::ALL.into_iter().find_map(|app| {
            let operation = apps::facts(app).catalog.operation(id)?;
            Some((app, operation))
        });
        let (app, operation) = known.ok_or_else(|| no_such(id))?;
        let schema = |name| apps::facts(app).catalog.schema(name);
        Ok(OperationView {
            request: operation.request.and_then(schema),
            response: operation.response.and_then(schema),
            ..OperationView::of(app, operation)
        })
    }

    /// The operation of this name, where callers can call it.
    #[must_use]
    pub fn callable(id: &str) -> Option<&'static Operation> {
        CATALOG.operation(id)
    }

    /// Carries a call that names its operation, as [`Engine::forward`] carries one of a path.
    pub async fn call_operation(
        &self,
        caller: &Caller,
        call: &OperationCall,
    ) -> Result<Response<Streamed>, Refusal> {
        let operation = operation_of(&call.operation)?;
        match self.native(operation, call) {
            Ok(native) => Ok(self.forward(caller, native).await?),
            Err(wrong) => {
                let connection = call.connection.clone();
                let refused = self.refuse_arguments(caller, operation, connection, wrong);
                Err(refused.await)
            }
        }
    }

    /// The call of a path that a call by name is.
    fn native(
        &self,
        operation: &'static Operation,
        call: &OperationCall,
    ) -> Result<NativeCall, Refusal> {
        parameters::check(operation, &call.params)?;
        let path = parameters::path(operation, &call.params)?;
        let query = parameters::query(operation, &call.params);
        let (mut headers, body) = call.body.of_request(operation, self.chance())?;
        if call.is_dry {
            headers.insert(DRY_RUN_HEADER, HeaderValue::from_static("true"));
        }
        if let Some(key) = &call.idempotency_key {
            headers.insert(IDEMPOTENCY_KEY, key_of(operation, key)?);
        }
        Ok(NativeCall {
            app: APP,
            connection: call.connection.clone(),
            method: operation.verb.into(),
            path,
            query,
            headers,
            body,
            base: call.base.clone(),
        })
    }

    /// The same, from the first page to the last: the answer is the last page with the rows of all.
    ///
    /// An answer that is no success ends it and is the answer.
    pub async fn call_all_pages(
        &self,
        caller: &Caller,
        mut call: OperationCall,
    ) -> Result<Response<Bytes>, Refusal> {
        let operation = operation_of(&call.operation)?;
        let mut rows = pages::Rows::of(operation)?;
        loop {
            let answer = self.call_operation(caller, &call).await?;
            let answer = whole(operation, answer).await?;
            if !answer.status().is_success() || is_own(&answer) {
                return Ok(answer);
            }
            let (parts, body) = answer.into_parts();
            let page = serde_json::from_slice(&body).map_err(|_| broken(operation, "no JSON"))?;
            match rows.add(page, &mut call)? {
                pages::Turned::Next => {}
                pages::Turned::End(all) => {
                    let all = Bytes::from(all.to_string());
                    return Ok(Response::from_parts(parts, all));
                }
            }
        }
    }
}

/// Whether nothing was sent, and the answer says what would be, or that a person is asked.
fn is_own<T>(answer: &Response<T>) -> bool {
    let headers = answer.headers();
    headers.contains_key(APPROVAL_HEADER) || headers.contains_key(DRY_RUN_HEADER)
}

impl OperationView {
    fn of(app: App, operation: &'static Operation) -> Self {
        Self {
            app,
            is_callable: apps::facts(app).has_gateway,
            operation,
            request: None,
            response: None,
        }
    }
}

/// What can stand in a header; a vendor that takes such keys has rules of its own.
fn key_of(operation: &Operation, key: &str) -> Result<HeaderValue, Refusal> {
    let fits = (1..=KEY_CHARS).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    let value = HeaderValue::try_from(key).ok().filter(|_| fits);
    value.ok_or_else(|| {
        let id = operation.id;
        Refusal::Request(format!(
            "{id}: `idempotency_key` must be 1 to {KEY_CHARS} letters, digits and signs without spaces"
        ))
    })
}

/// The operations that callers can call, in the vendor's order.
pub(crate) fn callable() -> &'static [Operation] {
    CATALOG.operations()
}

pub(crate) fn no_connection() -> Refusal {
    Refusal::NoConnection { app: APP.title() }
}

/// Who may do this may see where an order is.
pub(crate) fn order_reading() -> &'static Operation {
    CATALOG
        .operation("getOrder")
        .expect("the catalogue has it; a test reads an order")
}

pub(crate) fn operation_of(id: &str) -> Result<&'static Operation, Error> {
    CATALOG.operation(id).ok_or_else(|| no_such(id))
}

fn no_such(id: &str) -> Error {
    let nearest = nearest(id).map_or(String::new(), |known| format!("did you mean `{known}`? "));
    Error::NotFound(format!(
        "operation `{id}`; {nearest}`portico operations list` shows those that there are"
    ))
}

/// The operation that was probably meant, whatever letters are capital.
fn nearest(id: &str) -> Option<&'static str> {
    let id = id.to_lowercase();
    let distance = |known: &str| strsim::damerau_levenshtein(&known.to_lowercase(), &id);
    let known = CATALOG.operations().iter().map(|operation| operation.id);
    known
        .min_by_key(|known| distance(known))
        .filter(|known| distance(known) <= MOST_SLIPS)
}

async fn whole(
    operation: &'static Operation,
    answer: Response<Streamed>,
) -> Result<Response<Bytes>, Refusal> {
    let (parts, body) = answer.into_parts();
    let body = body.collect().await;
    let body = body.map_err(|_| broken(operation, "it broke off"))?;
    Ok(Response::from_parts(parts, body.to_bytes()))
}

fn broken(operation: &'static Operation, why: &'static str) -> Refusal {
    Refusal::Answer {
        app: APP.title(),
        operation: operation.id,
        why,
    }
}

//! Connections in the shapes of the managed gateway, whose clients find them at the root.

use axum::Json as Answer;
use axum::extract::{FromRequestParts, State};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use portico_domain::App;
use portico_domain::connection::{Connection, Status, UnknownApp};
use portico_engine::{Caller, ConsentRequest, Engine, Error, Refusal};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::extract::{Json, Path, Query};
use crate::gateway::{bearer, own_base};
use crate::routes::Doors;

/// Whoever the key of a request belongs to.
pub(crate) struct KeyOwner(Caller);

/// Whoever it belongs to, unless it is an agent, before anything of what it sends is read.
pub(crate) struct Administrator(Caller);

/// A status of the managed gateway that no connection has here: one whose owner did not consent stays pending.
const FAILED: &str = "FAILED";

/// Which connections are asked for.
#[derive(Deserialize)]
pub(crate) struct Filter {
    app: Option<String>,
    status: Option<String>,
}

/// What is to be connected.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewConnection {
    app: String,
    /// One is made up without it.
    name: Option<String>,
}

#[derive(Serialize)]
struct Shown {
    connection_id: String,
    status: &'static str,
    creation_time: String,
    last_updated_time: String,
    /// The page on which the owner consents, while that is waited for.
    url: Option<String>,
    app: &'static str,
    metadata: Value,
}

/// `GET /connections`
pub(crate) async fn list(
    State(engine): State<Engine>,
    KeyOwner(caller): KeyOwner,
    Query(filter): Query<Filter>,
    headers: HeaderMap,
) -> Result<Answer<Value>, ApiError> {
    filter.check()?;
    let told = engine.connections_told(&caller);
    let told = on_record(&engine, &caller, "list_connections", told).await?;
    let mut shown = Vec::new();
    for connection in told {
        if filter.lets(&connection) {
            shown.push(show_to(&engine, &caller, connection, &headers).await?);
        }
    }
    Ok(Answer(json!({ "connections": shown })))
}

/// `POST /connections`: a page for the owner, who consents there.
pub(crate) async fn create(
    State(engine): State<Engine>,
    Administrator(caller): Administrator,
    headers: HeaderMap,
    Json(wanted): Json<NewConnection>,
) -> Result<Answer<Value>, ApiError> {
    let app: App = wanted.app.parse().map_err(no_such_app)?;
    if engine.lacks_registration(app) {
        return Err(no_registration(app));
    }
    let engine = engine.acting_as(caller.actor());
    let begun = engine.begin_consent(app, wanted.name.as_deref(), ConsentRequest::default());
    let made = begun.await?.connection;
    let id = made.id.uuid().to_string();
    let shown = show_to(&engine, &caller, made, &headers).await?;
    Ok(Answer(json!({ "connection_id": id, "connection": shown })))
}

/// `GET /connections/{id}`
pub(crate) async fn show(
    State(engine): State<Engine>,
    KeyOwner(caller): KeyOwner,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Answer<Value>, ApiError> {
    let connection = reached(&engine, &caller, &id).await?;
    let shown = show_to(&engine, &caller, connection, &headers).await?;
    Ok(Answer(json!({ "connection": shown })))
}

/// `DELETE /connections/{id}`
pub(crate) async fn remove(
    State(engine): State<Engine>,
    Administrator(caller): Administrator,
    Path(id): Path<String>,
) -> Result<Answer<Value>, ApiError> {
    let connection = reached(&engine, &caller, &id).await?;
    let engine = engine.acting_as(caller.actor());
    engine.remove_connection(&connection.name).await?;
    Ok(Answer(json!({})))
}

impl FromRequestParts<Doors> for KeyOwner {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, doors: &Doors) -> Result<Self, ApiError> {
        let key = bearer(&parts.headers).ok_or(Refusal::Key)?;
        Ok(Self(doors.engine.caller(&key).await?))
    }
}

impl FromRequestParts<Doors> for Administrator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, doors: &Doors) -> Result<Self, ApiError> {
        let KeyOwner(caller) = KeyOwner::from_request_parts(parts, doors).await?;
        match caller {
            Caller::Administrator(_) => Ok(Self(caller)),
            Caller::Agent(agent) => Err(ApiError::NotForAgents(agent.name.clone())),
        }
    }
}

impl Filter {
    /// Refuses words that nothing could ever have: an empty list would pass for an answer.
    fn check(&self) -> Result<(), ApiError> {
        check_word("app", self.app.as_deref(), &App::ALL.map(App::as_str))?;
        let statuses: Vec<&str> = Status::ALL
            .iter()
            .map(|status| status.as_str())
            .chain([FAILED])
            .collect();
        check_word("status", self.status.as_deref(), &statuses)
    }

    fn lets(&self, connection: &Connection) -> bool {
        let is = |wanted: &Option<String>, has: &str| wanted.as_deref().is_none_or(|it| it == has);
        is(&self.app, connection.app.as_str()) && is(&self.status, connection.status.as_str())
    }
}

fn check_word(name: &str, given: Option<&str>, words: &[&str]) -> Result<(), ApiError> {
    if given.is_none_or(|given| words.contains(&given)) {
        return Ok(());
    }
    Err(ApiError::Input {
        status: StatusCode::BAD_REQUEST,
        detail: format!("`{name}` is one of {}", words.join(", ")),
    })
}

/// What a caller cannot reach is not there for it.
async fn reached(engine: &Engine, caller: &Caller, id: &str) -> Result<Connection, ApiError> {
    let uuid = id
        .parse()
        .map_err(|_| Error::NotFound(format!("connection `{id}`")))?;
    let told = engine.connection_told(caller, uuid);
    Ok(on_record(engine, caller, "show_connection", told).await?)
}

/// What an agent reads is on record, here as anywhere.
async fn on_record<T>(
    engine: &Engine,
    caller: &Caller,
    name: &str,
    read: impl Future<Output = Result<T, Refusal>>,
) -> Result<T, Refusal> {
    match caller {
        Caller::Administrator(_) => read.await,
        Caller::Agent(_) => engine.read_on_record(caller, name, read).await,
    }
}

async fn show_to(
    engine: &Engine,
    caller: &Caller,
    connection: Connection,
    headers: &HeaderMap,
) -> Result<Shown, ApiError> {
    // Whoever has the address may connect an account, and that is not for an agent.
    let session = match caller {
        Caller::Administrator(_) => engine.consent_session(&connection).await?,
        Caller::Agent(_) => None,
    };
    let page = |session: SecretString| {
        let base = own_base(engine, headers);
        format!("{base}/connect/{}", session.expose_secret())
    };
    Ok(Shown {
        connection_id: connection.id.uuid().to_string(),
        status: connection.status.as_str(),
        creation_time: shown_time(connection.created_at),
        last_updated_time: shown_time(connection.updated_at),
        url: session.map(page),
        app: connection.app.as_str(),
        metadata: json!({ "name": connection.name, "title": connection.account.title }),
    })
}

/// With a fraction always, which some readers of times expect.
fn shown_time(time: Timestamp) -> String {
    format!("{time:.6}")
}

fn no_such_app(why: UnknownApp) -> ApiError {
    Error::Invalid(why.to_string()).into()
}

fn no_registration(app: App) -> ApiError {
    let title = app.title();
    Error::Invalid(format!(
        "{title} asks owners on behalf of a registered app, and none is configured here: set `{app}.client_id` and `{app}.client_secret_file` in the configuration of this Portico and restart it, then send this again"
    ))
    .into()
}

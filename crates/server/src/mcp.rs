//! The MCP door: operations as tools, over HTTP at `/mcp` and over standard input and output.
//!
//! Read `handler` next, which answers whatever the transport; then `answer`, where a call is made.

mod answer;
mod arguments;
mod bounds;
mod compact;
mod describe;
mod handler;
mod listeners;
mod origin;
mod own;
mod sessions;
mod tools;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use portico_engine::{Engine, Refusal};
use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService, stdio_pipes};
use serde::de::IgnoredAny;
use tokio_util::sync::CancellationToken;

use crate::error::ApiError;
use crate::extract::read_body;
use crate::gateway::{bearer, own_base};
use crate::routes::Doors;
use handler::{Handler, Identity, Shared, Visitor};
use sessions::{FIRST_WITHOUT, Owner, SESSION, Sessions};

pub use tools::Mode;

/// The largest request: a file as base64, and the rest of its call.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// A session that nobody uses for so long is gone; its client begins another.
const IDLE: Duration = Duration::from_secs(30 * 60);

/// MCP over HTTP, shared by all requests.
pub(crate) struct Mcp {
    service: StreamableHttpService<Handler, LocalSessionManager>,
    sessions: Sessions,
}

impl Mcp {
    /// Sessions and streams end with `shutdown`.
    pub(crate) fn new(engine: &Engine, shutdown: CancellationToken) -> Self {
        let mut manager = LocalSessionManager::default();
        manager.session_config.keep_alive = Some(IDLE);
        let manager = Arc::new(manager);
        let shared = Shared::new(engine.clone(), None);
        // Hosts and origins are looked at by `origin`, which knows how this server is reached.
        let config = StreamableHttpServerConfig::default()
            .with_json_response(true)
            .with_max_request_body_bytes(MOST_BYTES)
            .with_cancellation_token(shutdown)
            .disable_allowed_hosts();
        Self {
            service: StreamableHttpService::new(
                move || Ok(Handler::new(&shared)),
                Arc::clone(&manager),
                config,
            ),
            sessions: Sessions::new(manager),
        }
    }
}

/// `ANY /mcp`
pub(crate) async fn http(State(doors): State<Doors>, request: Request) -> Response {
    match answer(&doors, request).await {
        Ok(response) => response,
        Err(error) => {
            if let ApiError::Gateway(refusal) = &error {
                doors.engine.count_refusal(refusal);
            }
            error.into_response()
        }
    }
}

/// Answers one client on standard input and output as an agent, until it goes or `shutdown`. `base` is where
/// the gateway is.
pub async fn serve_stdio(
    engine: Engine,
    agent: String,
    mode: Mode,
    base: String,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let only = Visitor {
        identity: Identity::Named(agent),
        mode,
        base,
    };
    let handler = Handler::new(&Shared::new(engine, Some(only)));
    match handler.serve_with_ct(stdio_pipes(), shutdown).await {
        Ok(service) => service
            .waiting()
            .await
            .map(drop)
            .map_err(std::io::Error::other),
        // A client that looked whether there is something, and went.
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => {
            Ok(())
        }
        Err(why) => Err(std::io::Error::other(why)),
    }
}

async fn answer(doors: &Doors, request: Request) -> Result<Response, ApiError> {
    let (engine, mcp) = (&doors.engine, &doors.mcp);
    let headers = request.headers();
    origin::check(headers, engine.public_url())?;
    // Clients try this before they have a session, and some take a 401 here for the end.
    if request.method() == Method::GET && !headers.contains_key(SESSION) {
        return Ok(only_post());
    }
    let key = bearer(headers).ok_or(Refusal::Key)?;
    let caller = engine.caller(&key).await?;
    let owner = Owner::of(&caller);
    let visitor = Visitor {
        mode: mode(request.uri().query())?,
        base: format!("{}/squarespace", own_base(engine, headers)),
        identity: Identity::Key { key, caller },
    };
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(visitor);
    let sent = Sent {
        has_session: parts.headers.contains_key(SESSION),
        is_json: is_json(&parts.headers),
        body: read_body(body, MOST_BYTES).await?,
    };
    // Only now: who sends slowly keeps no other client from beginning.
    let begins = mcp.sessions.check(&owner, &parts.headers, &sent.body);
    let begins = begins.await?;
    let request = Request::from_parts(parts, Body::from(sent.body.clone()));
    let response = mcp.service.handle(request).await;
    let noted = mcp.sessions.note(owner, response.headers(), begins);
    noted.await;
    in_json(response.map(Body::new), &sent).await
}

/// What is to be known of a request once it is answered.
struct Sent {
    has_session: bool,
    is_json: bool,
    body: Bytes,
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

/// A refusal of the transport itself as a document like all others: it says it in plain text.
async fn in_json(response: Response, sent: &Sent) -> Result<Response, ApiError> {
    let (mut status, kind) = (
        response.status(),
        response.headers().get(header::CONTENT_TYPE),
    );
    let is_plain = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !is_plain || !(status.is_client_error() || status.is_server_error()) {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let words = read_body(body, MOST_BYTES).await?;
    let mut detail = String::from_utf8_lossy(&words).into_owned();
    if status == StatusCode::BAD_REQUEST && !sent.has_session {
        detail = format!(
            "{detail}; begin a session with `initialize` and name it in `Mcp-Session-Id`, or send the headers of revision {FIRST_WITHOUT}, which has none"
        );
    }
    if status == StatusCode::UNSUPPORTED_MEDIA_TYPE && sent.is_json {
        status = StatusCode::BAD_REQUEST;
        detail = match serde_json::from_slice::<IgnoredAny>(&sent.body) {
            Ok(_) => "the body is no message of MCP: send one JSON-RPC 2.0 object".to_owned(),
            Err(why) => format!("the body is no JSON: {why}"),
        };
    }
    let mut response = ApiError::Input { status, detail }.into_response();
    if let Some(allowed) = parts.headers.get(header::ALLOW) {
        response
            .headers_mut()
            .insert(header::ALLOW, allowed.clone());
    }
    Ok(response)
}

fn only_post() -> Response {
    let mut response = StatusCode::METHOD_NOT_ALLOWED.into_response();
    let allowed = HeaderValue::from_static("POST, DELETE");
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

/// How many tools are wanted, by the address that the client was given.
fn mode(query: Option<&str>) -> Result<Mode, ApiError> {
    let query = query.unwrap_or_default();
    let mut mode = Mode::Full;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        mode = match (&*name, &*value) {
            ("mode", "full") => Mode::Full,
            ("mode", "compact") => Mode::Compact,
            _ => {
                return Err(ApiError::Input {
                    status: StatusCode::BAD_REQUEST,
                    detail: "`/mcp` takes `mode=compact` or `mode=full`, and nothing else"
                        .to_owned(),
                });
            }
        };
    }
    Ok(mode)
}

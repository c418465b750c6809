//! The gateway's doors: a vendor's own paths under the app's name, behind a key of ours.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use portico_domain::App;
use portico_engine::{CONNECTION_HEADER, Engine, NativeCall, Refusal};
use secrecy::SecretString;

use crate::error::ApiError;

/// The header by which clients of another gateway name the connection.
const OTHER_CONNECTION_HEADER: &str = "maton-connection";

/// `ANY /squarespace/{native path}`
pub(crate) async fn squarespace(
    State(engine): State<Engine>,
    request: Request,
) -> Result<Response, ApiError> {
    carry(&engine, App::Squarespace, request).await
}

async fn carry(engine: &Engine, app: App, request: Request) -> Result<Response, ApiError> {
    let key = bearer(request.headers()).ok_or(Refusal::Key)?;
    let caller = engine.caller(&key).await?;
    let (parts, body) = request.into_parts();
    let prefix = format!("/{app}");
    let path = parts.uri.path().strip_prefix(&prefix).unwrap_or_default();
    let call = NativeCall {
        app,
        connection: chosen(&parts.headers)?,
        path: path.to_owned(),
        query: parts.uri.query().map(str::to_owned),
        base: format!("{}{prefix}", own_base(engine, &parts.headers)),
        method: parts.method,
        headers: parts.headers,
        body: body.map_err(Into::into).boxed_unsync(),
    };
    let response = engine.forward(&caller, call).await?;
    Ok(response.map(Body::new))
}

/// The key of a request, whatever its kind.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<SecretString> {
    let (scheme, key) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("Bearer")
        .then(|| key.trim().into())
}

fn chosen(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let sent = headers
        .get(CONNECTION_HEADER)
        .or_else(|| headers.get(OTHER_CONNECTION_HEADER));
    let Some(sent) = sent else {
        return Ok(None);
    };
    match sent.to_str() {
        Ok(name) => Ok(Some(name.to_owned())),
        Err(_) => Err(Refusal::Request(format!(
            "`{CONNECTION_HEADER}` is no name of a connection"
        ))),
    }
}

/// Where callers find us: the address that is configured, else the one that this caller used.
pub(crate) fn own_base(engine: &Engine, headers: &HeaderMap) -> String {
    if let Some(url) = engine.public_url() {
        return url.as_str().trim_end_matches('/').to_owned();
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    format!("http://{host}")
}

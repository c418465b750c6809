//! The gateway's doors: a vendor's own paths under the app's name, behind a key of ours.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, header};
use http_body_util::BodyExt;
use portico_domain::App;
use portico_engine::{CONNECTION_HEADER, Engine, NativeCall, NotCarried, Refusal};
use secrecy::SecretString;

use crate::error::ApiError;

/// The header by which clients of another gateway name the connection.
const OTHER_CONNECTION_HEADER: &str = "maton-connection";

/// Where a proxy says which scheme its caller used.
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// `ANY /squarespace/{native path}`
pub(crate) async fn squarespace(State(engine): State<Engine>, request: Request) -> Response {
    match carry(&engine, App::Squarespace, request).await {
        Ok(response) => response,
        Err(NotCarried { refusal, headers }) => {
            engine.count_refusal(&refusal);
            let mut response = ApiError::from(refusal).into_response();
            response.headers_mut().extend(*headers);
            response
        }
    }
}

async fn carry(engine: &Engine, app: App, request: Request) -> Result<Response, NotCarried> {
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
        // A caller that names no host is answered with links that need none.
        base: format!("{}{prefix}", called_at(&parts.headers).unwrap_or_default()),
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

/// The connection that is named: it decides to which account a write goes, so two names are none.
fn chosen(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let names = [CONNECTION_HEADER, OTHER_CONNECTION_HEADER];
    let mut all = names.iter().flat_map(|name| headers.get_all(*name));
    let Some(sent) = all.next() else {
        return Ok(None);
    };
    if all.any(|other| other != sent) {
        return Err(Refusal::Request(format!(
            "two connections are named; send one `{CONNECTION_HEADER}`"
        )));
    }
    match sent.to_str() {
        Ok(name) => Ok(Some(name.to_owned())),
        Err(_) => Err(Refusal::Request(format!(
            "`{CONNECTION_HEADER}` is no name of a connection"
        ))),
    }
}

/// Where people and vendors find us: the address that is configured, else the one that this caller used.
pub(crate) fn own_base(engine: &Engine, headers: &HeaderMap) -> String {
    if let Some(url) = engine.public_url() {
        return url.as_str().trim_end_matches('/').to_owned();
    }
    called_at(headers).unwrap_or_else(|| "http://localhost".to_owned())
}

/// The address that a caller used. It decides nothing but the links which the same caller is given, so what
/// a proxy says of the scheme need not be proven.
fn called_at(headers: &HeaderMap) -> Option<String> {
    let said = |name| headers.get(name)?.to_str().ok();
    let host = said(header::HOST)?;
    let scheme = said(FORWARDED_PROTO).and_then(|schemes| schemes.split(',').next());
    let is_secure = scheme.is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"));
    let scheme = if is_secure { "https" } else { "http" };
    Some(format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_where_the_caller_came_from() {
        for (sent, address) in [
            (vec![("host", "hub:8080")], Some("http://hub:8080")),
            (
                vec![("host", "hub"), ("x-forwarded-proto", "https")],
                Some("https://hub"),
            ),
            (
                vec![("host", "hub"), ("x-forwarded-proto", "HTTPS, http")],
                Some("https://hub"),
            ),
            (
                vec![("host", "hub"), ("x-forwarded-proto", "gopher")],
                Some("http://hub"),
            ),
            (vec![], None),
        ] {
            let headers = sent.iter().map(|(name, value)| {
                let name = HeaderName::from_static(name);
                (name, value.parse().unwrap())
            });
            let headers: HeaderMap = headers.collect();
            assert_eq!(called_at(&headers).as_deref(), address, "{sent:?}");
        }
    }
}

//! The token endpoint of the login host.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Squarespace;
use super::answer::{Refusal, Reply};

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new().route("/api/1/login/oauth/provider/tokens", post(issue))
}

/// `POST /api/1/login/oauth/provider/tokens`, in JSON or as a form.
async fn issue(
    State(shop): State<Arc<Squarespace>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    let now = shop.world.clock.now_ms();
    let (client_id, client_secret) = basic(&headers).ok_or_else(invalid_client)?;
    let mut state = shop.lock();
    if !state.access.is_client(&client_id, &client_secret) {
        return Err(invalid_client());
    }
    let sent = parameters(&headers, &body)?;
    let parameter = |name: &str| sent.get(name).map(String::as_str).unwrap_or_default();
    match parameter("grant_type") {
        "refresh_token" => {
            let pair = state
                .access
                .refresh(&shop.world.ids, now, parameter("refresh_token"));
            pair.map(Reply::ok)
                .ok_or_else(|| invalid_grant("The refresh token is invalid or expired."))
        }
        "authorization_code" => {
            let (code, uri) = (parameter("code"), parameter("redirect_uri"));
            if code.is_empty() || uri.is_empty() {
                return Err(Refusal::grant(
                    StatusCode::BAD_REQUEST,
                    "invalid_request",
                    "The code and the redirect_uri are required.",
                ));
            }
            let pair = state.access.redeem(&shop.world.ids, now, code, uri);
            pair.map(Reply::ok).ok_or_else(|| {
                invalid_grant("The authorization code is invalid, used or expired, or was sent to another redirect_uri.")
            })
        }
        _ => Err(Refusal::grant(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "The grant type must be authorization_code or refresh_token.",
        )),
    }
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, encoded) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn parameters(headers: &HeaderMap, body: &Bytes) -> Result<HashMap<String, String>, Refusal> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if content_type.starts_with("application/x-www-form-urlencoded") {
        return Ok(form_urlencoded::parse(body).into_owned().collect());
    }
    if !content_type.starts_with("application/json") {
        return Err(Refusal::unsupported_media_type());
    }
    serde_json::from_slice(body)
        .map_err(|_| Refusal::bad_request("The request body is not an object of strings."))
}

fn invalid_client() -> Refusal {
    Refusal::grant(
        StatusCode::UNAUTHORIZED,
        "invalid_client",
        "The client could not be authenticated.",
    )
}

fn invalid_grant(message: &str) -> Refusal {
    Refusal::grant(StatusCode::BAD_REQUEST, "invalid_grant", message)
}

//! Logging in with an administration key, and out again.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use portico_engine::Error;
use secrecy::{ExposeSecret, SecretString};

use super::session::{COOKIE, LASTS, token};
use crate::error::ApiError;
use crate::extract::RawBody;
use crate::routes::Doors;

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    is_refused: bool,
}

/// `GET /login`
pub(crate) async fn page() -> Response {
    super::show(&Login { is_refused: false })
}

/// `POST /login`
pub(crate) async fn log_in(
    State(doors): State<Doors>,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    refuse_other_origins(&headers)?;
    let key = key_in(&body);
    match doors.engine.check_admin_key(key.expose_secret()).await {
        Ok(()) => {}
        Err(Error::Unauthorized) => {
            let page = super::show(&Login { is_refused: true });
            return Ok((StatusCode::UNAUTHORIZED, page).into_response());
        }
        Err(error) => return Err(error.into()),
    }
    let engine = &doors.engine;
    let token = doors.sessions.open(key, engine.chance(), engine.now());
    let cookie = cookie(&token, LASTS.as_secs(), is_encrypted(&headers));
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

/// `POST /logout`
pub(crate) async fn log_out(
    State(doors): State<Doors>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    refuse_other_origins(&headers)?;
    if let Some(token) = token(&headers) {
        doors.sessions.close(token);
    }
    let cookie = cookie("", 0, is_encrypted(&headers));
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/login")).into_response())
}

fn key_in(body: &[u8]) -> SecretString {
    form_urlencoded::parse(body)
        .find(|(name, _)| name == "key")
        .map_or_else(String::new, |(_, key)| key.trim().to_owned())
        .into()
}

/// A form that another site made a browser send is not what its person wanted.
///
/// Browsers say where a form came from, in one of two headers; what says nothing is no browser, and
/// has no business here.
pub(super) fn refuse_other_origins(headers: &HeaderMap) -> Result<(), ApiError> {
    let is_same = match text(headers, "sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => origin(headers).is_some_and(|origin| {
            let host = text(headers, header::HOST.as_str());
            origin.authority().map(http::uri::Authority::as_str) == host
        }),
    };
    if is_same {
        Ok(())
    } else {
        Err(ApiError::OtherOrigin)
    }
}

/// Whether the browser speaks TLS, to whatever stands in front of us.
fn is_encrypted(headers: &HeaderMap) -> bool {
    origin(headers).is_some_and(|origin| origin.scheme_str() == Some("https"))
}

fn origin(headers: &HeaderMap) -> Option<Uri> {
    text(headers, header::ORIGIN.as_str())?.parse().ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn cookie(token: &str, seconds: i64, is_encrypted: bool) -> HeaderValue {
    let secure = if is_encrypted { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::try_from(cookie).expect("digits and letters are a header's value")
}

//! Extractors whose refusals are problems that say what to change, and never repeat a value.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// The largest body that is read, where nothing else is said.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// How long a caller may take to send a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// The parts of the path.
pub(crate) struct Path<T>(pub(crate) T);

/// What comes after the question mark.
pub(crate) struct Query<T>(pub(crate) T);

/// A body of JSON.
pub(crate) struct Json<T>(pub(crate) T);

/// A body as it came, of so many bytes at most.
pub(crate) struct RawBody<const MAX_BYTES: usize = MAX_BODY_BYTES>(pub(crate) Bytes);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(why) => Err(unusable(format!("the path: {}", why.body_text()))),
        }
    }
}

impl<T, S> FromRequestParts<S> for Query<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(why) => {
                let why = why.body_text();
                let why = why.trim_start_matches("Failed to deserialize query string: ");
                Err(unusable(format!("the query: {}", without_values(why))))
            }
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        expect_json(request.headers())?;
        let body = read_body(request.into_body(), MAX_BODY_BYTES).await?;
        parse_json(&body).map(Self)
    }
}

impl<S: Send + Sync, const MAX_BYTES: usize> FromRequest<S> for RawBody<MAX_BYTES> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        read_body(request.into_body(), MAX_BYTES).await.map(Self)
    }
}

fn expect_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|given| given.to_str().ok())
        .and_then(|given| given.split(';').next());
    if given.is_some_and(|given| given.trim().eq_ignore_ascii_case("application/json")) {
        return Ok(());
    }
    Err(ApiError::Input {
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        detail: "send the body as JSON, with `Content-Type: application/json`".to_owned(),
    })
}

pub(crate) async fn read_body(body: Body, max_bytes: usize) -> Result<Bytes, ApiError> {
    let reading = Limited::new(body, max_bytes).collect();
    match tokio::time::timeout(BODY_TIMEOUT, reading).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(why)) if why.is::<LengthLimitError>() => Err(ApiError::Input {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            detail: format!("the body is larger than {max_bytes} bytes"),
        }),
        Ok(Err(_)) => Err(unusable("the body broke off; send it again".to_owned())),
        Err(_) => Err(ApiError::Input {
            status: StatusCode::REQUEST_TIMEOUT,
            detail: format!(
                "the body took longer than {} seconds to arrive",
                BODY_TIMEOUT.as_secs()
            ),
        }),
    }
}

fn parse_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|why| {
        let place = why.path().to_string();
        not_json(why.inner()).unwrap_or_else(|| misfit(&place, &why.inner().to_string()))
    })?;
    match reader.end() {
        Ok(()) => Ok(read),
        Err(_) => Err(unusable(
            "the body goes on after its JSON value; send one value".to_owned(),
        )),
    }
}

fn not_json(why: &serde_json::Error) -> Option<ApiError> {
    (!why.is_data()).then(|| {
        unusable(format!(
            "the body is not JSON: look at line {}, column {}",
            why.line(),
            why.column()
        ))
    })
}

/// The body is JSON, but not what is wanted here.
fn misfit(place: &str, why: &str) -> ApiError {
    let why = why.split(" at line ").next().unwrap_or(why);
    let place = if place == "." { "the body" } else { place };
    ApiError::Input {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        detail: format!("{place}: {}", without_values(why)),
    }
}

/// The reader's own words without the value it met, which may be a secret in the wrong place.
fn without_values(why: &str) -> String {
    const REPEATS: [&str; 3] = ["invalid type: ", "invalid value: ", "unknown variant "];

    let repeats = REPEATS.iter().find_map(|words| why.split_once(words));
    if let Some((place, value)) = repeats {
        let expected = value.rsplit_once("expected ");
        let expected = expected.map_or("something else", |(_, expected)| expected);
        return format!("{place}expected {}", in_words(expected));
    }
    match (why.find('"'), why.rfind('"')) {
        (Some(start), Some(end)) if start < end => format!("{}…{}", &why[..start], &why[end + 1..]),
        _ => why.to_owned(),
    }
}

/// What is expected, where the reader names a type of this program.
fn in_words(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        other => other,
    }
}

fn unusable(detail: String) -> ApiError {
    ApiError::Input {
        status: StatusCode::BAD_REQUEST,
        detail,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the refusals are looked at")]
    struct Outer {
        inner: Inner,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "snake_case")]
    #[expect(dead_code, reason = "only the refusals are looked at")]
    enum Inner {
        Number(u8),
    }

    /// The only line here that knows how a refusal is made.
    fn refusal(body: &str) -> String {
        parse_json::<Outer>(body.as_bytes())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_refusal_names_the_place_and_never_the_value() {
        let refusals = [
            r#"{"inner": {"number": "s3cret"}}"#,
            r#"{"inner": {"number": 4000}}"#,
            r#"{"inner": {"s3cret": 1}}"#,
            r#"{"inner": "s3cret"}"#,
            r#"{"inner": {"number": 1}, "colour": "s3cret"}"#,
            r"{}",
            "s3cret",
            r#"{"inner": {"number": 1}} s3cret"#,
        ]
        .map(refusal)
        .join("\n");
        insta::assert_snapshot!(refusals, @r"
        inner.number: expected a whole number from 0
        inner.number: expected a whole number from 0
        inner: expected `number`
        inner: expected `number`
        colour: unknown field `colour`, expected `inner`
        the body: missing field `inner`
        the body is not JSON: look at line 1, column 1
        the body goes on after its JSON value; send one value
        ");
    }
}

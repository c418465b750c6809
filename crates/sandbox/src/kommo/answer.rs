//! Answers in the vendor's media types: HAL on success, a problem document on refusal.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

/// What a handler gives back.
pub(super) type Answer = Result<Response, Refusal>;

/// A refusal that becomes an `application/problem+json` body.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    detail: String,
    extra: Map<String, Value>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            extra: Map::new(),
        }
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Invalid user name or password")
    }

    pub(super) fn no_right() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Client doesn't have the required scope",
        )
    }

    /// Adds a member to the problem document, or replaces one.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }

    /// The refusal in one line, for the control calls.
    pub(super) fn in_words(&self) -> String {
        match self.extra.get("validation-errors") {
            Some(errors) => format!("{}: {errors}", self.detail),
            None => self.detail.clone(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status.as_u16();
        let mut body = json!({
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "type": format!("https://httpstatus.es/{status}"),
            "status": status,
            "detail": self.detail,
        });
        if let Value::Object(members) = &mut body {
            members.extend(self.extra);
        }
        typed(self.status, "application/problem+json", body.to_string())
    }
}

pub(super) fn hal(body: &Value) -> Answer {
    Ok(hal_with(StatusCode::OK, body))
}

pub(super) fn hal_with(status: StatusCode, body: &Value) -> Response {
    typed(status, "application/hal+json", body.to_string())
}

pub(super) fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// A page of the front server, which knows nothing of JSON.
pub(super) fn html(status: StatusCode) -> Response {
    let words = format!(
        "{} {}",
        status.as_u16(),
        status.canonical_reason().unwrap_or("")
    );
    let page = format!(
        "<html>\r\n<head><title>{words}</title></head>\r\n<body>\r\n<center><h1>{words}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    typed(status, "text/html", page)
}

fn typed(status: StatusCode, media_type: &'static str, body: String) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, HeaderValue::from_static(media_type))],
        body,
    )
        .into_response()
}

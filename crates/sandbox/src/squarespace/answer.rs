//! What handlers answer, and how it becomes bytes: two error shapes, a context id on every answer.

use axum::body::Body;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::world::World;

const CONTEXT_ID: HeaderName = HeaderName::from_static("x-contextid");
const CONTEXT_ID_LEN: usize = 10;

/// A success.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    Json(StatusCode, Value),
    /// 204, no body.
    Done,
}

/// A refusal in one of the vendor's two shapes.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    kind: &'static str,
    subtype: Option<&'static str>,
    message: String,
    shape: Shape,
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Envelope,
    /// RFC 7807, as an outer layer of the vendor answers.
    Problem,
    /// The envelope with an OAuth error code beside it.
    Grant(&'static str),
}

/// What a handler produced, on its way to [`finish`].
#[derive(Clone, Debug)]
enum Draft {
    Reply(Reply),
    Refusal(Refusal),
}

impl Reply {
    pub(super) fn ok(body: Value) -> Self {
        Self::Json(StatusCode::OK, body)
    }

    pub(super) fn created(body: Value) -> Self {
        Self::Json(StatusCode::CREATED, body)
    }
}

impl Refusal {
    /// 400 without a subtype, as for bodies of the wrong shape.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, None, message)
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some("INVALID_ARGUMENT"), message)
    }

    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some("MISSING_ARGUMENT"), message)
    }

    pub(super) fn unknown_variant(message: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            Some("PRODUCT_VARIANT_NOT_FOUND"),
            message,
        )
    }

    /// 400 with a subtype of its own.
    pub(super) fn unacceptable(subtype: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some(subtype), message)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            None,
            "You are not authorized to do that.",
        )
    }

    pub(super) fn website_expired() -> Self {
        Self::new(
            StatusCode::PAYMENT_REQUIRED,
            None,
            "The website is expired.",
        )
    }

    pub(super) fn forbidden(subtype: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, Some(subtype), message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, Some("INVALID_ARGUMENT"), message)
    }

    /// 404 with a subtype that names what is absent.
    pub(super) fn absent(subtype: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, Some(subtype), message)
    }

    /// 405 for an operation that this type of product does not know.
    pub(super) fn wrong_type(product_type: &str) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            Some("OPERATION_NOT_ALLOWED_FOR_PRODUCT_TYPE"),
            format!("The operation is not allowed for products of the type {product_type}."),
        )
    }

    pub(super) fn method_not_allowed(method: &str) -> Self {
        let message = format!("Method '{method}' is not supported.");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, None, message)
    }

    pub(super) fn conflict(subtype: Option<&'static str>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, subtype, message)
    }

    pub(super) fn too_many_requests() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, None, "Too many requests.")
    }

    /// The refusal of an OAuth grant.
    pub(super) fn grant(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            shape: Shape::Grant(code),
            ..Self::new(status, None, message)
        }
    }

    pub(super) fn unsupported_media_type() -> Self {
        Self::media_type_other_than("application/json")
    }

    pub(super) fn media_type_other_than(expected: &str) -> Self {
        let message = format!("Content-Type header value must be {expected}");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, None, message).into_problem()
    }

    #[cfg(test)]
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// The same refusal in the shape of RFC 7807.
    pub(super) fn into_problem(self) -> Self {
        Self {
            shape: Shape::Problem,
            ..self
        }
    }

    fn new(status: StatusCode, subtype: Option<&'static str>, message: impl Into<String>) -> Self {
        Self {
            status,
            kind: kind_of(status),
            subtype,
            message: message.into(),
            shape: Shape::Envelope,
        }
    }

    fn body(&self, context_id: &str, path: &str) -> Value {
        let mut envelope = json!({
            "type": self.kind,
            "subtype": self.subtype,
            "message": self.message,
            "details": null,
            "contextId": context_id,
        });
        match self.shape {
            Shape::Envelope => envelope,
            Shape::Grant(code) => {
                envelope["error"] = json!(code);
                envelope
            }
            Shape::Problem => json!({
                "type": "about:blank",
                "title": self.status.canonical_reason(),
                "status": self.status.as_u16(),
                "detail": self.message,
                "instance": path,
            }),
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        Draft::Reply(self).carried()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        Draft::Refusal(self).carried()
    }
}

impl Draft {
    fn carried(self) -> Response {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes out what a handler produced; `bend` may change a success body as a switch demands.
pub(super) fn finish(
    world: &World,
    path: &str,
    mut response: Response,
    bend: impl FnOnce(&mut Value),
) -> Response {
    let context_id = world.traffic_ids.token(CONTEXT_ID_LEN).to_ascii_uppercase();
    match response.extensions_mut().remove::<Draft>() {
        Some(Draft::Reply(Reply::Json(status, mut body))) => {
            bend(&mut body);
            written(status, "application/json", &context_id, &body)
        }
        Some(Draft::Reply(Reply::Done)) => {
            (StatusCode::NO_CONTENT, [(CONTEXT_ID, context_id)]).into_response()
        }
        Some(Draft::Refusal(refusal)) => refused(&refusal, path, &context_id),
        None => response,
    }
}

/// The error that a fault demands, as this vendor words it.
pub(crate) fn fault_answer(world: &World, status: StatusCode, path: &str) -> Response {
    let context_id = world.traffic_ids.token(CONTEXT_ID_LEN).to_ascii_uppercase();
    let subtype = match status {
        StatusCode::NOT_FOUND => Some("INVALID_ARGUMENT"),
        // The one conflict that is over by itself: two requests for the same thing at once.
        StatusCode::CONFLICT => Some("CONCURRENT_MODIFICATION"),
        _ => None,
    };
    let message = status.canonical_reason().unwrap_or("The request failed.");
    refused(&Refusal::new(status, subtype, message), path, &context_id)
}

fn refused(refusal: &Refusal, path: &str, context_id: &str) -> Response {
    let content_type = match refusal.shape {
        Shape::Envelope | Shape::Grant(_) => "application/json",
        Shape::Problem => "application/problem+json",
    };
    written(
        refusal.status,
        content_type,
        context_id,
        &refusal.body(context_id, path),
    )
}

fn written(
    status: StatusCode,
    content_type: &'static str,
    context_id: &str,
    body: &Value,
) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (CONTEXT_ID, context_id.to_owned()),
    ];
    (status, headers, body.to_string()).into_response()
}

fn kind_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 | 403 => "AUTHORIZATION_ERROR",
        402 => "WEBSITE_EXPIRED",
        405 => "METHOD_NOT_ALLOWED",
        409 => "CONFLICT",
        429 => "TOO_MANY_REQUESTS",
        503 => "SERVICE_UNAVAILABLE",
        500.. => "SERVER_ERROR",
        _ => "INVALID_REQUEST_ERROR",
    }
}

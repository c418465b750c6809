//! The one place where a failure becomes an answer: `application/problem+json` (RFC 9457).

use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use portico_engine::{Error, Reason, Refusal, Refused};
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error(transparent)]
    Engine(#[from] Error),

    #[error(transparent)]
    Hook(#[from] Refused),

    #[error(transparent)]
    Gateway(#[from] Refusal),

    /// The request cannot be read; says what to change.
    #[error("{detail}")]
    Input { status: StatusCode, detail: String },

    #[error("there is nothing at this address; `/v1/openapi.json` lists what there is")]
    NoSuchPage,

    #[error("this address does not take this method; the `Allow` header lists those it takes")]
    WrongMethod,

    #[error(
        "`{0}` is an agent, and connecting or removing accounts is not for agents; ask its owner, who does it with an administration key or with `portico connection`"
    )]
    NotForAgents(String),

    #[error(
        "`{0}` is an agent, and this is for administrators; ask its owner, who has an administration key"
    )]
    ForAdministrators(String),

    #[error(
        "the key of an agent does not open `/metrics`; that of an administrator does, and one that `portico key add NAME --metrics` made"
    )]
    NoMetricsForAgents,

    #[error(
        "the key is missing or wrong; send `Authorization: Bearer ptc_met_…`, of a key that `portico key add NAME --metrics` made"
    )]
    NoMetricsKey,

    #[error("log in at `/login` with an administration key")]
    LoggedOut,

    #[error("this must be sent by Portico's own page; open `/` and send it from there")]
    OtherOrigin,

    #[error("the database does not answer; look at the log and at the database")]
    NotReady(#[source] Error),

    #[error("internal error, see the log")]
    Page(#[source] askama::Error),

    #[error("internal error, see the log")]
    Panicked,
}

/// What every error answers with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What a program tells problems apart by.
    #[serde(rename = "type")]
    #[schema(example = "urn:portico:problem:not-found")]
    kind: String,
    #[schema(example = "Not found")]
    title: &'static str,
    #[schema(example = 404)]
    status: u16,
    /// What is wrong with this request, and what to do about it.
    #[schema(example = "no such connection `acme`")]
    detail: String,
}

/// A failure whose cause is not shown: it travels beside the answer to where it is logged.
#[derive(Clone, Debug)]
pub(crate) struct Hidden(pub(crate) Arc<ApiError>);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, kind, title) = self.kind();
        let problem = Problem {
            kind: format!("urn:portico:problem:{kind}"),
            title,
            status: status.as_u16(),
            detail: self.to_string(),
        };
        let content_type = (header::CONTENT_TYPE, PROBLEM_JSON);
        let mut response = (status, [content_type], Json(problem)).into_response();
        if let Some((name, value)) = self.header() {
            response.headers_mut().insert(name, value);
        }
        if self.is_hidden() {
            response.extensions_mut().insert(Hidden(Arc::new(self)));
        }
        response
    }
}

/// Status, the end of the type, and the title.
type Kind = (StatusCode, &'static str, &'static str);

impl ApiError {
    fn kind(&self) -> Kind {
        match self {
            Self::Engine(error) | Self::Hook(Refused::Failed(error)) => of_reason(error.reason()),
            Self::Gateway(refusal) => of_gateway(refusal),
            Self::Hook(Refused::Unknown) | Self::NoSuchPage => of_reason(Reason::NotFound),
            Self::Hook(Refused::Signature) => {
                (StatusCode::UNAUTHORIZED, "signature", "Wrong signature")
            }
            Self::Hook(Refused::Body) => unusable(StatusCode::BAD_REQUEST),
            Self::Input { status, .. } => unusable(*status),
            Self::WrongMethod => of_reason(Reason::Method),
            Self::LoggedOut | Self::NoMetricsKey => of_reason(Reason::Unauthorized),
            Self::NotForAgents(_) | Self::ForAdministrators(_) | Self::NoMetricsForAgents => {
                of_reason(Reason::Denied)
            }
            Self::OtherOrigin => (StatusCode::FORBIDDEN, "origin", "Sent by another site"),
            Self::NotReady(_) => (StatusCode::SERVICE_UNAVAILABLE, "not-ready", "Not ready"),
            Self::Page(_) | Self::Panicked => of_reason(Reason::Internal),
        }
    }

    /// What a program needs to know besides the problem.
    fn header(&self) -> Option<(header::HeaderName, HeaderValue)> {
        if let Self::Engine(Error::Unauthorized)
        | Self::Gateway(Refusal::Key)
        | Self::NoMetricsKey = self
        {
            return Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        if let Self::Gateway(Refusal::Method { allowed, .. }) = self {
            let allowed = HeaderValue::try_from(allowed.join(", ")).ok()?;
            return Some((header::ALLOW, allowed));
        }
        if let Self::Gateway(refusal) = self
            && let Some(seconds) = refusal.retry_in_seconds()
        {
            return Some((header::RETRY_AFTER, HeaderValue::from(seconds)));
        }
        if let Self::Engine(Error::Waiting { until, .. }) = self {
            let date = HeaderValue::try_from(http_date(*until)).ok()?;
            return Some((header::RETRY_AFTER, date));
        }
        None
    }

    fn is_hidden(&self) -> bool {
        match self {
            Self::Engine(error)
            | Self::Hook(Refused::Failed(error))
            | Self::Gateway(Refusal::Engine(error)) => {
                matches!(error, Error::Internal(_))
            }
            Self::NotReady(_) | Self::Page(_) => true,
            Self::Hook(_)
            | Self::Gateway(_)
            | Self::Input { .. }
            | Self::NoSuchPage
            | Self::WrongMethod
            | Self::LoggedOut
            | Self::NoMetricsKey
            | Self::NotForAgents(_)
            | Self::ForAdministrators(_)
            | Self::NoMetricsForAgents
            | Self::OtherOrigin
            | Self::Panicked => false,
        }
    }
}

/// What cannot be used has a status for each cause; any other refusal has that of its reason.
fn of_gateway(refusal: &Refusal) -> Kind {
    match refusal {
        Refusal::Request(_) => unusable(StatusCode::BAD_REQUEST),
        Refusal::TooLarge { .. } => unusable(StatusCode::PAYLOAD_TOO_LARGE),
        Refusal::MediaType { .. } => unusable(StatusCode::UNSUPPORTED_MEDIA_TYPE),
        Refusal::TooSlow => unusable(StatusCode::REQUEST_TIMEOUT),
        Refusal::Key
        | Refusal::MetricsKey
        | Refusal::Stopped { .. }
        | Refusal::Operation { .. }
        | Refusal::Method { .. }
        | Refusal::NoConnection { .. }
        | Refusal::UnknownConnection { .. }
        | Refusal::Unnamed { .. }
        | Refusal::Denied { .. }
        | Refusal::UsedUp { .. }
        | Refusal::NeedsOAuth { .. }
        | Refusal::Own { .. }
        | Refusal::Busy { .. }
        | Refusal::InTurn { .. }
        | Refusal::TooOften { .. }
        | Refusal::NotTakenBack { .. }
        | Refusal::Waiting { .. }
        | Refusal::Unreachable { .. }
        | Refusal::NotRenewed { .. }
        | Refusal::NotHeld { .. }
        | Refusal::Unanswered { .. }
        | Refusal::Answer { .. }
        | Refusal::Engine(_) => of_reason(refusal.reason()),
    }
}

/// The statuses are those that clients of a vendor expect for the same thing.
fn of_reason(reason: Reason) -> Kind {
    let (status, title) = match reason {
        Reason::Unauthorized => (StatusCode::UNAUTHORIZED, "Not authorised"),
        Reason::Denied => (StatusCode::FORBIDDEN, "Not granted"),
        Reason::Limit => (
            StatusCode::TOO_MANY_REQUESTS,
            "The agent's calls are used up",
        ),
        Reason::Stopped => (StatusCode::FORBIDDEN, "Agents are stopped"),
        Reason::NeedsOAuth => (StatusCode::FORBIDDEN, "The connection needs OAuth"),
        Reason::NotFound => (StatusCode::NOT_FOUND, "Not found"),
        Reason::NoConnection => (StatusCode::BAD_REQUEST, "No connection"),
        Reason::Method => (StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
        Reason::Request => return unusable(StatusCode::UNPROCESSABLE_ENTITY),
        Reason::Conflict => (StatusCode::CONFLICT, "Conflict"),
        Reason::Connection => (StatusCode::CONFLICT, "The connection cannot be used"),
        Reason::Budget => (StatusCode::TOO_MANY_REQUESTS, "The budget is used up"),
        Reason::Waiting => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The vendor must not be called yet",
        ),
        Reason::Vendor => (
            StatusCode::BAD_GATEWAY,
            "The vendor refused or cannot be used",
        ),
        Reason::Unanswered => (StatusCode::GATEWAY_TIMEOUT, "The vendor did not answer"),
        Reason::Unrecorded => (
            StatusCode::SERVICE_UNAVAILABLE,
            "It cannot be put on record",
        ),
        Reason::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Internal error"),
    };
    (status, reason.as_str(), title)
}

fn unusable(status: StatusCode) -> Kind {
    let title = "The request cannot be used as it is";
    (status, Reason::Request.as_str(), title)
}

/// A time as `Retry-After` takes it (RFC 9110, section 5.6.7).
fn http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

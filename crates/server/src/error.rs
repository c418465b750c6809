//! The one place where a failure becomes an answer: `application/problem+json` (RFC 9457).

use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use portico_engine::{Error, Refusal, Refused};
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
    kind: &'static str,
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
            kind,
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

type Kind = (StatusCode, &'static str, &'static str);

const NOT_FOUND: Kind = (
    StatusCode::NOT_FOUND,
    "urn:portico:problem:not-found",
    "Not found",
);

const UNAUTHORIZED: Kind = (
    StatusCode::UNAUTHORIZED,
    "urn:portico:problem:unauthorized",
    "Not authorised",
);

const METHOD: Kind = (
    StatusCode::METHOD_NOT_ALLOWED,
    "urn:portico:problem:method",
    "Method not allowed",
);

const CONFLICT: Kind = (
    StatusCode::CONFLICT,
    "urn:portico:problem:conflict",
    "Conflict",
);

const WAITING: Kind = (
    StatusCode::SERVICE_UNAVAILABLE,
    "urn:portico:problem:waiting",
    "The vendor must not be called yet",
);

const INTERNAL: Kind = (
    StatusCode::INTERNAL_SERVER_ERROR,
    "urn:portico:problem:internal",
    "Internal error",
);

impl ApiError {
    fn kind(&self) -> Kind {
        match self {
            Self::Engine(error)
            | Self::Hook(Refused::Failed(error))
            | Self::Gateway(Refusal::Engine(error)) => of_engine(error),
            Self::Gateway(refusal) => of_gateway(refusal),
            Self::Hook(Refused::Unknown) | Self::NoSuchPage => NOT_FOUND,
            Self::Hook(Refused::Signature) => (
                StatusCode::UNAUTHORIZED,
                "urn:portico:problem:signature",
                "Wrong signature",
            ),
            Self::Hook(Refused::Body) => unusable(StatusCode::BAD_REQUEST),
            Self::Input { status, .. } => unusable(*status),
            Self::WrongMethod => METHOD,
            Self::LoggedOut => UNAUTHORIZED,
            Self::NotForAgents(_) => (
                StatusCode::FORBIDDEN,
                "urn:portico:problem:denied",
                "Not granted",
            ),
            Self::OtherOrigin => (
                StatusCode::FORBIDDEN,
                "urn:portico:problem:origin",
                "Sent by another site",
            ),
            Self::NotReady(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "urn:portico:problem:not-ready",
                "Not ready",
            ),
            Self::Page(_) | Self::Panicked => INTERNAL,
        }
    }

    /// What a program needs to know besides the problem.
    fn header(&self) -> Option<(header::HeaderName, HeaderValue)> {
        if let Self::Engine(Error::Unauthorized) | Self::Gateway(Refusal::Key) = self {
            return Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        if let Self::Gateway(Refusal::Method { allowed, .. }) = self {
            let allowed = HeaderValue::try_from(allowed.join(", ")).ok()?;
            return Some((header::ALLOW, allowed));
        }
        if let Self::Gateway(Refusal::Busy { seconds, .. } | Refusal::Waiting { seconds, .. }) =
            self
        {
            return Some((header::RETRY_AFTER, HeaderValue::from(*seconds)));
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
            | Self::NotForAgents(_)
            | Self::OtherOrigin
            | Self::Panicked => false,
        }
    }
}

fn of_engine(error: &Error) -> Kind {
    match error {
        Error::NotFound(_) => NOT_FOUND,
        Error::Conflict(_) => CONFLICT,
        Error::Invalid(_) => unusable(StatusCode::UNPROCESSABLE_ENTITY),
        Error::Unauthorized => UNAUTHORIZED,
        Error::Waiting { .. } => WAITING,
        Error::Connection { .. } => (
            StatusCode::CONFLICT,
            "urn:portico:problem:connection",
            "The connection cannot be used",
        ),
        Error::Vendor { .. } => (
            StatusCode::BAD_GATEWAY,
            "urn:portico:problem:vendor",
            "The vendor refused or did not answer",
        ),
        Error::Internal(_) => INTERNAL,
    }
}

/// The statuses are those that clients of a vendor expect for the same thing.
fn of_gateway(refusal: &Refusal) -> Kind {
    match refusal {
        Refusal::Key => UNAUTHORIZED,
        Refusal::Operation { .. } | Refusal::UnknownConnection { .. } => NOT_FOUND,
        Refusal::Method { .. } => METHOD,
        Refusal::NoConnection { .. } => (
            StatusCode::BAD_REQUEST,
            "urn:portico:problem:no-connection",
            "No connection",
        ),
        Refusal::Denied { .. } => (
            StatusCode::FORBIDDEN,
            "urn:portico:problem:denied",
            "Not granted",
        ),
        Refusal::NeedsOAuth { .. } => (
            StatusCode::FORBIDDEN,
            "urn:portico:problem:needs-oauth",
            "The connection needs OAuth",
        ),
        Refusal::Own { .. } => CONFLICT,
        Refusal::Waiting { .. } => WAITING,
        Refusal::Request(_) => unusable(StatusCode::BAD_REQUEST),
        Refusal::TooLarge { .. } => unusable(StatusCode::PAYLOAD_TOO_LARGE),
        Refusal::MediaType { .. } => unusable(StatusCode::UNSUPPORTED_MEDIA_TYPE),
        Refusal::TooSlow => unusable(StatusCode::REQUEST_TIMEOUT),
        Refusal::Busy { .. } => (
            StatusCode::TOO_MANY_REQUESTS,
            "urn:portico:problem:budget",
            "The budget is used up",
        ),
        Refusal::Unreachable { .. }
        | Refusal::NotRenewed { .. }
        | Refusal::NotHeld { .. }
        | Refusal::Answer { .. } => (
            StatusCode::BAD_GATEWAY,
            "urn:portico:problem:vendor",
            "The vendor cannot be used",
        ),
        Refusal::Unanswered { .. } => (
            StatusCode::GATEWAY_TIMEOUT,
            "urn:portico:problem:unanswered",
            "The vendor did not answer",
        ),
        Refusal::Engine(error) => of_engine(error),
    }
}

const fn unusable(status: StatusCode) -> Kind {
    (
        status,
        "urn:portico:problem:request",
        "The request cannot be used as it is",
    )
}

/// A time as `Retry-After` takes it (RFC 9110, section 5.6.7).
fn http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

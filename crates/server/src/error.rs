//! The one place where a failure becomes an answer: `application/problem+json` (RFC 9457).

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use portico_engine::{Error, Refused};
use serde::Serialize;

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error(transparent)]
    Engine(#[from] Error),

    #[error(transparent)]
    Hook(#[from] Refused),

    /// The request cannot be read; says what to change.
    #[error("{detail}")]
    Input { status: StatusCode, detail: String },

    #[error("there is nothing at this address; `/v1/openapi.json` lists what there is")]
    NoSuchPage,

    #[error("this address does not take this method; the `Allow` header lists those it takes")]
    WrongMethod,

    #[error("the database does not answer; look at the log and at the database")]
    NotReady(#[source] Error),
}

/// What every error answers with.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
}

/// One kind of problem: what a program tells apart, and what a person reads first.
struct Kind {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let kind = self.kind();
        self.log();
        let problem = Problem {
            kind: kind.kind,
            title: kind.title,
            status: kind.status.as_u16(),
            detail: self.to_string(),
        };
        let mut response = (kind.status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if kind.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl ApiError {
    fn kind(&self) -> Kind {
        match self {
            Self::Engine(error) | Self::Hook(Refused::Failed(error)) => of_engine(error),
            Self::Hook(Refused::Unknown) => NOT_FOUND,
            Self::Hook(Refused::Signature) => kind(
                StatusCode::UNAUTHORIZED,
                "urn:portico:signature",
                "Wrong signature",
            ),
            Self::Hook(Refused::Body) => bad_request(StatusCode::BAD_REQUEST),
            Self::Input { status, .. } => bad_request(*status),
            Self::NoSuchPage => NOT_FOUND,
            Self::WrongMethod => kind(
                StatusCode::METHOD_NOT_ALLOWED,
                "urn:portico:method",
                "Method not allowed",
            ),
            Self::NotReady(_) => kind(
                StatusCode::SERVICE_UNAVAILABLE,
                "urn:portico:not-ready",
                "Not ready",
            ),
        }
    }

    /// Causes that are not shown are logged, once, here.
    fn log(&self) {
        match self {
            Self::Engine(Error::Internal(cause))
            | Self::Hook(Refused::Failed(Error::Internal(cause))) => {
                tracing::error!(error = ?cause, "A request failed");
            }
            Self::NotReady(cause) => {
                tracing::error!(error = ?cause, "The database does not answer");
            }
            Self::Engine(_)
            | Self::Hook(_)
            | Self::Input { .. }
            | Self::NoSuchPage
            | Self::WrongMethod => {}
        }
    }
}

const NOT_FOUND: Kind = kind(StatusCode::NOT_FOUND, "urn:portico:not-found", "Not found");

const fn kind(status: StatusCode, kind: &'static str, title: &'static str) -> Kind {
    Kind {
        status,
        kind,
        title,
    }
}

const fn bad_request(status: StatusCode) -> Kind {
    kind(
        status,
        "urn:portico:request",
        "The request cannot be used as it is",
    )
}

fn of_engine(error: &Error) -> Kind {
    match error {
        Error::NotFound(_) => NOT_FOUND,
        Error::Conflict(_) => kind(StatusCode::CONFLICT, "urn:portico:conflict", "Conflict"),
        Error::Invalid(_) => bad_request(StatusCode::UNPROCESSABLE_ENTITY),
        Error::Unauthorized => kind(
            StatusCode::UNAUTHORIZED,
            "urn:portico:unauthorized",
            "Not authorised",
        ),
        Error::Waiting { .. } => kind(
            StatusCode::SERVICE_UNAVAILABLE,
            "urn:portico:waiting",
            "The vendor must not be called yet",
        ),
        Error::Connection { .. } => kind(
            StatusCode::CONFLICT,
            "urn:portico:connection",
            "The connection cannot be used",
        ),
        Error::Vendor { .. } => kind(
            StatusCode::BAD_GATEWAY,
            "urn:portico:vendor",
            "The vendor refused or did not answer",
        ),
        Error::Internal(_) => kind(
            StatusCode::INTERNAL_SERVER_ERROR,
            "urn:portico:internal",
            "Internal error",
        ),
    }
}

//! Extractors whose refusals are problems that say what to change.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use http_body_util::{BodyExt, Limited};
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// The largest body that is read.
pub(crate) const MAX_BODY_BYTES: usize = 1024 * 1024;

/// How long a caller may take to send a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// The parts of the path.
pub(crate) struct Path<T>(pub(crate) T);

/// What comes after the question mark.
pub(crate) struct Query<T>(pub(crate) T);

/// A body of JSON, with the path of what is wrong in it.
pub(crate) struct Json<T>(pub(crate) T);

/// A body as it came.
pub(crate) struct RawBody(pub(crate) Bytes);

#[expect(
    clippy::disallowed_types,
    reason = "the wrapper is made of the extractor that others must not use"
)]
mod bare {
    pub(super) use axum::extract::{Path, Query};
}

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match bare::Path::from_request_parts(parts, state).await {
            Ok(bare::Path(path)) => Ok(Self(path)),
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
        match bare::Query::from_request_parts(parts, state).await {
            Ok(bare::Query(query)) => Ok(Self(query)),
            Err(why) => Err(unusable(format!("the query: {}", why.body_text()))),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        read_body(request.into_body()).await.map(Self)
    }
}

async fn read_body(body: Body) -> Result<Bytes, ApiError> {
    let reading = Limited::new(body, MAX_BODY_BYTES).collect();
    match tokio::time::timeout(BODY_TIMEOUT, reading).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(why)) if why.is::<http_body_util::LengthLimitError>() => Err(ApiError::Input {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            detail: format!("the body is larger than {MAX_BODY_BYTES} bytes"),
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

fn unusable(detail: String) -> ApiError {
    ApiError::Input {
        status: StatusCode::BAD_REQUEST,
        detail,
    }
}

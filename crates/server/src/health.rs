//! Whether the process is up, and whether it can work.

use axum::extract::State;
use http::StatusCode;
use portico_engine::Engine;

use crate::error::ApiError;

/// `GET /healthz`: the process is up.
pub(crate) async fn up() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// `GET /readyz`: the database answers.
pub(crate) async fn ready(State(engine): State<Engine>) -> Result<StatusCode, ApiError> {
    match engine.keys().await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(cause) => Err(ApiError::NotReady(cause)),
    }
}

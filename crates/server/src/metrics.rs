//! What Prometheus reads.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use portico_domain::key::KeyKind;
use portico_engine::Engine;
use secrecy::ExposeSecret;

use crate::error::ApiError;
use crate::gateway::bearer;

/// `GET /metrics`: with a key, since names of connections are the owner's matter.
pub(crate) async fn page(
    State(engine): State<Engine>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let key = bearer(&headers).ok_or(ApiError::NoMetricsKey)?;
    match engine.kind_of_key(key.expose_secret()).await? {
        Some(KeyKind::Administration | KeyKind::Metrics) => {}
        Some(KeyKind::Agent) => return Err(ApiError::NoMetricsForAgents),
        None => return Err(ApiError::NoMetricsKey),
    }
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok((
        [(header::CONTENT_TYPE, content_type)],
        engine.metrics().await?,
    )
        .into_response())
}

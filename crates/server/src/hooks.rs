//! Takes the vendors' notifications in: the hot path, so nothing is done here that need not be.

use axum::extract::State;
use http::{HeaderMap, HeaderName, StatusCode};
use portico_domain::ConnectionId;
use portico_engine::{Engine, KOMMO_DELIVERY_BYTES, Refused};

use crate::error::ApiError;
use crate::extract::{Path, RawBody};

const SIGNATURE: HeaderName = HeaderName::from_static("squarespace-signature");

/// `POST /hooks/squarespace/{connection}`: a signed notification; a repeat looks like the first.
pub(crate) async fn squarespace(
    State(engine): State<Engine>,
    Path(connection): Path<String>,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<StatusCode, ApiError> {
    let id = known_form(&connection)?;
    let signature = headers
        .get(SIGNATURE)
        .and_then(|signature| signature.to_str().ok());
    engine.accept_squarespace(id, signature, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /hooks/kommo/{connection}/{secret}`: unsigned, so a secret is part of the address.
pub(crate) async fn kommo(
    State(engine): State<Engine>,
    Path((connection, secret)): Path<(String, String)>,
    RawBody(body): RawBody<KOMMO_DELIVERY_BYTES>,
) -> Result<StatusCode, ApiError> {
    let id = known_form(&connection)?;
    engine.accept_kommo(id, &secret, &body).await?;
    Ok(StatusCode::OK)
}

/// A text that no connection can have as its identifier is an unknown hook like any other.
fn known_form(connection: &str) -> Result<ConnectionId, Refused> {
    connection.parse().map_err(|_| Refused::Unknown)
}

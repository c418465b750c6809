//! Keys of administrators, who may use this API and log in to the overview, and of what reads the metrics.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use portico_engine::Engine;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Acting;
use super::refusals::{Always, OfBody, OfOne};
use crate::error::{ApiError, Problem};
use crate::extract::{Json, Path};
use crate::moment::Moment;
use crate::view::key::{KeysOut, NewKeyOut};

/// Lists every key that there ever was, oldest first, but those of agents
#[utoipa::path(
    get,
    path = "/keys",
    operation_id = "list_keys",
    tag = "keys",
    responses((status = 200, description = "Every key, without its secret", body = KeysOut), Always)
)]
pub(crate) async fn list(State(engine): State<Engine>) -> Result<Answer<KeysOut>, ApiError> {
    let keys = engine.keys().await?;
    Ok(Answer(KeysOut::of(keys, engine.now())))
}

/// Makes a key; the answer is the only one that shows it
#[utoipa::path(
    post,
    path = "/keys",
    operation_id = "add_key",
    tag = "keys",
    request_body = KeyIn,
    responses(
        (status = 201, description = "It may be used from now on", body = NewKeyOut),
        (status = 409, description = "The name is taken", body = Problem, content_type = "application/problem+json"),
        Always, OfBody
    )
)]
pub(crate) async fn add(
    Acting(engine): Acting,
    Json(key): Json<KeyIn>,
) -> Result<(StatusCode, Answer<NewKeyOut>), ApiError> {
    let expires_at = key.expires_at.map(|moment| moment.0);
    let made = match key.kind {
        Kind::Administration => engine.add_admin_key(&key.name, expires_at).await?,
        Kind::Metrics => engine.add_metrics_key(&key.name, expires_at).await?,
    };
    let made = NewKeyOut::of(made, engine.now());
    Ok((StatusCode::CREATED, Answer(made)))
}

/// Revokes a key, from its holder's next call on
#[utoipa::path(
    delete,
    path = "/keys/{name}",
    operation_id = "revoke_key",
    tag = "keys",
    params(("name" = String, Path, description = "The name of the key")),
    responses(
        (status = 204, description = "It lets nobody in any more"),
        (status = 409, description = "It is the last key; make another first", body = Problem, content_type = "application/problem+json"),
        Always, OfOne
    )
)]
pub(crate) async fn revoke(
    Acting(engine): Acting,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    engine.revoke_key(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A key to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyIn {
    /// 1 to 40 letters, digits, dashes or underscores; no other key has it that is not revoked.
    #[schema(example = "laptop")]
    name: String,
    /// What it opens.
    #[serde(default)]
    #[schema(default = "administration")]
    kind: Kind,
    /// From when on it is refused: a moment, or a day from its beginning in UTC. Without it, it is
    /// good until it is revoked.
    #[schema(value_type = Option<String>, example = "2027-01-31")]
    expires_at: Option<Moment>,
}

/// What a key opens: everything, or `/metrics` and nothing else.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = KeyKindIn)]
pub(crate) enum Kind {
    #[default]
    Administration,
    Metrics,
}

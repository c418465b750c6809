//! Work: what is to be done, what is stuck and why, and putting it back.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use portico_domain::Queue;
use portico_engine::{Engine, State as Kept, WorkItem};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::refusals::{Always, OfBody, OfOne, OfQuery};
use crate::error::ApiError;
use crate::extract::{Json, Query};

/// Lists work; what changed last comes first
#[utoipa::path(
    get,
    path = "/work",
    operation_id = "list_work",
    tag = "work",
    params(WorkQuery),
    responses((status = 200, description = "The work", body = WorkListOut), Always, OfQuery)
)]
pub(crate) async fn list(
    State(engine): State<Engine>,
    Query(query): Query<WorkQuery>,
) -> Result<Answer<WorkListOut>, ApiError> {
    let work = engine
        .work(query.state.map(Kept::from), query.limit.0)
        .await?;
    let work = work.into_iter().map(WorkOut::from).collect();
    Ok(Answer(WorkListOut { work }))
}

/// Lets one piece of work be tried again now
#[utoipa::path(
    post,
    path = "/work/retry",
    operation_id = "retry_work",
    tag = "work",
    request_body = RetryIn,
    responses((status = 204, description = "It is due now"), Always, OfBody, OfOne)
)]
pub(crate) async fn retry(
    State(engine): State<Engine>,
    Json(retry): Json<RetryIn>,
) -> Result<StatusCode, ApiError> {
    engine.retry_work(retry.queue, &retry.key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets everything that is held or dead be tried again now
#[utoipa::path(
    post,
    path = "/work/retry-all",
    operation_id = "retry_all_work",
    tag = "work",
    responses((status = 200, description = "How much that is", body = RetriedOut), Always)
)]
pub(crate) async fn retry_all(
    State(engine): State<Engine>,
) -> Result<Answer<RetriedOut>, ApiError> {
    let retried = engine.retry_all_work().await?;
    Ok(Answer(RetriedOut { retried }))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WorkQuery {
    /// Only work in this state.
    #[serde(default)]
    #[param(inline)]
    state: Option<WorkState>,
    /// How much at most.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 1000, default = 100)]
    limit: Limit,
}

/// How much to list.
#[derive(Deserialize)]
#[serde(try_from = "usize")]
struct Limit(usize);

/// A piece of work, by the names under which it is listed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetryIn {
    #[serde(deserialize_with = "queue")]
    #[schema(value_type = String, example = "sync_deal")]
    queue: Queue,
    key: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct RetriedOut {
    retried: u64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct WorkListOut {
    work: Vec<WorkOut>,
}

/// "This key of this queue needs attention".
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkOut {
    #[schema(example = "sync_deal")]
    queue: &'static str,
    key: String,
    state: WorkState,
    #[schema(example = "live")]
    priority: &'static str,
    due_at: Timestamp,
    attempts: i64,
    /// What went wrong last.
    error: Option<String>,
    /// What a person can do about it.
    remedy: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// Where a piece of work is in its life.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WorkState {
    Waiting,
    Running,
    /// Waits for a person.
    Held,
    /// Given up.
    Dead,
}

fn queue<'de, D: Deserializer<'de>>(from: D) -> Result<Queue, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(serde::de::Error::custom)
}

impl Default for Limit {
    fn default() -> Self {
        Self(100)
    }
}

impl TryFrom<usize> for Limit {
    type Error = &'static str;

    fn try_from(limit: usize) -> Result<Self, &'static str> {
        if (1..=1000).contains(&limit) {
            Ok(Self(limit))
        } else {
            Err("a limit is from 1 to 1000")
        }
    }
}

impl From<WorkState> for Kept {
    fn from(state: WorkState) -> Self {
        match state {
            WorkState::Waiting => Self::Waiting,
            WorkState::Running => Self::Running,
            WorkState::Held => Self::Held,
            WorkState::Dead => Self::Dead,
        }
    }
}

impl From<Kept> for WorkState {
    fn from(state: Kept) -> Self {
        match state {
            Kept::Waiting => Self::Waiting,
            Kept::Running => Self::Running,
            Kept::Held => Self::Held,
            Kept::Dead => Self::Dead,
        }
    }
}

impl From<WorkItem> for WorkOut {
    fn from(work: WorkItem) -> Self {
        Self {
            queue: work.queue.as_str(),
            key: work.key,
            state: work.state.into(),
            priority: work.priority.as_str(),
            due_at: work.due_at,
            attempts: work.attempts,
            error: work.error,
            remedy: work.remedy,
            created_at: work.created_at,
            updated_at: work.updated_at,
        }
    }
}

//! Work: what is to be done, what is held and why, putting it back, and letting it be.

use axum::Json as Answer;
use http::StatusCode;
use portico_domain::Queue;
use serde::{Deserialize, Deserializer};
use utoipa::{IntoParams, ToSchema};

use super::Acting;
use super::refusals::{Always, OfBody, OfOne, OfQuery};
use crate::error::{ApiError, Problem};
use crate::extract::{Json, Query};
use crate::view::work::{RetriedOut, WorkListOut, WorkState};

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
    Acting(engine): Acting,
    Query(query): Query<WorkQuery>,
) -> Result<Answer<WorkListOut>, ApiError> {
    let work = engine
        .work(query.state.map(Into::into), query.limit.0)
        .await?;
    Ok(Answer(work.into_iter().collect()))
}

/// Lets one piece of work be tried again now
#[utoipa::path(
    post,
    path = "/work/retry",
    operation_id = "retry_work",
    tag = "work",
    request_body = WorkIn,
    responses(
        (status = 204, description = "It is due now"),
        (status = 409, description = "It is being done, or several are called so", body = Problem, content_type = "application/problem+json"),
        Always, OfBody, OfOne
    )
)]
pub(crate) async fn retry(
    Acting(engine): Acting,
    Json(work): Json<WorkIn>,
) -> Result<StatusCode, ApiError> {
    engine.retry_work(work.queue, &work.key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes held work on an order off its queue, and says so on the order's timeline
///
/// When the order changes later, it is looked at again as any other.
#[utoipa::path(
    post,
    path = "/work/dismiss",
    operation_id = "dismiss_work",
    tag = "work",
    request_body = WorkIn,
    responses(
        (status = 204, description = "It is off its queue"),
        (status = 409, description = "It is not held, it is not on an order, or several are called so", body = Problem, content_type = "application/problem+json"),
        Always, OfBody, OfOne
    )
)]
pub(crate) async fn dismiss(
    Acting(engine): Acting,
    Json(work): Json<WorkIn>,
) -> Result<StatusCode, ApiError> {
    engine.dismiss_work(work.queue, &work.key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets everything that is held be tried again now
#[utoipa::path(
    post,
    path = "/work/retry-all",
    operation_id = "retry_all_work",
    tag = "work",
    responses((status = 200, description = "How much that is", body = RetriedOut), Always)
)]
pub(crate) async fn retry_all(Acting(engine): Acting) -> Result<Answer<RetriedOut>, ApiError> {
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
pub(crate) struct WorkIn {
    #[serde(deserialize_with = "queue")]
    #[schema(value_type = String, example = "sync_deal")]
    queue: Queue,
    /// Its `key`, or what it is `about`.
    #[schema(example = "order #1042 of acme")]
    key: String,
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

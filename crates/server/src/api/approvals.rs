//! Approvals: calls of agents that wait for a person, who agrees or refuses.

use axum::extract::State;
use axum::{Extension, Json as Answer};
use http::StatusCode;
use portico_domain::approval::ApprovalId;
use portico_engine::{Caller, Engine, Error};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Acting;
use super::refusals::{Always, OfOne, OfQuery};
use crate::error::{ApiError, Problem};
use crate::extract::{Path, Query};
use crate::view::approval::{ApprovalOut, ApprovalsOut};

/// So many are listed where nothing else is said.
const LISTED: usize = 50;

/// So many at most.
const MOST: usize = 500;

/// Lists the calls that a person was asked about: those that wait first, then the newest
///
/// Of those that wait, the first of each agent come first and the oldest of these, then the second ones, and so on: no
/// agent hides what another one asks.
#[utoipa::path(
    get,
    path = "/approvals",
    operation_id = "list_approvals",
    tag = "approvals",
    params(ListQuery),
    responses((status = 200, description = "Calls of the last days, each with what became of it", body = ApprovalsOut), Always, OfQuery)
)]
pub(crate) async fn list(
    State(engine): State<Engine>,
    Query(query): Query<ListQuery>,
) -> Result<Answer<ApprovalsOut>, ApiError> {
    let limit = query.limit.unwrap_or(LISTED);
    if !(1..=MOST).contains(&limit) {
        return Err(ApiError::Input {
            status: StatusCode::BAD_REQUEST,
            detail: format!("`limit` is a number from 1 to {MOST}"),
        });
    }
    let (agent, next) = (query.agent.as_deref(), query.next.as_deref());
    Ok(Answer(engine.approvals(agent, next, limit).await?.into()))
}

/// Shows a call that a person was asked about; agents may ask too, for their own
#[utoipa::path(
    get,
    path = "/approvals/{id}",
    operation_id = "show_approval",
    tag = "approvals",
    params(("id" = String, Path, description = "The identifier of the approval")),
    responses((status = 200, description = "The call, with what became of it", body = ApprovalOut), Always, OfOne)
)]
pub(crate) async fn show(
    State(engine): State<Engine>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Answer<ApprovalOut>, ApiError> {
    let view = engine.approval(&caller, approval_id(&id)?).await?;
    Ok(Answer(view.into()))
}

/// Agrees to a call, which is made once, at once, and by the rights that its agent has now
#[utoipa::path(
    post,
    path = "/approvals/{id}/approve",
    operation_id = "approve",
    tag = "approvals",
    params(("id" = String, Path, description = "The identifier of the approval")),
    responses(
        (status = 200, description = "It was decided; the status says whether the call was made, and the outcome what came of it", body = ApprovalOut),
        (status = 409, description = "It was decided before, or nobody decided in time", body = Problem, content_type = "application/problem+json"),
        Always, OfOne
    )
)]
pub(crate) async fn approve(
    Acting(engine): Acting,
    Path(id): Path<String>,
) -> Result<Answer<ApprovalOut>, ApiError> {
    let view = engine.approve(approval_id(&id)?).await?;
    Ok(Answer(view.into()))
}

/// Refuses a call for good
#[utoipa::path(
    post,
    path = "/approvals/{id}/refuse",
    operation_id = "refuse",
    tag = "approvals",
    params(("id" = String, Path, description = "The identifier of the approval")),
    responses(
        (status = 200, description = "It will not be made", body = ApprovalOut),
        (status = 409, description = "It was decided before, or nobody decided in time", body = Problem, content_type = "application/problem+json"),
        Always, OfOne
    )
)]
pub(crate) async fn refuse(
    Acting(engine): Acting,
    Path(id): Path<String>,
) -> Result<Answer<ApprovalOut>, ApiError> {
    let view = engine.refuse(approval_id(&id)?).await?;
    Ok(Answer(view.into()))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// How many: 50 without it, and 500 at most.
    #[param(value_type = Option<usize>, default = 50)]
    limit: Option<usize>,
    /// The `next` of the answer before; from the beginning without it.
    next: Option<String>,
    /// The name of an agent.
    agent: Option<String>,
}

fn approval_id(id: &str) -> Result<ApprovalId, Error> {
    id.parse()
        .map_err(|_| Error::NotFound(format!("approval `{id}`")))
}

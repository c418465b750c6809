//! Flows: which site's orders become deals in which account.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use portico_domain::flow::Settings;
use portico_engine::{Backfill, Engine, FlowChange, FlowPlan, NewFlow, Progress, SettingsChange};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Acting;
use super::refusals::{Always, OfBody, OfOne, OfVendor};
use crate::error::ApiError;
use crate::extract::{Json, Path};
use crate::moment::Moment;
use crate::view::flow::{
    FlowAddedOut, FlowChangedOut, FlowRepairedOut, FlowSettings, FlowSettingsChange, FlowsOut,
};

pub(super) use crate::view::flow::FlowOut;

/// Lists every flow
#[utoipa::path(
    get,
    path = "/flows",
    operation_id = "list_flows",
    tag = "flows",
    responses((status = 200, description = "Every flow", body = FlowsOut), Always)
)]
pub(crate) async fn list(State(engine): State<Engine>) -> Result<Answer<FlowsOut>, ApiError> {
    Ok(Answer(engine.flows().await?.into_iter().collect()))
}

/// Sets up a flow: makes what is missing at the CRM and starts to read the shop's history
///
/// A flow that is removed and added again between the same connections takes its deals up again.
#[utoipa::path(
    post,
    path = "/flows",
    operation_id = "create_flow",
    tag = "flows",
    request_body = FlowIn,
    responses((status = 201, description = "It is set up", body = FlowAddedOut), Always, OfBody, OfOne, OfVendor)
)]
pub(crate) async fn create(
    Acting(engine): Acting,
    Json(flow): Json<FlowIn>,
) -> Result<(StatusCode, Answer<FlowAddedOut>), ApiError> {
    let added = engine.add_flow(&flow.into()).await?;
    let seen = engine.flow_view(&added.flow.id.to_string()).await?;
    Ok((StatusCode::CREATED, Answer((added, seen).into())))
}

/// Says what setting up a flow would make at the CRM, and makes nothing
#[utoipa::path(
    post,
    path = "/flow-plans",
    operation_id = "plan_flow",
    tag = "flows",
    request_body = FlowIn,
    responses((status = 200, description = "What would be made", body = FlowPlanOut), Always, OfBody, OfOne, OfVendor)
)]
pub(crate) async fn plan(
    Acting(engine): Acting,
    Json(flow): Json<FlowIn>,
) -> Result<Answer<FlowPlanOut>, ApiError> {
    let plan = engine.plan_flow(&flow.into()).await?;
    Ok(Answer(plan.into()))
}

/// Shows a flow
#[utoipa::path(
    get,
    path = "/flows/{name}",
    operation_id = "show_flow",
    tag = "flows",
    params(("name" = String, Path, description = "The name of the flow, or its `id`")),
    responses((status = 200, description = "The flow", body = FlowOut), Always, OfOne)
)]
pub(crate) async fn show(
    Acting(engine): Acting,
    Path(name): Path<String>,
) -> Result<Answer<FlowOut>, ApiError> {
    let view = engine.flow_view(&name).await?;
    Ok(Answer(view.into()))
}

/// Changes a flow: makes what is missing at the CRM for it and lets held work go on
///
/// What is left out stays as it is. Deals that exist are not touched: the settings hold for new
/// orders, and for earlier ones when they next change or are backfilled.
#[utoipa::path(
    patch,
    path = "/flows/{name}",
    operation_id = "update_flow",
    tag = "flows",
    params(("name" = String, Path, description = "The name of the flow, or its `id`")),
    request_body = FlowChangeIn,
    responses((status = 200, description = "It is changed", body = FlowChangedOut), Always, OfBody, OfOne, OfVendor)
)]
pub(crate) async fn update(
    Acting(engine): Acting,
    Path(name): Path<String>,
    Json(change): Json<FlowChangeIn>,
) -> Result<Answer<FlowChangedOut>, ApiError> {
    let changed = engine.change_flow(&name, &change.into()).await?;
    let seen = engine.flow_view(&changed.flow.id.to_string()).await?;
    Ok(Answer((changed, seen).into()))
}

/// Says what changing a flow would make at the CRM, and makes nothing
#[utoipa::path(
    post,
    path = "/flows/{name}/plan",
    operation_id = "plan_flow_update",
    tag = "flows",
    params(("name" = String, Path, description = "The name of the flow, or its `id`")),
    request_body = FlowChangeIn,
    responses((status = 200, description = "What would be made", body = FlowPlanOut), Always, OfBody, OfOne, OfVendor)
)]
pub(crate) async fn plan_update(
    Acting(engine): Acting,
    Path(name): Path<String>,
    Json(change): Json<FlowChangeIn>,
) -> Result<Answer<FlowPlanOut>, ApiError> {
    let plan = engine.plan_flow_change(&name, &change.into()).await?;
    Ok(Answer(plan.into()))
}

/// Removes a flow; its deals stay at the CRM and are not looked after any more
#[utoipa::path(
    delete,
    path = "/flows/{name}",
    operation_id = "remove_flow",
    tag = "flows",
    params(("name" = String, Path, description = "The name of the flow, or its `id`")),
    responses((status = 204, description = "It is gone"), Always, OfOne)
)]
pub(crate) async fn remove(
    Acting(engine): Acting,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    engine.remove_flow(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows how far a flow is
#[utoipa::path(
    get,
    path = "/flows/{name}/progress",
    operation_id = "show_flow_progress",
    tag = "flows",
    params(("name" = String, Path, description = "The name of the flow, or its `id`")),
    responses((status = 200, description = "How far it is", body = ProgressOut), Always, OfOne)
)]
pub(crate) async fn progress(
    Acting(engine): Acting,
    Path(name): Path<String>,
) -> Result<Answer<ProgressOut>, ApiError> {
    let progress = engine.progress(&name).await?;
    Ok(Answer(progress.into()))
}

/// Makes again at the CRM what somebody deleted, and lets held work go on
#[utoipa::path(
    post,
    path = "/flows/{name}/repair",
    operation_id = "repair_flow",
    tag = "flows",
    params(("name" = String, Path, description = "The name of the flow, or its `id`")),
    responses((status = 200, description = "It has what it needs", body = FlowRepairedOut), Always, OfOne, OfVendor)
)]
pub(crate) async fn repair(
    Acting(engine): Acting,
    Path(name): Path<String>,
) -> Result<Answer<FlowRepairedOut>, ApiError> {
    let repaired = engine.repair_flow(&name).await?;
    let seen = engine.flow_view(&repaired.flow.id.to_string()).await?;
    Ok(Answer((repaired, seen).into()))
}

/// Stops a flow; what comes while it is paused waits and is not lost
#[utoipa::path(
    post,
    path = "/flows/{name}/pause",
    operation_id = "pause_flow",
    tag = "flows",
    params(("name" = String, Path, description = "The name of the flow, or its `id`")),
    responses((status = 200, description = "It is paused", body = FlowOut), Always, OfOne)
)]
pub(crate) async fn pause(
    Acting(engine): Acting,
    Path(name): Path<String>,
) -> Result<Answer<FlowOut>, ApiError> {
    engine.pause_flow(&name, true).await?;
    show(Acting(engine), Path(name)).await
}

/// Lets a paused flow go on
#[utoipa::path(
    post,
    path = "/flows/{name}/resume",
    operation_id = "resume_flow",
    tag = "flows",
    params(("name" = String, Path, description = "The name of the flow, or its `id`")),
    responses((status = 200, description = "It goes on", body = FlowOut), Always, OfOne)
)]
pub(crate) async fn resume(
    Acting(engine): Acting,
    Path(name): Path<String>,
) -> Result<Answer<FlowOut>, ApiError> {
    engine.pause_flow(&name, false).await?;
    show(Acting(engine), Path(name)).await
}

/// Gives every order placed since a day or a moment a deal, oldest first, after everything more urgent
#[utoipa::path(
    post,
    path = "/flows/{name}/backfill",
    operation_id = "backfill_flow",
    tag = "flows",
    params(("name" = String, Path, description = "The name of the flow, or its `id`")),
    request_body = BackfillIn,
    responses((status = 202, description = "It has begun", body = BackfillOut), Always, OfBody, OfOne)
)]
pub(crate) async fn backfill(
    Acting(engine): Acting,
    Path(name): Path<String>,
    Json(backfill): Json<BackfillIn>,
) -> Result<(StatusCode, Answer<BackfillOut>), ApiError> {
    let begun = engine.backfill(&name, backfill.since.0).await?;
    Ok((StatusCode::ACCEPTED, Answer(begun.into())))
}

/// A flow to set up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FlowIn {
    /// 1 to 40 letters, digits, dashes or underscores; no other flow has it.
    #[schema(example = "acme-orders")]
    name: String,
    /// The short name of the Squarespace connection.
    #[schema(example = "acme")]
    site: String,
    /// The short name of the Kommo connection.
    #[schema(example = "crm")]
    crm: String,
    /// What is left out stays at its default.
    #[serde(default)]
    #[schema(value_type = FlowSettings, required = false)]
    settings: Settings,
}

/// What is to change of a flow.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FlowChangeIn {
    /// Another name; 1 to 40 letters, digits, dashes or underscores.
    #[schema(example = "acme-sales")]
    name: Option<String>,
    #[serde(default)]
    #[schema(value_type = FlowSettingsChange, required = false)]
    settings: SettingsChange,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BackfillIn {
    /// Orders placed from then on are wanted: a moment, or a day from its beginning in UTC.
    #[schema(value_type = String, example = "2026-01-01")]
    since: Moment,
}

/// What setting up or changing a flow would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct FlowPlanOut {
    /// One sentence for each thing that would be made; empty when all is there.
    to_make: Vec<String>,
}

/// How far a flow is.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProgressOut {
    history_read: bool,
    orders_read: i64,
    contacts_read: bool,
    contacts: i64,
    deals: i64,
    /// Work that is waiting or running.
    waiting: i64,
    /// Work that waits for somebody.
    held: i64,
}

/// What a backfill has begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct BackfillOut {
    /// Orders marked now; those of a history that is still being read follow.
    orders: i64,
    history_read: bool,
}

impl From<FlowIn> for NewFlow {
    fn from(flow: FlowIn) -> Self {
        Self {
            name: flow.name,
            site: flow.site,
            crm: flow.crm,
            settings: flow.settings,
        }
    }
}

impl From<FlowChangeIn> for FlowChange {
    fn from(change: FlowChangeIn) -> Self {
        Self {
            name: change.name,
            settings: change.settings,
        }
    }
}

impl From<FlowPlan> for FlowPlanOut {
    fn from(plan: FlowPlan) -> Self {
        Self {
            to_make: plan.to_make,
        }
    }
}

impl From<Progress> for ProgressOut {
    fn from(progress: Progress) -> Self {
        Self {
            history_read: progress.history_read,
            orders_read: progress.orders_read,
            contacts_read: progress.contacts_read,
            contacts: progress.contacts,
            deals: progress.deals,
            waiting: progress.waiting,
            held: progress.held,
        }
    }
}

impl From<Backfill> for BackfillOut {
    fn from(backfill: Backfill) -> Self {
        Self {
            orders: backfill.orders,
            history_read: backfill.history_read,
        }
    }
}

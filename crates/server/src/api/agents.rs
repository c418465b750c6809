//! Agents: programs that call vendors through the gateway, and what each may do.

mod rights;

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use jiff::SignedDuration;
use portico_domain::agent::Agent;
use portico_engine::{Engine, KEY_OVERLAP};
use serde::Deserialize;
use utoipa::ToSchema;

use rights::{AgentIn, ChangeIn, RightsIn};

use super::Acting;
use super::refusals::{Always, OfBody, OfOne};
use crate::error::{ApiError, Problem};
use crate::extract::{Json, Path};
use crate::view::agent::{AgentOut, AgentsOut, KillSwitchOut, NewAgentOut, RotatedAgentOut};

/// Lists the agents that may call, oldest first
#[utoipa::path(
    get,
    path = "/agents",
    operation_id = "list_agents",
    tag = "agents",
    responses((status = 200, description = "Every agent, without its key", body = AgentsOut), Always)
)]
pub(crate) async fn list(State(engine): State<Engine>) -> Result<Answer<AgentsOut>, ApiError> {
    let (agents, context) = (engine.agents().await?, engine.agent_context().await?);
    let stopped_at = engine.agents_stopped_at().await?;
    Ok(Answer(AgentsOut::of(agents, &context, stopped_at)))
}

/// Makes an agent with a key; the answer is the only one that shows it
#[utoipa::path(
    post,
    path = "/agents",
    operation_id = "add_agent",
    tag = "agents",
    request_body = AgentIn,
    responses(
        (status = 201, description = "It may call from now on, where its rights let it", body = NewAgentOut),
        (status = 404, description = "A grant or a rule names a connection or an operation that does not exist", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken", body = Problem, content_type = "application/problem+json"),
        Always, OfBody
    )
)]
pub(crate) async fn add(
    Acting(engine): Acting,
    Json(agent): Json<AgentIn>,
) -> Result<(StatusCode, Answer<NewAgentOut>), ApiError> {
    let (name, rights) = agent.name_and_rights()?;
    let made = engine.add_agent(&name, rights).await?;
    let made = NewAgentOut::of(made, &engine.agent_context().await?);
    Ok((StatusCode::CREATED, Answer(made)))
}

/// Shows an agent and what it may do
#[utoipa::path(
    get,
    path = "/agents/{name}",
    operation_id = "show_agent",
    tag = "agents",
    params(("name" = String, Path, description = "The name of the agent")),
    responses((status = 200, description = "The agent", body = AgentOut), Always, OfOne)
)]
pub(crate) async fn show(
    Acting(engine): Acting,
    Path(name): Path<String>,
) -> Result<Answer<AgentOut>, ApiError> {
    let agent = engine.agent(&name).await?;
    shown(&engine, agent).await
}

/// Ends an agent and its key, from its next call on
#[utoipa::path(
    delete,
    path = "/agents/{name}",
    operation_id = "revoke_agent",
    tag = "agents",
    params(("name" = String, Path, description = "The name of the agent")),
    responses((status = 204, description = "Its key lets nobody in any more"), Always, OfOne)
)]
pub(crate) async fn revoke(
    Acting(engine): Acting,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    engine.revoke_agent(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets everything that an agent may do: grants and rules that are not named are gone
#[utoipa::path(
    put,
    path = "/agents/{name}/grants",
    operation_id = "replace_grants",
    tag = "agents",
    params(("name" = String, Path, description = "The name of the agent")),
    request_body = RightsIn,
    responses((status = 200, description = "They hold from its next call on", body = AgentOut), Always, OfBody, OfOne)
)]
pub(crate) async fn replace_grants(
    Acting(engine): Acting,
    Path(name): Path<String>,
    Json(wanted): Json<RightsIn>,
) -> Result<Answer<AgentOut>, ApiError> {
    let agent = engine.grant_only(&name, wanted.rights()?).await?;
    shown(&engine, agent).await
}

/// Changes some of what an agent may do; what is not named stays
#[utoipa::path(
    patch,
    path = "/agents/{name}/grants",
    operation_id = "set_grants",
    tag = "agents",
    params(("name" = String, Path, description = "The name of the agent")),
    request_body = ChangeIn,
    responses((status = 200, description = "They hold from its next call on", body = AgentOut), Always, OfBody, OfOne)
)]
pub(crate) async fn set_grants(
    Acting(engine): Acting,
    Path(name): Path<String>,
    Json(change): Json<ChangeIn>,
) -> Result<Answer<AgentOut>, ApiError> {
    let agent = engine.grant(&name, change.change()?).await?;
    shown(&engine, agent).await
}

/// Gives an agent a new key; the answer is the only one that shows it
///
/// The former keys are good for a while beside it, so that a program that runs can be given the new one.
#[utoipa::path(
    post,
    path = "/agents/{name}/rotate",
    operation_id = "rotate_agent",
    tag = "agents",
    params(("name" = String, Path, description = "The name of the agent")),
    request_body = RotationIn,
    responses((status = 200, description = "The new key may be used from now on", body = RotatedAgentOut), Always, OfBody, OfOne)
)]
pub(crate) async fn rotate(
    State(engine): State<Engine>,
    Path(name): Path<String>,
    Json(rotation): Json<RotationIn>,
) -> Result<Answer<RotatedAgentOut>, ApiError> {
    let overlap = rotation.overlap_seconds.map_or(KEY_OVERLAP, |seconds| {
        SignedDuration::from_secs(seconds.into())
    });
    let rotated = engine.rotate_agent_key(&name, overlap).await?;
    let context = engine.agent_context().await?;
    Ok(Answer(RotatedAgentOut::of(rotated, &context)))
}

/// Stops all agents: each of their calls is refused from the next one on, and their rights stay
#[utoipa::path(
    post,
    path = "/agents/stop",
    operation_id = "stop_agents",
    tag = "agents",
    responses((status = 200, description = "They are stopped", body = KillSwitchOut), Always)
)]
pub(crate) async fn stop(State(engine): State<Engine>) -> Result<Answer<KillSwitchOut>, ApiError> {
    Ok(Answer(engine.stop_agents().await?.into()))
}

/// Lets all agents call again, each as far as its rights go
#[utoipa::path(
    post,
    path = "/agents/start",
    operation_id = "start_agents",
    tag = "agents",
    responses((status = 200, description = "They may call", body = KillSwitchOut), Always)
)]
pub(crate) async fn start(State(engine): State<Engine>) -> Result<Answer<KillSwitchOut>, ApiError> {
    Ok(Answer(engine.start_agents().await?.into()))
}

/// How a key is to be rotated.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotationIn {
    /// For how many seconds the former keys are good beside the new one, a week at most; 0 ends them at
    /// once. Without it, for a day.
    #[schema(example = 3600)]
    overlap_seconds: Option<u32>,
}

async fn shown(engine: &Engine, agent: Agent) -> Result<Answer<AgentOut>, ApiError> {
    let context = engine.agent_context().await?;
    Ok(Answer(AgentOut::of(agent, &context)))
}

//! Agents: programs that call vendors through the gateway, and what each may do.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use portico_domain::agent::{Agent, Area, Level};
use portico_engine::{Engine, NewGrant};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Acting;
use super::refusals::{Always, OfBody, OfOne};
use crate::error::{ApiError, Problem};
use crate::extract::{Json, Path};
use crate::view::agent::{AgentOut, AgentsOut, NewAgentOut};

/// Lists the agents that may call, oldest first
#[utoipa::path(
    get,
    path = "/agents",
    operation_id = "list_agents",
    tag = "agents",
    responses((status = 200, description = "Every agent, without its key", body = AgentsOut), Always)
)]
pub(crate) async fn list(State(engine): State<Engine>) -> Result<Answer<AgentsOut>, ApiError> {
    let agents = engine.agents().await?;
    Ok(Answer(AgentsOut::of(agents, &engine.connections().await?)))
}

/// Makes an agent with a key; the answer is the only one that shows it
#[utoipa::path(
    post,
    path = "/agents",
    operation_id = "add_agent",
    tag = "agents",
    request_body = AgentIn,
    responses(
        (status = 201, description = "It may call from now on, where its grants let it", body = NewAgentOut),
        (status = 404, description = "A grant names a connection that does not exist", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken", body = Problem, content_type = "application/problem+json"),
        Always, OfBody
    )
)]
pub(crate) async fn add(
    Acting(engine): Acting,
    Json(agent): Json<AgentIn>,
) -> Result<(StatusCode, Answer<NewAgentOut>), ApiError> {
    let made = engine.add_agent(&agent.name, &wanted(agent.grants)).await?;
    let made = NewAgentOut::of(made, &engine.connections().await?);
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

/// Sets everything that an agent may do; what is not named it may not
#[utoipa::path(
    put,
    path = "/agents/{name}/grants",
    operation_id = "replace_grants",
    tag = "agents",
    params(("name" = String, Path, description = "The name of the agent")),
    request_body = GrantsIn,
    responses((status = 200, description = "They hold from its next call on", body = AgentOut), Always, OfBody, OfOne)
)]
pub(crate) async fn replace_grants(
    Acting(engine): Acting,
    Path(name): Path<String>,
    Json(GrantsIn { grants }): Json<GrantsIn>,
) -> Result<Answer<AgentOut>, ApiError> {
    let agent = engine.grant_only(&name, &wanted(grants)).await?;
    shown(&engine, agent).await
}

/// Sets what an agent may do in some areas; what it may do elsewhere stays
#[utoipa::path(
    patch,
    path = "/agents/{name}/grants",
    operation_id = "set_grants",
    tag = "agents",
    params(("name" = String, Path, description = "The name of the agent")),
    request_body = GrantsIn,
    responses((status = 200, description = "They hold from its next call on", body = AgentOut), Always, OfBody, OfOne)
)]
pub(crate) async fn set_grants(
    Acting(engine): Acting,
    Path(name): Path<String>,
    Json(GrantsIn { grants }): Json<GrantsIn>,
) -> Result<Answer<AgentOut>, ApiError> {
    let agent = engine.grant(&name, &wanted(grants)).await?;
    shown(&engine, agent).await
}

/// An agent to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentIn {
    /// 1 to 60 characters without quotes, backslashes, `$` and `!`; no other agent has it that is not revoked.
    #[schema(example = "Store Agent")]
    name: String,
    /// Without any, it may do nothing until it is granted something.
    #[serde(default)]
    grants: Vec<GrantIn>,
}

/// What an agent is to be let do.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantsIn {
    grants: Vec<GrantIn>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GrantIn {
    /// The connection's name; without it, the grant speaks of every connection that no other grant of
    /// the area names.
    #[schema(example = "acme")]
    connection: Option<String>,
    /// `products`, `inventory`, `orders`, `transactions`, `profiles`, `contacts`, `discounts`, `webhooks` or `site`.
    #[schema(value_type = String, example = "orders")]
    area: Area,
    /// `off`, `read`, or `full`, which is read and write.
    #[schema(value_type = String, example = "read")]
    level: Level,
}

fn wanted(grants: Vec<GrantIn>) -> Vec<NewGrant> {
    let grants = grants.into_iter();
    grants
        .map(|grant| NewGrant {
            connection: grant.connection,
            area: grant.area,
            level: grant.level,
        })
        .collect()
}

async fn shown(engine: &Engine, agent: Agent) -> Result<Answer<AgentOut>, ApiError> {
    let connections = engine.connections().await?;
    Ok(Answer(AgentOut::of(agent, &connections)))
}

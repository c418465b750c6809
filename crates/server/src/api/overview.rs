//! The whole at a glance.

use axum::Json as Answer;
use axum::extract::State;
use jiff::Timestamp;
use portico_engine::{Count, Engine, FlowHealth, Overview};
use serde::Serialize;
use utoipa::ToSchema;

use super::events::EventOut;
use super::flows::FlowOut;
use super::refusals::Always;
use crate::error::ApiError;
use crate::view::approval::WaitingCallOut;
use crate::view::connection::ConnectionOut;
use crate::view::work::{WorkOut, WorkState};

/// Shows what needs somebody, what happened lately, and how the flows are
#[utoipa::path(
    get,
    path = "/overview",
    operation_id = "show_overview",
    tag = "overview",
    responses((status = 200, description = "The state of everything", body = OverviewOut), Always)
)]
pub(crate) async fn show(State(engine): State<Engine>) -> Result<Answer<OverviewOut>, ApiError> {
    let overview = engine.overview().await?;
    Ok(Answer(overview.into()))
}

/// The state of everything.
#[derive(Serialize, ToSchema)]
pub(crate) struct OverviewOut {
    connections: Vec<ConnectionOut>,
    flows: Vec<FlowHealthOut>,
    /// What needs somebody.
    stuck: Vec<WorkOut>,
    counts: Vec<CountOut>,
    /// What happened last, newest first.
    latest: Vec<EventOut>,
    /// Since when no agent may call, whatever its rights; `null` where they may.
    agents_stopped_at: Option<Timestamp>,
    /// How many calls of agents wait for a person.
    waiting_for_approval: i64,
    /// The first five of them: one of each agent before the second of any.
    first_waiting: Vec<WaitingCallOut>,
}

/// A flow and how much of it waits.
#[derive(Serialize, ToSchema)]
struct FlowHealthOut {
    flow: FlowOut,
    /// Work that is waiting or running.
    waiting: i64,
    /// Work that waits for somebody.
    held: i64,
}

/// How much work of a queue is in a state.
#[derive(Serialize, ToSchema)]
struct CountOut {
    #[schema(example = "sync_deal")]
    queue: &'static str,
    state: WorkState,
    items: i64,
}

impl From<Overview> for OverviewOut {
    fn from(overview: Overview) -> Self {
        Self {
            connections: overview.connections.into_iter().map(Into::into).collect(),
            flows: overview.flows.into_iter().map(Into::into).collect(),
            stuck: overview.stuck.into_iter().map(Into::into).collect(),
            counts: overview.counts.into_iter().map(Into::into).collect(),
            latest: overview.latest.into_iter().map(Into::into).collect(),
            agents_stopped_at: overview.agents_stopped_at,
            waiting_for_approval: overview.asking,
            first_waiting: overview.first_asking.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<FlowHealth> for FlowHealthOut {
    fn from(health: FlowHealth) -> Self {
        Self {
            flow: health.view.into(),
            waiting: health.waiting,
            held: health.held,
        }
    }
}

impl From<Count> for CountOut {
    fn from(count: Count) -> Self {
        Self {
            queue: count.queue.as_str(),
            state: count.state.into(),
            items: count.items,
        }
    }
}

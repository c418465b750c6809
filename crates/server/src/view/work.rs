//! A piece of work: what is to be done, what went wrong, and what helps.

use jiff::Timestamp;
use portico_engine::{State, WorkView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct WorkListOut {
    pub work: Vec<WorkOut>,
}

/// "This key of this queue needs attention".
#[derive(Serialize, ToSchema)]
pub struct WorkOut {
    #[schema(example = "sync_deal")]
    pub queue: &'static str,
    pub key: String,
    /// What it is about, as people call it.
    #[schema(example = "order #1042 of acme")]
    pub about: String,
    /// The name of the flow whose deal it is.
    pub flow: Option<String>,
    pub state: WorkState,
    #[schema(example = "live")]
    pub priority: &'static str,
    pub due_at: Timestamp,
    pub attempts: i64,
    /// What went wrong last.
    pub error: Option<String>,
    /// What a person can do about it.
    pub remedy: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// How much was put back.
#[derive(Serialize, ToSchema)]
pub struct RetriedOut {
    pub retried: u64,
}

/// Where a piece of work is in its life.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkState {
    Waiting,
    Running,
    /// Waits for a person.
    Held,
}

impl WorkOut {
    /// What went wrong and what helps, in one line.
    #[must_use]
    pub fn what_happened(&self) -> String {
        let said = [self.error.as_deref(), self.remedy.as_deref()];
        let said: Vec<&str> = said.into_iter().flatten().collect();
        said.join("; ")
    }
}

impl FromIterator<WorkView> for WorkListOut {
    fn from_iter<I: IntoIterator<Item = WorkView>>(work: I) -> Self {
        Self {
            work: work.into_iter().map(WorkOut::from).collect(),
        }
    }
}

impl From<WorkView> for WorkOut {
    fn from(view: WorkView) -> Self {
        let work = view.item;
        Self {
            queue: work.queue.as_str(),
            key: work.key,
            about: view.about,
            flow: view.flow,
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

impl WorkState {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        State::from(self).as_str()
    }
}

impl From<WorkState> for State {
    fn from(state: WorkState) -> Self {
        match state {
            WorkState::Waiting => Self::Waiting,
            WorkState::Running => Self::Running,
            WorkState::Held => Self::Held,
        }
    }
}

impl From<State> for WorkState {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => Self::Waiting,
            State::Running => Self::Running,
            State::Held => Self::Held,
        }
    }
}

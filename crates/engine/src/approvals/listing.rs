//! Approvals to be read: put into words, with what stands in the way of a call that waits.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use jiff::Timestamp;
use portico_domain::ConnectionId;
use portico_domain::agent::{Agent, AgentId};
use portico_domain::approval::{Approval, ApprovalId, Status};
use portico_domain::connection::Connection;
use portico_store::agents::stop;
use portico_store::approvals::Cursor;
use portico_store::{Error as StoreError, Tx, agents, approvals, connections};
use serde_json::Value;
use wire::catalog::Verb;

use super::no_such;
use crate::gateway::{Caller, Shown, hide_personal_data};
use crate::operations::operation_of;
use crate::{Engine, Error};

/// What to beware of in a deletion of which nothing else is said.
const DELETED: &str =
    "what is deleted does not come back, and `portico audit undo` does not bring it back";

/// A call that waits for a person, in a line.
#[derive(Clone, Debug)]
pub struct WaitingCall {
    pub id: ApprovalId,
    /// What is asked, in a sentence.
    pub sentence: String,
    pub expires_at: Timestamp,
    /// Why the call would not be made if somebody agreed now.
    pub blocked_by: Option<String>,
}

/// An approval as it is shown.
pub struct ApprovalView {
    pub approval: Approval,
    pub status: Status,
    /// By name, also when it is gone.
    pub agent: String,
    pub connection: String,
    /// What is asked, in a sentence.
    pub sentence: String,
    /// What somebody should know of the operation before they agree.
    pub caution: Option<&'static str>,
    /// Why the call would not be made if somebody agreed now; of calls that wait.
    pub blocked_by: Option<String>,
    /// What is to be sent; for administrators alone, and gone once it is decided.
    pub request: Option<Shown>,
    /// What the vendor answered, as the agent would have been given it; where one approval is shown.
    pub answer: Option<Value>,
    /// How many personal values of the answer are hidden from whoever looks.
    pub hidden: usize,
}

/// Some approvals, and from where to go on.
pub struct ApprovalsPage {
    pub approvals: Vec<ApprovalView>,
    pub next: Option<String>,
}

impl Engine {
    /// Some approvals, of the agents of one name or of all: those that wait first, so that none hides another's.
    pub async fn approvals(
        &self,
        agent: Option<&str>,
        next: Option<&str>,
        limit: usize,
    ) -> Result<ApprovalsPage, Error> {
        let after = next.map(parse_cursor).transpose()?;
        let (agent, now) = (agent.map(str::to_owned), self.now());
        let asked = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
        let named = agent.clone();
        let read = move |tx: &mut dyn Tx| {
            if let Some(name) = &named
                && !agents::was_named(tx, name)?
            {
                return Ok(None);
            }
            let found = approvals::list(tx, named.as_deref(), after.as_ref(), asked, now)?;
            let mut reading = Reading::begin(tx, now)?;
            let views = found.into_iter().map(|one| reading.view(tx, one));
            Ok(Some(views.collect::<Result<Vec<_>, _>>()?))
        };
        let Some(mut approvals) = self.store().read(read).await? else {
            return Err(Error::NotFound(format!(
                "agent `{}`",
                agent.unwrap_or_default()
            )));
        };
        let has_more = approvals.len() > limit;
        approvals.truncate(limit);
        let last = approvals.last().filter(|_| has_more);
        Ok(ApprovalsPage {
            next: last.map(|last| cursor_text(&Cursor::behind(&last.approval, now))),
            approvals,
        })
    }

    /// One approval: its own for an agent, any for an administrator.
    pub async fn approval(&self, caller: &Caller, id: ApprovalId) -> Result<ApprovalView, Error> {
        let mut view = self.view_for(caller, id).await?;
        match caller {
            Caller::Administrator(_) => {
                view.request = self.agreed_request(&view.approval).await?;
            }
            Caller::Agent(agent) if agent.id == view.approval.agent => {
                // What it was shown when the call was made it may not be shown any more.
                let operation = operation_of(&view.approval.operation);
                if !operation.is_ok_and(|it| self.opens(agent, it, view.approval.connection)) {
                    view.answer = None;
                }
                if caller.is_kept_from(view.approval.connection)
                    && let Some(answer) = &mut view.answer
                {
                    view.hidden =
                        hide_personal_data(&view.approval.operation, view.approval.step, answer);
                }
            }
            Caller::Agent(_) => return Err(no_such(id)),
        }
        Ok(view)
    }

    /// An approval with the vendor's answer, and without its request.
    pub(super) async fn view(&self, id: ApprovalId) -> Result<ApprovalView, Error> {
        let owner = Caller::Administrator(self.actor().clone());
        self.view_for(&owner, id).await
    }

    /// The same as a caller may see it, if it is its own.
    async fn view_for(&self, caller: &Caller, id: ApprovalId) -> Result<ApprovalView, Error> {
        let (now, engine, caller) = (self.now(), self.clone(), caller.clone());
        let read = move |tx: &mut dyn Tx| {
            let Some(mut approval) = approvals::approval(tx, id)? else {
                return Ok(None);
            };
            if let Caller::Agent(agent) = &caller
                && let Ok(operation) = operation_of(&approval.operation)
                && !engine.sees_values(agent, operation, approval.connection)
            {
                approval = approval.without_values();
            }
            Reading::begin(tx, now)?.view(tx, approval).map(Some)
        };
        let mut view = self.store().read(read).await?.ok_or_else(|| no_such(id))?;
        view.answer = self.answer_of(&view.approval).await?;
        Ok(view)
    }
}

/// The first of those that wait, in lines, so that no agent hides what another one asks.
pub(crate) fn first_waiting(
    tx: &mut dyn Tx,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<WaitingCall>, StoreError> {
    let mut first = approvals::list(tx, None, None, limit, now)?;
    first.retain(|approval| approval.status(now) == Status::Pending);
    let mut reading = Reading::begin(tx, now)?;
    let lines = first.into_iter().map(|approval| {
        let view = reading.view(tx, approval)?;
        Ok(WaitingCall {
            id: view.approval.id,
            sentence: view.sentence,
            expires_at: view.approval.expires_at,
            blocked_by: view.blocked_by,
        })
    });
    lines.collect()
}

/// What approvals are told by as of one moment, each agent and connection read once.
struct Reading {
    now: Timestamp,
    are_stopped: bool,
    agents: HashMap<AgentId, Option<Agent>>,
    connections: HashMap<ConnectionId, Option<Connection>>,
}

impl Reading {
    fn begin(tx: &mut dyn Tx, now: Timestamp) -> Result<Self, StoreError> {
        Ok(Self {
            now,
            are_stopped: stop::since(tx)?.is_some(),
            agents: HashMap::new(),
            connections: HashMap::new(),
        })
    }

    fn view(&mut self, tx: &mut dyn Tx, approval: Approval) -> Result<ApprovalView, StoreError> {
        if let Entry::Vacant(place) = self.agents.entry(approval.agent) {
            place.insert(agents::agent(tx, approval.agent)?);
        }
        if let Entry::Vacant(place) = self.connections.entry(approval.connection) {
            place.insert(connections::connection(tx, approval.connection)?);
        }
        Ok(self.told(approval))
    }

    fn told(&self, approval: Approval) -> ApprovalView {
        let agent = self.agents.get(&approval.agent).and_then(Option::as_ref);
        let connection = self.connections.get(&approval.connection);
        let connection = connection.and_then(Option::as_ref);
        let status = approval.status(self.now);
        let blocked_by = (status == Status::Pending)
            .then(|| self.blocked_by(agent, connection))
            .flatten();
        let agent = agent.map_or_else(|| approval.agent.to_string(), |agent| agent.name.clone());
        let gone = || approval.connection.to_string();
        let connection = connection.map_or_else(gone, |known| known.name.clone());
        let operation = Engine::operation(&approval.operation).ok();
        let operation = operation.map(|view| view.operation);
        let title = operation.map_or("make a call", |operation| operation.title);
        ApprovalView {
            status,
            sentence: approval.sentence(&agent, &connection, title),
            caution: operation.and_then(|operation| {
                let deletes = operation.verb == Verb::Delete;
                operation.caution.or(deletes.then_some(DELETED))
            }),
            agent,
            connection,
            blocked_by,
            request: None,
            answer: None,
            hidden: 0,
            approval,
        }
    }

    fn blocked_by(&self, agent: Option<&Agent>, connection: Option<&Connection>) -> Option<String> {
        if connection.is_none() {
            return Some("its connection was removed".to_owned());
        }
        if let Some(why) = agent.and_then(|agent| agent.ended(self.now)) {
            return Some(format!("its agent may do nothing any more: {why}"));
        }
        self.are_stopped.then(|| {
            "all agents are stopped; `portico agents start` lets them call again".to_owned()
        })
    }
}

fn cursor_text(cursor: &Cursor) -> String {
    match cursor {
        Cursor::Waiting {
            ahead,
            asked_at,
            id,
        } => format!("{ahead}.{}.{id}", asked_at.as_millisecond()),
        Cursor::Other { asked_at, id } => format!("{}.{id}", asked_at.as_millisecond()),
    }
}

fn parse_cursor(text: &str) -> Result<Cursor, Error> {
    let read = || {
        let parts: Vec<&str> = text.split('.').collect();
        let moment = |text: &str| Timestamp::from_millisecond(text.parse().ok()?).ok();
        match parts[..] {
            [ahead, asked_at, id] => Some(Cursor::Waiting {
                ahead: ahead.parse().ok()?,
                asked_at: moment(asked_at)?,
                id: id.parse().ok()?,
            }),
            [asked_at, id] => Some(Cursor::Other {
                asked_at: moment(asked_at)?,
                id: id.parse().ok()?,
            }),
            _ => None,
        }
    };
    read().ok_or_else(|| {
        Error::Invalid("this is not the `next` of a page before; begin without it".to_owned())
    })
}

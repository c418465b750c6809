//! Approvals: a person agrees to a call of an agent or refuses it, and what is agreed to is carried out once.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::Response;
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use portico_domain::agent::{Agent, ValueChange};
use portico_domain::approval::{Approval, ApprovalId, Status, Step};
use portico_domain::audit::Action;
use portico_domain::connection::Connection;
use portico_store::{Error as StoreError, Tx, agents, approvals, connections};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::gateway::{Caller, Shown, Streamed, hide_personal_data, request_name};
use crate::undo::is_same;
use crate::{Engine, Error};

/// So much of an answer is kept for the agent.
const ANSWER_BYTES: usize = 1024 * 1024;

/// How long after its end an approval can be looked up.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A call that waits for a person, in a line.
#[derive(Clone, Debug)]
pub struct WaitingCall {
    pub id: ApprovalId,
    /// What is asked, in a sentence.
    pub sentence: String,
    pub expires_at: Timestamp,
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
    /// What is to be sent, or was; for administrators alone.
    pub request: Option<Shown>,
    /// What the vendor answered, as the agent would have been given it.
    pub answer: Option<Value>,
}

impl Engine {
    /// Those that wait for a person first, then the newest.
    pub async fn approvals(&self, limit: usize) -> Result<Vec<ApprovalView>, Error> {
        let (limit, now) = (i64::try_from(limit).unwrap_or(i64::MAX), self.now());
        let read = move |tx: &mut dyn Tx| approvals::newest(tx, limit, now);
        let mut views = Vec::new();
        for approval in self.store().read(read).await? {
            views.push(self.view(approval).await?);
        }
        Ok(views)
    }

    /// One approval: its own for an agent, any for an administrator.
    pub async fn approval(&self, caller: &Caller, id: ApprovalId) -> Result<ApprovalView, Error> {
        let approval = self.stored_approval(id).await?;
        match caller {
            Caller::Administrator(_) => self.with_request(approval).await,
            Caller::Agent(agent) if agent.id == approval.agent => {
                let mut view = self.view(approval).await?;
                // What it was shown when the call was made it may not be shown any more.
                if caller.is_kept_from(view.approval.connection)
                    && let Some(answer) = &mut view.answer
                {
                    hide_personal_data(&view.approval.operation, answer);
                }
                Ok(view)
            }
            Caller::Agent(_) => Err(no_such(id)),
        }
    }

    /// Agrees to a call and carries it out, by the rights that its agent has now.
    pub async fn approve(&self, id: ApprovalId) -> Result<ApprovalView, Error> {
        let work = async {
            let approval = self.decide(id, Step::Agreed).await?;
            // Whoever agreed may go away: what came of it is kept all the same.
            let engine = self.clone();
            let carrying = tokio::spawn(async move { engine.carry_agreed(&approval).await });
            carrying.await.map_err(Error::internal)??;
            self.with_request(self.stored_approval(id).await?).await
        };
        self.on_record(Action::ApproveCall, &id.to_string(), work)
            .await
    }

    /// Refuses a call for good.
    pub async fn refuse(&self, id: ApprovalId) -> Result<ApprovalView, Error> {
        let work = async {
            let approval = self.decide(id, Step::Refused).await?;
            self.with_request(approval).await
        };
        self.on_record(Action::RefuseCall, &id.to_string(), work)
            .await
    }

    /// Takes the decision for one person: whoever comes second is told of the first.
    async fn decide(&self, id: ApprovalId, step: Step) -> Result<Approval, Error> {
        let (by, now) = (self.actor().handle(), self.now());
        let decide = move |tx: &mut dyn Tx| {
            let decided = approvals::decide(tx, id, step, &by, now)?;
            Ok((decided, approvals::approval(tx, id)?))
        };
        let (decided, approval) = self.store().write(decide).await?;
        let approval = approval.ok_or_else(|| no_such(id))?;
        if decided {
            return Ok(approval);
        }
        Err(Error::Conflict(match &approval.decided_by {
            Some(by) => format!(
                "nothing more can be decided of `{id}`: it is {}, decided by {by}",
                approval.status(now)
            ),
            None => format!(
                "nothing can be decided of `{id}`: it is {}; the agent may ask again",
                approval.status(now)
            ),
        }))
    }

    async fn carry_agreed(&self, approval: &Approval) -> Result<(), Error> {
        let (step, outcome, answer) = Box::pin(self.carried_out(approval)).await?;
        self.keep_outcome(approval, step, outcome, answer).await
    }

    /// Makes the call; a refusal of ours is an outcome, too, since the decision stands.
    async fn carried_out(
        &self,
        approval: &Approval,
    ) -> Result<(Step, String, Option<Bytes>), Error> {
        let failed = |why: String| Ok((Step::Failed, why, None));
        if self.agents_stopped_at().await?.is_some() {
            return failed("all agents are stopped".to_owned());
        }
        let id = approval.agent;
        let find = move |tx: &mut dyn Tx| agents::agent(tx, id);
        let Some(agent) = self.store().read(find).await?.filter(is_there) else {
            return failed("its agent was revoked meanwhile".to_owned());
        };
        let Some(call) = self.agreed_call(approval).await? else {
            return failed("the connection was removed meanwhile".to_owned());
        };
        if let Some(since) = self.changed_since(approval).await? {
            return failed(format!(
                "it was changed since it was asked about ({since}); the agent may ask again"
            ));
        }
        let caller = Caller::Agent(Arc::new(agent));
        match self.forward_agreed(&caller, call).await {
            Err(not_carried) => {
                let refusal = not_carried.refusal;
                let step = if refusal.may_be_done() {
                    Step::Unknown
                } else {
                    Step::Failed
                };
                Ok((step, refusal.to_string(), None))
            }
            Ok(response) => {
                let status = response.status();
                let step = match status.as_u16() {
                    200..=299 => Step::Done,
                    400..=499 => Step::Failed,
                    _ => Step::Unknown,
                };
                let answer = whole(response).await;
                Ok((
                    step,
                    format!("the vendor answered {}", status.as_u16()),
                    answer,
                ))
            }
        }
    }

    /// A value that is no longer what the person was shown.
    async fn changed_since(&self, approval: &Approval) -> Result<Option<ValueChange>, Error> {
        let connection = self.connection(approval.connection).await?;
        let shown: Vec<ValueChange> = approval
            .changes
            .iter()
            .filter(|change| change.before.is_some())
            .cloned()
            .collect();
        let now = self.values_now(&connection, &shown).await?;
        let other = now
            .into_iter()
            .find(|(change, now)| !is_same(now.as_ref(), change.before.as_ref()));
        Ok(other.map(|(change, now)| ValueChange {
            after: now,
            ..change.clone()
        }))
    }

    async fn keep_outcome(
        &self,
        approval: &Approval,
        step: Step,
        outcome: String,
        answer: Option<Bytes>,
    ) -> Result<(), Error> {
        let id = approval.id;
        let finish = move |tx: &mut dyn Tx| approvals::finish(tx, id, step, &outcome);
        self.store().write(finish).await?;
        // After the outcome: a connection that is gone keeps no answer.
        if let Some(answer) = answer.filter(|answer| !answer.is_empty()) {
            let answer = Zeroizing::new(answer.to_vec());
            let name = answer_name(approval.id);
            let saved = self.save_secret(approval.connection, name, answer).await;
            if let Err(error) = saved {
                tracing::warn!(error = %error, approval = %approval.id, "The answer to a call that was agreed to is not kept");
            }
        }
        Ok(())
    }

    async fn stored_approval(&self, id: ApprovalId) -> Result<Approval, Error> {
        let read = move |tx: &mut dyn Tx| approvals::approval(tx, id);
        self.store().read(read).await?.ok_or_else(|| no_such(id))
    }

    async fn with_request(&self, approval: Approval) -> Result<ApprovalView, Error> {
        let request = self.agreed_request(&approval).await?;
        let view = self.view(approval).await?;
        Ok(ApprovalView { request, ..view })
    }

    async fn view(&self, approval: Approval) -> Result<ApprovalView, Error> {
        let asked = approval.clone();
        let read = move |tx: &mut dyn Tx| told(tx, &asked);
        let Told {
            agent,
            connection,
            sentence,
        } = self.store().read(read).await?;
        Ok(ApprovalView {
            status: approval.status(self.now()),
            agent,
            connection,
            sentence,
            request: None,
            answer: self.answer_of(&approval).await?,
            approval,
        })
    }

    /// What the vendor answered, once the call was made.
    pub(crate) async fn answer_of(&self, approval: &Approval) -> Result<Option<Value>, Error> {
        let answer = self.secret(approval.connection, answer_name(approval.id));
        let read = |bytes: Zeroizing<Vec<u8>>| {
            serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into())
        };
        Ok(answer.await?.map(read))
    }

    /// Forgets approvals that ended long ago, with what was kept for them.
    pub(crate) async fn forget_approvals(&self) -> Result<(), Error> {
        let long_ago = self.now() - KEPT;
        let forget = move |tx: &mut dyn Tx| {
            for old in approvals::prune(tx, long_ago)? {
                for name in [request_name(old.id), answer_name(old.id)] {
                    connections::delete_secret(tx, old.connection, &name)?;
                }
            }
            Ok(())
        };
        Ok(self.store().write(forget).await?)
    }
}

/// What an approval is told by.
struct Told {
    agent: String,
    connection: String,
    sentence: String,
}

fn told(tx: &mut dyn Tx, approval: &Approval) -> Result<Told, StoreError> {
    let agent = agents::agent(tx, approval.agent)?;
    let agent = agent.map_or_else(|| approval.agent.to_string(), |agent: Agent| agent.name);
    let connection = connections::connection(tx, approval.connection)?;
    let gone = || approval.connection.to_string();
    let connection = connection.map_or_else(gone, |known: Connection| known.name);
    let title = Engine::operation(&approval.operation).map(|view| view.operation.title);
    let sentence = approval.sentence(&agent, &connection, title.unwrap_or("make a call"));
    Ok(Told {
        agent,
        connection,
        sentence,
    })
}

/// The newest of those that wait, in lines.
pub(crate) fn newest_waiting(
    tx: &mut dyn Tx,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<WaitingCall>, StoreError> {
    let newest = approvals::newest(tx, limit, now)?.into_iter();
    let waiting = newest.filter(|approval| approval.status(now) == Status::Pending);
    waiting
        .map(|approval| {
            Ok(WaitingCall {
                id: approval.id,
                sentence: told(tx, &approval)?.sentence,
                expires_at: approval.expires_at,
            })
        })
        .collect()
}

fn is_there(agent: &Agent) -> bool {
    agent.revoked_at.is_none()
}

/// A longer answer is not kept; the call was made all the same.
async fn whole(response: Response<Streamed>) -> Option<Bytes> {
    let (mut body, mut whole) = (response.into_body(), BytesMut::new());
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.ok()?.into_data() {
            if whole.len() + data.len() > ANSWER_BYTES {
                return None;
            }
            whole.extend_from_slice(&data);
        }
    }
    Some(whole.freeze())
}

fn answer_name(id: ApprovalId) -> Cow<'static, str> {
    format!("approvals/{id}/answer").into()
}

fn no_such(id: ApprovalId) -> Error {
    Error::NotFound(format!("approval `{id}`"))
}

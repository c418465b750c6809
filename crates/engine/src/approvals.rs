//! Approvals: a person agrees to a call of an agent or refuses it, and what is agreed to is carried out once.
//!
//! Read [`Engine::approve`]; `listing` is how they are shown.

mod listing;

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::Response;
use http_body_util::BodyExt;
use jiff::SignedDuration;
use portico_domain::agent::{Agent, ValueChange};
use portico_domain::approval::{Approval, ApprovalId, CHANGED_SINCE, Status, Step};
use portico_domain::audit::{self, Action, Call, Verdict, What};
use portico_store::agents::stop;
use portico_store::{Error as StoreError, Tx, agents, approvals, connections};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::gateway::{
    Caller, NativeCall, Refusal, Shown, Streamed, answer_name, called, request_name,
};
use crate::operations::operation_of;
use crate::undo::is_same;
use crate::{Engine, Error};

pub use listing::{ApprovalView, ApprovalsPage, WaitingCall};

pub(crate) use listing::first_waiting;

/// So much of an answer is kept for the agent.
const ANSWER_BYTES: usize = 1024 * 1024;

/// How long after its end an approval can be looked up.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What came of a call that was agreed to.
struct Came {
    step: Step,
    outcome: String,
    answer: Option<Bytes>,
}

/// Why a call that was agreed to is not sent.
struct NotSent {
    verdict: Verdict,
    why: String,
}

impl Engine {
    /// Agrees to a call and carries it out, by the rights that its agent has now.
    pub async fn approve(&self, id: ApprovalId) -> Result<ApprovalView, Error> {
        let asked = self.stored_approval(id).await?;
        self.check_agents_may_call(&asked).await?;
        let detail = self.in_short(&asked).await?;
        // Whoever agrees is shown what was sent, which is kept no longer.
        let request = self.agreed_request(&asked).await?;
        self.to_its_end(|engine| async move {
            let work = async {
                let approval = engine.decide(id, Step::Agreed).await?;
                engine.carry_agreed(&approval).await?;
                engine.as_decided(id, request).await
            };
            let (action, id) = (Action::ApproveCall, id.to_string());
            engine.on_record_with(action, &id, Some(detail), work).await
        })
        .await
    }

    /// Refuses a call for good.
    pub async fn refuse(&self, id: ApprovalId) -> Result<ApprovalView, Error> {
        let asked = self.stored_approval(id).await?;
        let detail = self.in_short(&asked).await?;
        let request = self.agreed_request(&asked).await?;
        self.to_its_end(|engine| async move {
            let work = async {
                engine.decide(id, Step::Refused).await?;
                engine.as_decided(id, request).await
            };
            let (action, id) = (Action::RefuseCall, id.to_string());
            engine.on_record_with(action, &id, Some(detail), work).await
        })
        .await
    }

    /// While all agents are stopped nothing is agreed to: it would be used up without being made.
    async fn check_agents_may_call(&self, asked: &Approval) -> Result<(), Error> {
        let is_open = asked.status(self.now()) == Status::Pending;
        if is_open && self.agents_stopped_at().await?.is_some() {
            return Err(Error::Conflict(format!(
                "`{}` goes on waiting: all agents are stopped; let them call again with `portico agents start`, then approve it",
                asked.id
            )));
        }
        Ok(())
    }

    async fn as_decided(
        &self,
        id: ApprovalId,
        request: Option<Shown>,
    ) -> Result<ApprovalView, Error> {
        let view = self.view(id).await?;
        Ok(ApprovalView { request, ..view })
    }

    /// The call as a record of its decision names it.
    async fn in_short(&self, approval: &Approval) -> Result<String, Error> {
        let view = self.view(approval.id).await?;
        Ok(approval.in_short(&view.agent, &view.connection))
    }

    /// Takes the decision for one person: whoever comes second is told of the first.
    async fn decide(&self, id: ApprovalId, step: Step) -> Result<Approval, Error> {
        let (by, now) = (self.actor().handle(), self.now());
        let decide = move |tx: &mut dyn Tx| {
            let decided = approvals::decide(tx, id, step, &by, now)?;
            let approval = approvals::approval(tx, id)?;
            if let Some(approval) = approval
                .as_ref()
                .filter(|_| decided && step == Step::Refused)
            {
                forget_request(tx, approval)?;
            }
            Ok((decided, approval))
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
        let came = Box::pin(self.carried_out(approval)).await?;
        self.keep_outcome(approval, came).await
    }

    /// Makes the call; a refusal of ours is an outcome, too, since the decision stands.
    async fn carried_out(&self, approval: &Approval) -> Result<Came, Error> {
        let (caller, call) = match self.prepared(approval).await {
            Ok(Ok(prepared)) => prepared,
            Ok(Err(not_sent)) => return self.not_sent(approval, not_sent).await,
            Err(error) => {
                tracing::warn!(error = ?error, approval = %approval.id, "A call that was agreed to cannot be prepared");
                let why = format!(
                    "it could not be prepared ({}); the agent may ask again",
                    error.reason().in_words()
                );
                let verdict = Verdict::Refused;
                return self.not_sent(approval, NotSent { verdict, why }).await;
            }
        };
        match self.forward_agreed(&caller, call).await {
            Err(not_carried) => {
                let refusal = not_carried.refusal;
                if refusal.is_over_soon() {
                    return Err(self.waits_again(approval, &refusal).await);
                }
                let step = if refusal.may_be_done() {
                    Step::Unknown
                } else {
                    Step::Failed
                };
                Ok(Came {
                    step,
                    outcome: refusal.to_string(),
                    answer: None,
                })
            }
            Ok(response) => {
                let status = response.status();
                let step = match status.as_u16() {
                    200..=299 => Step::Done,
                    400..=499 => Step::Failed,
                    _ => Step::Unknown,
                };
                Ok(Came {
                    step,
                    outcome: format!("the vendor answered {}", status.as_u16()),
                    answer: whole(response).await,
                })
            }
        }
    }

    /// What is over in a moment uses up nobody's consent: nothing was sent, and the call waits again.
    async fn waits_again(&self, approval: &Approval, refusal: &Refusal) -> Error {
        let id = approval.id;
        let reopen = move |tx: &mut dyn Tx| approvals::reopen(tx, id);
        match self.store().write(reopen).await {
            Ok(()) => Error::Conflict(format!(
                "`{id}` goes on waiting, and nothing was sent: {refusal}; then approve it again"
            )),
            Err(error) => error.into(),
        }
    }

    /// The call with its caller, provided that nothing keeps it from being made by now.
    async fn prepared(
        &self,
        approval: &Approval,
    ) -> Result<Result<(Caller, NativeCall), NotSent>, Error> {
        let not = |verdict, why: &str| {
            let why = why.to_owned();
            Ok(Err(NotSent { verdict, why }))
        };
        let Some(call) = self.agreed_call(approval).await? else {
            return not(Verdict::Refused, "the connection was removed meanwhile");
        };
        if let Some(since) = self.changed_since(approval).await? {
            let why = format!("{CHANGED_SINCE} ({since}); the agent may ask again");
            return not(Verdict::Refused, &why);
        }
        // Last, since to look at the values may take a while.
        let id = approval.agent;
        let find = move |tx: &mut dyn Tx| Ok((agents::agent(tx, id)?, stop::since(tx)?));
        let (agent, stopped_at) = self.store().read(find).await?;
        if stopped_at.is_some() {
            return not(Verdict::Denied, "all agents are stopped");
        }
        let Some(agent) = agent.filter(is_there) else {
            return not(Verdict::Denied, "its agent was revoked meanwhile");
        };
        Ok(Ok((Caller::Agent(Arc::new(agent)), call)))
    }

    /// Puts on record, as a call of the agent, that it was not sent though somebody agreed.
    async fn not_sent(&self, approval: &Approval, not_sent: NotSent) -> Result<Came, Error> {
        let NotSent { verdict, why } = not_sent;
        let view = self.view(approval.id).await?;
        let by = audit::Actor::Agent {
            id: approval.agent,
            name: view.agent,
        };
        let because = format!("a person agreed to it, and {why}");
        let call = Call {
            connection: Some(view.connection),
            connection_id: Some(approval.connection),
            operation: Some(called(operation_of(&approval.operation)?)),
            changes: audit::kept(&approval.changes),
            ..Call::new(by, verdict, because)
        };
        self.note(self.now(), What::Call(call));
        Ok(Came {
            step: Step::Failed,
            outcome: why,
            answer: None,
        })
    }

    /// A value that is no longer what the person was shown, in words.
    async fn changed_since(&self, approval: &Approval) -> Result<Option<String>, Error> {
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
        Ok(other.map(|(change, now)| match now {
            None => format!(
                "{} of {} cannot be read any more",
                change.field, change.thing
            ),
            Some(now) => {
                let since = ValueChange {
                    after: Some(now),
                    ..change.clone()
                };
                since.to_string()
            }
        }))
    }

    async fn keep_outcome(&self, approval: &Approval, came: Came) -> Result<(), Error> {
        let Came {
            step,
            outcome,
            answer,
        } = came;
        let ended = approval.clone();
        let finish = move |tx: &mut dyn Tx| {
            approvals::finish(tx, ended.id, step, &outcome)?;
            forget_request(tx, &ended)
        };
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

    /// What the vendor answered, once the call was made.
    pub(crate) async fn answer_of(&self, approval: &Approval) -> Result<Option<Value>, Error> {
        let answer = self.secret(approval.connection, answer_name(approval.id));
        let read = |bytes: Zeroizing<Vec<u8>>| {
            serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into())
        };
        Ok(answer.await?.map(read))
    }

    /// Forgets requests that nobody can send any more, and approvals that ended long ago with their answers.
    pub(crate) async fn forget_approvals(&self) -> Result<(), Error> {
        let now = self.now();
        let forget = move |tx: &mut dyn Tx| {
            for ended in approvals::with_old_request(tx, now)? {
                forget_request(tx, &ended)?;
            }
            for old in approvals::prune(tx, now - KEPT)? {
                connections::delete_secret(tx, old.connection, &answer_name(old.id))?;
            }
            Ok(())
        };
        Ok(self.store().write(forget).await?)
    }
}

fn forget_request(tx: &mut dyn Tx, approval: &Approval) -> Result<(), StoreError> {
    connections::delete_secret(tx, approval.connection, &request_name(approval.id))?;
    approvals::forget_request(tx, approval.id)
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

fn no_such(id: ApprovalId) -> Error {
    Error::NotFound(format!("approval `{id}`"))
}

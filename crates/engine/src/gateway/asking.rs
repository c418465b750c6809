//! Calls that wait for a person: kept sealed, told by a reference, and made once somebody has agreed.

mod about;

use std::borrow::Cow;

use http::{HeaderValue, Response, StatusCode};
use portico_domain::agent::{Agent, Area, in_a_line};
use portico_domain::approval::{self, Approval, ApprovalId, Step};
use portico_store::{Error as StoreError, Tx, approvals, orders};
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::body::Streamed;
use super::call::{Kept, NativeCall, Shown};
use super::dry_run;
use super::mask::hide_personal_data;
use super::refusal::Refusal;
use super::rights::{Asked, Ruling};
use crate::{Engine, Error};

/// In an answer of ours, the approval that the call waits for, or waited for.
pub const APPROVAL_HEADER: &str = "portico-approval";

/// So many calls of one agent wait at once: more than anybody decides on.
const WAITING: i64 = 100;

/// So long are their requests, all together.
const WAITING_BYTES: i64 = 8 * 1024 * 1024;

/// What the caller of such a call is told.
#[derive(Serialize)]
struct Told<'a> {
    approval: ApprovalId,
    status: &'static str,
    /// Whether it was asked before, so that this is what became of an earlier call and not of this one.
    repeated: bool,
    detail: String,
    expires: String,
    because: &'a str,
    /// Where it is told what becomes of it.
    poll: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a str>,
    /// What the vendor answered, once the call was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Value>,
    /// How many personal values of the answer are hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    hidden: Option<usize>,
}

/// What its agent is answered, and why nothing is sent, as it is put on record.
pub(super) struct Question {
    pub(super) answer: Response<Streamed>,
    pub(super) because: String,
}

/// What came of asking.
enum Waits {
    Now(Approval),
    /// The same request was asked before.
    Already(Approval),
    TooMany,
    TooLong,
}

impl Engine {
    /// Keeps a call until a person decides. The same request of the same agent is asked for once.
    pub(super) async fn ask(
        &self,
        agent: &Agent,
        asked: &Asked<'_>,
        kept: Option<Kept>,
        ruling: &Ruling,
    ) -> Result<Question, Refusal> {
        let kept = kept.ok_or_else(|| {
            let why = "a person must agree to it, and a body this long is not kept until then";
            Refusal::Request(format!("{} cannot be made: {why}", asked.operation.id))
        })?;
        let plain = serde_json::to_vec(&kept).map_err(Error::internal)?;
        let request = approvals::Request {
            fingerprint: self.fingerprint(agent, asked, &plain),
            bytes: i64::try_from(plain.len()).map_err(Error::internal)?,
        };
        let approval = self.wish(agent, asked, ruling);
        let name = request_name(approval.id);
        let sealed = self.seal(approval.connection, name, Zeroizing::new(plain));
        let (sealed, order) = (sealed.await?, named_order(asked));
        let ask = move |tx: &mut dyn Tx| {
            let waits = waits(tx, approval.clone(), &request, order.as_deref())?;
            if let Waits::Now(_) = &waits {
                sealed.write(tx)?;
            }
            Ok(waits)
        };
        let too_much = |what: String| {
            Error::Conflict(format!(
                "{what} of `{}` wait for a person already; nothing more is asked until some of them are decided",
                agent.name
            ))
        };
        let (approval, repeated) = match self.store().write(ask).await? {
            Waits::Now(approval) => (approval, false),
            Waits::Already(approval) => (approval, true),
            Waits::TooMany => return Err(too_much(format!("{WAITING} calls")).into()),
            Waits::TooLong => {
                let most = WAITING_BYTES / 1024 / 1024;
                return Err(too_much(format!("calls of nearly {most} MiB")).into());
            }
        };
        let because = if repeated {
            let status = approval.status(self.now());
            format!("as before in `{}`, which is {status}", approval.id)
        } else {
            ruling.decision.because().to_owned()
        };
        let answer = self.told(agent, asked, &approval, repeated).await?;
        Ok(Question { answer, because })
    }

    /// What is to be asked.
    fn wish(&self, agent: &Agent, asked: &Asked<'_>, ruling: &Ruling) -> Approval {
        let now = self.now();
        Approval {
            id: ApprovalId::new(self.chance().id(now)),
            agent: agent.id,
            connection: asked.connection.id,
            operation: asked.operation.id.to_owned(),
            because: ruling.decision.because().to_owned(),
            about: about::about(asked, &ruling.changes),
            changes: ruling.changes.clone(),
            step: Step::Asked,
            ahead: 0,
            asked_at: now,
            expires_at: approval::expiry(now),
            decided_at: None,
            decided_by: None,
            outcome: None,
        }
    }

    /// The same request made again is told what became of the first.
    async fn told(
        &self,
        agent: &Agent,
        asked: &Asked<'_>,
        approval: &Approval,
        repeated: bool,
    ) -> Result<Response<Streamed>, Refusal> {
        let is_told = self.sees_values(agent, asked.operation, approval.connection);
        let approval = if is_told {
            approval.clone()
        } else {
            approval.clone().without_values()
        };
        let approval = &approval;
        let (mut answer, mut hidden) = (None, None);
        if approval.step != Step::Asked {
            answer = self.answer_of(approval).await?;
        }
        if let Some(answer) = &mut answer
            && !agent.is_shown_personal_data(approval.connection)
        {
            let count = hide_personal_data(asked.operation.id, approval.step, answer);
            // What was hidden when the answer was kept is not counted again.
            hidden = (count > 0).then_some(count);
        }
        let told = Told {
            approval: approval.id,
            status: approval.status(self.now()).as_str(),
            repeated,
            detail: detail(approval, repeated),
            expires: approval.expires_at.to_string(),
            because: &approval.because,
            poll: format!("/v1/approvals/{}", approval.id),
            outcome: approval.outcome.as_deref(),
            answer,
            hidden,
        };
        let mut response = dry_run::json(&told)?;
        *response.status_mut() = StatusCode::ACCEPTED;
        let id = HeaderValue::try_from(approval.id.to_string()).map_err(Error::internal)?;
        response.headers_mut().insert(APPROVAL_HEADER, id);
        Ok(response)
    }

    /// The Idempotency-Key of what we send once and for all; nobody else can use it up beforehand.
    pub(crate) fn own_idempotency_key(&self, of: &str) -> String {
        let key = self
            .inner
            .master_key
            .derive("portico 2026 idempotency keys");
        blake3::keyed_hash(&key, of.as_bytes()).to_hex()[..32].to_owned()
    }

    /// Tells a key of a caller's again, and nothing of it.
    pub(super) fn hash_on_record(&self, own_key: &str) -> String {
        let key = self
            .inner
            .master_key
            .derive("portico 2026 hashes of callers' idempotency keys");
        blake3::keyed_hash(&key, own_key.as_bytes()).to_hex()[..32].to_owned()
    }

    /// Tells the same request again, and nothing of what is in it.
    fn fingerprint(&self, agent: &Agent, asked: &Asked<'_>, request: &[u8]) -> String {
        let key = self
            .inner
            .master_key
            .derive("portico 2026 fingerprints of requests");
        let mut hasher = blake3::Hasher::new_keyed(&key);
        hasher.update(agent.id.to_string().as_bytes());
        hasher.update(asked.connection.id.to_string().as_bytes());
        hasher.update(request);
        hasher.finalize().to_hex().to_string()
    }

    /// The call that was kept for an approval; `None` when its connection was removed meanwhile.
    pub(crate) async fn agreed_call(
        &self,
        approval: &Approval,
    ) -> Result<Option<NativeCall>, Error> {
        let kept = self.kept(approval).await?;
        // One for all that is ever sent of it: a vendor that knows such keys does it once.
        let key = self.own_idempotency_key(&approval.id.to_string());
        Ok(kept.and_then(|kept| kept.call(approval.connection, &key)))
    }

    /// The same as a person is shown it.
    pub(crate) async fn agreed_request(&self, approval: &Approval) -> Result<Option<Shown>, Error> {
        let kept = self.kept(approval).await?;
        Ok(kept.map(|kept| Shown {
            body: kept.json(),
            method: kept.method,
            path: kept.path,
            query: kept.query,
        }))
    }

    /// The request that is kept for an approval; `None` when it is kept no longer, or its connection was removed.
    async fn kept(&self, approval: &Approval) -> Result<Option<Kept>, Error> {
        let name = request_name(approval.id);
        let Some(plain) = self.secret(approval.connection, name).await? else {
            return Ok(None);
        };
        serde_json::from_slice(&plain)
            .map(Some)
            .map_err(Error::internal)
    }
}

/// Lets a call wait, one at a time of each agent; `order` is the one that it is about.
fn waits(
    tx: &mut dyn Tx,
    mut approval: Approval,
    request: &approvals::Request,
    order: Option<&str>,
) -> Result<Waits, StoreError> {
    let now = approval.asked_at;
    approvals::lock(tx, approval.agent)?;
    if let Some(known) = approvals::of_request(tx, &request.fingerprint, now)? {
        return Ok(Waits::Already(known));
    }
    let waiting = approvals::waiting(tx, approval.agent, now)?;
    if waiting.calls >= WAITING {
        return Ok(Waits::TooMany);
    }
    if waiting.bytes + request.bytes > WAITING_BYTES {
        return Ok(Waits::TooLong);
    }
    approval.ahead = waiting.calls;
    if let Some(order) = order {
        name_order(tx, &mut approval, order)?;
    }
    approvals::add(tx, &approval, request)?;
    Ok(Waits::Now(approval))
}

/// What the caller is told in words, so that it takes no earlier call for this one.
fn detail(approval: &Approval, repeated: bool) -> String {
    if !repeated {
        return "nothing was sent: a person is asked first".to_owned();
    }
    format!(
        "nothing was sent now: the same request was asked about at {:.0}, and this is what became of it; send an Idempotency-Key of your own, as a header or as the argument of a tool, to ask for the same once more",
        approval.asked_at
    )
}

/// The order that a call is about, by the shop's identifier.
fn named_order(asked: &Asked<'_>) -> Option<String> {
    let is_of_orders = asked.operation.area == Area::Orders.as_str();
    let id = asked.params.get("id").filter(|_| is_of_orders)?;
    Some(id.to_owned())
}

/// Names the order by its number, too, by which people know it, where Portico has read it.
fn name_order(tx: &mut dyn Tx, approval: &mut Approval, id: &str) -> Result<(), StoreError> {
    if let Some(order) = orders::order(tx, approval.connection, id)? {
        let number = in_a_line(&order.number);
        approval.about.thing = Some(format!("order #{number} (`{}`)", in_a_line(id)));
    }
    Ok(())
}

/// The name of the secret of the connection that is the request.
pub(crate) fn request_name(id: ApprovalId) -> Cow<'static, str> {
    format!("approvals/{id}/request").into()
}

/// The name of the one that is the vendor's answer.
pub(crate) fn answer_name(id: ApprovalId) -> Cow<'static, str> {
    format!("approvals/{id}/answer").into()
}

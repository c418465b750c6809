//! Calls of agents that wait for a person, or waited, as sentences with what is behind them.

use jiff::Timestamp;
use portico_domain::agent::{Thing, ValueChange};
use portico_engine::{ApprovalView, ApprovalsPage, Shown, WaitingCall};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Some calls, those that wait for a person first.
#[derive(Serialize, ToSchema)]
pub struct ApprovalsOut {
    pub approvals: Vec<ApprovalOut>,
    /// There is more: give this as `next`.
    pub next: Option<String>,
}

/// A call of an agent that a person was asked about, with what became of it.
#[derive(Serialize, ToSchema)]
pub struct ApprovalOut {
    #[schema(example = "apr_0197c0de0000700080000000000000aa")]
    pub id: String,
    #[schema(example = "Store Agent asks to adjust stock at acme: stock of `A-1` from 5 to 12")]
    pub sentence: String,
    /// Why a person was asked.
    #[schema(example = "its rule asks a person about adjustInventoryStockLevels")]
    pub because: String,
    /// `pending`, `approved` while it is carried out, `done`, `failed`, `refused`, `expired` where nobody
    /// decided in time, or `unknown` where it may have been done.
    #[schema(example = "pending")]
    pub status: String,
    #[schema(example = "Store Agent")]
    pub agent: String,
    #[schema(example = "acme")]
    pub connection: String,
    /// The vendor's name of it.
    #[schema(example = "adjustInventoryStockLevels")]
    pub operation: String,
    /// What somebody should know of the operation before they agree.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "an increment that is repeated adds again")]
    pub caution: Option<&'static str>,
    /// Why the call would end as `failed` if somebody agreed now; of calls that wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "all agents are stopped; `portico agents start` lets them call again")]
    pub blocked_by: Option<String>,
    /// What it changes, as things were when it was asked for.
    pub changes: Vec<ChangeOut>,
    pub asked_at: Timestamp,
    /// Until then a person can decide.
    pub expires_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    /// `key:NAME` of an administrator, or `command-line`.
    #[schema(example = "key:laptop")]
    pub decided_by: Option<String>,
    /// What came of a call that was agreed to.
    #[schema(example = "the vendor answered 204")]
    pub outcome: Option<String>,
    /// What is to be sent; only administrators are shown it, and it is kept until somebody decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestOut>,
    /// What the vendor answered, as the agent is given it; not in lists.
    #[schema(value_type = Option<Object>)]
    pub answer: Option<Value>,
    /// How many personal values of the answer are hidden, where any are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<usize>,
}

/// A value that a call changes.
#[derive(Serialize, ToSchema)]
pub struct ChangeOut {
    pub thing: ThingOut,
    /// By the vendor's name for it, as a path.
    #[schema(example = "stock")]
    pub field: String,
    /// Without it, what it was is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
    /// By how much it moves, where the request says that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 7)]
    pub by: Option<i64>,
}

/// What a value is of, by the vendor's identifiers.
#[derive(Serialize, ToSchema)]
pub struct ThingOut {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "A-1")]
    pub sku: Option<String>,
}

/// A request to a vendor.
#[derive(Serialize, ToSchema)]
pub struct RequestOut {
    #[schema(example = "POST")]
    pub method: String,
    #[schema(example = "/1.0/commerce/inventory/adjustments")]
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Where it is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub body: Option<Value>,
}

/// A call that waits for a person, in a line.
#[derive(Serialize, ToSchema)]
pub struct WaitingCallOut {
    #[schema(example = "apr_0197c0de0000700080000000000000aa")]
    pub id: String,
    pub sentence: String,
    pub expires_at: Timestamp,
    /// Why the call would not be made if somebody agreed now; absent where nothing is known that stands in its way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_by: Option<String>,
}

impl From<ApprovalsPage> for ApprovalsOut {
    fn from(page: ApprovalsPage) -> Self {
        Self {
            approvals: page.approvals.into_iter().map(Into::into).collect(),
            next: page.next,
        }
    }
}

impl From<ApprovalView> for ApprovalOut {
    fn from(view: ApprovalView) -> Self {
        let approval = view.approval;
        Self {
            id: approval.id.to_string(),
            sentence: view.sentence,
            because: approval.because,
            status: view.status.to_string(),
            agent: view.agent,
            connection: view.connection,
            operation: approval.operation,
            caution: view.caution,
            blocked_by: view.blocked_by,
            changes: approval.changes.into_iter().map(Into::into).collect(),
            asked_at: approval.asked_at,
            expires_at: approval.expires_at,
            decided_at: approval.decided_at,
            decided_by: approval.decided_by,
            outcome: approval.outcome,
            request: view.request.map(Into::into),
            answer: view.answer,
            hidden: (view.hidden > 0).then_some(view.hidden),
        }
    }
}

impl From<ValueChange> for ChangeOut {
    fn from(change: ValueChange) -> Self {
        let Thing {
            product,
            variant,
            sku,
        } = change.thing;
        Self {
            thing: ThingOut {
                product,
                variant,
                sku,
            },
            field: change.field,
            before: change.before,
            after: change.after,
            by: change.by,
        }
    }
}

impl From<Shown> for RequestOut {
    fn from(shown: Shown) -> Self {
        Self {
            method: shown.method,
            path: shown.path,
            query: shown.query,
            body: shown.body,
        }
    }
}

impl From<WaitingCall> for WaitingCallOut {
    fn from(waiting: WaitingCall) -> Self {
        Self {
            id: waiting.id.to_string(),
            sentence: waiting.sentence,
            expires_at: waiting.expires_at,
            blocked_by: waiting.blocked_by,
        }
    }
}

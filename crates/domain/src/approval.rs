//! Approvals: calls of agents that wait for a person, and what became of them.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::agent::{AgentId, ValueChange};
use crate::connection::ConnectionId;
use crate::ids::identifier;

identifier!(
    /// Names an approval for ever.
    ApprovalId, "apr_"
);

/// How long a person has to decide, and an agent to fetch what came of it.
pub const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Whoever carries a call out has done so by then, or never will.
const CARRIED_WITHIN: SignedDuration = SignedDuration::from_mins(5);

/// A call that an agent may make when a person agrees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    pub id: ApprovalId,
    pub agent: AgentId,
    pub connection: ConnectionId,
    /// The vendor's name of the operation.
    pub operation: String,
    /// Why a person is asked.
    pub because: String,
    /// What the call changes, as it was when it was asked for.
    pub changes: Vec<ValueChange>,
    pub step: Step,
    pub asked_at: Timestamp,
    pub expires_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    /// Who decided: `key:NAME` of an administrator, or `command-line`.
    pub decided_by: Option<String>,
    /// The vendor's status, or why the call was not carried, once that is known.
    pub outcome: Option<String>,
}

/// How far an approval has come, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Asked,
    /// A person agreed, and the call is being carried out.
    Agreed,
    Refused,
    /// The vendor has done it.
    Done,
    /// It was not done.
    Failed,
    /// It may have been done.
    Unknown,
}

/// What an approval is at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Pending,
    Approved,
    Refused,
    /// Nobody decided in time.
    Expired,
    Done,
    Failed,
    /// Whoever carried it out, or the vendor, fell silent: it may have been done.
    Unknown,
}

impl Step {
    pub const ALL: [Self; 6] = [
        Self::Asked,
        Self::Agreed,
        Self::Refused,
        Self::Done,
        Self::Failed,
        Self::Unknown,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Agreed => "agreed",
            Self::Refused => "refused",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl Status {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Approval {
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        match self.step {
            Step::Asked if self.expires_at <= now => Status::Expired,
            Step::Asked => Status::Pending,
            Step::Agreed if self.decided_at.is_some_and(|at| at + CARRIED_WITHIN <= now) => {
                Status::Unknown
            }
            Step::Agreed => Status::Approved,
            Step::Refused => Status::Refused,
            Step::Done => Status::Done,
            Step::Failed => Status::Failed,
            Step::Unknown => Status::Unknown,
        }
    }

    /// What is asked, in a sentence: `Store Agent asks to adjust stock at acme: stock of A-1 from 5 to 12`.
    #[must_use]
    pub fn sentence(&self, agent: &str, connection: &str, title: &str) -> String {
        let changes: Vec<String> = self.changes.iter().map(ToString::to_string).collect();
        let what = lowercase(title);
        let mut sentence = format!("{agent} asks to {what} at {connection}");
        if !changes.is_empty() {
            sentence = format!("{sentence}: {}", changes.join(", "));
        }
        sentence
    }
}

/// A title as it stands within a sentence.
fn lowercase(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Chance;
    use crate::agent::Thing;

    fn noon() -> Timestamp {
        "2026-05-14T12:00:00Z".parse().unwrap()
    }

    fn approval(step: Step) -> Approval {
        let chance = Chance::of(1);
        let of_a_1 = |before, after| ValueChange {
            thing: Thing {
                sku: Some("A-1".to_owned()),
                ..Thing::default()
            },
            field: "stock".to_owned(),
            before: Some(before),
            after: Some(after),
            by: None,
        };
        Approval {
            id: ApprovalId::new(chance.id(noon())),
            agent: AgentId::new(chance.id(noon())),
            connection: ConnectionId::new(chance.id(noon())),
            operation: "adjustInventoryStockLevels".to_owned(),
            because: "its rule asks".to_owned(),
            changes: vec![of_a_1(json!(5), json!(12))],
            step,
            asked_at: noon(),
            expires_at: noon() + GOOD_FOR,
            decided_at: (step != Step::Asked).then(noon),
            decided_by: None,
            outcome: None,
        }
    }

    #[test]
    fn nobody_can_agree_after_a_day_and_what_fell_silent_is_unknown() {
        let day = noon() + GOOD_FOR;
        let moment = SignedDuration::from_millis(1);
        assert_eq!(approval(Step::Asked).status(day - moment), Status::Pending);
        assert_eq!(approval(Step::Asked).status(day), Status::Expired);
        assert_eq!(approval(Step::Agreed).status(noon()), Status::Approved);
        let late = noon() + CARRIED_WITHIN;
        assert_eq!(approval(Step::Agreed).status(late), Status::Unknown);
        assert_eq!(approval(Step::Done).status(day), Status::Done);
    }

    #[test]
    fn an_owner_reads_one_sentence() {
        let sentence = approval(Step::Asked).sentence("Store Agent", "acme", "Adjust stock");
        insta::assert_snapshot!(sentence, @"Store Agent asks to adjust stock at acme: stock of `A-1` from 5 to 12");
    }
}

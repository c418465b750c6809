//! Approvals: calls of agents that wait for a person, and what became of them.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

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
pub const CARRIED_WITHIN: SignedDuration = SignedDuration::from_mins(5);

/// So many values of a call stand in a record of its decision.
const VALUES: usize = 3;

/// So many stand in the sentence that a person decides by; `show` has all of them.
const MOST_VALUES: usize = 20;

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
    pub about: About,
    /// What the call changes, as it was when it was asked for.
    pub changes: Vec<ValueChange>,
    pub step: Step,
    /// How many calls of its agent waited already when it was asked for.
    pub ahead: i64,
    pub asked_at: Timestamp,
    pub expires_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    /// Who decided: `key:NAME` of an administrator, or `command-line`.
    pub decided_by: Option<String>,
    /// The vendor's status, or why the call was not carried, once that is known.
    pub outcome: Option<String>,
}

impl Approval {
    /// As it is told to an agent that may not read what there was before.
    #[must_use]
    pub fn without_values(mut self) -> Self {
        "its owner wants to be asked about it".clone_into(&mut self.because);
        if let Some(outcome) = &mut self.outcome
            && outcome.starts_with(CHANGED_SINCE)
        {
            CHANGED_SINCE.clone_into(outcome);
        }
        // By its number an order is known only to who may read it.
        if let Some(thing) = &mut self.about.thing
            && let Some((named, id)) = thing.split_once(" (")
        {
            let kind = named.split(' ').next().unwrap_or_default();
            *thing = format!("{kind} {}", id.trim_end_matches(')'));
        }
        // Only what the request itself names.
        self.changes
            .retain(|change| !change.stays() && !change.is_of_deletion());
        for change in &mut self.changes {
            change.before = None;
            change.thing.sku = None;
            if change.by.is_some() {
                change.after = None;
            }
        }
        self
    }
}

/// Begins the outcome of a call that was agreed to by values that there were not any more.
pub const CHANGED_SINCE: &str = "it was changed since it was asked about";

/// What a call is about, beside the values that it changes; nothing of it is personal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// What its path names: "order `66f0a2`".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thing: Option<String>,
    /// What its body says: "shouldSendNotification: true".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub says: Vec<String>,
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
        let what = lowercase(title);
        let mut told = few(self.values(), MOST_VALUES);
        told.extend(self.about.says.iter().cloned());
        with(format!("{agent} asks to {what} at {connection}"), &told)
    }

    /// The call as a record of its decision names it: `Store Agent: adjustInventoryStockLevels at acme: …`.
    #[must_use]
    pub fn in_short(&self, agent: &str, connection: &str) -> String {
        let told = few(self.values(), VALUES);
        let operation = &self.operation;
        with(format!("{agent}: {operation} at {connection}"), &told)
    }

    /// The values that it changes, which name what they are of; where there are none, what its path names.
    fn values(&self) -> Vec<String> {
        if self.changes.is_empty() {
            return self.about.thing.iter().cloned().collect();
        }
        self.changes.iter().map(ToString::to_string).collect()
    }
}

/// When an approval ends that is asked for now: after a day, at a full second.
#[must_use]
pub fn expiry(now: Timestamp) -> Timestamp {
    let end = now + GOOD_FOR;
    let begun = i64::from(end.subsec_nanosecond() > 0);
    Timestamp::from_second(end.as_second() + begun).unwrap_or(end)
}

/// The first of them, and how many more there are.
fn few(mut told: Vec<String>, most: usize) -> Vec<String> {
    let more = told.len().saturating_sub(most);
    told.truncate(most);
    if more > 0 {
        told.push(format!("{more} more"));
    }
    told
}

fn with(said: String, told: &[String]) -> String {
    if told.is_empty() {
        return said;
    }
    format!("{said}: {}", told.join(", "))
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
            about: About::default(),
            changes: vec![of_a_1(json!(5), json!(12))],
            step,
            ahead: 0,
            asked_at: noon(),
            expires_at: expiry(noon()),
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

    #[test]
    fn a_call_that_changes_no_value_is_told_by_what_it_is_about() {
        let mut fulfilment = approval(Step::Asked);
        fulfilment.operation = "fulfillOrder".to_owned();
        fulfilment.changes.clear();
        fulfilment.about = About {
            thing: Some("order #1002 (`66f0a2`)".to_owned()),
            says: vec!["shouldSendNotification: true".to_owned()],
        };
        let sentence = fulfilment.sentence("Store Agent", "acme", "Fulfil an order");
        insta::assert_snapshot!(sentence, @"Store Agent asks to fulfil an order at acme: order #1002 (`66f0a2`), shouldSendNotification: true");
        insta::assert_snapshot!(fulfilment.in_short("Store Agent", "acme"), @"Store Agent: fulfillOrder at acme: order #1002 (`66f0a2`)");
        let mut many = approval(Step::Asked);
        many.changes = vec![many.changes[0].clone(); 5];
        insta::assert_snapshot!(many.in_short("Store Agent", "acme"), @"Store Agent: adjustInventoryStockLevels at acme: stock of `A-1` from 5 to 12, stock of `A-1` from 5 to 12, stock of `A-1` from 5 to 12, 2 more");
    }

    #[test]
    fn an_approval_ends_at_a_full_second_and_not_before_a_day() {
        let asked: Timestamp = "2026-05-14T12:00:00.008Z".parse().unwrap();
        assert_eq!(expiry(asked).to_string(), "2026-05-15T12:00:01Z");
        assert_eq!(expiry(noon()), noon() + GOOD_FOR);
    }
}

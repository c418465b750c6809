//! The audit: what is put on record of each call and each change, so that it can be read and proven later.
//!
//! Read [`Record`] (what is kept), then [`sentence`] (how it reads). A record holds no personal data of
//! buyers: it is chained to the ones before it, and could not be erased.

mod action;
mod actor;
mod sentence;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::agent::{Access, ValueChange};
use crate::connection::ConnectionId;

pub use action::Action;
pub use actor::Actor;
pub use sentence::sentence;

/// So much of what a call changes is kept, in bytes of JSON.
pub const CHANGES_BYTES: usize = 16 * 1024;

/// So many characters of a value of a path are kept.
const PARAM_CHARS: usize = 200;

crate::ids::identifier!(
    /// Names the records of one process, from its start to its end.
    ChainId,
    "chn_"
);

/// Ends why a call was not answered of which nobody knows whether it was done.
pub const MAY_BE_DONE: &str = "it may have been done";

/// The place of a record, by which it can be asked for: its chain and its number in it, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId {
    pub chain: ChainId,
    pub number: u64,
}

/// What is put on record at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub at: Timestamp,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// The first of a chain: it names the ends of others, so that none of them can vanish unseen.
    Chain { others: Vec<Place> },
    /// A call that is about to be carried to a vendor, or is not.
    Call(Call),
    /// A change that is about to be made, by a person or for one.
    Change(Change),
    /// A deal that a flow made or changed.
    Deal(DealWritten),
    /// What became of a call or of a change.
    Outcome(Outcome),
}

/// A kind of records that stand by themselves: an outcome is told with what it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Call,
    Change,
    Deal,
    /// What the audit keeps for its own sake.
    Chain,
}

/// A record by the code that binds it to all before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub chain: ChainId,
    pub number: u64,
    #[serde(with = "in_hex")]
    pub mac: [u8; 32],
}

/// A call of an agent or an administrator: without its query and its body, which may be personal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    pub by: Actor,
    /// The connection's name; none where it is not known which was meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// Which connection that was: another may be named so later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<ConnectionId>,
    #[serde(flatten)]
    pub operation: Option<Called>,
    pub verdict: Verdict,
    /// Goes on after "allowed by", or says why it was not allowed.
    pub because: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ValueChange>,
    /// A hash of the Idempotency-Key that the caller sent: under a used one the vendor may do nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_key: Option<String>,
}

/// The operation that was called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Called {
    /// The vendor's name of it.
    pub operation: String,
    pub area: String,
    pub access: Access,
    /// What stood in its path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

/// What was decided of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Allowed,
    /// The caller has not the right to it.
    Denied,
    /// It cannot be carried as it is, whoever calls.
    Refused,
    /// It waits for a person.
    Asked,
    /// It was a dry run: nothing was to be sent.
    TriedOut,
}

/// A change of Portico itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub by: Actor,
    pub action: Action,
    /// The name of what is changed.
    pub subject: String,
    /// What more there is to say, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A deal at a CRM that is in step with its order again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DealWritten {
    pub flow: String,
    /// The connection of the CRM.
    pub connection: String,
    /// By the shop's identifier.
    pub order: String,
    pub deal: i64,
    pub is_new: bool,
}

/// How something ended that is on record in the same chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The number of the record that says what was begun.
    pub of: u64,
    pub milliseconds: u64,
    pub end: End,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    /// The vendor answered.
    Answered {
        status: u16,
        attempts: u32,
        /// How long the answer is, where that was known at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    Done,
    /// It did not come about, or nobody knows whether it did.
    NotDone {
        why: String,
    },
}

/// What a record is found by. The database keeps it beside the record, and a verification compares the two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    pub kind: String,
    pub outcome_of: Option<u64>,
    pub actor: Option<String>,
    pub connection: Option<String>,
    pub operation: Option<String>,
    pub verdict: Option<String>,
}

impl Record {
    /// What the record is found by; an outcome is found by what it is of.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let of = |kind: &str| Finding {
            kind: kind.to_owned(),
            ..Finding::default()
        };
        match &self.what {
            What::Chain { .. } => Finding {
                actor: Some(Actor::Portico.handle()),
                ..of(Kind::Chain.as_str())
            },
            What::Call(call) => Finding {
                actor: Some(call.by.handle()),
                connection: call.connection.clone(),
                operation: call.operation.as_ref().map(|it| it.operation.clone()),
                verdict: Some(call.verdict.as_str().to_owned()),
                ..of(Kind::Call.as_str())
            },
            What::Change(change) => Finding {
                actor: Some(change.by.handle()),
                connection: change
                    .action
                    .is_of_connection()
                    .then(|| change.subject.clone()),
                operation: Some(change.action.as_str().to_owned()),
                verdict: Some(Verdict::Allowed.as_str().to_owned()),
                ..of(Kind::Change.as_str())
            },
            What::Deal(deal) => Finding {
                actor: Some(Actor::Flow(deal.flow.clone()).handle()),
                connection: Some(deal.connection.clone()),
                verdict: Some(Verdict::Allowed.as_str().to_owned()),
                ..of(Kind::Deal.as_str())
            },
            What::Outcome(outcome) => Finding {
                outcome_of: Some(outcome.of),
                ..of("outcome")
            },
        }
    }
}

impl Call {
    /// A call of which nothing more is known.
    #[must_use]
    pub fn new(by: Actor, verdict: Verdict, because: String) -> Self {
        Self {
            by,
            connection: None,
            connection_id: None,
            operation: None,
            verdict,
            because,
            changes: Vec::new(),
            own_key: None,
        }
    }
}

impl Called {
    /// Keeps what stood in the path, where it can be nothing but identifiers: a caller may write anything there.
    #[must_use]
    pub fn kept(params: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
        let is_of_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ',' | '.');
        params
            .filter(|(_, value)| value.len() <= PARAM_CHARS && value.chars().all(is_of_id))
            .collect()
    }
}

/// What a call changes, where all of it is short enough to be kept: half of a change cannot be undone.
#[must_use]
pub fn kept(changes: &[ValueChange]) -> Vec<ValueChange> {
    let bytes = serde_json::to_vec(changes).map_or(usize::MAX, |json| json.len());
    if bytes > CHANGES_BYTES {
        return Vec::new();
    }
    changes.to_vec()
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Call, Self::Change, Self::Deal, Self::Chain];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Change => "change",
            Self::Deal => "deal",
            Self::Chain => "chain",
        }
    }
}

/// The text names no kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a kind is call, change, deal or chain")]
pub struct UnknownKind;

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownKind)
    }
}

impl Verdict {
    pub const ALL: [Self; 5] = [
        Self::Allowed,
        Self::Denied,
        Self::Refused,
        Self::Asked,
        Self::TriedOut,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Refused => "refused",
            Self::Asked => "asked",
            Self::TriedOut => "tried_out",
        }
    }
}

/// The text names no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a verdict is allowed, denied, refused, asked or tried_out")]
pub struct UnknownVerdict;

impl FromStr for Verdict {
    type Err = UnknownVerdict;

    fn from_str(text: &str) -> Result<Self, UnknownVerdict> {
        Self::ALL
            .into_iter()
            .find(|verdict| verdict.as_str() == text)
            .ok_or(UnknownVerdict)
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.chain, self.number)
    }
}

/// The text is not the identifier of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not the identifier of a record: expected one such as `chn_` with 32 hexadecimal digits, a dash and a number"
)]
pub struct InvalidRecordId;

impl FromStr for RecordId {
    type Err = InvalidRecordId;

    fn from_str(text: &str) -> Result<Self, InvalidRecordId> {
        let (chain, number) = text.rsplit_once('-').ok_or(InvalidRecordId)?;
        Ok(Self {
            chain: chain.parse().map_err(|_| InvalidRecordId)?,
            number: number.parse().map_err(|_| InvalidRecordId)?,
        })
    }
}

/// 32 bytes as 64 hexadecimal digits.
mod in_hex {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(from)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(D::Error::custom)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Chance;
    use crate::agent::Thing;

    #[test]
    fn the_identifier_of_a_record_reads_back() {
        let chain = ChainId::new(Chance::of(1).id(Timestamp::UNIX_EPOCH));
        let id = RecordId { chain, number: 17 };
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in [
            "",
            "17",
            "chn_1-17",
            &chain.to_string(),
            &format!("{chain}-x"),
        ] {
            assert_eq!(wrong.parse::<RecordId>(), Err(InvalidRecordId), "{wrong}");
        }
    }

    #[test]
    fn of_a_path_only_identifiers_are_kept() {
        let params = [
            ("id", "5f1e,6a2b"),
            ("email", "ines@example.com"),
            ("name", "Inês Duarte"),
        ];
        let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let kept = Called::kept(params.into_iter());
        assert_eq!(kept.into_keys().collect::<Vec<_>>(), ["id"]);
    }

    #[test]
    fn what_a_call_changes_is_kept_where_it_is_short() {
        let change = |length: usize| ValueChange {
            thing: Thing::default(),
            field: "name".to_owned(),
            before: Some(json!("x".repeat(length))),
            after: None,
            by: None,
        };
        assert_eq!(kept(&vec![change(1); 3]).len(), 3);
        let long = [change(9_000), change(9_000)];
        assert!(kept(&long).is_empty(), "half of it could not be undone");
    }

    #[test]
    fn a_record_without_an_operation_reads_back() {
        let record = Record {
            at: Timestamp::UNIX_EPOCH,
            what: What::Call(Call::new(
                Actor::CommandLine,
                Verdict::Refused,
                "there is no such operation".to_owned(),
            )),
        };
        let json = serde_json::to_string(&record).unwrap();
        insta::assert_snapshot!(json, @r#"{"at":"1970-01-01T00:00:00Z","what":{"kind":"call","by":{"as":"command_line"},"verdict":"refused","because":"there is no such operation"}}"#);
        assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), record);
    }
}

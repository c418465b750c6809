//! Records to be read: found, joined with what became of them, and put into words.

use jiff::Timestamp;
use portico_domain::audit::{
    Actor, Finding, Kind, Outcome, Record, RecordId, Verdict, What, sentence,
};
use portico_store::audit::{self, Cursor, Kept, Undone, Wanted};
use portico_store::{Error as StoreError, Tx};
use serde_json::Value;

use crate::{Engine, Error};

/// So many records are read at once for an export.
const PAGE: usize = 500;

/// What stands for the sentence of a record that is none.
const UNREADABLE: &str = "This record cannot be read: verify the audit";

/// Which records are asked for; `None` leaves a matter open.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    pub kind: Option<Kind>,
    /// The name of an agent.
    pub agent: Option<String>,
    pub connection: Option<String>,
    /// A vendor's operation, or an action such as `flow.pause`.
    pub operation: Option<String>,
    pub verdict: Option<Verdict>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// A call or a change with what became of it.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    pub id: RecordId,
    pub at: Timestamp,
    pub sentence: String,
    pub finding: Finding,
    /// The structured record; null where its bytes are none.
    pub record: Value,
    pub outcome: Option<Outcome>,
    /// When the call was taken back, for certain or perhaps.
    pub undone: Option<Undone>,
    cursor: Cursor,
}

/// Some entries, and from where to go on.
#[derive(Clone, Debug)]
pub struct AuditPage {
    pub entries: Vec<AuditEntry>,
    pub next: Option<String>,
}

impl Engine {
    /// The newest entries, or those before the `next` of the page before. What the audit keeps for its own sake
    /// is left out, unless its kind is asked for.
    pub async fn audit(
        &self,
        query: &AuditQuery,
        next: Option<&str>,
        limit: usize,
    ) -> Result<AuditPage, Error> {
        let cursor = next.map(parse_cursor).transpose()?;
        let wanted = Wanted {
            but_kind: query.kind.is_none().then_some(Kind::Chain.as_str()),
            ..query.wanted()
        };
        let asked = limit.saturating_add(1);
        let read = move |tx: &mut dyn Tx| {
            let found = audit::before(tx, &wanted, cursor, rows(asked))?;
            joined(tx, found)
        };
        let mut entries = self.store().read(read).await?;
        let has_more = entries.len() > limit;
        entries.truncate(limit);
        let next = entries.last().filter(|_| has_more);
        Ok(AuditPage {
            next: next.map(|entry| cursor_text(entry.cursor)),
            entries,
        })
    }

    /// Some entries for an export, oldest first, after those of the call before.
    pub async fn audit_after(
        &self,
        query: &AuditQuery,
        last: Option<&AuditEntry>,
    ) -> Result<Vec<AuditEntry>, Error> {
        let (wanted, cursor) = (query.wanted(), last.map(|entry| entry.cursor));
        let read = move |tx: &mut dyn Tx| {
            let found = audit::after(tx, &wanted, cursor, rows(PAGE))?;
            joined(tx, found)
        };
        Ok(self.store().read(read).await?)
    }

    /// So many entries before one, newest first.
    pub(crate) async fn audit_before(
        &self,
        query: &AuditQuery,
        id: RecordId,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, Error> {
        let wanted = query.wanted();
        let read = move |tx: &mut dyn Tx| {
            let Some(last) = audit::record(tx, id)? else {
                return Ok(Vec::new());
            };
            let found = audit::before(tx, &wanted, Some(last.cursor()), rows(limit))?;
            joined(tx, found)
        };
        Ok(self.store().read(read).await?)
    }

    /// One entry.
    pub async fn audit_entry(&self, id: RecordId) -> Result<AuditEntry, Error> {
        let read = move |tx: &mut dyn Tx| {
            let found = audit::record(tx, id)?;
            Ok(joined(tx, found.into_iter().collect())?.pop())
        };
        let entry = self.store().read(read).await?;
        entry.ok_or_else(|| Error::NotFound(format!("record `{id}`")))
    }
}

impl AuditQuery {
    fn wanted(&self) -> Wanted {
        Wanted {
            kind: self.kind.map(Kind::as_str),
            but_kind: None,
            actor: self.agent.as_deref().map(Actor::agent_handle),
            connection: self.connection.clone(),
            operation: self.operation.clone(),
            verdict: self.verdict.map(|verdict| verdict.as_str().to_owned()),
            since: self.since,
            until: self.until,
        }
    }
}

/// Adds to each what became of it.
fn joined(tx: &mut dyn Tx, found: Vec<Kept>) -> Result<Vec<AuditEntry>, StoreError> {
    let ids: Vec<RecordId> = found.iter().map(|kept| kept.id).collect();
    let outcomes = audit::outcomes(tx, &ids)?;
    let undone = audit::undone(tx, &ids)?;
    let all = found.into_iter().zip(outcomes).zip(undone);
    Ok(all
        .map(|((kept, outcome), undone)| entry(kept, outcome, undone))
        .collect())
}

fn entry(kept: Kept, outcome: Option<Kept>, undone: Option<Undone>) -> AuditEntry {
    let outcome = outcome.and_then(|kept| {
        let record: Record = serde_json::from_slice(&kept.record).ok()?;
        match record.what {
            What::Outcome(outcome) => Some(outcome),
            What::Chain { .. } | What::Call(_) | What::Change(_) | What::Deal(_) => None,
        }
    });
    let record = serde_json::from_slice::<Record>(&kept.record);
    let mut sentence = record.map_or_else(
        |_| UNREADABLE.to_owned(),
        |record| sentence(&record, outcome.as_ref()),
    );
    if let Some(Undone { at, is_certain }) = undone {
        let perhaps = if is_certain { "" } else { "perhaps " };
        sentence.push_str(&format!("; {perhaps}undone at {at:.0}"));
    }
    AuditEntry {
        id: kept.id,
        at: kept.at,
        sentence,
        record: serde_json::from_slice(&kept.record).unwrap_or_default(),
        cursor: kept.cursor(),
        finding: kept.finding,
        outcome,
        undone,
    }
}

fn cursor_text(cursor: Cursor) -> String {
    format!("{}.{}", cursor.at.as_millisecond(), cursor.place)
}

fn parse_cursor(text: &str) -> Result<Cursor, Error> {
    let read = || {
        let (at, place) = text.split_once('.')?;
        Some(Cursor {
            at: Timestamp::from_millisecond(at.parse().ok()?).ok()?,
            place: place.parse().ok()?,
        })
    };
    read().ok_or_else(|| {
        Error::Invalid("this is not the `next` of a page before; begin without it".to_owned())
    })
}

fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

//! Undoing a call by its record: the values that it changed become what they were, where nobody has changed
//! them since.

use http::header::{self, HeaderValue};
use http::{HeaderMap, Method};
use jiff::{SignedDuration, Timestamp};
use portico_domain::App;
use portico_domain::agent::{Access, ValueChange};
use portico_domain::approval::CARRIED_WITHIN;
use portico_domain::audit::{Action, Call, Called, End, Record, RecordId, Verdict, What};
use portico_domain::connection::Connection;
use portico_store::{Error as StoreError, Tx, audit};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::gateway::{Caller, NativeCall, Refusal, undone, whole};
use crate::operations::operation_of;
use crate::{AuditEntry, AuditQuery, Engine, Error};

/// So many calls before one are looked through for its Idempotency-Key …
const CALLS_BEFORE: usize = 5_000;

/// … of this time: no vendor is known to remember a key for longer.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A call that was taken back.
#[derive(Debug)]
pub struct Undone {
    pub record: RecordId,
    pub connection: String,
    pub operation: String,
    /// What was set, from what the call had left to what there was before it.
    pub changes: Vec<ValueChange>,
}

/// What is on record of a call that can be taken back.
struct Undoable {
    at: Timestamp,
    connection: Connection,
    called: Called,
    changes: Vec<ValueChange>,
    /// A hash of the Idempotency-Key, where its caller sent one.
    own_key: Option<String>,
    body: Value,
}

impl Engine {
    /// Takes a call back, as whoever this engine acts for.
    pub async fn undo(&self, id: RecordId) -> Result<Undone, Refusal> {
        self.to_its_end(|engine| async move {
            let work = engine.taken_back(id);
            let id = id.to_string();
            engine.on_record(Action::UndoCall, &id, work).await
        })
        .await
    }

    async fn taken_back(&self, id: RecordId) -> Result<Undone, Refusal> {
        let undoable = self.undoable(id).await?;
        self.check_as_left(&undoable).await?;
        self.check_key_was_new(id, &undoable).await?;
        let Undoable {
            connection,
            called,
            changes,
            body,
            ..
        } = undoable;
        let operation = operation_of(&called.operation)?;
        let param = |name: &'static str| called.params.get(name).cloned();
        let path = operation.path_with(param).map_err(Error::internal)?;
        let call = NativeCall {
            app: App::Squarespace,
            connection: Some(connection.id.to_string()),
            method: Method::from(operation.verb),
            path,
            query: None,
            headers: self.undoing_headers(id, operation.idempotency_key.is_some())?,
            body: whole(body.to_string().into()),
            base: String::new(),
        };
        self.undo_once(id).await?;
        let caller = Caller::Administrator(self.actor().clone());
        let response = match Box::pin(self.forward(&caller, call)).await {
            Ok(response) => response,
            Err(not_carried) => {
                if !not_carried.refusal.may_be_done() {
                    self.not_undone(id).await?;
                }
                return Err(not_carried.into());
            }
        };
        if !response.status().is_success() {
            let (app, status) = (App::Squarespace.title(), response.status());
            if !status.is_client_error() {
                return Err(Refusal::Unanswered {
                    app,
                    operation: operation.id,
                    may_be_done: true,
                });
            }
            self.not_undone(id).await?;
            let status = status.as_u16();
            return Err(Refusal::NotTakenBack { app, status });
        }
        let settle = move |tx: &mut dyn Tx| audit::settle_undone(tx, id);
        self.store().write(settle).await?;
        Ok(Undone {
            record: id,
            connection: connection.name,
            operation: called.operation,
            changes: changes.into_iter().map(turned).collect(),
        })
    }

    /// Where nobody knows what came of the first time, values that were set tell it: they are looked at next.
    fn check_undone_before(
        &self,
        id: RecordId,
        before: audit::Undone,
        changes: &[ValueChange],
    ) -> Result<(), Error> {
        let at = before.at;
        if before.is_certain {
            return Err(Error::Conflict(format!(
                "record `{id}` was undone before, at {at:.0}, and is undone once; what was done since has records of its own"
            )));
        }
        if !is_given_up(before, self.now()) {
            return Err(Error::Conflict(format!(
                "record `{id}` is being undone since {at:.0}; look at it again in a few minutes"
            )));
        }
        if changes.iter().any(|change| change.by.is_some()) {
            return Err(Error::Conflict(format!(
                "record `{id}` was perhaps undone before, at {at:.0}: {} did not say; look at what there is now, and change it by hand",
                App::Squarespace.title()
            )));
        }
        Ok(())
    }

    /// Nothing is taken back twice, also when nobody knows what became of the first time.
    async fn undo_once(&self, id: RecordId) -> Result<(), Error> {
        let now = self.now();
        let undo = move |tx: &mut dyn Tx| {
            let before = audit::undone(tx, &[id])?.pop().flatten();
            if before.is_some_and(|before| is_given_up(before, now)) {
                // What there is now has shown that nothing came of it.
                audit::forget_undone(tx, id)?;
            }
            audit::set_undone(tx, id, now)
        };
        match self.store().write(undo).await {
            Ok(()) => Ok(()),
            Err(StoreError::Unique(_)) => Err(Error::Conflict(format!(
                "record `{id}` is being undone by somebody else"
            ))),
            Err(error) => Err(error.into()),
        }
    }

    async fn not_undone(&self, id: RecordId) -> Result<(), Error> {
        let forget = move |tx: &mut dyn Tx| audit::forget_undone(tx, id);
        Ok(self.store().write(forget).await?)
    }

    /// Under one key for each record, so that a vendor who knows such keys takes it back once.
    fn undoing_headers(&self, id: RecordId, takes_key: bool) -> Result<HeaderMap, Error> {
        let json = HeaderValue::from_static("application/json");
        let mut headers = HeaderMap::from_iter([(header::CONTENT_TYPE, json)]);
        if takes_key {
            let key = self.own_idempotency_key(&id.to_string());
            let key = HeaderValue::try_from(key).map_err(Error::internal)?;
            headers.insert("idempotency-key", key);
        }
        Ok(headers)
    }

    /// What is on record of a call, if it can be taken back.
    async fn undoable(&self, id: RecordId) -> Result<Undoable, Error> {
        let entry = self.audit_entry(id).await?;
        let not = |why: &str| Error::Conflict(format!("record `{id}` cannot be undone: {why}"));
        let record: Record =
            serde_json::from_value(entry.record).map_err(|_| not("it cannot be read"))?;
        let What::Call(Call {
            connection_id: Some(connection),
            operation: Some(called),
            verdict: Verdict::Allowed,
            mut changes,
            own_key,
            ..
        }) = record.what
        else {
            return Err(not("it is not of a call that was carried out"));
        };
        let was_done = entry.outcome.is_some_and(|outcome| {
            matches!(outcome.end, End::Answered { status, .. } if (200..300).contains(&status))
        });
        if !was_done {
            return Err(not("nobody knows that the call was done"));
        }
        if called.access == Access::Read {
            return Err(not("it read, and changed nothing"));
        }
        changes.retain(|change| !change.stays());
        let body = undone(&called.operation, &changes).map_err(not)?;
        if let Some(before) = entry.undone {
            self.check_undone_before(id, before, &changes)?;
        }
        let all = self.connections().await?;
        let connection = all.into_iter().find(|known| known.id == connection);
        Ok(Undoable {
            at: record.at,
            connection: connection.ok_or_else(|| not("its connection was removed"))?,
            called,
            changes,
            own_key,
            body,
        })
    }

    /// What somebody has changed since is theirs.
    async fn check_as_left(&self, undoable: &Undoable) -> Result<(), Error> {
        let Undoable {
            connection,
            changes,
            ..
        } = undoable;
        for (change, now) in self.values_now(connection, changes).await? {
            if is_same(now.as_ref(), change.after.as_ref()) {
                continue;
            }
            let since = match now {
                None => {
                    return Err(Error::Conflict(format!(
                        "nothing was taken back: {} of {} cannot be read any more",
                        change.field, change.thing
                    )));
                }
                now => ValueChange {
                    before: change.after.clone(),
                    after: now,
                    ..change.clone()
                },
            };
            return Err(Error::Conflict(format!(
                "nothing was taken back: {since} was changed since the call left it so; change it by hand"
            )));
        }
        Ok(())
    }

    /// Under a key that was used before, the vendor answers as if it had done what it did not do again: to take
    /// that back would change what nobody changed.
    async fn check_key_was_new(&self, id: RecordId, undoable: &Undoable) -> Result<(), Error> {
        let Some(key) = &undoable.own_key else {
            return Ok(());
        };
        let query = AuditQuery {
            operation: Some(undoable.called.operation.clone()),
            verdict: Some(Verdict::Allowed),
            since: Some(undoable.at - REMEMBERED),
            ..AuditQuery::default()
        };
        let before = self.audit_before(&query, id, CALLS_BEFORE).await?;
        let is_same = |entry: &AuditEntry| {
            let record = serde_json::from_value::<Record>(entry.record.clone());
            record.is_ok_and(|record| {
                matches!(record.what, What::Call(call)
                    if call.connection_id == Some(undoable.connection.id) && call.own_key.as_ref() == Some(key))
            })
        };
        let why = if before.iter().any(is_same) {
            "was used before"
        } else if before.len() == CALLS_BEFORE {
            "may have been used before, among more calls than are looked through"
        } else {
            return Ok(());
        };
        Err(Error::Conflict(format!(
            "record `{id}` cannot be undone: its Idempotency-Key {why}, so {} has perhaps done nothing this time; look at what there is now, and change it by hand",
            App::Squarespace.title()
        )))
    }
}

/// Whether nobody will ever say what came of it.
fn is_given_up(before: audit::Undone, now: Timestamp) -> bool {
    !before.is_certain && now.duration_since(before.at) >= CARRIED_WITHIN
}

/// An amount is the same however many zeros it is written with.
pub(crate) fn is_same(now: Option<&Value>, left: Option<&Value>) -> bool {
    let amount = |value: &Value| -> Option<(Decimal, String)> {
        let number = value["value"].as_str()?.parse().ok()?;
        Some((number, value["currency"].as_str()?.to_owned()))
    };
    let (Some(now), Some(left)) = (now, left) else {
        return false;
    };
    now == left || amount(now).is_some_and(|now| Some(now) == amount(left))
}

/// The same change in the other direction.
fn turned(change: ValueChange) -> ValueChange {
    let (before, after) = match change.by {
        None => (change.after, change.before),
        // It was moved back from whatever there was.
        Some(_) => (None, None),
    };
    ValueChange {
        before,
        after,
        by: change.by.map(i64::saturating_neg),
        ..change
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_amount_with_other_zeros_was_not_changed() {
        let amount = |value: &str| json!({ "currency": "USD", "value": value });
        assert!(is_same(Some(&amount("22")), Some(&amount("22.00"))));
        assert!(!is_same(Some(&amount("22")), Some(&amount("22.01"))));
        assert!(is_same(Some(&json!(["a"])), Some(&json!(["a"]))));
        assert!(!is_same(None, Some(&json!(1))));
        assert!(
            !is_same(None, None),
            "what is not known was perhaps changed"
        );
    }
}

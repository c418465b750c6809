//! What is on record of each call: who, what, by what right and how it ended, and nothing of its content.

use std::collections::BTreeMap;

use http::{Response, StatusCode};
use http_body::Body;
use jiff::Timestamp;
use portico_domain::agent::{self, Consent, ValueChange};
use portico_domain::audit::{self, Call, Called, End, MAY_BE_DONE, Verdict, What};
use portico_domain::connection::{Connection, ConnectionId};
use wire::catalog::{Access, Operation, Params};

use super::body::Streamed;
use super::caller::Caller;
use super::refusal::Refusal;
use super::rights::Ruling;
use crate::Engine;
use crate::audit::Intent;

/// A call under way; written down when it is over, however it ends.
pub(super) struct Record<'a> {
    engine: &'a Engine,
    caller: &'a Caller,
    connection: Option<(ConnectionId, String)>,
    operation: Option<(&'static Operation, Called)>,
    own_key: Option<String>,
    pub(super) since: Timestamp,
    /// On record, until its outcome is.
    intent: Option<Intent>,
    /// How often the vendor was asked.
    pub(super) attempts: u32,
    /// What the vendor answered, where that is what the caller was given.
    status: Option<StatusCode>,
    /// Whether anything of it is on record, so that nothing is missing when its caller goes away.
    is_on_record: bool,
    /// Whether a person has agreed to it.
    pub(super) consent: Consent,
}

impl<'a> Record<'a> {
    pub(super) fn new(engine: &'a Engine, caller: &'a Caller, consent: Consent) -> Self {
        Self {
            engine,
            caller,
            connection: None,
            operation: None,
            own_key: None,
            since: engine.now(),
            intent: None,
            attempts: 0,
            status: None,
            is_on_record: false,
            consent,
        }
    }

    pub(super) fn caller(&self) -> &'a Caller {
        self.caller
    }

    pub(super) fn of_connection(&mut self, connection: &Connection) {
        self.connection = Some((connection.id, connection.name.clone()));
    }

    pub(super) fn of_operation(&mut self, operation: &'static Operation, params: &Params) {
        let held = params.iter();
        let held = held.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let called = Called {
            params: Called::kept(held),
            ..called(operation)
        };
        self.operation = Some((operation, called));
    }

    pub(super) fn of_own_key(&mut self, key: &str) {
        let hash = self.engine.hash_on_record(key);
        self.own_key = Some(hash);
    }

    /// Of a call whose arguments make no path.
    pub(super) fn of_arguments(&mut self, operation: &'static Operation) {
        self.operation = Some((operation, called(operation)));
    }

    /// Puts on record that the call is about to be carried: that of a write is durable before it is.
    pub(super) async fn intend(&mut self, ruling: &Ruling) -> Result<(), Refusal> {
        let journal = self.engine.journal();
        let because = ruling.decision.because().to_owned();
        let call = self.call(self.since, Verdict::Allowed, because, &ruling.changes);
        let intent = journal.intend(&call)?;
        self.is_on_record = true;
        self.intent = Some(intent);
        let writes = |(operation, _): &(&Operation, Called)| operation.access == Access::Write;
        if self.operation.as_ref().is_some_and(writes) {
            journal.durable(intent).await?;
        }
        Ok(())
    }

    /// Puts on record how the call ended. A refusal that cannot be put on record is not told either.
    pub(super) fn ended(
        &mut self,
        carried: Result<Response<Streamed>, Refusal>,
    ) -> Result<Response<Streamed>, Refusal> {
        match carried {
            Ok(response) => {
                self.status = Some(response.status());
                self.end(End::Answered {
                    status: response.status().as_u16(),
                    attempts: self.attempts,
                    bytes: response.body().size_hint().exact(),
                });
                Ok(response)
            }
            Err(refusal) if self.intent.is_some() => {
                let why = refusal.on_record();
                self.end(End::NotDone { why });
                Err(refusal)
            }
            Err(refusal @ Refusal::TooOften { .. }) => {
                self.is_on_record = true;
                Err(refusal)
            }
            Err(refusal) => Err(self.refused(refusal)),
        }
    }

    /// Puts on record that a call is not made, and gives back what its caller is told of it.
    pub(super) fn refused(&mut self, refusal: Refusal) -> Refusal {
        self.is_on_record = true;
        if let Err(too_often) = self.engine.brake(self.caller) {
            return too_often;
        }
        let verdict = if refusal.reason().is_of_rights() {
            Verdict::Denied
        } else {
            Verdict::Refused
        };
        let call = self.call(self.engine.now(), verdict, refusal.on_record(), &[]);
        match self.engine.journal().enter(&call) {
            Ok(()) => refusal,
            Err(error) => error.into(),
        }
    }

    /// Puts on record what becomes of a call that is not carried now, though nothing is wrong with it.
    pub(super) async fn put_off(
        &mut self,
        verdict: Verdict,
        because: String,
        ruling: &Ruling,
    ) -> Result<(), Refusal> {
        // Braked or not: nothing else is told of it.
        self.is_on_record = true;
        self.engine.brake(self.caller)?;
        let journal = self.engine.journal();
        let call = self.call(self.since, verdict, because, &ruling.changes);
        let intent = journal.intend(&call)?;
        Ok(journal.durable(intent).await?)
    }

    fn call(
        &self,
        at: Timestamp,
        verdict: Verdict,
        because: String,
        changes: &[ValueChange],
    ) -> audit::Record {
        let call = Call {
            by: self.caller.actor(),
            connection: self.connection.as_ref().map(|(_, name)| name.clone()),
            connection_id: self.connection.as_ref().map(|(id, _)| *id),
            operation: self.operation.as_ref().map(|(_, called)| called.clone()),
            verdict,
            because,
            changes: audit::kept(changes),
            own_key: self.own_key.clone(),
        };
        let what = What::Call(call);
        audit::Record { at, what }
    }

    /// Puts on record that the caller went away before anything was decided of its call.
    fn gone(&self) {
        if self.engine.brake(self.caller).is_ok() {
            let why = "its caller went away before it was decided";
            let call = self.call(self.since, Verdict::Refused, why.to_owned(), &[]);
            self.engine.note(call.at, call.what);
        }
    }

    fn end(&mut self, end: End) {
        if let Some(intent) = self.intent.take() {
            self.engine.note_end(intent, self.since, end);
        }
    }
}

/// An operation as records name it.
pub(crate) fn called(operation: &Operation) -> Called {
    Called {
        operation: operation.id.to_owned(),
        area: operation.area.to_owned(),
        access: match operation.access {
            Access::Read => agent::Access::Read,
            Access::Write => agent::Access::Write,
        },
        params: BTreeMap::new(),
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        let why = match self.attempts {
            0 => "its caller went away before it was sent".to_owned(),
            _ => format!("its caller went away before the vendor answered; {MAY_BE_DONE}"),
        };
        if !self.is_on_record {
            self.gone();
        }
        self.end(End::NotDone { why });
        let took = self.engine.now().duration_since(self.since);
        tracing::debug!(
            caller = self.caller.name(),
            connection = self.connection.as_ref().map(|(_, name)| name),
            operation = self.operation.as_ref().map(|(operation, _)| operation.id),
            status = self.status.map(|status| status.as_u16()),
            attempts = self.attempts,
            milliseconds = took.as_millis(),
            "A call came through the gateway"
        );
    }
}

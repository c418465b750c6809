//! The attempts of one call: a permit of the budget for each, one renewal of the credential, and
//! repeats only where they do no harm.

use bytes::Bytes;
use http::{Response, StatusCode};
use hyper::body::Incoming;
use jiff::{SignedDuration, Timestamp};
use portico_domain::Priority;
use portico_domain::agent::{Consent, Verdict};
use portico_domain::connection::Connection;
use secrecy::SecretString;
use wire::catalog::{Access, Operation};

use super::Vendor;
use super::call::{Outgoing, unread};
use super::caller::Caller;
use super::outbound::Broken;
use super::record::Record;
use super::refusal::{Refusal, Remedy, seconds_until};
use super::told::Told;
use crate::apps;
use crate::metrics::Exchanged;
use crate::recent::AGE;
use crate::{Engine, Error};

/// How long a caller is kept waiting for its turns, all of them together.
pub(super) const PATIENCE: SignedDuration = SignedDuration::from_secs(10);

/// How often a call is sent at most, when the vendor fails.
const ATTEMPTS: u32 = 3;

/// Before the second attempt; four times that before the third.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_millis(250);

/// In which lane a call waits for its turns, until when, and what its caller is told of them.
pub(super) struct Patience<'a> {
    lane: Priority,
    until: Timestamp,
    told: &'a mut Told,
}

pub(super) enum Answered {
    /// Still on its way.
    Coming(Response<Incoming>),
    /// Read, because it says something about the connection.
    Read(Response<Bytes>),
}

impl Answered {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Coming(response) => response.status(),
            Self::Read(response) => response.status(),
        }
    }
}

/// What follows an attempt.
enum Next {
    Give(Response<Incoming>),
    Renew,
    /// After a pause.
    Again,
    GiveUp(Broken),
}

impl<'a> Patience<'a> {
    pub(super) fn new(lane: Priority, now: Timestamp, told: &'a mut Told) -> Self {
        let until = now + PATIENCE;
        Self { lane, until, told }
    }
}

impl Engine {
    /// Sends a call until there is an answer that the caller should have.
    pub(super) async fn carry(
        &self,
        vendor: &Vendor,
        connection: &Connection,
        outgoing: &mut Outgoing,
        patience: &mut Patience<'_>,
        record: &mut Record<'_>,
    ) -> Result<Answered, Refusal> {
        let (operation, not_renewed) = (outgoing.operation, not_renewed(connection));
        let mut token = self.token(connection).await.map_err(&not_renewed)?;
        let mut is_renewed = false;
        let mut failures = 0;
        // Whether a write may have been done by an attempt: what later ones come to says nothing of it.
        let mut may_be_done = false;
        let of_all = |may_be_done, refusal| match may_be_done {
            true => unanswered(connection, operation),
            false => refusal,
        };
        loop {
            let permit = self.permit_soon(connection, patience).await;
            permit.map_err(|refusal| of_all(may_be_done, refusal))?;
            let still = self.still_lets(record, operation, connection).await;
            still.map_err(|refusal| of_all(may_be_done, refusal))?;
            record.attempts += 1;
            let answer = self.attempt(vendor, connection, outgoing, &token).await?;
            let was_refused = answer
                .as_ref()
                .is_ok_and(|answer| answer.status().is_client_error());
            if may_be_done && was_refused {
                return Err(unanswered(connection, operation));
            }
            may_be_done |= operation.access == Access::Write && may_have_done(&answer);
            match next(answer, outgoing, is_renewed, failures) {
                Next::Give(response) => {
                    return self.heeded(connection, operation, response, patience).await;
                }
                Next::Renew => {
                    is_renewed = true;
                    let renewed = self.renewed(connection, &token).await;
                    token = renewed.map_err(&not_renewed)?;
                    if !outgoing.can_be_repeated() {
                        let connection = connection.name.clone();
                        return Err(Refusal::NotHeld { connection });
                    }
                }
                Next::Again => {
                    let pause = FIRST_PAUSE * 4_i32.pow(failures);
                    self.inner.clock.until(self.now() + pause).await;
                    failures += 1;
                    self.counters().sent_again(connection, operation.id);
                }
                Next::GiveUp(broken) => {
                    return Err(of_all(may_be_done, given_up(connection, outgoing, broken)));
                }
            }
        }
    }

    /// Whether a call that was let in may still be sent: agents may have been stopped while it waited, or what opened
    /// it may have been taken away.
    async fn still_lets(
        &self,
        record: &Record<'_>,
        operation: &'static Operation,
        connection: &Connection,
    ) -> Result<(), Refusal> {
        // What is not older may be what was looked at then, too.
        if self.now().duration_since(record.since) < AGE {
            return Ok(());
        }
        let caller = self.caller_by_now(record.caller()).await?;
        let verdict = self.let_in(&caller, operation, connection)?;
        match (verdict, &caller, record.consent) {
            (Verdict::Ask, Caller::Agent(agent), Consent::NotAsked) => Err(Refusal::Denied {
                agent: agent.name.clone(),
                operation: operation.id,
                connection: connection.name.clone(),
                because: "a person is to be asked about it since it was sent".to_owned(),
                remedy: Remedy::None,
            }),
            _ => Ok(()),
        }
    }

    /// Sends a call once, and counts what came of it.
    async fn attempt(
        &self,
        vendor: &Vendor,
        connection: &Connection,
        outgoing: &mut Outgoing,
        token: &SecretString,
    ) -> Result<Result<Response<Incoming>, Broken>, Error> {
        let request = outgoing.request(token)?;
        let since = self.now();
        let within = self.inner.timeouts.call;
        let answer = vendor.outbound.send(request, within).await;
        let operation = outgoing.operation.id;
        if let Err(error) = &answer {
            tracing::debug!(connection.id = %connection.id, operation, %error, "No answer");
        }
        let exchanged = Exchanged {
            operation,
            status: answer.as_ref().ok().map(Response::status),
            took: self.now().duration_since(since),
        };
        self.counters().exchanged(connection, exchanged);
        Ok(answer)
    }

    /// Waits for a turn, while the patience of the call lasts.
    pub(super) async fn permit_soon(
        &self,
        connection: &Connection,
        patience: &mut Patience<'_>,
    ) -> Result<(), Refusal> {
        let wait = patience.until.duration_since(self.now());
        let wait = wait.max(SignedDuration::ZERO);
        let until = match self.permit_within(connection, patience.lane, wait).await {
            Err(Error::Waiting { until, .. }) => until,
            permit => {
                patience.told.left = permit?;
                return Ok(());
            }
        };
        let facts = apps::facts(connection.app);
        let (scope, pace) = (
            (facts.budget_scope)(connection),
            (facts.pace)(&self.inner.paces),
        );
        let balance = self.inner.budgets.balance(&scope, pace).await?;
        let seconds = seconds_until(until, self.now());
        let (app, connection) = (connection.app.title(), connection.name.clone());
        if balance.is_some_and(|balance| balance.stopped_until.is_some()) {
            // What was left before the silence says nothing about when it ends.
            patience.told.left = None;
            let why = format!("{app} has asked for silence at `{connection}`");
            return Err(Refusal::Waiting {
                why,
                until,
                seconds,
            });
        }
        patience.told.left = balance.map(|balance| balance.left);
        Err(Refusal::Busy {
            connection,
            until,
            seconds,
        })
    }
}

/// The decision after an attempt.
fn next(
    answer: Result<Response<Incoming>, Broken>,
    outgoing: &Outgoing,
    is_renewed: bool,
    failures: u32,
) -> Next {
    let is_last = failures + 1 == ATTEMPTS;
    match answer {
        Ok(response) if response.status() == StatusCode::UNAUTHORIZED && !is_renewed => Next::Renew,
        Ok(response)
            if response.status().is_server_error() && outgoing.is_harmless_twice() && !is_last =>
        {
            Next::Again
        }
        Ok(response) => Next::Give(response),
        Err(broken) => {
            let repeats = match broken {
                Broken::NotSent(_) => outgoing.can_be_repeated(),
                Broken::Lost(_) => outgoing.is_harmless_twice(),
                // The caller has waited long enough; its own failure is no reason to try again.
                Broken::TimedOut(_) | Broken::Caller(_) => false,
            };
            if repeats && !is_last {
                Next::Again
            } else {
                Next::GiveUp(broken)
            }
        }
    }
}

/// Whether the vendor may have done what it was asked for, as far as this attempt tells.
fn may_have_done(answer: &Result<Response<Incoming>, Broken>) -> bool {
    match answer {
        Ok(response) => response.status().is_server_error(),
        Err(Broken::Lost(_) | Broken::TimedOut(_)) => true,
        Err(Broken::NotSent(_) | Broken::Caller(_)) => false,
    }
}

/// A renewal that failed says nothing about the caller's own request.
fn not_renewed(connection: &Connection) -> impl Fn(Error) -> Refusal {
    let (app, connection) = (connection.app.title(), connection.name.clone());
    move |error| {
        if error.vendor().is_none() {
            return error.into();
        }
        Refusal::NotRenewed {
            app,
            connection: connection.clone(),
        }
    }
}

fn given_up(connection: &Connection, outgoing: &Outgoing, broken: Broken) -> Refusal {
    let app = connection.app.title();
    match broken {
        Broken::NotSent(_) => Refusal::Unreachable { app },
        Broken::Caller(why) => unread(outgoing.operation, why),
        Broken::Lost(_) | Broken::TimedOut(_) => unanswered(connection, outgoing.operation),
    }
}

/// The vendor has the request, and its answer did not come.
fn unanswered(connection: &Connection, operation: &'static Operation) -> Refusal {
    Refusal::Unanswered {
        app: connection.app.title(),
        operation: operation.id,
        may_be_done: operation.access == Access::Write,
    }
}

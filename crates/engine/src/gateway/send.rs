//! The attempts of one call: a permit of the budget for each, one renewal of the credential, and
//! repeats only where they do no harm.

use http::{Response, StatusCode, header};
use hyper::body::Incoming;
use jiff::SignedDuration;
use portico_domain::Priority;
use portico_domain::connection::Connection;
use wire::catalog::{Access, Operation};

use super::Vendor;
use super::answer;
use super::body::Streamed;
use super::call::Outgoing;
use super::outbound::Broken;
use super::refusal::Refusal;
use crate::budget::Left;
use crate::metrics::Exchanged;
use crate::{Engine, Error};

/// How long a caller is kept waiting for its turn.
const PATIENCE: SignedDuration = SignedDuration::from_secs(10);

/// How often a call is sent at most, when the vendor fails.
const ATTEMPTS: u32 = 3;

/// Before the second attempt; four times that before the third.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_millis(250);

/// An answer that says why it is none is read up to this size.
const REFUSAL_BYTES: usize = 1024 * 1024;

/// A vendor's answer and what is left of the budget.
pub(super) struct Carried {
    pub(super) answer: Answered,
    pub(super) left: Option<Left>,
}

pub(super) enum Answered {
    /// Still on its way.
    Coming(Response<Incoming>),
    /// Read, because it says something about the connection.
    Read(Response<Streamed>),
}

impl Engine {
    /// Sends a call until there is an answer that the caller should have.
    pub(super) async fn carry(
        &self,
        vendor: &Vendor,
        connection: &Connection,
        lane: Priority,
        outgoing: &mut Outgoing,
    ) -> Result<Carried, Refusal> {
        let not_renewed = not_renewed(connection);
        let mut token = self.token(connection).await.map_err(&not_renewed)?;
        let mut is_renewed = false;
        let mut attempt = 1;
        loop {
            let left = self.permit_soon(connection, lane).await?;
            let request = outgoing.request(&token)?;
            let within = self.inner.timeouts.call;
            let since = self.now();
            let answer = vendor.outbound.send(request, within).await;
            let exchanged = Exchanged {
                operation: outgoing.operation.id,
                status: answer.as_ref().ok().map(Response::status),
                took: self.now().duration_since(since),
            };
            self.counters().exchanged(connection, exchanged);
            if !is_renewed && is_unauthorized(&answer) {
                is_renewed = true;
                let renewed = self.renewed(connection, &token).await;
                token = renewed.map_err(&not_renewed)?;
                if outgoing.can_be_repeated() {
                    continue;
                }
                return Err(Refusal::NotHeld {
                    connection: connection.name.clone(),
                });
            }
            let operation = outgoing.operation;
            match answer {
                Ok(response)
                    if response.status().is_server_error()
                        && outgoing.is_harmless_twice()
                        && attempt < ATTEMPTS => {}
                Ok(response) => {
                    let answer = self.heeded(connection, operation, response).await?;
                    return Ok(Carried { answer, left });
                }
                Err(broken) => {
                    let was_not_sent = matches!(broken, Broken::NotSent(_));
                    let repeats = outgoing.is_harmless_twice()
                        || (was_not_sent && outgoing.can_be_repeated());
                    tracing::debug!(connection.id = %connection.id, operation = operation.id, error = %broken, "No answer");
                    if !repeats || attempt == ATTEMPTS {
                        return Err(unanswered(connection, operation, was_not_sent));
                    }
                }
            }
            self.inner
                .clock
                .until(self.now() + FIRST_PAUSE * 4_i32.pow(attempt - 1))
                .await;
            attempt += 1;
            self.counters().sent_again(connection, operation.id);
        }
    }

    async fn permit_soon(
        &self,
        connection: &Connection,
        lane: Priority,
    ) -> Result<Option<Left>, Refusal> {
        match self.permit_within(connection, lane, PATIENCE).await {
            Err(Error::Waiting { until, .. }) => Err(Refusal::Busy {
                connection: connection.name.clone(),
                until,
            }),
            permit => Ok(permit?),
        }
    }

    /// Draws what an answer says about the connection; only what is about our own credential is kept
    /// from the caller, who would take it for a word about its key.
    async fn heeded(
        &self,
        connection: &Connection,
        operation: &'static Operation,
        response: Response<Incoming>,
    ) -> Result<Answered, Refusal> {
        let speaks_of_connection = matches!(
            response.status(),
            StatusCode::UNAUTHORIZED
                | StatusCode::PAYMENT_REQUIRED
                | StatusCode::FORBIDDEN
                | StatusCode::TOO_MANY_REQUESTS
        );
        if !speaks_of_connection {
            return Ok(Answered::Coming(response));
        }
        let (mut parts, body) = response.into_parts();
        let body = answer::read(body, REFUSAL_BYTES)
            .await
            .map_err(|_| unanswered(connection, operation, false))?;
        let cause = wire::Error::of_answer(operation.id, &parts, body.clone());
        let learnt = self.learn(connection, cause).await?;
        if let Error::Waiting { until, .. } = learnt {
            let seconds = (until - self.now()).get_seconds().max(1);
            parts.headers.insert(header::RETRY_AFTER, seconds.into());
        } else if matches!(learnt, Error::Connection { .. })
            && parts.status == StatusCode::UNAUTHORIZED
        {
            return Err(learnt.into());
        }
        parts.headers.remove(header::CONTENT_LENGTH);
        Ok(Answered::Read(Response::from_parts(
            parts,
            answer::whole(body),
        )))
    }
}

fn is_unauthorized(answer: &Result<Response<Incoming>, Broken>) -> bool {
    answer
        .as_ref()
        .is_ok_and(|response| response.status() == StatusCode::UNAUTHORIZED)
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

fn unanswered(
    connection: &Connection,
    operation: &'static Operation,
    was_not_sent: bool,
) -> Refusal {
    let app = connection.app.title();
    if was_not_sent {
        return Refusal::Unreachable { app };
    }
    Refusal::Unanswered {
        app,
        operation: operation.id,
        may_be_done: operation.access == Access::Write,
    }
}

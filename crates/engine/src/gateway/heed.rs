//! What an answer says about the connection, beside what it says to the caller.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{Response, StatusCode, header};
use hyper::body::Incoming;
use jiff::{SignedDuration, Timestamp};
use portico_domain::ConnectionId;
use portico_domain::connection::Connection;
use wire::catalog::Operation;
use wire::{Kind, observed};

use super::answer;
use super::refusal::{Refusal, seconds_until};
use super::send::{Answered, Patience};
use crate::apps;
use crate::{Engine, Error};

/// An answer that says why it is none is read up to this size.
const REFUSAL_BYTES: usize = 1024 * 1024;

/// For so long one call of our own tells that a site is not blocked, however many of its callers' are refused.
const ASK_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// The sites that were asked whether they are blocked.
#[derive(Default)]
pub(crate) struct Unblocked {
    asked_at: Mutex<HashMap<ConnectionId, Timestamp>>,
}

impl Unblocked {
    /// Whether it is time to ask; who is told so asks.
    fn is_to_ask(&self, id: ConnectionId, now: Timestamp) -> bool {
        let mut asked_at = self.asked_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh = |at: &Timestamp| now.duration_since(*at).abs() < ASK_EVERY;
        if asked_at.get(&id).is_some_and(is_fresh) {
            return false;
        }
        asked_at.insert(id, now);
        true
    }
}

impl Engine {
    /// Draws what an answer says about the connection; only what is about our own credential is kept
    /// from the caller, who would take it for a word about its key.
    pub(super) async fn heeded(
        &self,
        connection: &Connection,
        operation: &'static Operation,
        response: Response<Incoming>,
        patience: &mut Patience<'_>,
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
        let body = answer::read(body, REFUSAL_BYTES).await.unwrap_or_else(|_| {
            // The status stands, whatever became of its words.
            parts.headers.remove(header::CONTENT_ENCODING);
            Bytes::new()
        });
        let cause = wire::Error::of_answer(operation.id, &parts, body.clone());
        match self.learnt(connection, cause, patience).await? {
            Some(Error::Waiting { until, .. }) => {
                let seconds = seconds_until(until, self.now());
                parts.headers.insert(header::RETRY_AFTER, seconds.into());
            }
            Some(why @ Error::Connection { .. }) if parts.status == StatusCode::UNAUTHORIZED => {
                return Err(why.into());
            }
            Some(_) | None => {}
        }
        parts.headers.remove(header::CONTENT_LENGTH);
        Ok(Answered::Read(Response::from_parts(parts, body)))
    }

    /// What holds for all later calls. One caller's words may trip what stands before the API, so that
    /// it refuses this one call: only when it refuses a call of our own, too, everybody is blocked.
    async fn learnt(
        &self,
        connection: &Connection,
        cause: wire::Error,
        patience: &mut Patience<'_>,
    ) -> Result<Option<Error>, Refusal> {
        if cause.kind != Kind::Blocked {
            return Ok(Some(self.learn(connection, cause).await?));
        }
        let operation = cause.operation;
        let Some(cause) = self.own_call(connection, patience).await? else {
            tracing::info!(connection.id = %connection.id, operation, "A call was refused before it came to the API (403)");
            return Ok(None);
        };
        Ok(Some(self.learn(connection, cause).await?))
    }

    /// What a call of our own meets that says something about the connection. It waits as its caller
    /// does, and is left out where it would come too late or one has just been made.
    async fn own_call(
        &self,
        connection: &Connection,
        patience: &mut Patience<'_>,
    ) -> Result<Option<wire::Error>, Refusal> {
        if !self.inner.unblocked.is_to_ask(connection.id, self.now()) {
            return Ok(None);
        }
        let token = self.token(connection).await?;
        if self.permit_soon(connection, patience).await.is_err() {
            return Ok(None);
        }
        let client = &(apps::facts(connection.app).client)(self, connection)?;
        let answer = observed(self.observer(connection), client.account(token)).await;
        // A credential that was refused is renewed by the next call, and judged then.
        let says_much = |cause: &wire::Error| {
            matches!(
                cause.kind,
                Kind::Blocked | Kind::Throttled | Kind::PaymentRequired
            )
        };
        Ok(answer.err().filter(says_much))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_asked_once_in_a_while_whether_it_is_blocked() {
        let noon: Timestamp = "2026-01-02T12:00:00Z".parse().unwrap();
        let [acme, other] = [1, 2].map(|n| ConnectionId::new(uuid::Uuid::from_u128(n)));
        let unblocked = Unblocked::default();
        let asks = |id, seconds| unblocked.is_to_ask(id, noon + SignedDuration::from_secs(seconds));
        assert!(asks(acme, 0) && !asks(acme, 29) && asks(other, 29));
        assert!(asks(acme, 30) && !asks(acme, 31));
    }
}

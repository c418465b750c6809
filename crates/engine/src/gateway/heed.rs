//! What an answer says about the connection, beside what it says to the caller.

use http::{Response, StatusCode, header};
use hyper::body::Incoming;
use portico_domain::Priority;
use portico_domain::connection::Connection;
use wire::Kind;
use wire::catalog::Operation;

use super::answer;
use super::refusal::{Refusal, seconds_until};
use super::send::{Answered, unanswered};
use crate::apps;
use crate::{Engine, Error};

/// An answer that says why it is none is read up to this size.
const REFUSAL_BYTES: usize = 1024 * 1024;

impl Engine {
    /// Draws what an answer says about the connection; only what is about our own credential is kept
    /// from the caller, who would take it for a word about its key.
    pub(super) async fn heeded(
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
            .map_err(|_| unanswered(connection, operation))?;
        let cause = wire::Error::of_answer(operation.id, &parts, body.clone());
        match self.learnt(connection, cause).await? {
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
        Ok(Answered::Read(Response::from_parts(
            parts,
            answer::whole(body),
        )))
    }

    /// What holds for all later calls. One caller's words may trip what stands before the API, so that
    /// it refuses this one call: only when it refuses a call of our own, too, everybody is blocked.
    async fn learnt(
        &self,
        connection: &Connection,
        cause: wire::Error,
    ) -> Result<Option<Error>, Error> {
        if cause.kind != Kind::Blocked {
            return self.learn(connection, cause).await.map(Some);
        }
        let client = &(apps::facts(connection.app).client)(self, connection)?;
        let own = self.call(connection, Priority::Person, |token| client.account(token));
        match own.await {
            Ok(_) => {
                tracing::info!(connection.id = %connection.id, operation = cause.operation, "One call was refused before it came to the API (403)");
                Ok(None)
            }
            Err(Error::Internal(why)) => Err(Error::Internal(why)),
            // The call of our own has drawn its conclusions itself.
            Err(why) => Ok(Some(why)),
        }
    }
}

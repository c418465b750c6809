//! The line that the log has of each call: who, what and how it went, and nothing of its content.

use http::StatusCode;
use jiff::Timestamp;
use portico_domain::connection::Connection;
use wire::catalog::Operation;

use super::caller::Caller;
use crate::Engine;

/// A call under way; written down when it is over, however it ends.
pub(super) struct Record<'a> {
    engine: &'a Engine,
    caller: &'a Caller,
    connection: &'a Connection,
    operation: &'static Operation,
    since: Timestamp,
    /// How often the vendor was asked.
    pub(super) attempts: u32,
    /// What the vendor answered, where that is what the caller was given.
    pub(super) status: Option<StatusCode>,
}

impl<'a> Record<'a> {
    pub(super) fn new(
        engine: &'a Engine,
        caller: &'a Caller,
        connection: &'a Connection,
        operation: &'static Operation,
    ) -> Self {
        Self {
            engine,
            caller,
            connection,
            operation,
            since: engine.now(),
            attempts: 0,
            status: None,
        }
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        let took = self.engine.now().duration_since(self.since);
        tracing::debug!(
            caller = self.caller.name(),
            connection = self.connection.name,
            operation = self.operation.id,
            status = self.status.map(|status| status.as_u16()),
            attempts = self.attempts,
            milliseconds = took.as_millis(),
            "A call came through the gateway"
        );
    }
}

//! Calls by name that cannot be made of what was given: refused as calls of a path are, and on record likewise.

use portico_domain::App;
use portico_domain::agent::Consent;
use wire::catalog::Operation;

use super::caller::Caller;
use super::record::Record;
use super::refusal::Refusal;
use crate::Engine;

impl Engine {
    /// What the caller of an operation is told whose arguments are wrong: what is, or only that it may not call it.
    pub async fn refuse_arguments(
        &self,
        caller: &Caller,
        operation: &'static Operation,
        connection: Option<String>,
        wrong: Refusal,
    ) -> Refusal {
        let mut record = Record::new(self, caller, Consent::NotAsked);
        record.of_arguments(operation);
        let refusal = match self.choose(caller, App::Squarespace, connection).await {
            Err(refusal) => refusal,
            Ok(connection) => {
                record.of_connection(&connection);
                let let_in = self.let_in(caller, operation, &connection);
                let_in.err().unwrap_or(wrong)
            }
        };
        record.refused(refusal)
    }
}

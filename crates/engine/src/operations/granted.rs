//! Which operations a caller may use, and at which connections: every door that lists them asks here.

use portico_domain::connection::{Connection, Status};
use wire::catalog::Operation;

use super::{APP, CATALOG};
use crate::gateway::{Caller, takes_credential, unnamed};
use crate::{Engine, Error};

/// An operation, and where a caller may use it.
#[derive(Clone, Debug)]
pub struct Granted {
    pub operation: &'static Operation,
    /// The names of the connections, the oldest first; never empty.
    pub connections: Vec<String>,
    /// Whether a call must name the one that it means.
    pub is_to_be_named: bool,
}

impl Engine {
    /// The operations that a caller may use, in the vendor's order. What the credential of a connection can
    /// never do there is left out, too.
    pub async fn granted(&self, caller: &Caller) -> Result<Vec<Granted>, Error> {
        let connections = self.recent_connections().await?;
        let reached: Vec<&Connection> = connections
            .iter()
            .filter(|connection| is_callable(connection) && caller.reaches(connection))
            .collect();
        let is_of_app = |connection: &&Connection| connection.app == APP;
        let unnamed = unnamed(connections.iter().filter(is_of_app));
        let at = |operation: &'static Operation| {
            let at: Vec<&Connection> = reached
                .iter()
                .copied()
                .filter(|connection| takes_credential(operation, connection))
                .filter(|connection| self.let_in(caller, operation, connection).is_ok())
                .collect();
            Granted {
                operation,
                connections: at.iter().map(|site| site.name.clone()).collect(),
                is_to_be_named: at.len() > 1
                    || at.first().map(|site| site.id) != unnamed.map(|site| site.id),
            }
        };
        let all = CATALOG.operations().iter().map(at);
        Ok(all
            .filter(|granted| !granted.connections.is_empty())
            .collect())
    }
}

/// A connection whose owner has not consented yet answers nothing; any other may again.
pub(crate) fn is_callable(connection: &Connection) -> bool {
    connection.app == APP && connection.status != Status::Pending
}

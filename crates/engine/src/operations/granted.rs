//! Which operations a caller may use, and at which connections: every door that lists them asks here.

use portico_domain::agent::Verdict;
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
    /// Whether it can be called at one of them at least without a person who agrees.
    pub is_open: bool,
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
        let unnamed = unnamed(connections.iter().filter(is_of_app)).map(|site| site.id);
        let at = |operation: &'static Operation| {
            let mut found: Vec<(&Connection, bool)> = Vec::new();
            for site in reached
                .iter()
                .filter(|site| takes_credential(operation, site))
            {
                if let Ok(verdict) = self.let_in(caller, operation, site) {
                    found.push((site, verdict == Verdict::Allow));
                }
            }
            Granted {
                operation,
                is_to_be_named: found.len() > 1
                    || found.first().map(|(site, _)| site.id) != unnamed,
                is_open: found.iter().any(|(_, is_open)| *is_open),
                connections: found.iter().map(|(site, _)| site.name.clone()).collect(),
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

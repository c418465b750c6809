//! Who calls, and whether they may: every door asks here.

use std::sync::Arc;

use portico_domain::Priority;
use portico_domain::agent::{self, Agent, Area, Level};
use portico_domain::connection::Connection;
use wire::catalog::{Access, Operation};

use super::refusal::Refusal;
use crate::apps;

/// The owner of a key.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A person with an administration key, who may do everything.
    Administrator,
    Agent(Arc<Agent>),
}

impl Caller {
    /// Whether the caller may know of a connection.
    #[must_use]
    pub fn reaches(&self, connection: &Connection) -> bool {
        match self {
            Self::Administrator => true,
            // The areas are those of an app with a gateway; other connections are not an agent's matter.
            Self::Agent(agent) => {
                apps::facts(connection.app).has_gateway && agent.reaches(connection.id)
            }
        }
    }

    /// What the log calls it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Administrator => "administrator",
            Self::Agent(agent) => &agent.name,
        }
    }

    pub(super) fn lane(&self) -> Priority {
        match self {
            Self::Administrator => Priority::Person,
            Self::Agent(_) => Priority::Agent,
        }
    }

    /// Whether a call of the operation can be allowed: what every door lists by.
    pub(crate) fn may(&self, operation: &'static Operation, connection: &Connection) -> bool {
        self.check(operation, connection).is_ok()
    }

    /// Denies what no grant allows.
    pub(crate) fn check(
        &self,
        operation: &'static Operation,
        connection: &Connection,
    ) -> Result<(), Refusal> {
        let Self::Agent(agent) = self else {
            return Ok(());
        };
        let area = area(operation);
        let access = match operation.access {
            Access::Read => agent::Access::Read,
            Access::Write => agent::Access::Write,
        };
        if agent.may(access, area, connection.id) {
            return Ok(());
        }
        Err(Refusal::Denied {
            agent: agent.name.clone(),
            operation: operation.id,
            area,
            connection: connection.name.clone(),
            held: agent.level(connection.id, area),
            needed: Level::needed_to(access),
        })
    }
}

/// The area of an operation, in our words.
fn area(operation: &Operation) -> Area {
    operation
        .area
        .parse()
        .expect("the catalogue's areas are ours; a test compares them")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_of_an_area_that_can_be_granted() {
        for operation in squarespace::catalog::CATALOG.operations() {
            assert!(
                operation.area.parse::<Area>().is_ok(),
                "{}: {}",
                operation.id,
                operation.area
            );
        }
    }
}

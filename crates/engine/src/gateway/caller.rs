//! Who calls, and whether they may: every door asks here.

use std::sync::Arc;

use portico_domain::Priority;
use portico_domain::agent::{Agent, Area};
use portico_domain::audit::Actor;
use portico_domain::connection::{Connection, ConnectionId};
use wire::catalog::Operation;

use crate::apps;

/// The owner of a key.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A person with an administration key or with the data folder, who may do everything.
    Administrator(Actor),
    Agent(Arc<Agent>),
}

impl Caller {
    /// Whether the caller may know of a connection.
    #[must_use]
    pub fn reaches(&self, connection: &Connection) -> bool {
        match self {
            Self::Administrator(_) => true,
            // The areas are those of an app with a gateway; other connections are not an agent's matter.
            Self::Agent(agent) => {
                apps::facts(connection.app).has_gateway && agent.reaches(connection.id)
            }
        }
    }

    /// Who it is on record.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self {
            Self::Administrator(actor) => actor.clone(),
            Self::Agent(agent) => Actor::Agent {
                id: agent.id,
                name: agent.name.clone(),
            },
        }
    }

    /// What the log calls it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Administrator(_) => "administrator",
            Self::Agent(agent) => &agent.name,
        }
    }

    /// Whether personal data of a connection is kept from the caller.
    pub(crate) fn is_kept_from(&self, connection: ConnectionId) -> bool {
        match self {
            Self::Administrator(_) => false,
            Self::Agent(agent) => !agent.is_shown_personal_data(connection),
        }
    }

    pub(super) fn lane(&self) -> Priority {
        match self {
            Self::Administrator(_) => Priority::Person,
            Self::Agent(_) => Priority::Agent,
        }
    }
}

/// The area of an operation, in our words.
pub(super) fn area(operation: &Operation) -> Area {
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

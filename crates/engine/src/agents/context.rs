//! What is told of agents beside their rights: the names of connections, and which former keys are still good.

use std::collections::HashMap;

use jiff::Timestamp;
use portico_domain::agent::AgentId;
use portico_domain::connection::Connection;
use portico_store::{Tx, agents};

use crate::{Engine, Error};

/// What stands around agents at one moment.
#[derive(Clone, Debug)]
pub struct AgentContext {
    pub now: Timestamp,
    pub connections: Vec<Connection>,
    /// Until when a former key of an agent is good beside its newest.
    pub former_keys_end: HashMap<AgentId, Timestamp>,
}

impl Engine {
    pub async fn agent_context(&self) -> Result<AgentContext, Error> {
        let now = self.now();
        let read = move |tx: &mut dyn Tx| agents::former_keys_end(tx, now);
        Ok(AgentContext {
            now,
            former_keys_end: self.store().read(read).await?,
            connections: self.connections().await?,
        })
    }
}

//! The kill switch: all agents are stopped at once, and let call again.

use jiff::Timestamp;
use portico_domain::agent::Agent;
use portico_domain::audit::Action;
use portico_store::agents::stop;
use portico_store::{Error as StoreError, Tx, agents};

use crate::{Engine, Error};

/// How the kill switch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KillSwitch {
    /// Since when no agent may call; `None` where they may.
    pub stopped_at: Option<Timestamp>,
    /// How many agents it concerns.
    pub agents: usize,
}

impl Engine {
    /// Refuses every call of every agent, from the next one on in this process and within half a second
    /// in others. Their rights stay as they are.
    pub async fn stop_agents(&self) -> Result<KillSwitch, Error> {
        let now = self.now();
        let work = self.switch(move |tx: &mut dyn Tx| stop::set(tx, now));
        self.on_record(Action::StopAgents, "", work).await
    }

    /// Lets the agents call again, each as far as its rights go.
    pub async fn start_agents(&self) -> Result<KillSwitch, Error> {
        let work = self.switch(stop::lift);
        self.on_record(Action::StartAgents, "", work).await
    }

    /// Since when all agents are stopped.
    pub async fn agents_stopped_at(&self) -> Result<Option<Timestamp>, Error> {
        Ok(self.store().read(stop::since).await?)
    }

    async fn switch(
        &self,
        set: impl Fn(&mut dyn Tx) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<KillSwitch, Error> {
        let now = self.now();
        let is_alive = move |agent: &Agent| {
            agent.revoked_at.is_none() && agent.expires_at.is_none_or(|end| now < end)
        };
        let write = move |tx: &mut dyn Tx| {
            set(tx)?;
            let agents = agents::all(tx)?;
            Ok(KillSwitch {
                stopped_at: stop::since(tx)?,
                agents: agents.iter().filter(|agent| is_alive(agent)).count(),
            })
        };
        Ok(self.store().write(write).await?)
    }
}

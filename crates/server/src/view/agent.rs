//! An agent and what it may do; its key is shown when it is made, and never again.

use std::fmt;

use jiff::Timestamp;
use portico_domain::agent::{Agent, Area, Grant, Level};
use portico_domain::connection::Connection;
use portico_engine::NewAgent;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

/// Every agent that may call.
#[derive(Serialize, ToSchema)]
pub struct AgentsOut {
    pub agents: Vec<AgentOut>,
}

/// An agent that was made just now.
#[derive(Serialize, ToSchema)]
pub struct NewAgentOut {
    pub agent: AgentOut,
    /// The key that it calls with: this is the only time that it is shown.
    #[schema(format = Password, example = "ptc_agt_…")]
    pub secret: String,
}

/// A program with a key of its own.
#[derive(Serialize, ToSchema)]
pub struct AgentOut {
    pub id: String,
    /// Belongs to one agent at a time; a revoked one gives it back.
    #[schema(example = "Store Agent")]
    pub name: String,
    /// What it may do; everything else is refused.
    pub grants: Vec<GrantOut>,
    pub created_at: Timestamp,
}

/// What an agent may do in one area.
#[derive(Serialize, ToSchema)]
pub struct GrantOut {
    /// The connection's name, or its identifier once it is removed; `null` speaks of every connection
    /// that no other grant of the area names.
    #[schema(example = "acme")]
    pub connection: Option<String>,
    #[schema(example = "orders")]
    pub area: &'static str,
    /// `off`, `read`, or `full`, which is read and write.
    #[schema(example = "read")]
    pub level: &'static str,
}

impl AgentsOut {
    /// The connections give the grants their names.
    #[must_use]
    pub fn of(agents: Vec<Agent>, connections: &[Connection]) -> Self {
        let agents = agents.into_iter();
        Self {
            agents: agents
                .map(|agent| AgentOut::of(agent, connections))
                .collect(),
        }
    }
}

impl NewAgentOut {
    #[must_use]
    pub fn of(made: NewAgent, connections: &[Connection]) -> Self {
        Self {
            agent: AgentOut::of(made.agent, connections),
            secret: made.secret.expose_secret().to_owned(),
        }
    }
}

impl AgentOut {
    #[must_use]
    pub fn of(agent: Agent, connections: &[Connection]) -> Self {
        let grants = agent.grants.iter();
        Self {
            id: agent.id.to_string(),
            grants: grants
                .map(|grant| GrantOut::of(grant, connections))
                .collect(),
            name: agent.name,
            created_at: agent.created_at,
        }
    }

    /// What it may do, in one line: `acme: orders=read; all: products=full`.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut parts: Vec<(String, Vec<String>)> = Vec::new();
        for grant in &self.grants {
            let (place, word) = (
                grant.place().to_owned(),
                format!("{}={}", grant.area, grant.level),
            );
            match parts.last_mut().filter(|(last, _)| *last == place) {
                Some((_, words)) => words.push(word),
                None => parts.push((place, vec![word])),
            }
        }
        if parts.is_empty() {
            return "nothing".to_owned();
        }
        let parts: Vec<String> = parts
            .into_iter()
            .map(|(place, words)| format!("{place}: {}", words.join(" ")))
            .collect();
        parts.join("; ")
    }
}

impl GrantOut {
    fn of(grant: &Grant, connections: &[Connection]) -> Self {
        let name = |id| {
            connections
                .iter()
                .find(|connection| connection.id == id)
                .map_or_else(|| id.to_string(), |connection| connection.name.clone())
        };
        Self {
            connection: grant.connection.map(name),
            area: grant.area.as_str(),
            level: grant.level.as_str(),
        }
    }

    fn place(&self) -> &str {
        self.connection.as_deref().unwrap_or("every connection")
    }
}

impl fmt::Display for AgentOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  made {:.0}", self.name, self.created_at)?;
        if self.grants.is_empty() {
            let (area, level) = (Area::Orders, Level::Read);
            return write!(
                f,
                "\n  may do nothing yet: portico agent grant \"{}\" --area {area}={level}",
                self.name
            );
        }
        self.grants.iter().try_for_each(|grant| {
            let (area, level) = (grant.area, grant.level);
            write!(f, "\n  {}: {area}={level}", grant.place())
        })
    }
}

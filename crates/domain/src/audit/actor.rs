//! Who acts: an agent, a person by the door that they came through, or Portico itself.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::agent::AgentId;
use crate::key::KeyId;

/// On whose behalf something is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", content = "who", rename_all = "snake_case")]
pub enum Actor {
    Agent {
        id: AgentId,
        name: String,
    },
    /// Whoever has this administration key.
    Administrator {
        key: KeyId,
        name: String,
    },
    /// Whoever may read the data folder.
    CommandLine,
    /// Whoever was sent the link to the page on which an account is connected.
    Owner,
    /// A flow, by its name.
    Flow(String),
    Portico,
}

impl Actor {
    /// What records of the actor are found by.
    #[must_use]
    pub fn handle(&self) -> String {
        match self {
            Self::Agent { name, .. } => Self::agent_handle(name),
            Self::Administrator { name, .. } => format!("key:{name}"),
            Self::CommandLine => "command-line".to_owned(),
            Self::Owner => "owner".to_owned(),
            Self::Flow(name) => format!("flow:{name}"),
            Self::Portico => "portico".to_owned(),
        }
    }

    /// What records of the agent of a name are found by.
    #[must_use]
    pub fn agent_handle(name: &str) -> String {
        format!("agent:{name}")
    }
}

/// At the beginning of a sentence.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent { name, .. } => f.write_str(name),
            Self::Administrator { name, .. } => write!(f, "The administration key `{name}`"),
            Self::CommandLine => f.write_str("Somebody at the command line"),
            Self::Owner => f.write_str("The owner of the account"),
            Self::Flow(name) => write!(f, "The flow `{name}`"),
            Self::Portico => f.write_str("Portico"),
        }
    }
}

//! An agent and what it may do; its key is shown when it is made, and never again.

mod words;

use std::fmt;

use jiff::Timestamp;
use portico_domain::ConnectionId;
use portico_domain::agent::{Agent, Area, Beyond, Grant, Level, Rule, Says, Verdict};
use portico_engine::{AgentContext, KillSwitch, NewAgent, RotatedAgent};
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

/// Every agent that may call.
#[derive(Serialize, ToSchema)]
pub struct AgentsOut {
    pub agents: Vec<AgentOut>,
    /// Since when none of them may call, whatever its rights; `null` where they may.
    pub stopped_at: Option<Timestamp>,
}

/// An agent that was made just now.
#[derive(Serialize, ToSchema)]
pub struct NewAgentOut {
    pub agent: AgentOut,
    /// The key that it calls with: this is the only time that it is shown.
    #[schema(format = Password, example = "ptc_agt_…")]
    pub secret: String,
}

/// An agent that was given a new key just now.
#[derive(Serialize, ToSchema)]
pub struct RotatedAgentOut {
    pub agent: AgentOut,
    /// The key that it calls with from now on: this is the only time that it is shown.
    #[schema(format = Password, example = "ptc_agt_…")]
    pub secret: String,
    /// From when on its former keys let nobody in.
    pub former_end_at: Timestamp,
}

/// How the kill switch stands.
#[derive(Serialize, ToSchema)]
pub struct KillSwitchOut {
    /// Since when no agent may call, whatever its rights; `null` where they may.
    pub stopped_at: Option<Timestamp>,
    /// How many agents it concerns.
    pub agents: usize,
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
    /// What narrows or widens its grants.
    pub rules: Vec<RuleOut>,
    /// Grants, rules and what ends when, once more in sentences.
    #[schema(example = json!(["acme: inventory full; asks before adjustInventoryStockLevels"]))]
    pub in_words: Vec<String>,
    pub created_at: Timestamp,
    /// From when on it may do nothing; `null` says that its rights do not end by themselves.
    pub expires_at: Option<Timestamp>,
    /// From when on its former keys let nobody in; `null` where none is good beside the newest.
    pub former_end_at: Option<Timestamp>,
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

/// What a rule says of one subject.
#[derive(Serialize, ToSchema)]
pub struct RuleOut {
    /// The connection's name, or its identifier once it is removed; `null` speaks of every connection
    /// that no other rule on the subject names.
    #[schema(example = "acme")]
    pub connection: Option<String>,
    /// What the rule is on, by which it is taken away; the API gives rules as they can be sent again.
    #[serde(skip)]
    pub subject: String,
    #[serde(flatten)]
    pub says: SaysOut,
}

/// Whether an operation may be called, how far calls may go, or whether personal data is shown.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum SaysOut {
    Operation {
        #[schema(example = "adjustInventoryStockLevels")]
        operation: String,
        /// `allow`, `ask` or `deny`, whatever the level of its area.
        #[schema(example = "ask")]
        verdict: &'static str,
    },
    Limit {
        #[schema(example = "stock-per-call=20")]
        limit: String,
        /// What becomes of a call beyond it: `deny`, or `ask`.
        #[schema(example = "deny")]
        beyond: &'static str,
    },
    PersonalData {
        /// `shown` or `hidden`.
        #[schema(example = "hidden")]
        personal_data: &'static str,
    },
}

impl AgentsOut {
    #[must_use]
    pub fn of(agents: Vec<Agent>, context: &AgentContext, stopped_at: Option<Timestamp>) -> Self {
        let agents = agents.into_iter();
        Self {
            agents: agents.map(|agent| AgentOut::of(agent, context)).collect(),
            stopped_at,
        }
    }
}

impl NewAgentOut {
    #[must_use]
    pub fn of(made: NewAgent, context: &AgentContext) -> Self {
        Self {
            agent: AgentOut::of(made.agent, context),
            secret: made.secret.expose_secret().to_owned(),
        }
    }
}

impl RotatedAgentOut {
    #[must_use]
    pub fn of(rotated: RotatedAgent, context: &AgentContext) -> Self {
        Self {
            agent: AgentOut::of(rotated.agent, context),
            secret: rotated.secret.expose_secret().to_owned(),
            former_end_at: rotated.former_end_at,
        }
    }
}

impl From<KillSwitch> for KillSwitchOut {
    fn from(switch: KillSwitch) -> Self {
        Self {
            stopped_at: switch.stopped_at,
            agents: switch.agents,
        }
    }
}

impl AgentOut {
    #[must_use]
    pub fn of(agent: Agent, context: &AgentContext) -> Self {
        let name = |id| name_of(id, context);
        let former_end_at = context.former_keys_end.get(&agent.id).copied();
        let (grants, rules) = (agent.grants.iter(), agent.rules.iter());
        Self {
            id: agent.id.to_string(),
            grants: grants.map(|grant| GrantOut::of(grant, name)).collect(),
            rules: rules.map(|rule| RuleOut::of(rule, name)).collect(),
            in_words: words::sentences(&agent, name, former_end_at, context.now),
            name: agent.name,
            created_at: agent.created_at,
            expires_at: agent.expires_at,
            former_end_at,
        }
    }

    /// What it may do, a sentence a line.
    #[must_use]
    pub fn summary(&self) -> String {
        if self.in_words.is_empty() {
            return "nothing".to_owned();
        }
        self.in_words.join("\n")
    }
}

impl AgentOut {
    /// What `--forget` takes, for each place.
    fn write_subjects(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_place = |one: &&RuleOut, other: &&RuleOut| one.connection == other.connection;
        let rules: Vec<&RuleOut> = self.rules.iter().collect();
        for rules in rules.chunk_by(of_place) {
            let subjects: Vec<&str> = rules.iter().map(|rule| rule.subject.as_str()).collect();
            let place = rules[0].connection.as_deref().unwrap_or("every connection");
            write!(f, "\n  subjects of rules, {place}: {}", subjects.join(", "))?;
        }
        Ok(())
    }
}

impl GrantOut {
    fn of(grant: &Grant, name: impl Fn(ConnectionId) -> String) -> Self {
        Self {
            connection: grant.connection.map(name),
            area: grant.area.as_str(),
            level: grant.level.as_str(),
        }
    }
}

impl RuleOut {
    fn of(rule: &Rule, name: impl Fn(ConnectionId) -> String) -> Self {
        let says = match &rule.says {
            Says::Operation { operation, verdict } => SaysOut::Operation {
                operation: operation.clone(),
                verdict: match verdict {
                    Verdict::Allow => "allow",
                    Verdict::Ask => "ask",
                    Verdict::Deny => "deny",
                },
            },
            Says::Limit { limit, beyond } => SaysOut::Limit {
                limit: limit.to_string(),
                beyond: match beyond {
                    Beyond::Ask => "ask",
                    Beyond::Deny => "deny",
                },
            },
            Says::PersonalData { shown } => SaysOut::PersonalData {
                personal_data: if *shown { "shown" } else { "hidden" },
            },
        };
        Self {
            connection: rule.connection.map(name),
            subject: rule.says.subject().to_string(),
            says,
        }
    }
}

impl fmt::Display for AgentOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  made {:.0}", self.name, self.created_at)?;
        if self.grants.is_empty() && self.rules.is_empty() {
            let (area, level) = (Area::Orders, Level::Read);
            write!(
                f,
                "\n  may do nothing yet: portico agent grant \"{}\" --area {area}={level}",
                self.name
            )?;
        }
        let mut sentences = self.in_words.iter();
        sentences.try_for_each(|sentence| write!(f, "\n  {sentence}"))?;
        self.write_subjects(f)
    }
}

fn name_of(id: ConnectionId, context: &AgentContext) -> String {
    let mut known = context.connections.iter();
    let known = known.find(|connection| connection.id == id);
    known.map_or_else(|| id.to_string(), |connection| connection.name.clone())
}

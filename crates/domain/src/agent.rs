//! Agents: callers with a key of their own, and what each may do.
//!
//! Read [`Agent`], then [`decide`].

mod change;
mod decision;
mod hours;
mod request;
mod rule;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::connection::ConnectionId;
use crate::ids::identifier;

pub(crate) use change::cut;
pub use change::{Thing, ValueChange, in_a_line, laid_out, plain};
pub use decision::{Barrier, Consent, Decision, Denial, Opened, barrier_to, decide, open};
pub use hours::{Hours, InvalidHours};
pub use request::{Cost, Goods, PriceChange, Request, Stock, StockChange, StockTarget, Usage};
pub use rule::{Beyond, InvalidLimit, Limit, Rule, Says, Subject, Verdict};

identifier!(
    /// Names an agent for ever.
    AgentId, "agt_"
);

/// A group of operations that a grant speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    Products,
    Inventory,
    Orders,
    Transactions,
    Profiles,
    Contacts,
    Discounts,
    Webhooks,
    Site,
}

impl Area {
    pub const ALL: [Self; 9] = [
        Self::Products,
        Self::Inventory,
        Self::Orders,
        Self::Transactions,
        Self::Profiles,
        Self::Contacts,
        Self::Discounts,
        Self::Webhooks,
        Self::Site,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Inventory => "inventory",
            Self::Orders => "orders",
            Self::Transactions => "transactions",
            Self::Profiles => "profiles",
            Self::Contacts => "contacts",
            Self::Discounts => "discounts",
            Self::Webhooks => "webhooks",
            Self::Site => "site",
        }
    }

    /// What is read or changed in it, as a sentence has it.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Inventory => "stock",
            Self::Site => "what the site is",
            Self::Products
            | Self::Orders
            | Self::Transactions
            | Self::Profiles
            | Self::Contacts
            | Self::Discounts
            | Self::Webhooks => self.as_str(),
        }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no area.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is not an area; the areas are products, inventory, orders, transactions, profiles, \
     contacts, discounts, webhooks and site"
)]
pub struct UnknownArea(String);

impl FromStr for Area {
    type Err = UnknownArea;

    fn from_str(text: &str) -> Result<Self, UnknownArea> {
        Self::ALL
            .into_iter()
            .find(|area| area.as_str() == text)
            .ok_or_else(|| UnknownArea(text.to_owned()))
    }
}

/// How much of an area is open to an agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    #[default]
    Off,
    Read,
    /// Read and write.
    Full,
}

impl Level {
    pub const ALL: [Self; 3] = [Self::Off, Self::Read, Self::Full];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Read => "read",
            Self::Full => "full",
        }
    }

    /// What an operation of this kind needs.
    #[must_use]
    pub fn needed_to(access: Access) -> Self {
        match access {
            Access::Read => Self::Read,
            Access::Write => Self::Full,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no level.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a level; the levels are off, read and full")]
pub struct UnknownLevel(String);

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str() == text)
            .ok_or_else(|| UnknownLevel(text.to_owned()))
    }
}

/// Whether an operation changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    Read,
    Write,
}

/// What an agent may do in one area of one connection, or of all that have none of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// `None` speaks of every connection that no other grant of this area names.
    pub connection: Option<ConnectionId>,
    pub area: Area,
    pub level: Level,
}

/// A caller with a key: a program, an AI agent, a person's script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    pub id: AgentId,
    /// Unique and chosen by the owner: `Store Agent`.
    pub name: String,
    pub grants: Vec<Grant>,
    pub rules: Vec<Rule>,
    pub created_at: Timestamp,
    /// When all that it may do ends by itself.
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

impl Agent {
    /// The level that holds in an area of a connection: the grant that names it, else the one for all.
    #[must_use]
    pub fn level(&self, connection: ConnectionId, area: Area) -> Level {
        let of_area = || self.grants.iter().filter(move |grant| grant.area == area);
        of_area()
            .find(|grant| grant.connection == Some(connection))
            .or_else(|| of_area().find(|grant| grant.connection.is_none()))
            .map_or(Level::Off, |grant| grant.level)
    }

    /// The rules that hold at a connection: those that name it, and those for all on any other subject.
    pub fn rules_at(&self, connection: ConnectionId) -> impl Iterator<Item = &Says> {
        let named = move |rule: &&Rule| rule.connection == Some(connection);
        let is_outranked = move |rule: &Rule| {
            let subject = rule.says.subject();
            self.rules
                .iter()
                .filter(named)
                .any(|other| other.says.subject() == subject)
        };
        self.rules
            .iter()
            .filter(move |rule| named(rule) || (rule.connection.is_none() && !is_outranked(rule)))
            .map(|rule| &rule.says)
    }

    /// The limits that hold at a connection.
    pub fn limits_at(&self, connection: ConnectionId) -> impl Iterator<Item = &Limit> {
        self.rules_at(connection).filter_map(|says| match says {
            Says::Limit { limit, .. } => Some(limit),
            Says::Operation { .. } | Says::PersonalData { .. } => None,
        })
    }

    /// What the rule on an operation says of it at a connection.
    fn verdict_on(&self, operation: &str, connection: ConnectionId) -> Option<Verdict> {
        self.rules_at(connection)
            .find_map(|says| says.of_operation(operation))
    }

    /// Whether the rule on an operation names the connection.
    fn has_own_rule(&self, operation: &str, connection: ConnectionId) -> bool {
        let is_own = |rule: &Rule| {
            rule.connection == Some(connection) && rule.says.of_operation(operation).is_some()
        };
        self.rules.iter().any(is_own)
    }

    /// Whether the agent is shown personal data of a connection.
    #[must_use]
    pub fn is_shown_personal_data(&self, connection: ConnectionId) -> bool {
        self.rules_at(connection)
            .any(|says| *says == Says::PersonalData { shown: true })
    }

    /// Why nothing holds any more that it was granted.
    #[must_use]
    pub fn ended(&self, now: Timestamp) -> Option<String> {
        if self.revoked_at.is_some() {
            return Some("it was revoked".to_owned());
        }
        let expired = self.expires_at.filter(|at| *at <= now)?;
        Some(format!("what it was granted ended on {expired:.0}"))
    }

    /// Whether the agent may do anything at all with a connection.
    #[must_use]
    pub fn reaches(&self, connection: ConnectionId) -> bool {
        let opens = |says: &Says| match says {
            Says::Operation { verdict, .. } => *verdict != Verdict::Deny,
            Says::Limit { .. } | Says::PersonalData { .. } => false,
        };
        Area::ALL
            .into_iter()
            .any(|area| self.level(connection, area) > Level::Off)
            || self.rules_at(connection).any(opens)
    }
}

/// A name for an agent: 1 to 60 characters, not blank, and such that a suggested command can be pasted
/// with the name in double quotes. What the admin API calls an action is no name.
pub fn check_agent_name(name: &str) -> Result<(), InvalidAgentName> {
    let fits = (1..=60).contains(&name.chars().count())
        && name.trim() == name
        && !name.contains(is_unfit)
        && !ACTIONS.contains(&name);
    if fits { Ok(()) } else { Err(InvalidAgentName) }
}

/// What can be done to all agents, in the place where the name of one would stand.
const ACTIONS: [&str; 2] = ["stop", "start"];

/// Whatever a shell reads differently between double quotes, and what cannot be seen.
fn is_unfit(c: char) -> bool {
    c.is_control() || matches!(c, '"' | '\'' | '\\' | '`' | '$' | '!')
}

/// The name cannot be used for an agent.
#[derive(Debug, thiserror::Error)]
#[error(
    "an agent's name has 1 to 60 characters, neither starts nor ends with a space, has no quotes, backslashes, `$` or `!`, and is not `stop` or `start`"
)]
pub struct InvalidAgentName;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Chance;

    fn agent(grants: Vec<Grant>) -> Agent {
        let now = Timestamp::UNIX_EPOCH;
        Agent {
            id: AgentId::new(Chance::of(1).id(now)),
            name: "Store Agent".to_owned(),
            grants,
            rules: Vec::new(),
            created_at: now,
            expires_at: None,
            revoked_at: None,
        }
    }

    fn connections() -> [ConnectionId; 2] {
        let chance = Chance::of(2);
        let id = || ConnectionId::new(chance.id(Timestamp::UNIX_EPOCH));
        [id(), id()]
    }

    fn grant(connection: Option<ConnectionId>, area: Area, level: Level) -> Grant {
        Grant {
            connection,
            area,
            level,
        }
    }

    #[test]
    fn an_agent_without_grants_may_nothing() {
        let [acme, _] = connections();
        assert!(!agent(Vec::new()).reaches(acme));
    }

    #[test]
    fn a_grant_that_names_the_connection_outranks_the_one_for_all() {
        let [acme, other] = connections();
        let agent = agent(vec![
            grant(None, Area::Orders, Level::Full),
            grant(Some(acme), Area::Orders, Level::Off),
        ]);
        assert_eq!(agent.level(acme, Area::Orders), Level::Off);
        assert_eq!(agent.level(other, Area::Orders), Level::Full);
        assert!(!agent.reaches(acme));
    }

    #[test]
    fn a_rule_for_an_operation_opens_a_connection_unless_it_denies() {
        let [acme, other] = connections();
        let ruled = |connection, verdict| Agent {
            rules: vec![Rule {
                connection,
                says: Says::Operation {
                    operation: "getOrders".to_owned(),
                    verdict,
                },
            }],
            ..agent(Vec::new())
        };
        assert!(ruled(Some(acme), Verdict::Allow).reaches(acme));
        assert!(ruled(None, Verdict::Ask).reaches(acme));
        assert!(!ruled(Some(acme), Verdict::Allow).reaches(other));
        assert!(!ruled(None, Verdict::Deny).reaches(acme));
    }

    proptest! {
        #[test]
        fn no_grant_of_another_area_or_connection_opens_this_one(
            others in prop::collection::vec((0..9_usize, 0..3_usize), 0..12),
        ) {
            let [acme, other] = connections();
            let grants = others
                .into_iter()
                .map(|(area, level)| grant(Some(other), Area::ALL[area], Level::ALL[level]))
                .collect();
            let agent = agent(grants);
            prop_assert!(!agent.reaches(acme));
        }
    }

    #[test]
    fn words_read_back() {
        for area in Area::ALL {
            assert_eq!(area.as_str().parse::<Area>().unwrap(), area);
        }
        for level in Level::ALL {
            assert_eq!(level.as_str().parse::<Level>().unwrap(), level);
        }
        assert!("everything".parse::<Area>().is_err());
        assert!("write".parse::<Level>().is_err());
    }

    #[test]
    fn a_name_is_for_people() {
        assert!(check_agent_name("Store Agent ✨").is_ok());
        for bad in [
            "",
            " x",
            "x ",
            "a\nb",
            "a\"b",
            r"a\b",
            "a'b",
            "$a",
            &"x".repeat(61),
            "stop",
            "start",
        ] {
            assert!(check_agent_name(bad).is_err(), "{bad:?}");
        }
    }
}

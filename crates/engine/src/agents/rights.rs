//! What a person gives an agent, by names and in words, and the checks before any of it is kept.

use jiff::Timestamp;
use portico_domain::ConnectionId;
use portico_domain::agent::{AgentId, Area, Grant, Level, Rule, Says};
use portico_domain::connection::Connection;
use portico_store::agents::rules;
use portico_store::{Error as StoreError, Tx, agents, connections};

use super::contradictions::{refuse_two_levels, refuse_two_rules};
use crate::operations::operation_of;
use crate::{Engine, Error, apps};

/// A grant as a person says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGrant {
    /// The connection's name; `None` speaks of every connection that no other grant of the area names.
    pub connection: Option<String>,
    pub area: Area,
    pub level: Level,
}

/// A rule as a person says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRule {
    /// The connection's name; `None` speaks of every connection that no other rule on the subject names.
    pub connection: Option<String>,
    pub says: Says,
}

/// Everything that an agent is to have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRights {
    pub grants: Vec<NewGrant>,
    pub rules: Vec<NewRule>,
    /// When all of it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// What is to become otherwise of an agent's rights; all that is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RightsChange {
    pub grants: Vec<NewGrant>,
    pub rules: Vec<NewRule>,
    pub forgotten: Vec<ForgottenRule>,
    pub expiry: ExpiryChange,
}

/// A rule that is to be taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgottenRule {
    pub connection: Option<String>,
    /// The identifier of an operation, the name of a limit, `ask:` and the name of one beyond which a person is
    /// asked, or `personal-data`.
    pub subject: String,
}

/// What becomes of the time at which an agent's rights end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpiryChange {
    #[default]
    Stays,
    Never,
    At(Timestamp),
}

/// Grants alone are rights, too.
impl<G: AsRef<[NewGrant]>> From<&G> for NewRights {
    fn from(grants: &G) -> Self {
        Self {
            grants: grants.as_ref().to_vec(),
            ..Self::default()
        }
    }
}

impl<G: AsRef<[NewGrant]>> From<&G> for RightsChange {
    fn from(grants: &G) -> Self {
        Self {
            grants: grants.as_ref().to_vec(),
            ..Self::default()
        }
    }
}

impl From<NewRights> for RightsChange {
    fn from(rights: NewRights) -> Self {
        Self {
            grants: rights.grants,
            rules: rights.rules,
            forgotten: Vec::new(),
            expiry: rights
                .expires_at
                .map_or(ExpiryChange::Never, ExpiryChange::At),
        }
    }
}

impl RightsChange {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is granted and taken, as a record says it.
    pub(super) fn in_words(&self) -> Option<String> {
        let at = |connection: &Option<String>| match connection {
            Some(name) => format!(" at {name}"),
            None => " at every connection".to_owned(),
        };
        let grants = self.grants.iter().map(|grant| {
            let NewGrant { area, level, .. } = grant;
            format!("{area}={level}{}", at(&grant.connection))
        });
        let rules = self
            .rules
            .iter()
            .map(|rule| format!("{}{}", rule.says, at(&rule.connection)));
        let forgotten = self
            .forgotten
            .iter()
            .map(|rule| format!("no rule on {}{}", rule.subject, at(&rule.connection)));
        let expiry = match self.expiry {
            ExpiryChange::Stays | ExpiryChange::Never => None,
            ExpiryChange::At(end) => Some(format!("until {end:.0}")),
        };
        let all: Vec<String> = grants.chain(rules).chain(forgotten).chain(expiry).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }
}

/// The same change with the connections found and everything checked.
#[derive(Clone)]
pub(super) struct Resolved {
    pub(super) grants: Vec<Grant>,
    pub(super) rules: Vec<Rule>,
    pub(super) forgotten: Vec<(Option<ConnectionId>, ForgottenRule)>,
    expiry: ExpiryChange,
}

impl Engine {
    /// Checks a change and finds the connections that it names.
    pub(super) async fn resolved(&self, change: RightsChange) -> Result<Resolved, Error> {
        if let ExpiryChange::At(end) = change.expiry
            && end <= self.now()
        {
            return Err(Error::Invalid(format!(
                "what ends at {end:.0} could never be used; choose a later time"
            )));
        }
        for rule in &change.rules {
            if let Says::Operation { operation, .. } = &rule.says {
                operation_of(operation)?;
            }
        }
        let resolve = move |tx: &mut dyn Tx| resolve(tx, &change);
        let resolved = self.store().read(resolve).await??;
        refuse_two_levels(&resolved.grants)?;
        refuse_two_rules(&resolved)?;
        Ok(resolved)
    }
}

impl Resolved {
    /// Keeps what is to hold from now on.
    pub(super) fn write(&self, tx: &mut dyn Tx, agent: AgentId) -> Result<(), StoreError> {
        for grant in &self.grants {
            agents::set_grant(tx, agent, grant)?;
        }
        for rule in &self.rules {
            rules::set(tx, agent, rule)?;
        }
        for (connection, rule) in &self.forgotten {
            rules::remove(tx, agent, *connection, &rule.subject)?;
        }
        match self.expiry {
            ExpiryChange::Stays => Ok(()),
            ExpiryChange::Never => agents::set_expiry(tx, agent, None),
            ExpiryChange::At(end) => agents::set_expiry(tx, agent, Some(end)),
        }
    }
}

fn resolve(tx: &mut dyn Tx, change: &RightsChange) -> Result<Result<Resolved, Error>, StoreError> {
    let mut resolved = Resolved {
        grants: Vec::new(),
        rules: Vec::new(),
        forgotten: Vec::new(),
        expiry: change.expiry,
    };
    for new in &change.grants {
        let connection = match found(tx, new.connection.as_deref())? {
            Ok(connection) => connection,
            Err(error) => return Ok(Err(error)),
        };
        resolved.grants.push(Grant {
            connection,
            area: new.area,
            level: new.level,
        });
    }
    for new in &change.rules {
        let connection = match found(tx, new.connection.as_deref())? {
            Ok(connection) => connection,
            Err(error) => return Ok(Err(error)),
        };
        let says = new.says.clone();
        resolved.rules.push(Rule { connection, says });
    }
    for rule in &change.forgotten {
        match found(tx, rule.connection.as_deref())? {
            Ok(connection) => resolved.forgotten.push((connection, rule.clone())),
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(resolved))
}

/// The connection of a name, into which agents can be let.
fn found(
    tx: &mut dyn Tx,
    name: Option<&str>,
) -> Result<Result<Option<ConnectionId>, Error>, StoreError> {
    let Some(name) = name else {
        return Ok(Ok(None));
    };
    let Some(connection) = connections::named(tx, name)? else {
        return Ok(Err(Error::NotFound(format!("connection `{name}`"))));
    };
    Ok(is_open_to_agents(&connection).map(|()| Some(connection.id)))
}

/// Rights open nothing where no program calls the vendor through us.
fn is_open_to_agents(connection: &Connection) -> Result<(), Error> {
    if apps::facts(connection.app).has_gateway {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "agents cannot be let into `{}`: {} is not called through Portico; name a connection of another app, as `portico connection list` shows them",
        connection.name,
        connection.app.title()
    )))
}

//! Agents: made with a key that is shown once, given what they may do, ended at once.

use std::sync::Arc;

use portico_domain::agent::{Agent, AgentId, Area, Grant, Level, check_agent_name};
use portico_domain::audit::{Action, Actor};
use portico_domain::connection::Connection;
use portico_domain::key::{self, KeyKind, KeyState};
use portico_store::{Error as StoreError, Tx, agents, connections, keys};
use secrecy::{ExposeSecret, SecretString};

use crate::gateway::{Caller, Refusal};
use crate::keys::hash_of;
use crate::{Engine, Error, apps};

/// A grant as a person says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGrant {
    /// The connection's name; `None` speaks of every connection that no other grant of the area names.
    pub connection: Option<String>,
    pub area: Area,
    pub level: Level,
}

/// An agent with the key that it calls with, which can be read this once.
pub struct NewAgent {
    pub agent: Agent,
    pub secret: SecretString,
}

impl Engine {
    /// Makes an agent with a key.
    pub async fn add_agent(&self, name: &str, wanted: &[NewGrant]) -> Result<NewAgent, Error> {
        check_agent_name(name).map_err(|why| Error::Invalid(format!("`{name}`: {why}")))?;
        let grants = self.resolved(wanted).await?;
        let work = async {
            let now = self.now();
            let agent = Agent {
                id: AgentId::new(self.inner.chance.id(now)),
                name: name.to_owned(),
                grants,
                rules: Vec::new(),
                created_at: now,
                expires_at: None,
                revoked_at: None,
            };
            let made = self.compose_key(KeyKind::Agent, &agent.id.to_string(), None, now);
            let (key, hash, added) = (made.key, hash_of(&made.secret), agent.clone());
            let add = move |tx: &mut dyn Tx| {
                agents::add(tx, &added)?;
                keys::add(tx, &key, hash.as_bytes())?;
                agents::add_key(tx, added.id, key.id)?;
                set_grants(tx, added.id, &added.grants)
            };
            match self.store().write(add).await {
                Ok(()) => Ok(NewAgent {
                    agent,
                    secret: made.secret,
                }),
                Err(StoreError::Unique(_)) => Err(Error::Conflict(format!(
                    "there is already an agent `{name}`; choose another name, or revoke it first"
                ))),
                Err(error) => Err(error.into()),
            }
        };
        self.on_record_with(Action::AddAgent, name, in_words(wanted), work)
            .await
    }

    /// Sets what an agent may do in these areas; what it may do elsewhere stays. It holds from the
    /// agent's next call on in this process, and within half a second in others.
    pub async fn grant(&self, name: &str, wanted: &[NewGrant]) -> Result<Agent, Error> {
        let name = &self.agent(name).await?.name;
        let grants = self.resolved(wanted).await?;
        let work = self.change_grants(name, grants, |_, _| Ok(()));
        self.on_record_with(Action::GrantAgent, name, in_words(wanted), work)
            .await
    }

    /// Sets what an agent may do at all; what is not named it may not.
    pub async fn grant_only(&self, name: &str, wanted: &[NewGrant]) -> Result<Agent, Error> {
        let name = &self.agent(name).await?.name;
        let grants = self.resolved(wanted).await?;
        let work = self.change_grants(name, grants, agents::remove_grants);
        self.on_record_with(Action::ReplaceGrants, name, in_words(wanted), work)
            .await
    }

    async fn change_grants(
        &self,
        name: &str,
        grants: Vec<Grant>,
        prepare: fn(&mut dyn Tx, AgentId) -> Result<(), StoreError>,
    ) -> Result<Agent, Error> {
        let wanted = name.to_owned();
        let set = move |tx: &mut dyn Tx| {
            let Some(agent) = agents::named(tx, &wanted)? else {
                return Ok(None);
            };
            prepare(tx, agent.id)?;
            set_grants(tx, agent.id, &grants)?;
            agents::named(tx, &wanted)
        };
        let agent = self.store().write(set).await?;
        agent.ok_or_else(|| no_such(name))
    }

    /// Ends an agent and its keys.
    pub async fn revoke_agent(&self, name: &str) -> Result<(), Error> {
        let name = &self.agent(name).await?.name;
        let work = async {
            let (wanted, now) = (name.to_owned(), self.now());
            let revoke = move |tx: &mut dyn Tx| {
                let Some(agent) = agents::named(tx, &wanted)? else {
                    return Ok(false);
                };
                for key in agents::keys_of(tx, agent.id)? {
                    keys::revoke(tx, key, now)?;
                }
                agents::revoke(tx, agent.id, now)?;
                Ok(true)
            };
            let is_revoked = self.store().write(revoke).await?;
            if is_revoked {
                Ok(())
            } else {
                Err(no_such(name))
            }
        };
        self.on_record(Action::RevokeAgent, name, work).await
    }

    /// Every agent that may still call, oldest first.
    pub async fn agents(&self) -> Result<Vec<Agent>, Error> {
        let mut all = self.store().read(agents::all).await?;
        all.retain(|agent| agent.revoked_at.is_none());
        Ok(all)
    }

    pub async fn agent(&self, name: &str) -> Result<Agent, Error> {
        let wanted = name.to_owned();
        let find = move |tx: &mut dyn Tx| agents::named(tx, &wanted);
        let agent = self.store().read(find).await?;
        agent.ok_or_else(|| no_such(name))
    }

    /// Who a key belongs to: an agent, or an administrator, who may do everything.
    pub async fn caller(&self, key: &SecretString) -> Result<Caller, Refusal> {
        let key = key.expose_secret();
        if key::is_well_formed(KeyKind::Agent, key) {
            return self.agent_of(key).await.map(Caller::Agent);
        }
        let Some(key) = self.good_key(key).await? else {
            return Err(Refusal::Key);
        };
        match key.kind {
            KeyKind::Administration => Ok(Caller::Administrator(Actor::Administrator {
                key: key.id,
                name: key.name,
            })),
            KeyKind::Metrics => Err(Refusal::MetricsKey),
            KeyKind::Agent => Err(Refusal::Key),
        }
    }

    async fn agent_of(&self, key: &str) -> Result<Arc<Agent>, Refusal> {
        let (now, hash) = (self.now(), blake3::hash(key.as_bytes()));
        let find = move |tx: &mut dyn Tx| {
            let key = keys::of_hash(tx, KeyKind::Agent, hash.as_bytes())?;
            match key.filter(|key| key.state(now) == KeyState::Active) {
                Some(key) => agents::of_key(tx, key.id),
                None => Ok(None),
            }
        };
        let read = async { Ok::<_, StoreError>(self.store().read(find).await?.map(Arc::new)) };
        let recent = &self.inner.recent_agents;
        let found = recent
            .or_read(self.store(), now, *hash.as_bytes(), read)
            .await;
        found?.ok_or(Refusal::Key)
    }

    async fn resolved(&self, wanted: &[NewGrant]) -> Result<Vec<Grant>, Error> {
        let wanted = wanted.to_vec();
        let resolve = move |tx: &mut dyn Tx| {
            let mut grants = Vec::new();
            for new in &wanted {
                let connection = match &new.connection {
                    None => None,
                    Some(name) => match connections::named(tx, name)? {
                        Some(connection) => match granted_in(&connection) {
                            Ok(()) => Some(connection.id),
                            Err(error) => return Ok(Err(error)),
                        },
                        None => {
                            return Ok(Err(Error::NotFound(format!("connection `{name}`"))));
                        }
                    },
                };
                grants.push(Grant {
                    connection,
                    area: new.area,
                    level: new.level,
                });
            }
            Ok(Ok(grants))
        };
        let grants = self.store().read(resolve).await??;
        refuse_two_levels(&grants)?;
        Ok(grants)
    }
}

/// What is granted, as a record says it.
fn in_words(wanted: &[NewGrant]) -> Option<String> {
    let one = |grant: &NewGrant| {
        let place = grant.connection.as_deref().unwrap_or("every connection");
        format!("{}={} at {place}", grant.area, grant.level)
    };
    let all: Vec<String> = wanted.iter().map(one).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// A grant opens nothing where no program calls the vendor through us.
fn granted_in(connection: &Connection) -> Result<(), Error> {
    if apps::facts(connection.app).has_gateway {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "agents cannot be let into `{}`: {} is not called through Portico; name a connection of another app, as `portico connection list` shows them",
        connection.name,
        connection.app.title()
    )))
}

/// Of two levels for the same, nobody can tell which was meant.
pub(crate) fn refuse_two_levels(grants: &[Grant]) -> Result<(), Error> {
    for (at, grant) in grants.iter().enumerate() {
        let is_other = |other: &&Grant| {
            (other.connection, other.area) == (grant.connection, grant.area)
                && other.level != grant.level
        };
        if let Some(other) = grants[at + 1..].iter().find(is_other) {
            return Err(Error::Invalid(format!(
                "`{0}={1}` and `{0}={2}` contradict each other; give the area one level",
                grant.area, grant.level, other.level
            )));
        }
    }
    Ok(())
}

fn set_grants(tx: &mut dyn Tx, agent: AgentId, grants: &[Grant]) -> Result<(), StoreError> {
    grants
        .iter()
        .try_for_each(|grant| agents::set_grant(tx, agent, grant))
}

fn no_such(name: &str) -> Error {
    Error::NotFound(format!("agent `{name}`"))
}

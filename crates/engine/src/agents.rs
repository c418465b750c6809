//! Agents: made with a key that is shown once, given what they may do, stopped and ended at once.
//!
//! Read `rights` for what can be given, `rotate` for further keys, and `stop` for the kill switch.

mod context;
mod contradictions;
mod rights;
mod rotate;
mod stop;
mod usage;

use std::sync::Arc;

use jiff::Timestamp;
use portico_domain::agent::{Agent, AgentId, check_agent_name};
use portico_domain::audit::{Action, Actor, Call, Record, Verdict, What};
use portico_domain::key::{self, KeyKind, KeyState};
use portico_store::agents::{rules, stop as switch};
use portico_store::{Error as StoreError, Tx, agents, keys};
use secrecy::{ExposeSecret, SecretString};

pub use context::AgentContext;
pub use rights::{ExpiryChange, ForgottenRule, NewGrant, NewRights, NewRule, RightsChange};
pub use rotate::{KEY_OVERLAP, RotatedAgent};
pub use stop::KillSwitch;

pub(crate) use contradictions::refuse_two_levels;

use rights::Resolved;

use crate::gateway::{Caller, Refusal};
use crate::keys::hash_of;
use crate::{Engine, Error};

/// An agent with the key that it calls with, which can be read this once.
pub struct NewAgent {
    pub agent: Agent,
    pub secret: SecretString,
}

/// Who a key belongs to, and whether agents may call at all.
#[derive(Clone)]
pub(crate) struct Known {
    agent: Arc<Agent>,
    stopped_at: Option<Timestamp>,
}

impl Engine {
    /// Makes an agent with a key.
    pub async fn add_agent(
        &self,
        name: &str,
        wanted: impl Into<NewRights>,
    ) -> Result<NewAgent, Error> {
        check_agent_name(name).map_err(|why| Error::Invalid(format!("`{name}`: {why}")))?;
        let wanted = wanted.into();
        let expires_at = wanted.expires_at;
        let wanted = RightsChange::from(wanted);
        let detail = wanted.in_words();
        let rights = self.resolved(wanted).await?;
        rights.refuse_idle_questions(&[])?;
        let work = self.added(name, rights, expires_at);
        self.on_record_with(Action::AddAgent, name, detail, work)
            .await
    }

    async fn added(
        &self,
        name: &str,
        rights: Resolved,
        expires_at: Option<Timestamp>,
    ) -> Result<NewAgent, Error> {
        let now = self.now();
        let agent = Agent {
            id: AgentId::new(self.inner.chance.id(now)),
            name: name.to_owned(),
            grants: Vec::new(),
            rules: Vec::new(),
            created_at: now,
            expires_at,
            revoked_at: None,
        };
        let made = self.compose_agent_key(now);
        let (key, hash) = (made.key, hash_of(&made.secret));
        let add = move |tx: &mut dyn Tx| {
            agents::add(tx, &agent)?;
            rotate::add_key(tx, agent.id, &key, hash)?;
            rights.write(tx, agent.id)?;
            agents::named(tx, &agent.name)
        };
        match self.store().write(add).await {
            Ok(agent) => Ok(NewAgent {
                agent: agent.ok_or_else(|| no_such(name))?,
                secret: made.secret,
            }),
            Err(StoreError::Unique(_)) => Err(Error::Conflict(format!(
                "there is already an agent `{name}`; choose another name, or revoke it first"
            ))),
            Err(error) => Err(error.into()),
        }
    }

    /// Changes what an agent may do; what is not named stays. It holds from the agent's next call on in
    /// this process, and within half a second in others.
    pub async fn grant(&self, name: &str, change: impl Into<RightsChange>) -> Result<Agent, Error> {
        let change = change.into();
        let (detail, rights) = (change.in_words(), self.resolved(change).await?);
        self.agent(name).await?;
        let work = self.change_rights(name, rights, false);
        self.on_record_with(Action::GrantAgent, name, detail, work)
            .await
    }

    /// Sets what an agent may do at all; what is not named it may not.
    pub async fn grant_only(
        &self,
        name: &str,
        wanted: impl Into<NewRights>,
    ) -> Result<Agent, Error> {
        let change = RightsChange::from(wanted.into());
        let (detail, rights) = (change.in_words(), self.resolved(change).await?);
        self.agent(name).await?;
        let work = self.change_rights(name, rights, true);
        self.on_record_with(Action::ReplaceGrants, name, detail, work)
            .await
    }

    async fn change_rights(
        &self,
        name: &str,
        rights: Resolved,
        is_anew: bool,
    ) -> Result<Agent, Error> {
        let wanted = name.to_owned();
        let set = move |tx: &mut dyn Tx| {
            let Some(agent) = agents::named(tx, &wanted)? else {
                return Ok(Err(no_such(&wanted)));
            };
            let held = if is_anew { &[] } else { &agent.rules[..] };
            let checked = rights.refuse_unknown_rules(tx, &agent)?;
            if let Err(error) = checked.and_then(|()| rights.refuse_idle_questions(held)) {
                return Ok(Err(error));
            }
            if is_anew {
                agents::remove_grants(tx, agent.id)?;
                rules::clear(tx, agent.id)?;
            }
            rights.write(tx, agent.id)?;
            let changed = agents::named(tx, &wanted)?;
            Ok(changed.ok_or_else(|| no_such(&wanted)))
        };
        self.store().write(set).await?
    }

    /// Ends an agent and its keys.
    pub async fn revoke_agent(&self, name: &str) -> Result<(), Error> {
        self.agent(name).await?;
        let work = async {
            let (wanted, now) = (name.to_owned(), self.now());
            let revoke = move |tx: &mut dyn Tx| {
                // Or a key that is made at this moment would outlive its agent.
                keys::lock(tx)?;
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
            is_revoked.then_some(()).ok_or_else(|| no_such(name))
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

    /// The agent of a name as a caller, for a door that needs no key: whoever can open it has the database.
    pub async fn caller_named(&self, name: &str) -> Result<Caller, Refusal> {
        let known = Known {
            agent: Arc::new(self.agent(name).await?),
            stopped_at: self.agents_stopped_at().await?,
        };
        known.let_call().map(Caller::Agent)
    }

    /// The same caller with the rights that it has by now.
    pub(crate) async fn caller_by_now(&self, caller: &Caller) -> Result<Caller, Refusal> {
        let Caller::Agent(agent) = caller else {
            return Ok(caller.clone());
        };
        let id = agent.id;
        let read = move |tx: &mut dyn Tx| Ok((agents::agent(tx, id)?, switch::since(tx)?));
        let (by_now, stopped_at) = self.store().read(read).await?;
        let by_now = by_now.filter(|agent| agent.revoked_at.is_none());
        let agent = Arc::new(by_now.ok_or(Refusal::Key)?);
        Known { agent, stopped_at }.let_call().map(Caller::Agent)
    }

    /// Puts on record that an agent came while all are stopped: no call of it comes so far.
    pub(crate) fn record_stopped(
        &self,
        agent: &Arc<Agent>,
        refusal: &Refusal,
    ) -> Result<(), Error> {
        let caller = Caller::Agent(Arc::clone(agent));
        if self.brake(&caller).is_err() {
            return Ok(());
        }
        let call = Call::new(caller.actor(), Verdict::Denied, refusal.on_record());
        let (at, what) = (self.now(), What::Call(call));
        self.journal().enter(&Record { at, what })
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
            let Some(key) = key.filter(|key| key.state(now) == KeyState::Active) else {
                return Ok(None);
            };
            let Some(agent) = agents::of_key(tx, key.id)? else {
                return Ok(None);
            };
            let (agent, stopped_at) = (Arc::new(agent), switch::since(tx)?);
            Ok(Some(Known { agent, stopped_at }))
        };
        let read = async { self.store().read(find).await };
        let recent = &self.inner.recent_agents;
        let found = recent
            .or_read(self.store(), now, *hash.as_bytes(), read)
            .await?;
        found.ok_or(Refusal::Key)?.let_call()
    }
}

impl Known {
    fn let_call(self) -> Result<Arc<Agent>, Refusal> {
        match self.stopped_at {
            None => Ok(self.agent),
            Some(since) => Err(Refusal::Stopped {
                agent: self.agent,
                since,
            }),
        }
    }
}

fn no_such(name: &str) -> Error {
    Error::NotFound(format!("agent `{name}`"))
}

//! What a credential lacks for the flows and agents that use its connection, and how its owner gives it.

use portico_domain::agent::{self, Agent, Area, Level};
use portico_domain::connection::Connection;
use portico_domain::flow::Flow;
use portico_store::{Tx, agents, flows};
use wire::catalog::{self, Catalog, Operation, Scopes};

use super::consent::access;
use crate::apps;
use crate::credentials::Credential;
use crate::{Engine, Error};

/// What the owner of a credential has opened, as far as that is known.
pub(super) struct Opened<'a> {
    catalog: &'static Catalog,
    connection: &'a Connection,
    /// None where they are not known, as with every key.
    scopes: Option<&'a [String]>,
    /// The areas that a trial can tell of.
    tried: Vec<Area>,
}

/// Somebody who does more in an area, or may, than the credential opens.
struct Lack {
    who: Who,
    area: Area,
    level: Level,
}

/// A flow or an agent by its name.
enum Who {
    Flow(String),
    Agent(String),
}

impl Engine {
    /// What the credential lacks for what uses the connection now, one sentence each.
    pub(super) async fn lacks(
        &self,
        connection: &Connection,
        credential: &Credential,
    ) -> Result<Vec<String>, Error> {
        if !apps::facts(connection.app).has_gateway {
            return Ok(Vec::new());
        }
        let id = connection.id;
        let read = move |tx: &mut dyn Tx| Ok((flows::of_site(tx, id)?, agents::all(tx)?));
        let (flows, agents) = self.store().read(read).await?;
        let opened = self.opened(connection, credential)?;
        let client = (apps::facts(connection.app).client)(self, connection)?;
        let rights = client.rights();
        let needed = rights.iter().filter(|right| right.needed.is_some());
        let needed: Vec<Area> = needed.filter_map(|right| right.area).collect();
        let mut lacks: Vec<Lack> = flows
            .iter()
            .flat_map(|flow| of_flow(flow, &needed))
            .collect();
        let agents = agents.iter().filter(|agent| agent.revoked_at.is_none());
        lacks.extend(agents.flat_map(|agent| of_agent(agent, connection)));
        let keyless: Vec<String> = lacks
            .iter()
            .filter_map(|lack| opened.without_key(lack))
            .collect();
        lacks.retain_mut(|lack| opened.is_lacking(lack));
        let lacking = lacks.iter().map(|lack| lack.sentence(&opened));
        Ok(lacking.chain(keyless).collect())
    }

    pub(super) fn opened<'a>(
        &self,
        connection: &'a Connection,
        credential: &'a Credential,
    ) -> Result<Opened<'a>, Error> {
        let facts = apps::facts(connection.app);
        let client = (facts.client)(self, connection)?;
        let scopes = match credential {
            Credential::OAuth { scopes, .. } if !scopes.is_empty() => Some(scopes.as_slice()),
            Credential::OAuth { .. } | Credential::Key(_) => None,
        };
        Ok(Opened {
            catalog: facts.catalog,
            connection,
            scopes,
            tried: client.rights().iter().filter_map(|one| one.area).collect(),
        })
    }
}

fn of_flow(flow: &Flow, needed: &[Area]) -> Vec<Lack> {
    let lack = |area: &Area| Lack {
        who: Who::Flow(flow.name.clone()),
        area: *area,
        level: Level::Read,
    };
    needed.iter().map(lack).collect()
}

fn of_agent(agent: &Agent, connection: &Connection) -> Vec<Lack> {
    let lack = |area| Lack {
        who: Who::Agent(agent.name.clone()),
        area,
        level: agent.level(connection.id, area),
    };
    let all = Area::ALL.into_iter().map(lack);
    all.filter(|lack| lack.level > Level::Off).collect()
}

impl Opened<'_> {
    /// Whether the credential opens less than this; of a key it is known only what it reads.
    fn is_lacking(&self, lack: &mut Lack) -> bool {
        if self.consents_to(lack.area, lack.level) == Some(false) {
            return true;
        }
        let is_refused = self.was_refused(lack.area);
        if is_refused && !self.connection.account.oauth {
            lack.level = Level::Read;
        }
        is_refused
    }

    /// Whether the owner consented to every operation of an area; `None` where it is not known to what.
    fn consents_to(&self, area: Area, level: Level) -> Option<bool> {
        let granted = self.scopes?;
        let is_granted = |scope: &&str| granted.iter().any(|granted| granted == scope);
        let mut operations = self.operations(area, level);
        Some(operations.all(|operation| match operation.scopes {
            Scopes::OneOf(scopes) => scopes.iter().any(is_granted),
            Scopes::Any | Scopes::ByValue { .. } => true,
        }))
    }

    /// Everything that may be called at this level of an area.
    fn operations(&self, area: Area, level: Level) -> impl Iterator<Item = &'static Operation> {
        let all = self.catalog.operations().iter();
        all.filter(move |operation| {
            let needed = Level::needed_to(match operation.access {
                catalog::Access::Read => agent::Access::Read,
                catalog::Access::Write => agent::Access::Write,
            });
            area.as_str() == operation.area && needed <= level
        })
    }

    /// What no key can be good for, of all that an agent may do, where the credential is one.
    fn without_key(&self, lack: &Lack) -> Option<String> {
        let Who::Agent(agent) = &lack.who else {
            return None;
        };
        let (with_key, without): (Vec<_>, Vec<_>) = self
            .operations(lack.area, lack.level)
            .partition(|operation| operation.key.lets_keys());
        if self.connection.account.oauth || without.is_empty() {
            return None;
        }
        let does = if with_key.is_empty() {
            lack.does(lack.area.in_words())
        } else {
            let ids: Vec<&str> = without.iter().map(|operation| operation.id).collect();
            format!("`{agent}` may call {}", ids.join(", "))
        };
        let name = &self.connection.name;
        Some(format!(
            "{does}, which takes no API key: `portico connection reauthorize {name}`"
        ))
    }

    /// Whether the last trial was not let in.
    fn was_refused(&self, area: Area) -> bool {
        let can_read = &self.connection.account.can_read;
        self.tried.contains(&area) && !can_read.iter().any(|seen| seen == area.as_str())
    }

    /// What the credential opens already; what cannot be known is not claimed.
    fn present(&self, area: Area) -> Level {
        let is_present = |level: &Level| {
            let is_read = *level == Level::Read && !self.was_refused(area);
            self.consents_to(area, *level).unwrap_or(is_read)
        };
        let highest = [Level::Full, Level::Read].into_iter().find(is_present);
        highest.unwrap_or_default()
    }

    /// What an owner is asked for in an area, to open this beside what is there.
    fn asked(&self, area: Area, wanted: &[(Area, Level)]) -> Level {
        let of_area = wanted.iter().filter(|(of, _)| *of == area);
        let level = of_area.fold(self.present(area), |level, (_, more)| level.max(*more));
        let scopes = |level| access::scopes(self.catalog, &[(area, level)]);
        // The lowest that asks for the same: some areas can only be read, and some are open to all.
        let lowest = Level::ALL
            .into_iter()
            .find(|lower| scopes(*lower) == scopes(level));
        lowest.unwrap_or(level)
    }

    /// What an owner is asked for anew, so that this is opened and nothing is closed: a consent takes the
    /// place of the one before.
    pub(super) fn whole(&self, wanted: &[(Area, Level)]) -> Vec<(Area, Level)> {
        let whole = Area::ALL.map(|area| (area, self.asked(area, wanted)));
        let asked = whole.into_iter().filter(|(_, level)| *level > Level::Off);
        asked.collect()
    }

    /// How to get this beside what is there.
    pub(super) fn remedy(&self, wanted: &[(Area, Level)]) -> String {
        let name = &self.connection.name;
        if !self.connection.account.oauth {
            return format!(
                "give the site a key with that permission, and run `portico connection reconnect {name} --key-file FILE`"
            );
        }
        let mut areas: Vec<(Area, Level)> = self.whole(wanted);
        areas.retain(|(area, _)| wanted.iter().any(|(of, _)| of == area));
        let areas: String = areas
            .iter()
            .map(|(area, level)| format!(" --area {area}={level}"))
            .collect();
        format!("`portico connection reauthorize {name}{areas}`")
    }
}

impl Lack {
    /// What the credential does not open, and how its owner gives it.
    fn sentence(&self, opened: &Opened<'_>) -> String {
        let why = if opened.connection.account.oauth {
            "and the owner did not consent to that"
        } else {
            "and the key does not open that"
        };
        let remedy = opened.remedy(&[(self.area, self.level)]);
        let does = self.does(self.area.in_words());
        format!("{does}, {why}: {remedy}")
    }

    fn does(&self, what: &str) -> String {
        match (&self.who, self.level) {
            (Who::Flow(name), _) => format!("the flow `{name}` reads {what}"),
            (Who::Agent(name), Level::Full) => format!("`{name}` may change {what}"),
            (Who::Agent(name), Level::Read | Level::Off) => format!("`{name}` may read {what}"),
        }
    }
}

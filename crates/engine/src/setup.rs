//! What an engine is made of.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use portico_domain::audit::Actor;
use portico_domain::connection::Connection;
use portico_domain::{Chance, Clock, ConnectionId};
use portico_store::Store;
use tokio_util::task::TaskTracker;
use url::Url;
use wire::Reach;

use crate::Error;
use crate::agents::Known;
use crate::audit::{Audit, AuditSettings};
use crate::budget::{Budgets, Paces};
use crate::credentials::{Credential, OAuthClient, Renewals};
use crate::gateway::{Outbound, Turns, Unblocked, Vendor};
use crate::metrics::Counters;
use crate::recent::Recent;
use crate::steps::Steps;
use crate::vault::MasterKey;

/// Who calls, as the vendors ask it to be told.
pub(crate) const USER_AGENT: &str = concat!("Portico/", env!("CARGO_PKG_VERSION"));

/// Everything an engine needs from outside.
pub struct Setup {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<Chance>,
    pub master_key: MasterKey,
    pub endpoints: Endpoints,
    /// Where vendors reach our hooks; without it nothing is subscribed to, and sites are swept.
    pub public_url: Option<Url>,
    pub paces: Paces,
    /// How long work stays ours after we were last heard of.
    pub lease: SignedDuration,
    pub steps: Steps,
    pub audit: AuditSettings,
}

/// Where the vendors are, and as whom owners are asked there; the account host of Kommo belongs to each
/// connection.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    pub squarespace: squarespace::Endpoints,
    /// The app that is registered with Squarespace, for connecting sites on a page.
    pub squarespace_app: Option<OAuthClient>,
    pub timeouts: squarespace::Timeouts,
}

/// The use cases. Clones share everything.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
    /// On whose behalf.
    pub(crate) actor: Arc<Actor>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<Chance>,
    pub(crate) master_key: MasterKey,
    pub(crate) public_url: Option<Url>,
    pub(crate) paces: Paces,
    pub(crate) lease: SignedDuration,
    pub(crate) steps: Steps,
    pub(crate) budgets: Budgets,
    pub(crate) squarespace: squarespace::Client,
    pub(crate) squarespace_app: Option<OAuthClient>,
    squarespace_hosts: squarespace::Endpoints,
    pub(crate) gateway: Vendor,
    pub(crate) unblocked: Unblocked,
    pub(crate) recent_agents: Recent<[u8; 32], Known>,
    pub(crate) recent_connections: Recent<(), Arc<[Connection]>>,
    /// What goes on when whoever asked for it has gone.
    pub(crate) carried_to_their_end: TaskTracker,
    pub(crate) recent_credentials: Recent<ConnectionId, Arc<Credential>>,
    pub(crate) renewals: Renewals,
    pub(crate) turns: Turns,
    pub(crate) counters: Counters,
    pub(crate) audit: Audit,
    /// One client per account host, so that connections are kept open.
    kommo: Mutex<HashMap<Url, kommo::Client>>,
    pub(crate) timeouts: squarespace::Timeouts,
    /// Tells this process from all others that share the database.
    pub(crate) owner: String,
}

impl Engine {
    /// Makes the engine; fails when the HTTP clients cannot be made.
    pub fn new(setup: Setup) -> Result<Self, Error> {
        let squarespace = squarespace::Client::new(
            setup.endpoints.squarespace.clone(),
            USER_AGENT,
            setup.endpoints.timeouts,
        )
        .map_err(Error::internal)?;
        let gateway = squarespace_gateway(&setup.endpoints)?;
        let owner = hex::encode(setup.chance.bytes::<8>());
        let budgets = Budgets::new(setup.store.clone(), Arc::clone(&setup.clock));
        let audit = Audit::new(
            setup.audit,
            &setup.master_key,
            setup.store.clone(),
            Arc::clone(&setup.clock),
            &setup.chance,
        );
        Ok(Self {
            actor: Arc::new(Actor::Portico),
            inner: Arc::new(Inner {
                store: setup.store,
                clock: setup.clock,
                chance: setup.chance,
                master_key: setup.master_key,
                public_url: setup.public_url,
                paces: setup.paces,
                lease: setup.lease,
                steps: setup.steps,
                budgets,
                squarespace,
                squarespace_app: setup.endpoints.squarespace_app,
                squarespace_hosts: setup.endpoints.squarespace,
                gateway,
                unblocked: Unblocked::default(),
                recent_agents: Recent::default(),
                recent_connections: Recent::default(),
                carried_to_their_end: TaskTracker::new(),
                recent_credentials: Recent::default(),
                renewals: Renewals::default(),
                turns: Turns::default(),
                counters: Counters::default(),
                audit,
                kommo: Mutex::default(),
                timeouts: setup.endpoints.timeouts,
                owner,
            }),
        })
    }

    /// Where callers and vendors reach this Portico, when that is configured.
    #[must_use]
    pub fn public_url(&self) -> Option<&Url> {
        self.inner.public_url.as_ref()
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// The source of random numbers, for doors that need some.
    #[must_use]
    pub fn chance(&self) -> &Chance {
        &self.inner.chance
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Which addresses an account host may have.
    pub(crate) fn kommo_reach(&self, base: &Url) -> Result<Reach, Error> {
        kommo_reach(&self.inner.squarespace_hosts, base).ok_or_else(|| {
            Error::Invalid(format!(
                "the address of the account must be a public one that starts with `https://`, as in https://acme.kommo.com; `{base}` is used only where `squarespace.api_base` leads to the same sandbox"
            ))
        })
    }

    /// The client of one account host.
    pub(crate) fn kommo(&self, base: &Url) -> Result<kommo::Client, Error> {
        let reach = self.kommo_reach(base)?;
        let mut clients = self
            .inner
            .kommo
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(base) {
            return Ok(client.clone());
        }
        let timeouts = kommo::Timeouts {
            connect: self.inner.timeouts.connect,
            call: self.inner.timeouts.call,
        };
        let client = kommo::Client::new(base.clone(), reach, USER_AGENT, timeouts)
            .map_err(Error::internal)?;
        clients.insert(base.clone(), client.clone());
        Ok(client)
    }
}

/// Kommo's accounts are on the open internet, and a token goes there encrypted. The sandbox is both vendors
/// at one address, so where Squarespace is configured to be, an account may be, too.
fn kommo_reach(squarespace: &squarespace::Endpoints, base: &Url) -> Option<Reach> {
    let own = squarespace::Endpoints::default();
    let is_sandbox =
        |host: &Url, own: &Url| host.origin() != own.origin() && host.origin() == base.origin();
    if is_sandbox(&squarespace.api, &own.api) || is_sandbox(&squarespace.login, &own.login) {
        return Some(Reach::Any);
    }
    (base.scheme() == "https" && Reach::Public.admits(base)).then_some(Reach::Public)
}

fn squarespace_gateway(endpoints: &Endpoints) -> Result<Vendor, Error> {
    let (hosts, timeouts) = (&endpoints.squarespace, endpoints.timeouts);
    Ok(Vendor {
        catalog: &squarespace::catalog::CATALOG,
        base: hosts.api.clone(),
        outbound: Outbound::new(hosts.api_reach(), timeouts.connect)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(base: &str, api: Option<&str>) -> Option<Reach> {
        let mut squarespace = squarespace::Endpoints::default();
        if let Some(api) = api {
            squarespace.api = api.parse().unwrap();
        }
        kommo_reach(&squarespace, &base.parse().unwrap())
    }

    #[test]
    fn an_account_is_on_the_open_internet_and_its_token_goes_there_encrypted() {
        let public = Some(Reach::Public);
        for (base, allowed) in [
            ("https://acme.kommo.com", public),
            ("https://8.8.8.8", public),
            ("http://acme.kommo.com", None),
            ("https://127.0.0.1", None),
            ("https://169.254.169.254/latest", None),
            ("https://[::1]", None),
            ("http://127.0.0.1:9090/kommo", None),
        ] {
            assert_eq!(reach(base, None), allowed, "{base}");
        }
    }

    #[test]
    fn an_account_of_the_sandbox_is_where_squarespace_was_configured_to_be() {
        let sandbox = Some("http://127.0.0.1:9090/squarespace");
        for (base, allowed) in [
            ("http://127.0.0.1:9090/kommo", Some(Reach::Any)),
            ("http://127.0.0.1:5432", None),
            ("http://10.0.0.1:9090/kommo", None),
            ("https://acme.kommo.com", Some(Reach::Public)),
        ] {
            assert_eq!(reach(base, sandbox), allowed, "{base}");
        }
        assert_eq!(
            reach("https://api.squarespace.com", None),
            Some(Reach::Public)
        );
    }
}

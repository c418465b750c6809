//! The engine on the configured store: everything that it needs from outside is found here.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use portico_domain::Chance;
use portico_domain::audit::Actor;
use portico_engine::{Endpoints, Engine, MasterKey, Setup, SystemClock};
use portico_store::Store;

use crate::config::{Config, Environment};
use crate::failure::{Failure, Kind};
use crate::{key_file, pace, stop_at};

/// An engine and the store under it, which is closed at the end.
pub(crate) struct Opened {
    pub(crate) engine: Engine,
    pub(crate) store: Store,
}

impl Opened {
    /// What is changed is on record as changed by whoever gives the command.
    pub(crate) fn by_command(self) -> Self {
        Self {
            engine: self.engine.acting_as(Actor::CommandLine),
            store: self.store,
        }
    }

    /// Lets what was done become durable, and closes the store.
    pub(crate) async fn close(&self) {
        self.engine.close().await;
        self.store.close().await;
    }
}

/// Opens what is there already, for whoever gives a command; refuses where nothing was ever set up.
pub(crate) async fn existing(config: &Config) -> Result<Opened, Failure> {
    let path = &config.master_key_file;
    let key = key_file::read(path)?.ok_or_else(|| {
        Failure::new(
            Kind::NotFound,
            format!(
                "there is no Portico here: {} does not exist; run `portico init`, or say where with --data or --config",
                path.display()
            ),
        )
    })?;
    Ok(open(config, key, chance()?).await?.by_command())
}

/// Opens what is there already, for a command that calls vendors: refuses a master key under which
/// their credentials cannot be opened.
pub(crate) async fn existing_with_credentials(config: &Config) -> Result<Opened, Failure> {
    let opened = existing(config).await?;
    opened.engine.check_master_key().await?;
    Ok(opened)
}

/// Opens what is there, or makes the folder, the database and the master key.
pub(crate) async fn existing_or_new(config: &Config) -> Result<Opened, Failure> {
    let path = &config.master_key_file;
    key_file::make_folder(&config.data)?;
    let chance = chance()?;
    if let Some(key) = key_file::read(path)? {
        let opened = open(config, key, chance).await?;
        opened.engine.check_master_key().await?;
        return Ok(opened);
    }
    let key = MasterKey::new(&chance);
    let opened = open(config, key.clone(), chance).await?;
    // A database that knows another key must not get a second one beside it.
    opened.engine.check_master_key().await?;
    key_file::write(path, &key)?;
    Ok(opened)
}

async fn open(config: &Config, master_key: MasterKey, chance: Chance) -> Result<Opened, Failure> {
    let store = Store::open(&config.database()?).await?;
    let engine = Engine::new(Setup {
        store: store.clone(),
        clock: Arc::new(SystemClock),
        chance: Arc::new(chance),
        master_key,
        endpoints: endpoints(config)?,
        public_url: config.public_url.clone(),
        paces: pace::of(config),
        lease: SignedDuration::from_secs(config.work.lease_seconds.get().into()),
        steps: stop_at::steps(&Environment::of_process())?,
        audit: config.audit.settings(),
    })?;
    Ok(Opened { engine, store })
}

fn endpoints(config: &Config) -> Result<Endpoints, Failure> {
    let mut endpoints = Endpoints::default();
    endpoints.squarespace.api = config.squarespace.api_base.clone();
    endpoints.squarespace.login = config.squarespace.login_base.clone();
    endpoints.squarespace_app = config.squarespace.app()?;
    endpoints.timeouts.connect = Duration::from_secs(config.calls.connect_seconds.get().into());
    endpoints.timeouts.call = Duration::from_secs(config.calls.answer_seconds.get().into());
    Ok(endpoints)
}

/// The one place where chance comes from outside: the operating system's own.
fn chance() -> Result<Chance, Failure> {
    let mut seed = [0; 32];
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut seed)
        .map_err(|_| Failure::failed("the operating system gives no random numbers"))?;
    Ok(Chance::seeded(seed))
}

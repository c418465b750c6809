//! What the doors for agents are measured on: an upstream that answers from a file, nginx before it, and
//! Portico in a process of its own before the same.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use portico_domain::Clock;
use portico_domain::agent::{Area, Level, Says};
use portico_engine::{NewGrant, NewRights, NewRule, Steps, SystemClock};
use portico_store::Database;
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::apart::{Apart, UNPACED};
use crate::load::{Call, Target};
use crate::nginx::{Answer, Nginx};
use crate::records::Calls;
use crate::stand::{Hub, Vendors, pause, text};

/// The calls that the upstream answers itself.
pub(crate) const ORDERS: &str = "/squarespace/1.0/commerce/orders";
pub(crate) const ADJUST: &str = "/squarespace/1.0/commerce/inventory/adjustments";

/// Orders on the upstream's page.
const ON_PAGE: usize = 10;

/// After so long a process that was started, and asked a little, has come to rest.
const QUIET_MS: u64 = 2_000;

/// The only connection.
const SITE: &str = "acme";

/// An agent, and what it may do.
pub(crate) struct Robot {
    pub(crate) name: &'static str,
    pub(crate) area: Area,
    pub(crate) level: Level,
    pub(crate) rule: Option<Says>,
}

/// Everything in its place.
pub(crate) struct Stage {
    vendors: Vendors,
    upstream: Nginx,
    pub(crate) proxy: Nginx,
    pub(crate) portico: Apart,
    database: String,
    keys: HashMap<&'static str, String>,
    /// The vendor's answers.
    pub(crate) page: Bytes,
    pub(crate) order: Bytes,
    pub(crate) order_id: String,
    /// Something that can be in stock.
    pub(crate) variant: String,
}

impl Stage {
    /// Sets all up in a folder that is made here.
    pub(crate) async fn set(folder: &Path, database: &str, robots: &[Robot]) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let vendors = Vendors::start().await?;
        let page = vendors.page_of_orders(ON_PAGE).await?;
        let page_read: Value = serde_json::from_slice(&page)?;
        let order = &page_read["result"][0];
        let order_id = text(&order["id"])?;
        let order = order.to_string();
        let products = vendors.get("state/squarespace/products").await?;
        let variant = text(&products["items"][0]["variants"][0]["id"])?;
        let of_order = format!("{ORDERS}/{order_id}");
        let answers = [
            (ORDERS, Answer::Page(&page)),
            (&of_order, Answer::Page(order.as_bytes())),
            (ADJUST, Answer::Done),
        ];
        let upstream = Nginx::upstream(folder, &answers, &vendors.base()).await?;
        let proxy = Nginx::proxy(folder, &upstream).await?;
        let keys = prepared(&vendors, &database.parse()?, robots).await?;
        let site = upstream.base().join("squarespace")?;
        Ok(Self {
            portico: Apart::start(database, &site).await?,
            vendors,
            upstream,
            proxy,
            database: database.to_owned(),
            keys,
            page: page.into(),
            order: order.into(),
            order_id,
            variant,
        })
    }

    pub(crate) fn key(&self, agent: &str) -> Result<&str> {
        let key = self.keys.get(agent);
        Ok(key.context("an agent of this stage")?)
    }

    /// A call of an agent by Portico, whose answer is then the only one that is right.
    pub(crate) async fn own(
        &self,
        agent: &'static str,
        call: Call,
        calls: &mut Calls,
    ) -> Result<Target> {
        let answer = call.made(&self.portico.base).await?.bytes().await?;
        calls.made(Some(agent), 1, 0);
        Ok(Target {
            agent: Some(agent),
            process: self.portico.process()?,
            base: self.portico.base.clone(),
            call,
            answer,
        })
    }

    /// The same by nginx, which knows nobody and keeps no record.
    pub(crate) async fn peer(&self, call: Call) -> Result<Target> {
        let base = self.proxy.base();
        Ok(Target {
            agent: None,
            process: self.proxy.process()?,
            answer: call.made(&base).await?.bytes().await?,
            base,
            call,
        })
    }

    /// The memory of Portico when nobody has asked for anything for a while, in MB.
    pub(crate) async fn idle(&self) -> Result<u64> {
        pause(QUIET_MS).await;
        self.portico.process()?.memory()
    }

    /// Ends all, and proves that every call is on record.
    pub(crate) async fn clear(self, calls: &Calls) -> Result<()> {
        self.portico.end().await?;
        self.proxy.stop().await?;
        self.upstream.stop().await?;
        let database = self.database.parse()?;
        calls.compare(&database).await?;
        verify(&self.vendors, &database).await
    }
}

/// Connects the site and makes the agents; answers their keys.
async fn prepared(
    vendors: &Vendors,
    database: &Database,
    robots: &[Robot],
) -> Result<HashMap<&'static str, String>> {
    let hub = Hub::start(vendors, database, UNPACED, Steps::default()).await?;
    hub.connect_site(vendors).await?;
    let mut keys = HashMap::new();
    for robot in robots {
        let grant = NewGrant {
            connection: Some(SITE.to_owned()),
            area: robot.area,
            level: robot.level,
        };
        let rule = robot.rule.clone().map(|says| NewRule {
            connection: None,
            says,
        });
        let rights = NewRights {
            grants: vec![grant],
            rules: rule.into_iter().collect(),
            expires_at: None,
        };
        let agent = hub.engine.add_agent(robot.name, rights).await?;
        keys.insert(robot.name, agent.secret.expose_secret().to_owned());
    }
    hub.stop().await?;
    Ok(keys)
}

async fn verify(vendors: &Vendors, database: &Database) -> Result<()> {
    let hub = Hub::start(vendors, database, UNPACED, Steps::default()).await?;
    let since = SystemClock.now();
    let verified = hub.engine.verify_audit(|_, _| {}).await?;
    let took = SystemClock.now().duration_since(since).as_secs_f64();
    hub.stop().await?;
    ensure!(verified.faults.is_empty(), "{:?}", verified.faults);
    println!(
        "verified {} records in {} chains without a fault, in {took:.1} s\n",
        verified.records, verified.chains
    );
    Ok(())
}

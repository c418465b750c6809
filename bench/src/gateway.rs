//! The gateway beside nginx: the same reads to the same upstream, once through `proxy_pass` and once
//! through Portico with its key, its grant and its connection.

mod load;
mod nginx;
mod wrk;

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use portico_domain::agent::{Area, Level, Says};
use portico_engine::{NewGrant, NewRights, NewRule, Paces, Steps};
use portico_store::Database;
use secrecy::ExposeSecret;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::stand::{Hub, Vendors};
use nginx::Nginx;

/// The call that is measured; the upstream answers it with a page that was read from the sandbox.
const PATH: &str = "/squarespace/1.0/commerce/orders";

/// Orders on that page.
const ORDERS: usize = 10;

const CONNECTIONS: [u32; 3] = [1, 32, 256];

/// nginx and Portico take turns so often.
const ROUNDS: usize = 3;

/// Portico without a budget, which the measured load would use up in a second.
const UNPACED: Paces = Paces {
    squarespace: None,
    kommo: None,
};

/// What both are asked, and how.
pub(crate) struct Target {
    url: Url,
    key: String,
}

pub(crate) async fn measure(folder: &Path) -> Result<()> {
    println!(
        "## gateway: reads of a page of {ORDERS} orders, key and grant on, the budget lifted\n"
    );
    let vendors = Vendors::start().await?;
    let page = vendors.page_of_orders(ORDERS).await?;
    let upstream = Nginx::upstream(folder, &page, &vendors.base()).await?;
    let proxy = Nginx::proxy(folder, &upstream).await?;
    let database = folder.join("gateway.db");
    let key = prepare(&vendors, &database).await?;
    let (mut hub, own) = start_hub(&database, &upstream.base().join("squarespace")?).await?;
    println!("one answer has {} bytes", page.len());
    let idle = memory(&hub)?;
    let [theirs, ours] = [proxy.base(), own].map(|base| Target {
        url: base.join(PATH).expect("a path joins any base"),
        key: key.clone(),
    });
    check(&ours, &page).await?;
    throughput(&theirs, &ours).await?;
    let loaded = memory(&hub)?;
    load::latency(&theirs, &ours).await?;
    println!(
        "memory of the gateway's process: {idle} MB idle, {loaded} MB after the load of 256 connections\n"
    );
    hub.kill().await?;
    proxy.stop().await?;
    upstream.stop().await
}

/// Connects a site and makes the agent's key; answers the key.
async fn prepare(vendors: &Vendors, database: &Path) -> Result<String> {
    let database = Database::Sqlite(database.to_owned());
    let hub = Hub::start(vendors, &database, UNPACED, Steps::default()).await?;
    hub.connect_site(vendors).await?;
    let grant = NewGrant {
        connection: Some("acme".to_owned()),
        area: Area::Orders,
        level: Level::Read,
    };
    // Both pass the same bytes on.
    let shown = NewRule {
        connection: None,
        says: Says::PersonalData { shown: true },
    };
    let rights = NewRights {
        grants: vec![grant],
        rules: vec![shown],
        expires_at: None,
    };
    let agent = hub.engine.add_agent("bench", rights).await?;
    hub.stop().await?;
    Ok(agent.secret.expose_secret().to_owned())
}

/// Starts this program again as the measured process, so that its memory is its own.
async fn start_hub(database: &Path, upstream: &Url) -> Result<(Child, Url)> {
    let mut hub = Command::new(std::env::current_exe()?)
        .arg("gateway")
        .arg("--gateway-of")
        .arg(upstream.as_str())
        .arg("--database")
        .arg(database)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = hub
        .stdout
        .take()
        .context("the output of the measured process")?;
    let address = BufReader::new(output).lines().next_line().await?;
    let address = address.context("the measured process ended at once")?;
    Ok((hub, address.parse()?))
}

/// The measured process: a hub whose site is the upstream, until it is killed.
pub(crate) async fn serve(upstream: Url, database: &Database) -> Result<()> {
    let hub = Hub::of(upstream, database, UNPACED, Steps::default()).await?;
    println!("{}", hub.base);
    CancellationToken::new().cancelled().await;
    hub.stop().await
}

/// What is measured must be an answer, and the upstream's own.
async fn check(target: &Target, page: &[u8]) -> Result<()> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let answer = http
        .get(target.url.clone())
        .bearer_auth(&target.key)
        .send()
        .await?
        .error_for_status()?;
    let body = answer.bytes().await?;
    if body != page {
        bail!(
            "the gateway changed the page: {} bytes became {}",
            page.len(),
            body.len()
        );
    }
    Ok(())
}

async fn throughput(theirs: &Target, ours: &Target) -> Result<()> {
    println!(
        "| connections | nginx | Portico | ratio | p99 nginx | p99 Portico |\n|---|---|---|---|---|---|"
    );
    for connections in CONNECTIONS {
        let mut pairs = Vec::new();
        for _ in 0..ROUNDS {
            let nginx = wrk::run(theirs, connections).await?;
            let portico = wrk::run(ours, connections).await?;
            pairs.push((portico.per_second / nginx.per_second, nginx, portico));
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (ratio, nginx, portico) = &pairs[ROUNDS / 2];
        println!(
            "| {connections} | {:.0}/s | {:.0}/s | {ratio:.2} | {} | {} |",
            nginx.per_second, portico.per_second, nginx.p99, portico.p99
        );
    }
    println!("(the middle one of {ROUNDS} pairs)\n");
    Ok(())
}

/// The resident set of a process, in MB.
fn memory(process: &Child) -> Result<u64> {
    let id = process.id().context("the measured process has ended")?;
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let kb = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next())
        .context("the resident set")?;
    Ok(kb.parse::<u64>()? / 1024)
}

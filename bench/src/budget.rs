//! The budget under load: callers who ask for ten times what the vendor allows, while orders come in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;
use http::StatusCode;
use portico_domain::agent::{Area, Level};
use portico_engine::{NewGrant, Paces};
use portico_store::Database;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior};

use crate::latency::{Marks, listener, one};
use crate::stand::{Hub, Vendors, most_within, pause};

/// Together they ask for 3,000 calls a minute, ten times the vendor's limit.
const CALLERS: usize = 10;
const EACH: Duration = Duration::from_millis(200);

/// Long enough for every sliding minute of a second one.
const UNDER_LOAD: Duration = Duration::from_secs(130);

/// Orders that are timed before the load begins.
const QUIET_ORDERS: usize = 20;

/// Between two orders: less often than Portico's own calls for them would use the budget up.
const BETWEEN_ORDERS_MS: u64 = 2_000;

/// What became of the calls of all callers.
#[derive(Default)]
struct Tally {
    answered: usize,
    /// 429 of Portico's own.
    refused: usize,
    /// Anything else, which there must not be.
    other: usize,
}

pub(crate) async fn measure(database: &Database) -> Result<()> {
    println!(
        "## budget: {CALLERS} callers ask for ten times the limit while orders come in, on {database}\n"
    );
    let vendors = Vendors::start().await?;
    let marks = Marks::shared();
    let hub = Hub::start(
        &vendors,
        database,
        Paces::default(),
        listener(Arc::clone(&marks)),
    )
    .await?;
    hub.connect(&vendors).await?;
    while !hub.engine.progress("orders").await?.history_read {
        pause(20).await;
    }
    let key = agent(&hub).await?;

    let mut quiet = Vec::new();
    for n in 0..QUIET_ORDERS {
        quiet.push(one(&vendors, &hub, &marks, &format!("quiet{n}@example.com")).await?);
        pause(BETWEEN_ORDERS_MS).await;
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| tokio::spawn(caller(hub.base.clone(), key.clone(), Arc::clone(&is_over))))
        .collect();
    let end = Instant::now() + UNDER_LOAD;
    let mut loaded = Vec::new();
    while Instant::now() < end {
        let n = loaded.len();
        loaded.push(one(&vendors, &hub, &marks, &format!("loaded{n}@example.com")).await?);
        pause(BETWEEN_ORDERS_MS).await;
    }
    is_over.store(true, Ordering::Relaxed);
    let mut tally = Tally::default();
    for caller in callers {
        let of_one = caller.await??;
        tally.answered += of_one.answered;
        tally.refused += of_one.refused;
        tally.other += of_one.other;
    }
    report(
        &vendors.requests("squarespace").await?,
        &tally,
        quiet,
        loaded,
    );
    hub.stop().await
}

async fn agent(hub: &Hub) -> Result<String> {
    let grant = NewGrant {
        connection: Some("acme".to_owned()),
        area: Area::Orders,
        level: Level::Read,
    };
    let agent = hub.engine.add_agent("bench", &[grant]).await?;
    Ok(agent.secret.expose_secret().to_owned())
}

/// Starts a call whenever one is due, whether or not the ones before are answered.
async fn caller(base: url::Url, key: String, is_over: Arc<AtomicBool>) -> Result<Tally> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let url = base.join("squarespace/1.0/commerce/orders")?;
    let mut due = tokio::time::interval(EACH);
    due.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut calls = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        due.tick().await;
        let call = http.get(url.clone()).bearer_auth(&key).send();
        calls.push(tokio::spawn(async move {
            let answer = call.await?;
            let status = answer.status();
            answer.bytes().await?;
            Ok::<_, reqwest::Error>(status)
        }));
    }
    let mut tally = Tally::default();
    for call in calls {
        match call.await?? {
            StatusCode::OK => tally.answered += 1,
            StatusCode::TOO_MANY_REQUESTS => tally.refused += 1,
            _ => tally.other += 1,
        }
    }
    Ok(tally)
}

fn report(requests: &[Value], tally: &Tally, mut quiet: Vec<i64>, mut loaded: Vec<i64>) {
    let refused_by_vendor = requests
        .iter()
        .filter(|request| request["status"] == json!(429))
        .count();
    println!("| what | |\n|---|---|");
    println!(
        "| calls that were asked for | {} |",
        tally.answered + tally.refused + tally.other
    );
    println!("| answered | {} |", tally.answered);
    println!("| refused by Portico with 429 | {} |", tally.refused);
    println!("| anything else | {} |", tally.other);
    println!(
        "| most Squarespace requests in any sliding minute (limit 300) | {} |",
        most_within(requests, 60_000)
    );
    println!("| refused by the vendor with 429 | {refused_by_vendor} |");
    for (when, took) in [("alone", &mut quiet), ("beside the callers", &mut loaded)] {
        took.sort_unstable();
        println!(
            "| order to deal, {when}: p50, most of {} | {} ms, {} ms |",
            took.len(),
            took[took.len() / 2],
            took[took.len() - 1]
        );
    }
    println!();
}

//! The gateway beside nginx: the same calls to the same upstream, once through `proxy_pass` and once through
//! Portico with its key, its grant, its connection and its audit.

use anyhow::{Result, ensure};
use jiff::SignedDuration;
use portico_domain::Clock;
use portico_domain::agent::{Area, Beyond, Level, Limit, Says};
use portico_engine::SystemClock;
use portico_store::{Database, Store, Tx, leases};
use serde_json::json;

use crate::load::{Call, Load, Pair, closed, open};
use crate::records::Calls;
use crate::stage::{ADJUST, ORDERS, Robot, Stage};

const CONNECTIONS: [u32; 3] = [1, 32, 256];

/// Under this load Portico is held against itself.
const SOME: u32 = 32;

/// Connections of which the memory is told.
const MANY: u32 = 1_000;

/// Calls a second of the open loop.
const PER_SECOND: u32 = 1_000;

/// Reads orders.
const READER: &str = "reader";
/// Changes stock, without limits.
const KEEPER: &str = "keeper";
/// Changes stock within so many calls a day, which are counted in the database.
const COUNTED: &str = "counted";
/// Changes stock by so many units a call, which the call itself tells.
const BOUNDED: &str = "bounded";

pub(crate) async fn measure(load: &Load, database: &str) -> Result<()> {
    let place = database.parse::<Database>()?;
    println!("## gateway: key, grant and audit on, the budget lifted, on {place}\n");
    let alone = commits_alone(&place, load.seconds).await?;
    println!("one commit after the other: {alone:.0}/s\n");
    let stage = Stage::set(&load.folder, database, &robots()).await?;
    let mut calls = Calls::default();
    let reads = reads(&stage, &mut calls).await?;
    println!("memory when idle: {} MB\n", stage.idle().await?);
    println!("Reads of a page of {} bytes:\n", stage.page.len());
    table(load, &stage, &reads, &mut calls).await?;
    let keeper = adjustments(&stage, KEEPER, &mut calls).await?;
    println!("Writes, each durable on record before it is sent on:\n");
    table(load, &stage, &keeper, &mut calls).await?;
    under_limits(load, &stage, &keeper, &mut calls).await?;

    let process = stage.portico.process()?;
    process.forget_peak()?;
    let many = closed::run(load, &reads.own, MANY, &mut calls).await?;
    println!(
        "reads of {MANY} connections: {:.0}/s, at most {} MB\n",
        many.per_second,
        process.peak()?
    );
    stage.clear(&calls).await
}

fn robots() -> [Robot; 4] {
    let limited = |limit| Says::Limit {
        limit,
        beyond: Beyond::Deny,
    };
    let keeper = |name, rule| Robot {
        name,
        area: Area::Inventory,
        level: Level::Full,
        rule,
    };
    [
        Robot {
            name: READER,
            area: Area::Orders,
            level: Level::Read,
            // So that both sides pass the same bytes on.
            rule: Some(Says::PersonalData { shown: true }),
        },
        keeper(KEEPER, None),
        keeper(COUNTED, Some(limited(Limit::CallsPerDay(1_000_000_000)))),
        keeper(BOUNDED, Some(limited(Limit::StockPerCall(5)))),
    ]
}

async fn reads(stage: &Stage, calls: &mut Calls) -> Result<Pair> {
    let call = Call::get(ORDERS, stage.key(READER)?);
    let pair = Pair {
        peer: stage.peer(call.clone()).await?,
        own: stage.own(READER, call, calls).await?,
    };
    for side in [&pair.peer, &pair.own] {
        ensure!(
            side.answer == stage.page,
            "a page is not what the vendor has"
        );
    }
    Ok(pair)
}

/// Adds to the stock of a variant. The Idempotency-Key is Portico's to make.
async fn adjustments(stage: &Stage, agent: &'static str, calls: &mut Calls) -> Result<Pair> {
    let more = json!({"variantId": stage.variant, "quantity": 1});
    let body = json!({"incrementOperations": [more]}).to_string();
    let call = Call::post(ADJUST, stage.key(agent)?, body);
    Ok(Pair {
        peer: stage.peer(call.clone()).await?,
        own: stage.own(agent, call, calls).await?,
    })
}

/// Portico beside nginx: throughput, latency, memory.
async fn table(load: &Load, stage: &Stage, sides: &Pair, calls: &mut Calls) -> Result<()> {
    let process = stage.portico.process()?;
    process.forget_peak()?;
    closed::head("connections", "nginx", "Portico");
    for connections in CONNECTIONS {
        closed::row(load, &connections.to_string(), sides, connections, calls).await?;
    }
    let peak = process.peak()?;
    println!();
    open::head("calls a second", "nginx", "Portico");
    open::row(load, &PER_SECOND.to_string(), sides, PER_SECOND, calls).await?;
    println!("\nmemory: at most {peak} MB\n");
    Ok(())
}

/// What limits cost: the same writes by agents that have some, beside those of the one that has none.
async fn under_limits(load: &Load, stage: &Stage, keeper: &Pair, calls: &mut Calls) -> Result<()> {
    println!("Writes within limits, of {SOME} connections:\n");
    closed::head("limit", "none", "this");
    for (limit, agent) in [("calls-per-day", COUNTED), ("stock-per-call", BOUNDED)] {
        let sides = Pair {
            peer: keeper.own.clone(),
            own: adjustments(stage, agent, calls).await?.own,
        };
        closed::row(load, limit, &sides, SOME, calls).await?;
    }
    println!();
    Ok(())
}

/// How many small changes a second the database makes durable one after the other.
async fn commits_alone(database: &Database, seconds: u32) -> Result<f64> {
    let store = Store::open(database).await?;
    let since = SystemClock.now();
    let end = since + SignedDuration::from_secs(seconds.into());
    let mut commits = 0_u32;
    while SystemClock.now() < end {
        let now = SystemClock.now();
        // Held until now, so that the next one finds it free.
        let take = move |tx: &mut dyn Tx| leases::take(tx, "bench", "bench", now, now);
        store.write(take).await?;
        commits += 1;
    }
    let took = SystemClock.now().duration_since(since);
    store.close().await;
    Ok(f64::from(commits) / took.as_secs_f64())
}

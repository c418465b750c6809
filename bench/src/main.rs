//! Measures Portico against the emulated vendors on this machine: `cargo run --release -p portico-bench`.
#![expect(clippy::print_stdout, reason = "what is measured is printed")]

mod budget;
mod gateway;
mod history;
mod latency;
mod stand;

use clap::Parser;
use portico_store::Database;
use url::Url;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures a history import, the latency of live orders, the budget under load, and the gateway beside nginx.
#[derive(Parser)]
struct Arguments {
    /// Where to keep the data: a `postgres://` address of an empty database; a SQLite file in a
    /// temporary folder when absent. It holds one measurement, so say which.
    #[arg(long, requires = "only")]
    database: Option<String>,
    /// How many orders the imported history has.
    #[arg(long, default_value_t = 5_000)]
    orders: usize,
    /// How many live orders are timed.
    #[arg(long, default_value_t = 300)]
    live: usize,
    /// Measure only this: `history`, `latency`, `budget` or `gateway`.
    only: Option<String>,
    /// Be the gateway that is measured, in front of this upstream.
    #[arg(long, hide = true)]
    gateway_of: Option<Url>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir()?;
    let database = match &arguments.database {
        Some(text) => text.parse::<Database>()?,
        None => Database::Sqlite(folder.path().join("portico.db")),
    };
    if let Some(upstream) = arguments.gateway_of {
        return gateway::serve(upstream, &database).await;
    }
    println!("{}\n", stand::machine());
    let wanted = |name: &str| arguments.only.as_deref().is_none_or(|only| only == name);
    if wanted("history") {
        history::measure(&database, arguments.orders).await?;
    }
    // A file for each, so that none begins with another's connections.
    let beside = |name: &str| match &arguments.database {
        Some(_) => database.clone(),
        None => Database::Sqlite(folder.path().join(name)),
    };
    if wanted("latency") {
        latency::measure(&beside("latency.db"), arguments.live).await?;
    }
    if wanted("budget") {
        budget::measure(&beside("budget.db")).await?;
    }
    if wanted("gateway") {
        gateway::measure(folder.path()).await?;
    }
    Ok(())
}

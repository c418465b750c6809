//! Measures Portico against the emulated vendors on this machine: `cargo run --release -p portico-bench`.
#![expect(clippy::print_stdout, reason = "what is measured is printed")]

mod apart;
mod budget;
mod gateway;
mod history;
mod latency;
mod load;
mod mcp;
mod nginx;
mod process;
mod records;
mod stage;
mod stand;

use clap::Parser;
use load::Load;
use portico_store::Database;
use url::Url;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures a history import, the latency of live orders, the budget under load, the gateway beside nginx, and
/// the tools of MCP beside the gateway.
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
    /// For how many seconds each load on the gateway and on MCP lasts.
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Measure only this: `history`, `latency`, `budget`, `gateway` or `mcp`.
    only: Option<String>,
    /// Be the Portico that is measured, in front of this upstream.
    #[arg(long, hide = true)]
    gateway_of: Option<Url>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir()?;
    // A file for each, so that none begins with another's connections.
    let place = |name: &str| match &arguments.database {
        Some(text) => text.clone(),
        None => folder.path().join(name).display().to_string(),
    };
    let database = |name| place(name).parse::<Database>();
    if let Some(upstream) = arguments.gateway_of.clone() {
        return apart::serve(upstream, &database("")?).await;
    }
    println!("{}\n", stand::machine());
    let wanted = |name: &str| arguments.only.as_deref().is_none_or(|only| only == name);
    if wanted("history") {
        history::measure(&database("history.db")?, arguments.orders).await?;
    }
    if wanted("latency") {
        latency::measure(&database("latency.db")?, arguments.live).await?;
    }
    if wanted("budget") {
        budget::measure(&database("budget.db")?).await?;
    }
    let load = |name| Load {
        folder: folder.path().join(name),
        seconds: arguments.seconds,
    };
    if wanted("gateway") {
        gateway::measure(&load("gateway"), &place("gateway.db")).await?;
    }
    if wanted("mcp") {
        mcp::measure(&load("mcp"), &place("mcp.db")).await?;
    }
    Ok(())
}

//! `portico mcp`: an agent's tools for an MCP client that starts this program and speaks to it.

use portico_domain::agent::check_agent_name;
use portico_server::{McpMode, serve_mcp};

use crate::config::Config;
use crate::failure::Failure;
use crate::{logging, opening, shutdown};

#[derive(Debug, clap::Args)]
pub(crate) struct McpArgs {
    /// The agent as which to call, with what it is granted at each moment
    #[arg(long, value_name = "NAME", value_parser = agent_name)]
    agent: String,

    /// Offer three tools, which find, describe and call the others
    #[arg(long)]
    compact: bool,
}

/// Standard output is the protocol's, so nothing else is written there.
pub(crate) async fn run(wanted: McpArgs, config: &Config) -> Result<(), Failure> {
    logging::start_quiet(config)?;
    let shutdown = shutdown::on_signal()?;
    let opened = opening::existing_with_credentials(config).await?;
    let served = serve(&opened.engine, wanted, config, shutdown).await;
    opened.close().await;
    served
}

async fn serve(
    engine: &portico_engine::Engine,
    wanted: McpArgs,
    config: &Config,
    shutdown: tokio_util::sync::CancellationToken,
) -> Result<(), Failure> {
    // Said now, where a person sees it, and not at a client's first request.
    engine.caller_named(&wanted.agent).await?;
    let mode = if wanted.compact {
        McpMode::Compact
    } else {
        McpMode::Full
    };
    let base = format!("{}/squarespace", config.own_address());
    serve_mcp(engine.clone(), wanted.agent, mode, base, shutdown).await?;
    Ok(())
}

fn agent_name(text: &str) -> Result<String, String> {
    check_agent_name(text).map_err(|why| why.to_string())?;
    Ok(text.to_owned())
}

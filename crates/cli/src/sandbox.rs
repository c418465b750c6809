//! `portico sandbox`: the emulated vendors alone, for trials and tests.

use std::net::SocketAddr;

use portico_sandbox::{Clock, Settings};
use serde_json::json;

use crate::failure::Failure;
use crate::output::Output;
use crate::{config, serve, shutdown};

#[derive(Debug, clap::Args)]
pub(crate) struct SandboxArgs {
    /// Where to listen; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9090", value_parser = config::address)]
    listen: SocketAddr,

    /// The same seed gives the same world
    #[arg(long, default_value_t = 7)]
    seed: u64,
}

pub(crate) async fn run(wanted: SandboxArgs, output: Output) -> Result<(), Failure> {
    let shutdown = shutdown::on_signal()?;
    let sandbox = start(wanted.listen, wanted.seed).await?;
    let address = sandbox.base_url();
    output.answer(&json!({ "listening": address, "seed": wanted.seed }), |_| {
        format!("sandbox ready on {address}: what is needed to connect is at {address}/_control/credentials")
    })?;
    shutdown.cancelled().await;
    sandbox.stop().await;
    Ok(())
}

/// Starts the emulated vendors on a clock that runs.
pub(crate) async fn start(
    listen: SocketAddr,
    seed: u64,
) -> Result<portico_sandbox::Running, Failure> {
    let settings = Settings {
        listen,
        seed,
        clock: Clock::running(),
    };
    portico_sandbox::start(settings)
        .await
        .map_err(|why| match &why {
            portico_sandbox::Error::Listen { cause, .. } => {
                Failure::new(serve::kind_of(cause), why.to_string())
            }
            portico_sandbox::Error::Sender(_) => Failure::failed(why.to_string()),
        })
}

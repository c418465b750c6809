//! The Portico binary: reads what is asked for, wires the crates, and ends with a documented exit code.

mod agent;
mod agents;
mod approval;
mod args;
mod audit;
mod call;
mod completions;
mod config;
mod connection;
mod demo;
mod duration;
mod failure;
mod flow;
mod init;
mod key;
mod key_file;
mod logging;
mod mcp;
mod opening;
mod operations;
mod order;
mod output;
mod pace;
mod sandbox;
mod secret;
mod serve;
mod settings;
mod shutdown;
mod stop_at;
mod work;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::config::{Config, Environment};
use crate::failure::Failure;
use crate::output::Output;

/// Many small buffers live and die here, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(why) => return args::refuse(&why),
    };
    let output = Output { json: args.json };
    match run(args, output) {
        Ok(code) => code,
        Err(failure) => output.failure(&failure),
    }
}

#[tokio::main]
async fn run(args: Args, output: Output) -> Result<ExitCode, Failure> {
    args.refuse_unused()?;
    let flags = args.flags();
    let config = || Config::load(&flags, &Environment::of_process());
    let done = match args.command {
        Command::Demo(wanted) => Box::pin(demo::run(wanted, args.data, output)).await,
        Command::Init => init::run(&config()?, output).await,
        Command::Serve(_) => Box::pin(serve::run(&config()?, output)).await,
        Command::Connection(action) => Box::pin(connection::run(action, &config()?, output)).await,
        Command::Flow(action) => Box::pin(flow::run(action, &config()?, output)).await,
        Command::Agent(action) => agent::run(action, &config()?, output).await,
        Command::Agents(action) => agents::run(action, &config()?, output).await,
        Command::Operations(action) => operations::run(action, output),
        Command::Call(wanted) => return Box::pin(call::run(wanted, &config()?, output)).await,
        Command::Mcp(wanted) => Box::pin(mcp::run(wanted, &config()?)).await,
        Command::Order(action) => order::run(action, &config()?, output).await,
        Command::Work(action) => work::run(action, &config()?, output).await,
        Command::Approval(action) => Box::pin(approval::run(action, &config()?, output)).await,
        Command::Audit(action) => audit::run(action, &config()?, output).await,
        Command::Key(action) => key::run(action, &config()?, output).await,
        Command::Sandbox(wanted) => sandbox::run(wanted, output).await,
        Command::Config(wanted) => settings::run(&wanted, &flags, output),
        Command::Completions { shell } => completions::run(shell),
    };
    done.map(|()| ExitCode::SUCCESS)
}

//! The command line: every command on one screen, what each takes in its own file.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Flags;
use crate::failure::{Failure, Kind};
use crate::output::Output;
use crate::{
    agent, agents, approval, audit, call, connection, demo, flow, key, mcp, operations, order,
    sandbox, serve, settings, work,
};

/// Orders of Squarespace stores become contacts and deals in Kommo, each once, and stay in step.
#[derive(Debug, Parser)]
#[command(
    name = "portico",
    version,
    propagate_version = true,
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 not found, \
        4 conflict with what is there, 5 a vendor refused or could not be reached, \
        6 a person has yet to decide."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// The configuration file [default: portico.toml in the data folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The folder of the database and the master key [default: portico-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// An SQLite file or a postgres:// address [default: portico.db in the data folder]
    #[arg(long, global = true, value_name = "WHERE")]
    pub(crate) database: Option<String>,

    /// Answer with one JSON document
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show everything on emulated vendors: no account, no configuration
    Demo(demo::DemoArgs),
    /// Make a data folder: commented configuration, master key, admin key
    Init,
    /// Run the web server and do the work
    Serve(serve::ServeArgs),
    /// Connect sites and CRM accounts
    #[command(subcommand)]
    Connection(connection::Action),
    /// Set up what goes from which site to which CRM
    #[command(subcommand)]
    Flow(flow::Action),
    /// Make, grant and revoke the keys of programs that call through the gateway
    #[command(subcommand)]
    Agent(agent::Action),
    /// Stop all agents at once, or let them call again
    #[command(subcommand)]
    Agents(agents::Action),
    /// See what can be called at a vendor
    #[command(subcommand)]
    Operations(operations::Action),
    /// Call an operation of a vendor, as the gateway would
    Call(call::CallArgs),
    /// Be the MCP server of one agent on standard input and output
    Mcp(mcp::McpArgs),
    /// Look at one order across all systems
    #[command(subcommand)]
    Order(order::Action),
    /// See what waits or is stuck, and put it back
    #[command(subcommand)]
    Work(work::Action),
    /// Decide on calls of agents that wait for a person
    #[command(subcommand)]
    Approval(approval::Action),
    /// Read what was called and changed, and prove that nothing of it was altered
    #[command(subcommand)]
    Audit(audit::Action),
    /// Make, list and revoke the keys of administrators and of Prometheus
    #[command(subcommand)]
    Key(key::Action),
    /// Serve emulated vendors for trials and tests
    Sandbox(sandbox::SandboxArgs),
    /// Show every setting, its value and where it comes from
    Config(settings::ConfigArgs),
    /// Print a completion script for a shell
    Completions { shell: clap_complete::Shell },
}

impl Args {
    /// Commands that make their own world, or need none, have no use for the configuration.
    pub(crate) fn refuse_unused(&self) -> Result<(), Failure> {
        let (name, takes_data) = match &self.command {
            Command::Demo(_) => ("demo", true),
            Command::Sandbox(_) => ("sandbox", false),
            Command::Operations(_) => ("operations", false),
            Command::Completions { .. } => ("completions", false),
            Command::Init
            | Command::Serve(_)
            | Command::Connection(_)
            | Command::Flow(_)
            | Command::Agent(_)
            | Command::Agents(_)
            | Command::Call(_)
            | Command::Mcp(_)
            | Command::Order(_)
            | Command::Work(_)
            | Command::Approval(_)
            | Command::Audit(_)
            | Command::Key(_)
            | Command::Config(_) => return Ok(()),
        };
        let given = [
            ("--config", self.config.is_some()),
            ("--database", self.database.is_some()),
            ("--data", self.data.is_some() && !takes_data),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((flag, _)) => Err(Failure::usage(format!(
                "`portico {name}` takes no {flag}; leave it out"
            ))),
            None => Ok(()),
        }
    }

    /// What the command line says of the configuration.
    pub(crate) fn flags(&self) -> Flags {
        let listen = match &self.command {
            Command::Serve(serve) => serve.listen.clone(),
            Command::Demo(_)
            | Command::Init
            | Command::Connection(_)
            | Command::Flow(_)
            | Command::Agent(_)
            | Command::Agents(_)
            | Command::Operations(_)
            | Command::Call(_)
            | Command::Mcp(_)
            | Command::Order(_)
            | Command::Work(_)
            | Command::Approval(_)
            | Command::Audit(_)
            | Command::Key(_)
            | Command::Sandbox(_)
            | Command::Config(_)
            | Command::Completions { .. } => None,
        };
        let data = self.data.as_ref().map(|data| data.display().to_string());
        let said = [
            ("data", data),
            ("database", self.database.clone()),
            ("listen", listen),
        ];
        Flags {
            config: self.config.clone(),
            values: said
                .into_iter()
                .filter_map(|(key, value)| Some((key, value?)))
                .collect(),
        }
    }
}

/// Answers a command line that cannot be read, or one that asks for help, in the form that it asks for.
pub(crate) fn refuse(why: &clap::Error) -> ExitCode {
    let output = Output { json: wants_json() };
    if output.json && why.use_stderr() {
        return output.failure(&Failure::usage(in_one_line(&why.to_string())));
    }
    // Should this fail, nobody is left who could be told.
    why.print().unwrap_or_default();
    if why.use_stderr() {
        Kind::Usage.exit_code()
    } else {
        ExitCode::SUCCESS
    }
}

/// Whether `--json` stands anywhere before a lone `--`.
fn wants_json() -> bool {
    std::env::args_os()
        .skip(1)
        .take_while(|arg| arg != "--")
        .any(|arg| arg == "--json")
}

/// What is wrong and the tips to it, without how the command is used.
fn in_one_line(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let end = text
        .find("\n\nUsage:")
        .or_else(|| text.find("\n\nFor more information"))
        .unwrap_or(text.len());
    let paragraphs = text[..end].split("\n\n");
    paragraphs
        .map(|lines| lines.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_the_command_line_fits_one_line() {
        let refusal = |args: &[&str]| {
            let why = Args::try_parse_from(args).unwrap_err();
            in_one_line(&why.to_string())
        };
        assert_eq!(
            refusal(&["portico", "flow", "lst", "--json"]),
            "unrecognized subcommand 'lst'; tip: a similar subcommand exists: 'list'"
        );
        assert_eq!(
            refusal(&["portico", "flow", "backfill", "orders", "--json"]),
            "the following required arguments were not provided: --since <DATE>"
        );
    }
}

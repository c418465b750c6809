//! `portico agent`: programs that call vendors through the gateway, each with a key and its grants.

use portico_domain::agent::{Area, Level};
use portico_engine::{Engine, NewGrant};
use portico_server::view::agent::{AgentOut, AgentsOut, NewAgentOut};
use serde_json::json;

use crate::config::Config;
use crate::failure::Failure;
use crate::output::{Output, table};
use crate::{logging, opening};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Action {
    /// Make an agent; this is the only time that its key is shown
    Add {
        /// A name of your choice: which program it is
        name: String,
        #[command(flatten)]
        grants: GrantArgs,
    },
    /// Set what an agent may do in some areas; what it may do elsewhere stays
    Grant {
        name: String,
        #[command(flatten)]
        grants: GrantArgs,
    },
    /// List the agents and what they may do
    List,
    /// Show one agent and what it may do
    Show { name: String },
    /// End an agent and its key, from its next call on
    Revoke { name: String },
}

/// What an agent is let do.
#[derive(Debug, clap::Args)]
pub(crate) struct GrantArgs {
    /// Only in this connection [default: in every one that has no grant of its own]
    #[arg(long, value_name = "NAME", requires = "areas")]
    connection: Option<String>,

    /// An area and its level: off, read, or full; may be given again
    #[arg(long = "area", value_name = "AREA=LEVEL", value_parser = area_and_level)]
    areas: Vec<(Area, Level)>,
}

pub(crate) async fn run(action: Action, config: &Config, output: Output) -> Result<(), Failure> {
    logging::start_quiet(config)?;
    let opened = opening::existing(config).await?;
    let engine = &opened.engine;
    let done = match action {
        Action::Add { name, grants } => add(engine, &name, &grants, output).await,
        Action::Grant { name, grants } => grant(engine, &name, &grants, output).await,
        Action::List => list(engine, output).await,
        Action::Show { name } => show(engine, &name, output).await,
        Action::Revoke { name } => revoke(engine, &name, output).await,
    };
    opened.close().await;
    done
}

async fn add(
    engine: &Engine,
    name: &str,
    grants: &GrantArgs,
    output: Output,
) -> Result<(), Failure> {
    let made = engine.add_agent(name, &grants.wanted()).await?;
    let made = NewAgentOut::of(made, &engine.connections().await?);
    output.answer(&made, |made| {
        format!("{} (shown once, keep it)\n{}", made.secret, made.agent)
    })
}

async fn grant(
    engine: &Engine,
    name: &str,
    grants: &GrantArgs,
    output: Output,
) -> Result<(), Failure> {
    let wanted = grants.wanted();
    if wanted.is_empty() {
        return Err(Failure::usage(
            "say what to grant, such as --area orders=read",
        ));
    }
    let agent = engine.grant(name, &wanted).await?;
    let shown = AgentOut::of(agent, &engine.connections().await?);
    output.answer(&shown, ToString::to_string)
}

async fn list(engine: &Engine, output: Output) -> Result<(), Failure> {
    let shown = AgentsOut::of(engine.agents().await?, &engine.connections().await?);
    output.answer(&shown, |shown| {
        if shown.agents.is_empty() {
            return "no agents yet: portico agent add NAME --area orders=read".to_owned();
        }
        let rows = shown.agents.iter().map(|agent| {
            let made = format!("{:.0}", agent.created_at);
            [agent.name.clone(), made, agent.summary()]
        });
        table(["name", "made", "may do"], rows)
    })
}

async fn show(engine: &Engine, name: &str, output: Output) -> Result<(), Failure> {
    let agent = engine.agent(name).await?;
    let shown = AgentOut::of(agent, &engine.connections().await?);
    output.answer(&shown, ToString::to_string)
}

async fn revoke(engine: &Engine, name: &str, output: Output) -> Result<(), Failure> {
    engine.revoke_agent(name).await?;
    output.answer(&json!({ "revoked": name }), |_| {
        format!("agent `{name}` may do nothing any more, and its key lets nobody in")
    })
}

impl GrantArgs {
    fn wanted(&self) -> Vec<NewGrant> {
        let areas = self.areas.iter();
        areas
            .map(|(area, level)| NewGrant {
                connection: self.connection.clone(),
                area: *area,
                level: *level,
            })
            .collect()
    }
}

pub(crate) fn area_and_level(text: &str) -> Result<(Area, Level), String> {
    let Some((area, level)) = text.split_once('=') else {
        return Err("give an area and a level, such as orders=read".to_owned());
    };
    let area = area
        .parse()
        .map_err(|why: portico_domain::agent::UnknownArea| why.to_string())?;
    let level = level
        .parse()
        .map_err(|why: portico_domain::agent::UnknownLevel| why.to_string())?;
    Ok((area, level))
}

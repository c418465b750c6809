//! `portico agent`: programs that call vendors through the gateway, each with a key and its grants.

mod rights;

use jiff::{SignedDuration, Timestamp};
use portico_engine::{Engine, KEY_OVERLAP, RightsChange};
use portico_server::view::agent::{AgentOut, AgentsOut, NewAgentOut, RotatedAgentOut};
use serde_json::json;

pub(crate) use rights::area_and_level;

use rights::RightsArgs;

use crate::config::Config;
use crate::duration::duration;
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
        rights: RightsArgs,
    },
    /// Change some of what an agent may do; what is not named stays
    Grant {
        name: String,
        #[command(flatten)]
        rights: RightsArgs,
        /// A rule to take away, by its subject: an operation, the name of a limit, ask: and such a name, or
        /// personal-data; may be given again
        #[arg(long, value_name = "SUBJECT", group = "rights")]
        forget: Vec<String>,
    },
    /// List the agents and what they may do
    List,
    /// Show one agent and what it may do
    Show { name: String },
    /// Give an agent a new key, beside which the former ones are good for a while; this is the only time
    /// that it is shown
    Rotate {
        name: String,
        /// How long the former keys are good, such as 1h; 0 ends them at once [default: 24h]
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        overlap: Option<SignedDuration>,
    },
    /// End an agent and its keys, from its next call on
    Revoke { name: String },
}

pub(crate) async fn run(action: Action, config: &Config, output: Output) -> Result<(), Failure> {
    logging::start_quiet(config)?;
    let opened = opening::existing(config).await?;
    let engine = &opened.engine;
    let done = match action {
        Action::Add { name, rights } => add(engine, &name, rights, output).await,
        Action::Grant {
            name,
            rights,
            forget,
        } => grant(engine, &name, rights, forget, output).await,
        Action::List => list(engine, output).await,
        Action::Show { name } => show(engine, &name, output).await,
        Action::Rotate { name, overlap } => {
            let overlap = overlap.unwrap_or(KEY_OVERLAP);
            rotate(engine, &name, overlap, output).await
        }
        Action::Revoke { name } => revoke(engine, &name, output).await,
    };
    opened.close().await;
    done
}

async fn add(
    engine: &Engine,
    name: &str,
    rights: RightsArgs,
    output: Output,
) -> Result<(), Failure> {
    let rights = rights.rights(engine.now())?;
    let made = engine.add_agent(name, rights).await?;
    let made = NewAgentOut::of(made, &engine.agent_context().await?);
    output.answer(&made, |made| {
        format!("{} (shown once, keep it)\n{}", made.secret, made.agent)
    })
}

async fn grant(
    engine: &Engine,
    name: &str,
    rights: RightsArgs,
    forget: Vec<String>,
    output: Output,
) -> Result<(), Failure> {
    let change = rights.change(forget, engine.now())?;
    if change.is_empty() {
        return Err(Failure::usage(
            "say what to grant, such as --area orders=read",
        ));
    }
    let general = of_every_connection(&change);
    let agent = engine.grant(name, change).await?;
    let shown = AgentOut::of(agent, &engine.agent_context().await?);
    output.answer(&shown, ToString::to_string)?;
    let own = own_of_connections(&shown, &general);
    if own.is_empty() || output.json {
        return Ok(());
    }
    output.aside(format!(
        "note: what connections have of their own goes on to hold there ({}); it is changed with --connection",
        own.join(", ")
    ))
}

/// The areas and subjects of which a change speaks for every connection.
fn of_every_connection(change: &RightsChange) -> Vec<String> {
    let grants = change.grants.iter();
    let areas = grants.filter(|grant| grant.connection.is_none());
    let rules = change.rules.iter();
    let subjects = rules.filter(|rule| rule.connection.is_none());
    areas
        .map(|grant| grant.area.to_string())
        .chain(subjects.map(|rule| rule.says.subject().to_string()))
        .collect()
}

/// What single connections have on these, and which therefore outranks them there.
fn own_of_connections(agent: &AgentOut, general: &[String]) -> Vec<String> {
    let is_meant = |what: &str| general.iter().any(|one| one == what);
    let grants = agent.grants.iter().filter(|grant| is_meant(grant.area));
    let grants = grants.filter_map(|grant| {
        let connection = grant.connection.as_ref()?;
        Some(format!("{connection}: {}={}", grant.area, grant.level))
    });
    let rules = agent.rules.iter().filter(|rule| is_meant(&rule.subject));
    let rules = rules.filter_map(|rule| {
        let connection = rule.connection.as_ref()?;
        Some(format!("{connection}: {}", rule.subject))
    });
    grants.chain(rules).collect()
}

async fn list(engine: &Engine, output: Output) -> Result<(), Failure> {
    let (agents, context) = (engine.agents().await?, engine.agent_context().await?);
    let shown = AgentsOut::of(agents, &context, engine.agents_stopped_at().await?);
    output.answer(&shown, |shown| {
        if shown.agents.is_empty() {
            return "no agents yet: portico agent add NAME --area orders=read".to_owned();
        }
        let rows = shown.agents.iter().map(|agent| {
            let made = format!("{:.0}", agent.created_at);
            [agent.name.clone(), made, agent.summary()]
        });
        let table = table(["name", "made", "may do"], rows);
        match shown.stopped_at {
            Some(since) => format!("{table}\n\n{}", stopped(since)),
            None => table,
        }
    })
}

fn stopped(since: Timestamp) -> String {
    format!(
        "All agents are stopped since {since:.0}: every call of theirs is refused. `portico agents start` lets them call again."
    )
}

async fn show(engine: &Engine, name: &str, output: Output) -> Result<(), Failure> {
    let agent = engine.agent(name).await?;
    let shown = AgentOut::of(agent, &engine.agent_context().await?);
    output.answer(&shown, ToString::to_string)
}

async fn rotate(
    engine: &Engine,
    name: &str,
    overlap: SignedDuration,
    output: Output,
) -> Result<(), Failure> {
    let rotated = engine.rotate_agent_key(name, overlap).await?;
    let rotated = RotatedAgentOut::of(rotated, &engine.agent_context().await?);
    output.answer(&rotated, |rotated| {
        let former = if overlap.is_zero() {
            "its former keys let nobody in any more".to_owned()
        } else {
            format!(
                "its former keys are good until {:.0}",
                rotated.former_end_at
            )
        };
        format!("{} (shown once, keep it; {former})", rotated.secret)
    })
}

async fn revoke(engine: &Engine, name: &str, output: Output) -> Result<(), Failure> {
    engine.revoke_agent(name).await?;
    output.answer(&json!({ "revoked": name }), |_| {
        format!("agent `{name}` may do nothing any more, and its keys let nobody in")
    })
}

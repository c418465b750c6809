//! `portico agents`: the switch that stops all agents at once, and lets them call again.

use portico_server::view::agent::KillSwitchOut;

use crate::config::Config;
use crate::failure::Failure;
use crate::output::Output;
use crate::{logging, opening};

#[derive(Clone, Copy, Debug, clap::Subcommand)]
pub(crate) enum Action {
    /// Stop all agents: each of their calls is refused from the next one on, and their rights stay
    Stop,
    /// Let all agents call again, each as far as its rights go
    Start,
}

pub(crate) async fn run(action: Action, config: &Config, output: Output) -> Result<(), Failure> {
    logging::start_quiet(config)?;
    let opened = opening::existing(config).await?;
    let switched = match action {
        Action::Stop => opened.engine.stop_agents().await,
        Action::Start => opened.engine.start_agents().await,
    };
    opened.close().await;
    output.answer(&KillSwitchOut::from(switched?), in_words)
}

fn in_words(switch: &KillSwitchOut) -> String {
    let agents = match switch.agents {
        1 => "1 agent".to_owned(),
        agents => format!("{agents} agents"),
    };
    match switch.stopped_at {
        Some(since) => format!(
            "{agents} stopped since {since:.0}: every call with an agent's key is refused; `portico agents start` lets them call again"
        ),
        None => format!("{agents} may call, each as far as its rights go"),
    }
}

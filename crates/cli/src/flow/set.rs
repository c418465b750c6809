//! `portico flow set`: changes a flow in place, after asking where something must be made in Kommo.

use std::path::PathBuf;

use portico_engine::{Engine, FlowChange, SettingsChange};
use portico_server::view::flow::FlowChangedOut;

use super::{consent, settings};
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("change").required(true).multiple(true)))]
pub(crate) struct Set {
    /// The flow
    name: String,
    /// The settings that change, in TOML; those that it leaves out stay as they are
    #[arg(long, value_name = "FILE", group = "change")]
    settings: Option<PathBuf>,
    /// Set this setting back to its default; may be given several times
    #[arg(long, value_name = "SETTING", group = "change")]
    default: Vec<String>,
    /// Give the flow another name
    #[arg(long, value_name = "NAME", group = "change")]
    rename: Option<String>,
    /// Make what is missing in Kommo without asking
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(wanted: Set, engine: &Engine, output: Output) -> Result<(), Failure> {
    let mut change: SettingsChange = settings::read(wanted.settings.as_deref())?;
    for setting in &wanted.default {
        change
            .set_default(setting)
            .map_err(|why| Failure::usage(why.to_string()))?;
    }
    let change = FlowChange {
        name: wanted.rename,
        settings: change,
    };
    let plan = engine.plan_flow_change(&wanted.name, &change).await?;
    consent::ask(&plan.to_make, wanted.yes, output)?;
    let changed = engine.change_flow(&wanted.name, &change).await?;
    let seen = engine.flow_view(&changed.flow.id.to_string()).await?;
    output.answer(&FlowChangedOut::from((changed, seen)), ToString::to_string)
}

//! `portico flow add`: says what would be made in Kommo, asks, and makes it.

use std::path::PathBuf;

use portico_engine::{Engine, NewFlow};
use portico_server::view::flow::FlowAddedOut;

use super::{consent, settings};
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Add {
    /// Orders of a Squarespace site to contacts and deals of a Kommo account
    OrdersToKommo(OrdersToKommo),
}

#[derive(Debug, clap::Args)]
pub(crate) struct OrdersToKommo {
    /// A short name of your choice
    name: String,
    /// The connection of the site
    #[arg(long, value_name = "CONNECTION")]
    site: String,
    /// The connection of the Kommo account
    #[arg(long, value_name = "CONNECTION")]
    crm: String,
    /// Settings other than the defaults, in TOML
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Make what is missing in Kommo without asking
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(wanted: Add, engine: &Engine, output: Output) -> Result<(), Failure> {
    let Add::OrdersToKommo(wanted) = wanted;
    let new = NewFlow {
        settings: settings::read(wanted.settings.as_deref())?,
        name: wanted.name,
        site: wanted.site,
        crm: wanted.crm,
    };
    let plan = engine.plan_flow(&new).await?;
    consent::ask(&plan.to_make, wanted.yes, output)?;
    let added = engine.add_flow(&new).await?;
    let seen = engine.flow_view(&added.flow.id.to_string()).await?;
    output.answer(&FlowAddedOut::from((added, seen)), ToString::to_string)
}

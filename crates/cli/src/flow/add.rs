//! `portico flow add`: says what would be made in Kommo, asks, and makes it.

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use portico_domain::flow::Settings;
use portico_engine::{Engine, NewFlow};
use serde::Serialize;

use super::FlowOut;
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

#[derive(Serialize)]
struct Added {
    flow: FlowOut,
    /// What was made in Kommo for it, one sentence each.
    made: Vec<String>,
}

pub(super) async fn run(wanted: Add, engine: &Engine, output: Output) -> Result<(), Failure> {
    let Add::OrdersToKommo(wanted) = wanted;
    let new = NewFlow {
        settings: settings(wanted.settings.as_deref())?,
        name: wanted.name,
        site: wanted.site,
        crm: wanted.crm,
    };
    let plan = engine.plan_flow(&new).await?;
    if !plan.to_make.is_empty() && !wanted.yes {
        agree(&plan.to_make, output)?;
    }
    engine.add_flow(&new).await?;
    let added = Added {
        flow: engine.flow_view(&new.name).await?.into(),
        made: plan.to_make,
    };
    output.answer(&added, |added| {
        let flow = &added.flow;
        format!(
            "flow `{}`: orders of {} become deals in {} from now on\n\
             Past orders: portico flow backfill {} --since DATE",
            flow.name, flow.site, flow.crm, flow.name
        )
    })
}

fn settings(path: Option<&Path>) -> Result<Settings, Failure> {
    let Some(path) = path else {
        return Ok(Settings::default());
    };
    let wrong = |why: String| Failure::usage(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|why| wrong(why.to_string()))?;
    toml::from_str(&text).map_err(|why| wrong(why.to_string()))
}

/// Shows what would be made and asks; refuses where nobody can be asked.
fn agree(to_make: &[String], output: Output) -> Result<(), Failure> {
    if output.json || !std::io::stdin().is_terminal() {
        return Err(Failure::usage(format!(
            "Kommo lacks what this flow needs: {}; run again with --yes to have it made",
            to_make.join("; ")
        )));
    }
    output.aside("This would be made in Kommo:")?;
    for sentence in to_make {
        output.aside(format!("  {sentence}"))?;
    }
    write!(anstream::stderr(), "Go on? [y/N] ")?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Failure::failed("nothing was made"))
}

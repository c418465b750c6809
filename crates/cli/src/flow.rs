//! `portico flow`: which site's orders become deals in which CRM account.

mod add;
mod backfill;
mod consent;
mod repair;
mod set;
mod settings;

use portico_engine::FlowView;
use portico_server::view::flow::{FlowOut, FlowsOut};
use serde_json::json;

use crate::config::Config;
use crate::failure::Failure;
use crate::logging;
use crate::opening::{self, Opened};
use crate::output::{Output, table};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Action {
    /// Set up a flow
    #[command(subcommand)]
    Add(add::Add),
    /// List the flows
    List,
    /// Show one flow with its settings
    Show { name: String },
    /// Change settings of a flow, or its name; what is not given stays as it is
    ///
    /// The settings hold for new orders, and for earlier ones when they next change or are backfilled.
    /// Deals that exist are not touched, and none moves to another pipeline.
    Set(set::Set),
    /// Make again in the CRM what a flow needs and somebody deleted
    Repair(repair::Repair),
    /// Let a flow's work wait; nothing is lost meanwhile
    Pause { name: String },
    /// Let a paused flow go on
    Resume { name: String },
    /// Remove a flow; its deals stay in the CRM and are not looked after any more
    ///
    /// What it has made is remembered: a flow that is added for the same two connections takes the
    /// deals up again, under whatever name.
    Remove { name: String },
    /// Give past orders their deals, oldest first
    Backfill(backfill::BackfillArgs),
}

pub(crate) async fn run(action: Action, config: &Config, output: Output) -> Result<(), Failure> {
    let opened = match &action {
        Action::Backfill(_) => {
            logging::start_quiet(config)?;
            opening::existing_with_credentials(config).await?
        }
        Action::Add(_) | Action::Set(_) | Action::Repair { .. } => {
            logging::start_for_calls(config)?;
            opening::existing_with_credentials(config).await?
        }
        Action::List
        | Action::Show { .. }
        | Action::Pause { .. }
        | Action::Resume { .. }
        | Action::Remove { .. } => {
            logging::start_quiet(config)?;
            opening::existing(config).await?
        }
    };
    let done = on_opened(action, &opened, output).await;
    opened.close().await;
    done
}

async fn on_opened(action: Action, opened: &Opened, output: Output) -> Result<(), Failure> {
    let engine = &opened.engine;
    match action {
        Action::Add(wanted) => add::run(wanted, engine, output).await,
        Action::List => list(engine.flows().await?, output),
        Action::Show { name } => show(engine.flow_view(&name).await?, output),
        Action::Set(wanted) => set::run(wanted, engine, output).await,
        Action::Repair(wanted) => repair::run(wanted, engine, output).await,
        Action::Pause { name } => pause(opened, &name, true, output).await,
        Action::Resume { name } => pause(opened, &name, false, output).await,
        Action::Remove { name } => {
            engine.remove_flow(&name).await?;
            output.answer(&json!({ "removed": name }), |_| {
                format!(
                    "flow `{name}` is removed; its deals stay in the CRM, and a flow that is added for the same two connections takes them up"
                )
            })
        }
        Action::Backfill(wanted) => backfill::run(wanted, engine, output).await,
    }
}

async fn pause(opened: &Opened, name: &str, paused: bool, output: Output) -> Result<(), Failure> {
    let flow = opened.engine.pause_flow(name, paused).await?;
    output.answer(&json!({ "name": flow.name, "paused": flow.paused }), |_| {
        let what = if paused { "is paused" } else { "goes on" };
        format!("flow `{name}` {what}")
    })
}

fn list(flows: Vec<FlowView>, output: Output) -> Result<(), Failure> {
    let shown: FlowsOut = flows.into_iter().collect();
    if output.json {
        return output.document(&shown);
    }
    if shown.flows.is_empty() {
        return output.line("no flows yet: portico flow add orders-to-kommo NAME --site S --crm C");
    }
    let rows = shown.flows.iter().map(|flow| {
        [
            flow.name.clone(),
            format!("{} to {}", flow.site, flow.crm),
            flow.state().to_owned(),
            flow.orders.to_string(),
            flow.deals.to_string(),
            flow.warning.clone().unwrap_or_default(),
        ]
    });
    output.line(table(
        ["name", "from", "state", "orders", "deals", "warning"],
        rows,
    ))
}

fn show(flow: FlowView, output: Output) -> Result<(), Failure> {
    output.answer(&FlowOut::from(flow), |flow| {
        // Shown as the file that `flow add` and `flow set` take.
        let settings = toml::to_string(&flow.settings).unwrap_or_else(|why| why.to_string());
        format!("{flow}\n\n{settings}")
    })
}

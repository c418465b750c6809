//! `portico flow`: which site's orders become deals in which CRM account.

mod add;
mod backfill;

use jiff::Timestamp;
use portico_engine::FlowView;
use serde::Serialize;
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
    /// Make again in the CRM what a flow needs and somebody deleted
    Repair { name: String },
    /// Let a flow's work wait; nothing is lost meanwhile
    Pause { name: String },
    /// Let a paused flow go on
    Resume { name: String },
    /// Remove a flow; its deals stay in the CRM and are not looked after any more
    Remove { name: String },
    /// Give past orders their deals, oldest first
    Backfill(backfill::BackfillArgs),
}

#[derive(Serialize)]
struct FlowOut {
    id: String,
    name: String,
    site: String,
    crm: String,
    paused: bool,
    /// What stands in the way of the whole flow.
    warning: Option<String>,
    /// Orders placed before this get no deal.
    since: Timestamp,
    created_at: Timestamp,
    history_read: bool,
    orders: i64,
    deals: i64,
    settings: serde_json::Value,
}

pub(crate) async fn run(action: Action, config: &Config, output: Output) -> Result<(), Failure> {
    logging::start_quiet(config)?;
    let opened = opening::existing(config).await?;
    let done = on_opened(action, &opened, output).await;
    opened.store.close().await;
    done
}

async fn on_opened(action: Action, opened: &Opened, output: Output) -> Result<(), Failure> {
    let engine = &opened.engine;
    match action {
        Action::Add(wanted) => add::run(wanted, engine, output).await,
        Action::List => list(engine.flows().await?, output),
        Action::Show { name } => show(engine.flow_view(&name).await?, output),
        Action::Repair { name } => {
            engine.repair_flow(&name).await?;
            output.answer(&json!({ "repaired": name }), |_| {
                format!("flow `{name}`: everything that it needs in the CRM is there")
            })
        }
        Action::Pause { name } => pause(opened, &name, true, output).await,
        Action::Resume { name } => pause(opened, &name, false, output).await,
        Action::Remove { name } => {
            engine.remove_flow(&name).await?;
            output.answer(&json!({ "removed": name }), |_| {
                format!("flow `{name}` is removed; its deals stay in the CRM")
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
    let shown: Vec<FlowOut> = flows.into_iter().map(FlowOut::from).collect();
    if output.json {
        return output.document(&json!({ "flows": shown }));
    }
    if shown.is_empty() {
        return output.line("no flows yet: portico flow add orders-to-kommo NAME --site S --crm C");
    }
    let rows = shown.iter().map(|flow| {
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
        let mut text = format!(
            "{}: {} to {}, {}\norders since {}; {} orders read, {} deals\n",
            flow.name,
            flow.site,
            flow.crm,
            flow.state(),
            flow.since,
            flow.orders,
            flow.deals
        );
        if let Some(warning) = &flow.warning {
            text.push_str(&format!("warning: {warning}\n"));
        }
        // Shown as the file that `flow add --settings` takes.
        let settings = toml::to_string(&flow.settings).unwrap_or_else(|why| why.to_string());
        text.push_str(&format!("\n{settings}"));
        text
    })
}

impl FlowOut {
    fn state(&self) -> &'static str {
        match (self.paused, self.history_read) {
            (true, _) => "paused",
            (false, true) => "running",
            (false, false) => "reading history",
        }
    }
}

impl From<FlowView> for FlowOut {
    fn from(view: FlowView) -> Self {
        let flow = view.flow;
        Self {
            id: flow.id.to_string(),
            name: flow.name,
            site: view.site,
            crm: view.crm,
            paused: flow.paused,
            warning: flow.warning,
            since: flow.since,
            created_at: flow.created_at,
            history_read: view.history_read,
            orders: view.orders,
            deals: view.deals,
            settings: without_nulls(serde_json::json!(flow.settings)),
        }
    }
}

/// TOML has no word for nothing.
fn without_nulls(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;

    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}

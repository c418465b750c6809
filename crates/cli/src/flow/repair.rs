//! `portico flow repair`: makes again in Kommo what a flow needs and somebody deleted, after asking.

use portico_engine::Engine;
use portico_server::view::flow::FlowRepairedOut;

use super::consent;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub(crate) struct Repair {
    /// The flow
    name: String,
    /// Make what is missing in Kommo without asking
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(wanted: Repair, engine: &Engine, output: Output) -> Result<(), Failure> {
    let plan = engine.plan_repair(&wanted.name).await?;
    consent::ask(&plan.to_make, wanted.yes, output)?;
    let repaired = engine.repair_flow(&wanted.name).await?;
    let seen = engine.flow_view(&repaired.flow.id.to_string()).await?;
    output.answer(
        &FlowRepairedOut::from((repaired, seen)),
        ToString::to_string,
    )
}

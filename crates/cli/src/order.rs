//! `portico order`: one order across all systems, with its timeline.

use portico_server::view::order::OrdersOut;

use crate::config::Config;
use crate::failure::Failure;
use crate::output::Output;
use crate::{logging, opening};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Action {
    /// Show where an order is, what was done and what helps
    Show {
        /// As people write it: 1042 or '#1042'
        number: String,
    },
}

pub(crate) async fn run(action: Action, config: &Config, output: Output) -> Result<(), Failure> {
    logging::start_quiet(config)?;
    let Action::Show { number } = action;
    let opened = opening::existing(config).await?;
    let found = opened.engine.orders_numbered(&number).await;
    opened.close().await;
    let orders: OrdersOut = found?.into_iter().collect();
    output.answer(&orders, ToString::to_string)
}

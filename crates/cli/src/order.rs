//! `portico order`: one order across all systems, with its timeline.

use std::fmt::Write;

use jiff::Timestamp;
use portico_engine::{DealView, OrderView};
use serde::Serialize;
use serde_json::json;

use crate::config::Config;
use crate::failure::Failure;
use crate::output::Output;
use crate::work::WorkOut;
use crate::{logging, opening};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Action {
    /// Show where an order is, what was done and what helps
    Show {
        /// As people write it: 1042 or '#1042'
        number: String,
    },
}

#[derive(Serialize)]
struct OrderOut {
    id: String,
    number: String,
    site: String,
    placed_at: Timestamp,
    order_of_buyer: i64,
    total: String,
    fulfilment: String,
    payment: String,
    deals: Vec<DealOut>,
    timeline: Vec<EventOut>,
}

#[derive(Serialize)]
struct DealOut {
    flow: String,
    /// One sentence on where the deal is.
    summary: String,
    lead_id: Option<i64>,
    contact_id: Option<i64>,
    pipeline: Option<String>,
    tags: Vec<String>,
    lines: usize,
    notes_pending: usize,
    /// Why the order has no deal.
    skipped: Option<String>,
    /// What is still to be done.
    work: Option<WorkOut>,
}

#[derive(Serialize)]
struct EventOut {
    at: Timestamp,
    text: String,
}

pub(crate) async fn run(action: Action, config: &Config, output: Output) -> Result<(), Failure> {
    logging::start_quiet(config)?;
    let Action::Show { number } = action;
    let opened = opening::existing(config).await?;
    let found = opened.engine.orders_numbered(&number).await;
    opened.store.close().await;
    let orders: Vec<OrderOut> = found?.into_iter().map(OrderOut::from).collect();
    if output.json {
        return output.document(&json!({ "orders": orders }));
    }
    let shown: Vec<String> = orders.iter().map(for_people).collect();
    output.line(shown.join("\n\n"))
}

fn for_people(order: &OrderOut) -> String {
    let mut text = format!(
        "#{} of {}: {}, {}, {}\nplaced {}, order {} of this buyer\n",
        order.number,
        order.site,
        order.total,
        order.fulfilment,
        order.payment,
        order.placed_at,
        order.order_of_buyer
    );
    for deal in &order.deals {
        push(&mut text, format_args!("{}: {}", deal.flow, deal.summary));
        if let Some(pipeline) = &deal.pipeline {
            push(
                &mut text,
                format_args!("  in {pipeline}, tags {}", deal.tags.join(", ")),
            );
        }
    }
    text.push('\n');
    for event in &order.timeline {
        push(&mut text, format_args!("{:.0}  {}", event.at, event.text));
    }
    text.trim_end().to_owned()
}

fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("writing to a text in memory does not fail");
}

impl From<OrderView> for OrderOut {
    fn from(order: OrderView) -> Self {
        Self {
            id: order.id,
            number: order.number,
            site: order.site,
            placed_at: order.placed_at,
            order_of_buyer: order.order_of_buyer,
            total: order.total,
            fulfilment: order.fulfilment,
            payment: order.payment,
            deals: order.deals.into_iter().map(DealOut::from).collect(),
            timeline: order
                .timeline
                .into_iter()
                .map(|event| EventOut {
                    at: event.at,
                    text: event.text,
                })
                .collect(),
        }
    }
}

impl From<DealView> for DealOut {
    fn from(deal: DealView) -> Self {
        Self {
            summary: deal.sentence(),
            flow: deal.flow,
            lead_id: deal.lead_id,
            contact_id: deal.contact_id,
            pipeline: deal.pipeline,
            tags: deal.tags,
            lines: deal.lines,
            notes_pending: deal.notes_pending,
            skipped: deal.skipped,
            work: deal.work.map(WorkOut::from),
        }
    }
}

//! Orders: where each is in every system, what was done, when and why.

use axum::Json as Answer;
use axum::extract::State;
use jiff::Timestamp;
use portico_engine::{DealView, Engine, Event, OrderView};
use serde::Serialize;
use utoipa::ToSchema;

use super::refusals::{Always, OfOne};
use super::work::WorkOut;
use crate::error::ApiError;
use crate::extract::Path;

/// Shows every order with this number, whatever the site
#[utoipa::path(
    get,
    path = "/orders/{number}",
    operation_id = "show_orders",
    tag = "orders",
    params(("number" = String, Path, description = "The order's number as the shop shows it", example = "1042")),
    responses((status = 200, description = "The orders, each with its timeline", body = OrdersOut), Always, OfOne)
)]
pub(crate) async fn show(
    State(engine): State<Engine>,
    Path(number): Path<String>,
) -> Result<Answer<OrdersOut>, ApiError> {
    let orders = engine.orders_numbered(&number).await?;
    let orders = orders.into_iter().map(OrderOut::from).collect();
    Ok(Answer(OrdersOut { orders }))
}

#[derive(Serialize, ToSchema)]
pub(crate) struct OrdersOut {
    orders: Vec<OrderOut>,
}

/// An order and everything that is known of it.
#[derive(Serialize, ToSchema)]
struct OrderOut {
    id: String,
    number: String,
    /// The short name of the Squarespace connection.
    site: String,
    placed_at: Timestamp,
    #[schema(example = "118.48 USD")]
    total: String,
    fulfilment: String,
    payment: String,
    deals: Vec<DealOut>,
    timeline: Vec<TimelineOut>,
}

/// What a flow has made of an order.
#[derive(Serialize, ToSchema)]
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

/// One line of an order's timeline.
#[derive(Serialize, ToSchema)]
struct TimelineOut {
    at: Timestamp,
    text: String,
}

impl From<OrderView> for OrderOut {
    fn from(order: OrderView) -> Self {
        Self {
            id: order.id,
            number: order.number,
            site: order.site,
            placed_at: order.placed_at,
            total: order.total,
            fulfilment: order.fulfilment,
            payment: order.payment,
            deals: order.deals.into_iter().map(DealOut::from).collect(),
            timeline: order.timeline.into_iter().map(TimelineOut::from).collect(),
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

impl From<Event> for TimelineOut {
    fn from(event: Event) -> Self {
        Self {
            at: event.at,
            text: event.text,
        }
    }
}

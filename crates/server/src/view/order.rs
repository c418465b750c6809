//! An order across all systems, with its timeline.

use std::fmt;

use jiff::Timestamp;
use portico_engine::{DealView, Event, OrderView};
use serde::Serialize;
use utoipa::ToSchema;

use super::work::WorkOut;

#[derive(Serialize, ToSchema)]
pub struct OrdersOut {
    pub orders: Vec<OrderOut>,
}

/// An order and everything that is known of it.
#[derive(Serialize, ToSchema)]
pub struct OrderOut {
    pub id: String,
    pub number: String,
    /// The short name of the Squarespace connection.
    pub site: String,
    pub placed_at: Timestamp,
    /// 1 for the buyer's first order on this site.
    pub order_of_buyer: i64,
    #[schema(example = "118.48 USD")]
    pub total: String,
    pub fulfilment: String,
    pub payment: String,
    pub deals: Vec<DealOut>,
    pub timeline: Vec<TimelineOut>,
}

/// What a flow has made of an order.
#[derive(Serialize, ToSchema)]
pub struct DealOut {
    pub flow: String,
    /// One sentence on where the deal is.
    pub summary: String,
    pub lead_id: Option<i64>,
    pub contact_id: Option<i64>,
    pub pipeline: Option<String>,
    pub tags: Vec<String>,
    pub lines: usize,
    pub notes_pending: usize,
    /// Why the order has no deal.
    pub skipped: Option<String>,
    /// What is still to be done.
    pub work: Option<WorkOut>,
}

/// One line of an order's timeline.
#[derive(Serialize, ToSchema)]
pub struct TimelineOut {
    pub at: Timestamp,
    pub text: String,
}

impl fmt::Display for OrdersOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, order) in self.orders.iter().enumerate() {
            let gap = if index == 0 { "" } else { "\n" };
            writeln!(f, "{gap}{order}")?;
        }
        Ok(())
    }
}

impl fmt::Display for OrderOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} of {}: ", self.number, self.site)?;
        write!(f, "{}, {}, {}", self.total, self.fulfilment, self.payment)?;
        let (placed, order) = (self.placed_at, self.order_of_buyer);
        write!(f, "\nplaced {placed}, order {order} of this buyer")?;
        for deal in &self.deals {
            write!(f, "\n{}: {}", deal.flow, deal.summary)?;
            if let Some(pipeline) = &deal.pipeline {
                write!(f, "\n  in {pipeline}, tags {}", deal.tags.join(", "))?;
            }
        }
        if !self.timeline.is_empty() {
            writeln!(f)?;
        }
        self.timeline
            .iter()
            .try_for_each(|line| write!(f, "\n{:.0}  {}", line.at, line.text))
    }
}

impl FromIterator<OrderView> for OrdersOut {
    fn from_iter<I: IntoIterator<Item = OrderView>>(orders: I) -> Self {
        Self {
            orders: orders.into_iter().map(OrderOut::from).collect(),
        }
    }
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

//! One order across all systems: where it is, what was done, when and why, and what helps.

use jiff::Timestamp;
use portico_domain::connection::Connection;
use portico_domain::flow::Flow;
use portico_domain::work::Queue;
use portico_store::events::Event;
use portico_store::work::State;
use portico_store::{Tx, connections, deal_notes, deals, events, flows, orders};

use crate::site::{order_key, stored_order};
use crate::work::{self, WorkView};
use crate::{Engine, Error};

/// An order and everything that is known of it.
#[derive(Clone, Debug)]
pub struct OrderView {
    pub id: String,
    pub number: String,
    pub site: String,
    pub placed_at: Timestamp,
    /// 1 for the buyer's first order on this site.
    pub order_of_buyer: i64,
    pub total: String,
    pub fulfilment: String,
    pub payment: String,
    pub deals: Vec<DealView>,
    pub timeline: Vec<Event>,
}

/// What a flow has made of an order.
#[derive(Clone, Debug)]
pub struct DealView {
    pub flow: String,
    pub lead_id: Option<i64>,
    pub contact_id: Option<i64>,
    pub pipeline: Option<String>,
    pub tags: Vec<String>,
    pub lines: usize,
    pub notes_pending: usize,
    /// Why the order has no deal.
    pub skipped: Option<String>,
    /// The flow leaves orders of that time to a backfill.
    pub is_before_flow: bool,
    /// The work that is to be done, with what went wrong and what helps.
    pub work: Option<WorkView>,
}

impl Engine {
    /// Every order with this number, whatever the site.
    pub async fn orders_numbered(&self, number: &str) -> Result<Vec<OrderView>, Error> {
        let number = number.trim_start_matches('#').to_owned();
        let wanted = number.clone();
        let read = move |tx: &mut dyn Tx| {
            let mut views = Vec::new();
            for (site, row) in orders::numbered(tx, &wanted)? {
                // The orders of a connection that was removed are kept, and not shown.
                if let Some(site) = connections::connection(tx, site)? {
                    views.push(read_view(tx, &site, row)?);
                }
            }
            let is_waited_for = !flows::all(tx)?.is_empty();
            Ok((views, is_waited_for))
        };
        let (found, is_waited_for) = self.store().read(read).await?;
        if found.is_empty() && !is_waited_for {
            return Err(Error::NotFound(format!(
                "order #{number}: orders are known here once a flow takes them up, and there is none; `portico flow add` makes one"
            )));
        }
        if found.is_empty() {
            return Err(no_such_order(&number));
        }
        found.into_iter().map(RawView::finish).collect()
    }
}

pub(crate) fn no_such_order(number: &str) -> Error {
    Error::NotFound(format!(
        "order #{number} (yet: a new order takes up to a minute where the shop sends no notifications)"
    ))
}

struct RawView {
    site: String,
    earlier_of_buyer: i64,
    row: orders::Order,
    deals: Vec<DealView>,
    timeline: Vec<Event>,
}

fn read_view(
    tx: &mut dyn Tx,
    site: &Connection,
    row: orders::Order,
) -> Result<RawView, portico_store::Error> {
    let mut views = Vec::new();
    for flow in flows::of_site(tx, site.id)? {
        views.push(read_deal(tx, &flow, &row)?);
    }
    Ok(RawView {
        site: site.name.clone(),
        earlier_of_buyer: orders::earlier_of_buyers(tx, &[(site.id, &row)])?
            .pop()
            .unwrap_or(0),
        timeline: events::of_order(tx, site.id, &row.id)?,
        deals: views,
        row,
    })
}

fn read_deal(
    tx: &mut dyn Tx,
    flow: &Flow,
    order: &orders::Order,
) -> Result<DealView, portico_store::Error> {
    let order_id = order.id.as_str();
    let record = deals::record(tx, flow.id, order_id)?.unwrap_or_default();
    let key = order_key(flow.id, order_id);
    let applied = record.applied;
    let items = applied
        .as_ref()
        .and_then(|deal| deal.fields.get(&portico_domain::field::Field::Items));
    Ok(DealView {
        flow: flow.name.clone(),
        lead_id: record.lead_id,
        contact_id: record.contact_id,
        lines: items.map_or(0, |items| items.lines().count()),
        pipeline: applied.as_ref().map(|deal| deal.pipeline.clone()),
        tags: applied
            .map(|deal| deal.tags.into_iter().collect())
            .unwrap_or_default(),
        notes_pending: deal_notes::pending(tx, &[(flow.id, order_id)])?
            .iter()
            .map(Vec::len)
            .sum(),
        skipped: record.skipped,
        is_before_flow: order.created_at < flow.since,
        work: work::view(tx, Queue::SyncDeal, &key)?,
    })
}

impl RawView {
    fn finish(self) -> Result<OrderView, Error> {
        let order = stored_order(&self.row, None)?;
        Ok(OrderView {
            id: order.id,
            number: order.number,
            site: self.site,
            placed_at: order.created_at,
            order_of_buyer: self.earlier_of_buyer + 1,
            total: order.grand_total.to_string(),
            fulfilment: order.fulfilment.as_str().to_owned(),
            payment: order.payment.as_str().to_owned(),
            deals: self.deals,
            timeline: self.timeline,
        })
    }
}

impl DealView {
    /// One sentence on where the deal is.
    #[must_use]
    pub fn sentence(&self) -> String {
        let work = self.work.as_ref().map(|work| &work.item);
        match (self.lead_id, &self.skipped, work) {
            (_, _, Some(work)) if work.state == State::Held => {
                format!(
                    "held: {}; {}",
                    work.error.as_deref().unwrap_or("no reason was kept"),
                    work.remedy.as_deref().unwrap_or("run `portico work retry`")
                )
            }
            (Some(lead), _, Some(_)) => format!("deal {lead}, a change is on its way"),
            (Some(lead), _, None) => format!("deal {lead}"),
            (None, Some(reason), _) => format!("no deal: {reason}"),
            (None, None, Some(work)) => match &work.error {
                Some(error) => format!("waiting until {}: {error}", work.due_at),
                None => "waiting for its turn".to_owned(),
            },
            (None, None, None) if self.is_before_flow => {
                "no deal: the order is older than the flow; `portico flow backfill` brings it"
                    .to_owned()
            }
            (None, None, None) => {
                "no deal: its work was dismissed; a change of the order, or `portico flow backfill`, brings it"
                    .to_owned()
            }
        }
    }
}

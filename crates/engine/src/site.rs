//! A shop: reading its orders once, then whatever tells of a change.

mod convert;
mod history;
mod products;
mod read_orders;
mod subscribe;
mod sweep;

use jiff::Timestamp;
use portico_domain::connection::Connection;
use portico_domain::flow::Flow;
use portico_domain::order::Order;
use portico_domain::work::{Priority, Queue};
use portico_domain::{ConnectionId, FlowId};
use portico_store::work::Touch;
use portico_store::{Error as StoreError, Tx, deals, events, flows, orders, work};
use squarespace::OrderId;

pub(crate) use convert::stored_order;
pub use subscribe::Rotated;

/// The key of a piece of work on one order of a connection or a flow.
pub(crate) fn order_key(of: impl std::fmt::Display, order_id: &str) -> String {
    format!("{of}/{order_id}")
}

/// The order in a key of [`order_key`].
pub(crate) fn order_of_key(key: &str) -> &str {
    key.split_once('/').map_or("", |(_, order)| order)
}

/// How an order became known to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Notification,
    Sweep,
    History,
}

/// An order as read from the shop, ready to be stored.
#[derive(Clone)]
pub(crate) struct ReadOrder {
    pub(crate) row: orders::Order,
    /// Changed in a way that its deal shows.
    pub(crate) order: Order,
}

/// Stores orders and marks the deals of every flow that they feed, in one transaction.
///
/// Safe to run twice: an order that is here as new or newer changes nothing and marks nothing.
/// Answers how many were new or changed.
pub(crate) fn store_orders(
    tx: &mut dyn Tx,
    connection: &Connection,
    read: &[ReadOrder],
    source: Source,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let flows = flows::of_site(tx, connection.id)?;
    let rows: Vec<&orders::Order> = read.iter().map(|order| &order.row).collect();
    let known = orders::are_known(tx, connection.id, &rows)?;
    let saved = orders::save(tx, connection.id, &rows)?;
    let mut changed = Vec::new();
    for ((order, is_known), is_saved) in read.iter().zip(known).zip(saved) {
        if is_saved {
            let text = told(&order.order, source, !is_known);
            events::add(tx, connection.id, &order.row.id, &text, now)?;
            changed.push(&order.row);
        }
    }
    if source != Source::History {
        let mut touches = Vec::new();
        for flow in &flows {
            let touch = |order: &str| deal_touch(flow, order, Priority::Live, now);
            touches.extend(wanted_by(tx, flow, &changed)?.into_iter().map(touch));
        }
        work::touch(tx, &touches, now)?;
    }
    Ok(changed.len())
}

/// The orders that a flow cares for. Those placed before it began are left to a backfill, unless they
/// have a deal, or may have one: it follows its order.
fn wanted_by<'a>(
    tx: &mut dyn Tx,
    flow: &Flow,
    orders: &[&'a orders::Order],
) -> Result<Vec<&'a str>, StoreError> {
    let (since, before): (Vec<&orders::Order>, Vec<_>) = orders
        .iter()
        .copied()
        .partition(|order| order.created_at >= flow.since);
    let keys: Vec<_> = before
        .iter()
        .map(|order| (flow.id, order.id.as_str()))
        .collect();
    let records = deals::records(tx, &keys)?;
    let with_deal = before
        .into_iter()
        .zip(records)
        .filter_map(|(order, record)| {
            record
                .filter(|record| record.lead_id.is_some() || record.is_uncertain())
                .map(|_| order)
        });
    let all = since.into_iter().chain(with_deal);
    Ok(all.map(|order| order.id.as_str()).collect())
}

/// "This order's deal needs attention."
pub(crate) fn deal_touch(flow: &Flow, order_id: &str, priority: Priority, due: Timestamp) -> Touch {
    Touch {
        queue: Queue::SyncDeal,
        key: order_key(flow.id, order_id),
        destination: flow.crm.to_string(),
        priority,
        due,
    }
}

/// "This order must be read from the shop."
pub(crate) fn read_touch(connection: ConnectionId, order_id: &str, due: Timestamp) -> Touch {
    Touch {
        queue: Queue::ReadOrder,
        key: order_key(connection, order_id),
        destination: connection.to_string(),
        priority: Priority::Live,
        due,
    }
}

/// An order of a list that could not be read is asked for alone: that ends in a held item, which
/// says so in words.
pub(crate) fn unreadable_touches(
    connection: &Connection,
    unreadable: &[OrderId],
    due: Timestamp,
) -> Vec<Touch> {
    let touch = |order: &OrderId| read_touch(connection.id, order.as_str(), due);
    unreadable.iter().map(touch).collect()
}

/// The lease of whoever changes what a site tells us: meanwhile it may be unknown which subscription is ours.
pub(crate) fn subscription_lease(connection: ConnectionId) -> String {
    format!("subscription/{connection}")
}

/// "This connection as a whole needs attention."
pub(crate) fn connection_touch(queue: Queue, connection: ConnectionId, due: Timestamp) -> Touch {
    Touch {
        queue,
        key: connection.to_string(),
        destination: connection.to_string(),
        priority: Priority::Live,
        due,
    }
}

/// The flow in a key of [`order_key`].
pub(crate) fn flow_of_key(key: &str) -> Option<FlowId> {
    key.split_once('/').and_then(|(flow, _)| flow.parse().ok())
}

fn told(order: &Order, source: Source, is_new: bool) -> String {
    let state = format!(
        "{}, {}, {}",
        order.grand_total,
        order.fulfilment.as_str(),
        order.payment.as_str()
    );
    match (source, is_new) {
        (Source::Notification, true) => format!("read after a notification: {state}"),
        (Source::Notification, false) => format!("changed in the shop: {state}"),
        (Source::Sweep, true) => format!("found by the sweep: {state}"),
        (Source::Sweep, false) => format!("found changed by the sweep: {state}"),
        (Source::History, _) => format!("read with the shop's history: {state}"),
    }
}

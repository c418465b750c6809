//! Reading the orders that notifications told of.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use portico_domain::Priority;
use portico_domain::connection::Connection;
use portico_store::work::{Claim, Outcome};
use portico_store::{Tx, events, work};
use squarespace::{OrderId, OrdersQuery, PaymentStates};
use wire::Kind;

use super::convert::read_order;
use super::{ReadOrder, Source, order_key, order_of_key, store_orders};
use crate::{Engine, Error, Step};

/// From so many orders on, listing what changed lately costs less than asking for each.
const LIST_FROM: usize = 5;

/// A notification is this much older than our receipt of it, at most; older orders are read singly.
const LIST_MARGIN: SignedDuration = SignedDuration::from_mins(2);

impl Engine {
    /// Reads the claimed orders and marks their deals.
    ///
    /// Safe to run twice: an order that is here as new or newer changes nothing.
    pub(crate) async fn read_orders(&self, claim: &Claim) -> Result<Vec<(String, Outcome)>, Error> {
        let connection = self.connection_of_claim(claim).await?;
        let mut wanted: BTreeSet<String> = claim
            .items
            .iter()
            .map(|item| order_of_key(&item.key).to_owned())
            .collect();
        let mut read = Vec::new();
        if wanted.len() >= LIST_FROM {
            read = self.list_recent(&connection, claim, &mut wanted).await?;
        }
        let mut outcomes = Vec::new();
        let mut wanted = wanted.into_iter();
        for id in wanted.by_ref() {
            match self.read_one(&connection, &id).await {
                Ok(order) => read.push(order),
                Err(Error::Vendor { cause, .. }) if is_gone(&cause) => {
                    self.note_gone(&connection, &id).await?;
                }
                Err(error) => {
                    // What was read counts; the rest is tried again.
                    let is_of_all = concerns_all(&error);
                    let outcome = self.outcome_of(error, claim)?;
                    outcomes.push((order_key(connection.id, &id), outcome));
                    if is_of_all {
                        break;
                    }
                }
            }
        }
        if let Some((_, outcome)) = outcomes.last().cloned() {
            outcomes.extend(wanted.map(|id| (order_key(connection.id, &id), outcome.clone())));
        }
        self.learn_products(&connection, &read, Priority::Live)
            .await?;
        self.inner.steps.reached(Step::OrderRead);
        let (now, fence) = (self.now(), claim.clone());
        let write = move |tx: &mut dyn Tx| {
            work::hold_fence(tx, &fence)?;
            store_orders(tx, &connection, &read, Source::Notification, now)
        };
        self.store().write(write).await?;
        self.inner.steps.reached(Step::OrderStored);
        Ok(outcomes)
    }

    /// Lists what changed since the oldest notification, and takes what is found off the wish list.
    async fn list_recent(
        &self,
        connection: &Connection,
        claim: &Claim,
        wanted: &mut BTreeSet<String>,
    ) -> Result<Vec<ReadOrder>, Error> {
        let now = self.now();
        let oldest = claim
            .items
            .iter()
            .map(|item| item.created_at)
            .min()
            .unwrap_or(now);
        let mut query = OrdersQuery::Modified {
            after: oldest - LIST_MARGIN,
            before: now,
            payment_states: PaymentStates::every(),
        };
        let mut read = Vec::new();
        // More pages than there are orders to read would cost more than reading them singly.
        for _ in 0..wanted.len() {
            let (client, this) = (&self.inner.squarespace, &query);
            let page = self
                .call(connection, Priority::Live, |token| async move {
                    client.orders(this, &token).await
                })
                .await?;
            for order in page
                .orders
                .iter()
                .filter(|order| wanted.contains(order.id.as_str()))
            {
                read.push(read_order(
                    order,
                    connection.account.country.as_deref(),
                    now,
                )?);
            }
            for order in &page.orders {
                wanted.remove(order.id.as_str());
            }
            match page.next {
                Some(cursor) if !wanted.is_empty() => query = OrdersQuery::Next(cursor),
                Some(_) | None => break,
            }
        }
        Ok(read)
    }

    async fn read_one(&self, connection: &Connection, id: &str) -> Result<ReadOrder, Error> {
        let (client, id) = (&self.inner.squarespace, &OrderId::from(id));
        let order = self
            .call(connection, Priority::Live, |token| async move {
                client.order(id, &token).await
            })
            .await?;
        read_order(&order, connection.account.country.as_deref(), self.now())
    }

    async fn note_gone(&self, connection: &Connection, order_id: &str) -> Result<(), Error> {
        let (id, order_id, now) = (connection.id, order_id.to_owned(), self.now());
        let write = move |tx: &mut dyn Tx| {
            let text = "a notification told of it, and the shop says that there is no such order";
            events::add(tx, id, &order_id, text, now)
        };
        Ok(self.store().write(write).await?)
    }
}

/// The vendor answers 404 to an unknown order and 400 to what is no order id at all.
fn is_gone(cause: &wire::Error) -> bool {
    matches!(cause.kind, Kind::NotFound | Kind::Rejected)
}

/// Whether the next order would fail alike, so that asking for it only adds to the trouble.
fn concerns_all(error: &Error) -> bool {
    match error {
        Error::Waiting { .. }
        | Error::Connection { .. }
        | Error::Unrecorded
        | Error::Internal(_) => true,
        Error::Vendor { cause, .. } => cause.is_transient(),
        Error::NotFound(_) | Error::Conflict(_) | Error::Invalid(_) | Error::Unauthorized => false,
    }
}

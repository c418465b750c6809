//! Reading every order of a site once, so that "new" and "returning" are right.
//!
//! The list can only be read by the time of change, newest first; deals wait until it is read.

use portico_domain::ConnectionId;
use portico_domain::connection::Connection;
use portico_domain::work::{Priority, Queue};
use portico_store::sites::{self, History};
use portico_store::work::Claim;
use portico_store::{Tx, flows, orders, work};
use squarespace::{Cursor, OrdersQuery, PaymentStates};
use wire::Kind;

use super::convert::read_order;
use super::{Source, deal_touch, store_orders, unreadable_touches};
use crate::{Engine, Error, Step};

impl Engine {
    /// Reads pages until the history is here.
    ///
    /// Safe to run twice: it goes on where it was, and an order that is here already is not changed.
    /// A place that the vendor no longer knows, as after a long pause, is given up for the first page.
    pub(crate) async fn read_history(&self, claim: &Claim) -> Result<(), Error> {
        let connection = self.connection_of_claim(claim).await?;
        let id = connection.id;
        let mut started_again = false;
        loop {
            let read = move |tx: &mut dyn Tx| sites::site(tx, id);
            let Some(site) = self.store().read(read).await? else {
                return Ok(());
            };
            let History::Reading { cursor } = site.history else {
                return Ok(());
            };
            let may_start_again = cursor.is_some() && !started_again;
            match self.read_history_page(&connection, cursor, claim).await {
                Err(Error::Vendor { cause, .. })
                    if may_start_again && cause.kind == Kind::Rejected =>
                {
                    tracing::warn!(connection.id = %id, "Reading the history of `{}` from the start: {cause}", connection.name);
                    self.forget_place(claim, id).await?;
                    started_again = true;
                }
                read => read?,
            }
        }
    }

    async fn forget_place(&self, claim: &Claim, id: ConnectionId) -> Result<(), Error> {
        let claim = claim.clone();
        let write = move |tx: &mut dyn Tx| {
            work::hold_fence(tx, &claim)?;
            sites::save_history(tx, id, &History::Reading { cursor: None }, 0)
        };
        Ok(self.store().write(write).await?)
    }

    async fn read_history_page(
        &self,
        connection: &Connection,
        cursor: Option<String>,
        claim: &Claim,
    ) -> Result<(), Error> {
        let client = &self.inner.squarespace;
        let query = &match cursor {
            Some(cursor) => OrdersQuery::Next(Cursor::from(cursor)),
            None => OrdersQuery::All {
                payment_states: PaymentStates::every(),
            },
        };
        let page = self
            .call(connection, Priority::History, |token| async move {
                client.orders(query, &token).await
            })
            .await?;
        let now = self.now();
        let country = connection.account.country.as_deref();
        let read: Vec<_> = page
            .orders
            .iter()
            .map(|order| read_order(order, country, now))
            .collect::<Result<_, _>>()?;
        self.learn_products(connection, &read, Priority::History)
            .await?;
        let unreadable = unreadable_touches(connection, &page.unreadable, now);
        let next = page.next.map(|cursor| cursor.as_str().to_owned());
        let more = next.is_some();
        let (connection, claim) = (connection.clone(), claim.clone());
        let write = move |tx: &mut dyn Tx| {
            work::hold_fence(tx, &claim)?;
            let added = store_orders(tx, &connection, &read, Source::History, now)?;
            work::touch(tx, &unreadable, now)?;
            let history = match &next {
                Some(cursor) => History::Reading {
                    cursor: Some(cursor.clone()),
                },
                None => History::Read,
            };
            sites::save_history(
                tx,
                connection.id,
                &history,
                i64::try_from(added).unwrap_or(0),
            )?;
            if history == History::Read {
                mark_wanted(tx, &connection, now)?;
            }
            Ok(())
        };
        self.store().write(write).await?;
        if more {
            self.inner.steps.reached(Step::HistoryPageStored);
        }
        Ok(())
    }
}

/// Marks the orders that each flow wants, now that their buyers' history is known.
fn mark_wanted(
    tx: &mut dyn Tx,
    connection: &Connection,
    now: jiff::Timestamp,
) -> Result<(), portico_store::Error> {
    for flow in flows::of_site(tx, connection.id)? {
        let wanted: Vec<_> = orders::placed_since(tx, connection.id, flow.since)?
            .iter()
            .map(|(order, placed)| deal_touch(&flow, order, Priority::History, *placed))
            .collect();
        work::touch(tx, &wanted, now)?;
    }
    // Live orders that came meanwhile have waited for this.
    let flows = flows::of_site(tx, connection.id)?;
    flows
        .iter()
        .try_for_each(|flow| work::hurry(tx, Queue::SyncDeal, &flow.crm.to_string(), now))
}

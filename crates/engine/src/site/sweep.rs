//! Asking a site what changed lately: the only source for API-key sites, and for the others the
//! finder of what no notification told.

use jiff::{SignedDuration, Timestamp};
use portico_domain::Priority;
use portico_domain::connection::Connection;
use portico_domain::work::Queue;
use portico_store::work::Claim;
use portico_store::{Tx, events, notifications, sites, work};
use squarespace::{OrderId, OrdersQuery, PaymentStates};

use super::convert::read_order;
use super::{ReadOrder, Source, connection_touch, store_orders, unreadable_touches};
use crate::{Engine, Error, Step};

/// How often a site is asked when nothing tells us of changes.
const WITHOUT_NOTIFICATIONS: SignedDuration = SignedDuration::from_secs(60);

/// How often it is asked when notifications do, which say nothing of payment states.
const WITH_NOTIFICATIONS: SignedDuration = SignedDuration::from_mins(5);

/// Windows overlap, because the vendor's clock is not ours and its bounds may be exclusive.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);

/// The vendor repeats a notification for 48 hours; a week leaves room.
const NOTIFICATIONS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What one sweep asks for.
#[derive(Clone, Copy)]
struct Window {
    from: Timestamp,
    until: Timestamp,
    /// A subscription should have told of everything in it.
    told: bool,
}

impl Engine {
    /// Reads what changed since the last sweep, and sets the time of the next.
    ///
    /// Safe to run twice: an order that is here as new or newer changes nothing. The window is
    /// closed before it is read, so what changes meanwhile is in the next one.
    pub(crate) async fn sweep_orders(&self, claim: &Claim) -> Result<(), Error> {
        let connection = self.connection_of_claim(claim).await?;
        let id = connection.id;
        let read = move |tx: &mut dyn Tx| sites::site(tx, id);
        let Some(site) = self.store().read(read).await? else {
            return Ok(());
        };
        let now = self.now();
        let window = Window {
            from: site.swept_until.unwrap_or(connection.created_at) - OVERLAP,
            until: now,
            told: site.subscription_id.is_some(),
        };
        self.read_window(&connection, &window, claim).await?;
        let every = if window.told {
            WITH_NOTIFICATIONS
        } else {
            WITHOUT_NOTIFICATIONS
        };
        let fence = claim.clone();
        let write = move |tx: &mut dyn Tx| {
            work::hold_fence(tx, &fence)?;
            sites::save_swept(tx, id, now)?;
            notifications::prune(tx, id, now - NOTIFICATIONS_KEPT)?;
            let next = connection_touch(Queue::SweepOrders, id, now + every);
            work::touch(tx, &[next], now)
        };
        self.store().write(write).await?;
        self.look_after_subscription(&connection, &site).await;
        Ok(())
    }

    /// Stores page by page: after a long outage a window may hold more than fits in memory.
    async fn read_window(
        &self,
        connection: &Connection,
        window: &Window,
        claim: &Claim,
    ) -> Result<(), Error> {
        let mut query = OrdersQuery::Modified {
            after: window.from,
            before: window.until,
            payment_states: PaymentStates::every(),
        };
        loop {
            let (client, this) = (&self.inner.squarespace, &query);
            let page = self
                .call(connection, Priority::Live, |token| async move {
                    client.orders(this, &token).await
                })
                .await?;
            let country = connection.account.country.as_deref();
            let found: Vec<ReadOrder> = page
                .orders
                .iter()
                .map(|order| read_order(order, country, window.until))
                .collect::<Result<_, _>>()?;
            self.learn_products(connection, &found, Priority::Live)
                .await?;
            self.store_found(connection, window, claim, found, &page.unreadable)
                .await?;
            match page.next {
                Some(cursor) => {
                    self.inner.steps.reached(Step::SweepPageStored);
                    query = OrdersQuery::Next(cursor);
                }
                None => return Ok(()),
            }
        }
    }

    async fn store_found(
        &self,
        connection: &Connection,
        window: &Window,
        claim: &Claim,
        found: Vec<ReadOrder>,
        unreadable: &[OrderId],
    ) -> Result<(), Error> {
        let (id, now) = (connection.id, window.until);
        let unreadable = unreadable_touches(connection, unreadable, now);
        let (window, fence, connection) = (*window, claim.clone(), connection.clone());
        let write = move |tx: &mut dyn Tx| {
            work::hold_fence(tx, &fence)?;
            let untold = if window.told {
                untold(tx, &connection, &found, window.from)?
            } else {
                Vec::new()
            };
            let changed = store_orders(tx, &connection, &found, Source::Sweep, now)?;
            for order in &untold {
                let text = "no notification had told of it: the sweep found what the vendor's webhook missed";
                events::add(tx, id, order, text, now)?;
            }
            work::touch(tx, &unreadable, now)?;
            Ok((changed, untold.len()))
        };
        let (changed, missed) = self.store().write(write).await?;
        if changed > 0 {
            tracing::info!(connection.id = %id, "The sweep found {changed} new or changed orders, {missed} of them untold");
        }
        Ok(())
    }
}

/// New orders that a subscription should have told of and did not.
fn untold(
    tx: &mut dyn Tx,
    connection: &Connection,
    found: &[ReadOrder],
    since: Timestamp,
) -> Result<Vec<String>, portico_store::Error> {
    let rows: Vec<_> = found.iter().map(|order| &order.row).collect();
    let known = portico_store::orders::are_known(tx, connection.id, &rows)?;
    let mut untold = Vec::new();
    for (order, is_known) in found.iter().zip(known) {
        if !is_known && !notifications::told_of(tx, connection.id, &order.row.id, since)? {
            untold.push(order.row.id.clone());
        }
    }
    Ok(untold)
}

//! Past orders: giving them their deals, and how far that is.

use jiff::Timestamp;
use portico_domain::audit::Action;
use portico_domain::work::{Priority, Queue};
use portico_store::sites::History;
use portico_store::work::Touch;
use portico_store::{Tx, contacts, crms, deals, flows, orders, sites, work};

use crate::site::deal_touch;
use crate::{Engine, Error};

/// Orders marked in one transaction: a longer one would hold up everybody else's.
pub(super) const MARKED_AT_ONCE: usize = 500;

/// What a backfill has started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backfill {
    /// Orders marked now; those of a history that is still being read follow.
    pub orders: i64,
    pub history_read: bool,
}

/// How far a flow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub history_read: bool,
    pub orders_read: i64,
    pub contacts_read: bool,
    pub contacts: i64,
    pub deals: i64,
    /// Work of this flow that is waiting or running, and held.
    pub waiting: i64,
    pub held: i64,
}

impl Engine {
    /// Gives every order placed since a date a deal, oldest first, after everything more urgent.
    ///
    /// Safe to run twice: an order that has its deal is compared and left alone.
    pub async fn backfill(&self, name: &str, since: Timestamp) -> Result<Backfill, Error> {
        let flow = self.flow_named(name).await?;
        let name = flow.name.clone();
        let work = async {
            let now = self.now();
            if since > now {
                return Err(Error::Invalid(format!(
                    "{since} is in the future; give a day in the past"
                )));
            }
            let (id, site) = (flow.id, flow.site);
            let start = move |tx: &mut dyn Tx| {
                flows::start_earlier(tx, id, since)?;
                let history_read = is_read(sites::site(tx, site)?.as_ref());
                // The end of the reading marks what the flow wants by then.
                let placed = if history_read {
                    orders::placed_since(tx, site, since)?
                } else {
                    Vec::new()
                };
                Ok((history_read, placed))
            };
            let (history_read, placed) = self.store().write(start).await?;
            for some in placed.chunks(MARKED_AT_ONCE) {
                let touches: Vec<Touch> = some
                    .iter()
                    // Due since it was placed, so that the oldest goes first.
                    .map(|(order, placed)| deal_touch(&flow, order, Priority::History, *placed))
                    .collect();
                let mark = move |tx: &mut dyn Tx| work::touch(tx, &touches, now);
                self.store().write(mark).await?;
            }
            Ok(Backfill {
                orders: i64::try_from(placed.len()).unwrap_or(i64::MAX),
                history_read,
            })
        };
        self.on_record(Action::BackfillFlow, &name, work).await
    }

    /// How far a flow is, for a progress bar.
    pub async fn progress(&self, name: &str) -> Result<Progress, Error> {
        let flow = self.flow_named(name).await?;
        let read = move |tx: &mut dyn Tx| {
            let site = sites::site(tx, flow.site)?;
            let crm = crms::crm(tx, flow.crm)?.unwrap_or_default();
            let (waiting, held) = work::count_prefix(tx, Queue::SyncDeal, &flow.id.to_string())?;
            Ok(Progress {
                history_read: is_read(site.as_ref()),
                orders_read: orders::count(tx, flow.site)?,
                contacts_read: crm.contacts_read,
                contacts: contacts::count(tx, flow.crm)?,
                deals: deals::count_made(tx, flow.id)?,
                waiting,
                held,
            })
        };
        Ok(self.store().read(read).await?)
    }
}

fn is_read(site: Option<&sites::Site>) -> bool {
    site.is_some_and(|site| site.history == History::Read)
}

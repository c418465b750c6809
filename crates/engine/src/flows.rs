//! Flows: setting one up, its settings, its history, its pause.

use jiff::{SignedDuration, Timestamp};
use portico_domain::connection::{Connection, Status, check_name};
use portico_domain::flow::{Flow, FlowId, Settings};
use portico_domain::work::{Priority, Queue};
use portico_domain::{App, ConnectionId};
use portico_store::sites::History;
use portico_store::work::Touch;
use portico_store::{Tx, crms, deals, flows, orders, sites, work};

use crate::site::{connection_touch, deal_touch};
use crate::{Engine, Error};

/// How often a token is renewed when nobody uses it: a week of idleness would kill it.
pub(crate) const RENEW_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// Orders marked in one transaction: a longer one would hold up everybody else's.
const MARKED_AT_ONCE: usize = 500;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct NewFlow {
    pub name: String,
    /// The short names of the two connections.
    pub site: String,
    pub crm: String,
    pub settings: Settings,
}

/// What setting up a flow would do at the CRM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowPlan {
    /// One sentence for each thing that would be made; empty when all is there.
    pub to_make: Vec<String>,
}

/// A flow as people see it.
#[derive(Clone, Debug)]
pub struct FlowView {
    pub flow: Flow,
    pub site: String,
    pub crm: String,
    pub history_read: bool,
    pub orders: i64,
    pub deals: i64,
}

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
    /// Work of this flow that is waiting or running, and held or dead.
    pub waiting: i64,
    pub held: i64,
}

impl Engine {
    /// Says what a flow would need to be made at the CRM, and makes nothing.
    pub async fn plan_flow(&self, new: &NewFlow) -> Result<FlowPlan, Error> {
        let (_, crm) = self.ends_of(new).await?;
        let missing = self.missing(&crm, &new.settings).await?;
        Ok(FlowPlan {
            to_make: missing.sentences(),
        })
    }

    /// Sets up a flow: makes what is missing at the CRM, subscribes to what can tell of changes, and
    /// starts to read the shop's history and the CRM's contacts.
    pub async fn add_flow(&self, new: &NewFlow) -> Result<Flow, Error> {
        check_name(&new.name).map_err(|why| Error::Invalid(format!("`{}`: {why}", new.name)))?;
        let (site, crm) = self.ends_of(new).await?;
        self.refuse_same_flow(new, &site, &crm).await?;
        self.provision(&crm, &new.settings).await?;
        let now = self.now();
        let flow = Flow {
            id: FlowId::new(self.inner.chance.id(now)),
            name: new.name.clone(),
            site: site.id,
            crm: crm.id,
            settings: new.settings.clone(),
            since: now,
            paused: false,
            warning: None,
            created_at: now,
        };
        let added = flow.clone();
        let write = move |tx: &mut dyn Tx| {
            sites::add(tx, added.site)?;
            crms::add(tx, added.crm)?;
            flows::add(tx, &added)?;
            work::touch(tx, &first_work(&added, now), now)
        };
        self.store().write(write).await?;
        self.subscribe(&site, &crm).await;
        Ok(flow)
    }

    async fn refuse_same_flow(
        &self,
        new: &NewFlow,
        site: &Connection,
        crm: &Connection,
    ) -> Result<(), Error> {
        let (name, site, crm) = (new.name.clone(), site.id, crm.id);
        let read = move |tx: &mut dyn Tx| Ok((flows::named(tx, &name)?, flows::of_site(tx, site)?));
        let (named, of_site) = self.store().read(read).await?;
        if named.is_some() {
            return Err(Error::Conflict(format!(
                "there is already a flow `{}`; choose another name",
                new.name
            )));
        }
        // A second one would make every deal twice.
        match of_site.iter().find(|flow| flow.crm == crm) {
            None => Ok(()),
            Some(same) => Err(Error::Conflict(format!(
                "the flow `{}` goes from `{}` to `{}` already; a second one would make every deal twice",
                same.name, new.site, new.crm
            ))),
        }
    }

    /// Without notifications everything still works by sweeps, so a refusal only is told.
    async fn subscribe(&self, site: &Connection, crm: &Connection) {
        if let Err(error) = self.subscribe_site(site).await {
            tracing::warn!(connection.id = %site.id, error = %error, "No notifications from `{}`: its orders are swept", site.name);
        }
        if let Err(error) = self.subscribe_crm(crm).await {
            tracing::warn!(connection.id = %crm.id, error = %error, "No notifications from `{}`: its contacts are swept", crm.name);
        }
    }

    async fn ends_of(&self, new: &NewFlow) -> Result<(Connection, Connection), Error> {
        let site = self.connection_named(&new.site).await?;
        let crm = self.connection_named(&new.crm).await?;
        let wrong = |connection: &Connection, wanted: App| {
            Error::Invalid(format!(
                "connection `{}` is of {}, and this end of the flow must be of {wanted}",
                connection.name, connection.app
            ))
        };
        if site.app != App::Squarespace {
            return Err(wrong(&site, App::Squarespace));
        }
        if crm.app != App::Kommo {
            return Err(wrong(&crm, App::Kommo));
        }
        Ok((site, crm))
    }

    /// Every flow, as people see it.
    pub async fn flows(&self) -> Result<Vec<FlowView>, Error> {
        let names = self.connections().await?;
        let name_of = move |id: ConnectionId| {
            let found = names.iter().find(|connection| connection.id == id);
            found.map_or_else(|| id.to_string(), |connection| connection.name.clone())
        };
        let read = |tx: &mut dyn Tx| {
            let mut views = Vec::new();
            for flow in flows::all(tx)? {
                let site = sites::site(tx, flow.site)?;
                let orders = orders::count(tx, flow.site)?;
                let deals = deals::count_made(tx, flow.id)?;
                views.push((flow, is_read(site.as_ref()), orders, deals));
            }
            Ok(views)
        };
        let views = self.store().read(read).await?.into_iter();
        Ok(views
            .map(|(flow, history_read, orders, deals)| FlowView {
                site: name_of(flow.site),
                crm: name_of(flow.crm),
                flow,
                history_read,
                orders,
                deals,
            })
            .collect())
    }

    /// The flow of a name, as people see it.
    pub async fn flow_view(&self, name: &str) -> Result<FlowView, Error> {
        let views = self.flows().await?;
        let found = views.into_iter().find(|view| view.flow.name == name);
        found.ok_or_else(|| Error::NotFound(format!("flow `{name}`")))
    }

    /// The flow of a name.
    pub async fn flow_named(&self, name: &str) -> Result<Flow, Error> {
        let wanted = name.to_owned();
        let read = move |tx: &mut dyn Tx| flows::named(tx, &wanted);
        let flow = self.store().read(read).await?;
        flow.ok_or_else(|| Error::NotFound(format!("flow `{name}`")))
    }

    /// Gives every order placed since a date a deal, oldest first, after everything more urgent.
    ///
    /// Safe to run twice: an order that has its deal is compared and left alone.
    pub async fn backfill(&self, name: &str, since: Timestamp) -> Result<Backfill, Error> {
        let flow = self.flow_named(name).await?;
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
                contacts: portico_store::contacts::count(tx, flow.crm)?,
                deals: deals::count_made(tx, flow.id)?,
                waiting,
                held,
            })
        };
        Ok(self.store().read(read).await?)
    }

    /// Stops or goes on with a flow; what comes while it is paused waits and is not lost.
    pub async fn pause_flow(&self, name: &str, paused: bool) -> Result<Flow, Error> {
        let mut flow = self.flow_named(name).await?;
        flow.paused = paused;
        let (id, now) = (flow.id, self.now());
        let write = move |tx: &mut dyn Tx| {
            flows::save_paused(tx, id, paused)?;
            if !paused {
                work::retry_prefix(tx, Queue::SyncDeal, &id.to_string(), now)?;
            }
            Ok(())
        };
        self.store().write(write).await?;
        Ok(flow)
    }

    /// Removes a flow with its work and what is known of its deals; at the vendors nothing changes.
    pub async fn remove_flow(&self, name: &str) -> Result<(), Error> {
        let id = self.flow_named(name).await?.id;
        let write = move |tx: &mut dyn Tx| {
            work::remove_prefix(tx, Queue::SyncDeal, &id.to_string())?;
            flows::remove(tx, id)
        };
        Ok(self.store().write(write).await?)
    }

    /// Renews an OAuth token that nobody has used for a day, and sets the next time.
    ///
    /// Safe to run twice: a token that was renewed lately is left alone, and so is one that is
    /// known to be lost: a refusal would only blur why.
    pub(crate) async fn refresh_when_old(&self, claim: &work::Claim) -> Result<(), Error> {
        let connection = self.connection_of_claim(claim).await?;
        let credential = self.credential(&connection).await?;
        let now = self.now();
        let is_lost = matches!(
            connection.status,
            Status::NeedsReauthorization | Status::Revoked
        );
        if !is_lost && credential.is_older_than(RENEW_EVERY / 2, now) {
            self.renewed(&connection, credential.token()).await?;
        }
        let id = connection.id;
        let write = move |tx: &mut dyn Tx| {
            work::touch(
                tx,
                &[connection_touch(Queue::RefreshToken, id, now + RENEW_EVERY)],
                now,
            )
        };
        Ok(self.store().write(write).await?)
    }
}

/// What a new flow starts with.
fn first_work(flow: &Flow, now: Timestamp) -> Vec<Touch> {
    vec![
        connection_touch(Queue::ReadHistory, flow.site, now),
        connection_touch(Queue::SweepOrders, flow.site, now),
        connection_touch(Queue::IndexContacts, flow.crm, now),
    ]
}

fn is_read(site: Option<&sites::Site>) -> bool {
    site.is_some_and(|site| site.history == History::Read)
}

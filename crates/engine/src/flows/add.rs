//! Setting up a flow between two connections, or taking up again what an earlier one has made.

use jiff::Timestamp;
use portico_domain::audit::Action;
use portico_domain::connection::{Connection, check_name};
use portico_domain::flow::{Flow, FlowId, Settings};
use portico_domain::work::{Priority, Queue};
use portico_domain::{App, ConnectionId};
use portico_store::work::Touch;
use portico_store::{Error as StoreError, Tx, connections, crms, deals, flows, sites, work};

use super::backfill::MARKED_AT_ONCE;
use super::{check, name_taken};
use crate::site::{connection_touch, deal_touch};
use crate::{Engine, Error};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct NewFlow {
    pub name: String,
    /// The short names of the two connections.
    pub site: String,
    pub crm: String,
    pub settings: Settings,
}

/// What setting up or changing a flow would do at the CRM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowPlan {
    /// One sentence for each thing that would be made; empty when all is there.
    pub to_make: Vec<String>,
}

/// A flow that was set up.
#[derive(Clone, Debug)]
pub struct FlowAdded {
    pub flow: Flow,
    /// One sentence for each thing that was made at the CRM.
    pub made: Vec<String>,
    /// How many deals an earlier flow between the same connections had made.
    pub taken_up: i64,
}

impl Engine {
    /// Says what a flow would need to be made at the CRM, and makes nothing.
    pub async fn plan_flow(&self, new: &NewFlow) -> Result<FlowPlan, Error> {
        let (_, crm) = self.ends_of(new).await?;
        self.plan_for(&crm, &new.settings).await
    }

    /// Sets up a flow: makes what is missing at the CRM, subscribes to what can tell of changes, and
    /// starts to read the shop's history and the CRM's contacts.
    ///
    /// One that was removed comes back with its identifier, so that the deals it has made are known.
    pub async fn add_flow(&self, new: &NewFlow) -> Result<FlowAdded, Error> {
        check_name(&new.name).map_err(|why| Error::Invalid(format!("`{}`: {why}", new.name)))?;
        let work = async {
            let (site, crm) = self.ends_of(new).await?;
            let (wanted, ends) = (new.clone(), [site.id, crm.id]);
            let read = move |tx: &mut dyn Tx| refusal(tx, &wanted, ends);
            if let Some(refusal) = self.store().read(read).await? {
                return Err(refusal);
            }
            let made = self.equip(&crm, &new.settings).await?;
            let (flow, taken_up) = self.store_flow(new, ends).await?;
            self.take_up(&flow).await?;
            self.subscribe(&site, &crm).await;
            Ok(FlowAdded {
                flow,
                made,
                taken_up,
            })
        };
        self.on_record(Action::AddFlow, &new.name, work).await
    }

    /// What these settings need to be made at the CRM, provided that it has what they choose from.
    pub(super) async fn plan_for(
        &self,
        crm: &Connection,
        settings: &Settings,
    ) -> Result<FlowPlan, Error> {
        let missing = self.missing(crm, settings).await?;
        // As they were read just now.
        let facts = self.account_facts(crm).await?;
        check::choices(settings, &facts)?;
        Ok(FlowPlan {
            to_make: missing.sentences(),
        })
    }

    /// Makes what these settings need at the CRM, and tells what that was; makes nothing when they
    /// choose what is not there.
    pub(super) async fn equip(
        &self,
        crm: &Connection,
        settings: &Settings,
    ) -> Result<Vec<String>, Error> {
        self.plan_for(crm, settings).await?;
        Ok(self.provision(crm, settings).await?.sentences())
    }

    /// Has every order that an earlier flow of the pair began looked at: it may have changed, or a
    /// create may have lost its answer.
    async fn take_up(&self, flow: &Flow) -> Result<(), Error> {
        let (id, now) = (flow.id, self.now());
        let read = move |tx: &mut dyn Tx| deals::begun(tx, id);
        for orders in self.store().read(read).await?.chunks(MARKED_AT_ONCE) {
            let touch = |order: &String| deal_touch(flow, order, Priority::History, now);
            let touches: Vec<Touch> = orders.iter().map(touch).collect();
            let mark = move |tx: &mut dyn Tx| work::touch(tx, &touches, now);
            self.store().write(mark).await?;
        }
        Ok(())
    }

    /// Answers the flow, and how many deals its pair has had before. The check and the write are one
    /// transaction: of two that ask for the same, one is refused.
    async fn store_flow(
        &self,
        new: &NewFlow,
        ends: [ConnectionId; 2],
    ) -> Result<(Flow, i64), Error> {
        let now = self.now();
        let wanted = new.clone();
        let fresh = FlowId::new(self.inner.chance.id(now));
        let write = move |tx: &mut dyn Tx| {
            flows::lock(tx)?;
            if let Some(refusal) = refusal(tx, &wanted, ends)? {
                return Ok(Err(refusal));
            }
            let [site, crm] = ends;
            let flow = Flow {
                id: flows::of_pair(tx, site, crm)?.unwrap_or(fresh),
                name: wanted.name.clone(),
                site,
                crm,
                settings: wanted.settings.clone(),
                since: now,
                paused: false,
                warning: None,
                created_at: now,
            };
            sites::add(tx, site)?;
            crms::add(tx, crm)?;
            flows::add(tx, &flow)?;
            work::touch(tx, &first_work(&flow, now), now)?;
            let taken_up = deals::count_made(tx, flow.id)?;
            Ok(Ok((flow, taken_up)))
        };
        self.store().write(write).await?
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
        // Whose it is turns out when it is tried; should that account be known, it takes up another identifier.
        let untried = [&site, &crm]
            .into_iter()
            .find(|connection| connection.account.id.is_empty());
        if let Some(untried) = untried {
            return Err(Error::Conflict(format!(
                "connection `{0}` was never tried with success; run `portico connection test {0}` first",
                untried.name
            )));
        }
        self.must_read_orders(&site).await?;
        Ok((site, crm))
    }
}

/// Why a flow cannot be set up as things are.
fn refusal(
    tx: &mut dyn Tx,
    new: &NewFlow,
    [site, crm]: [ConnectionId; 2],
) -> Result<Option<Error>, StoreError> {
    if flows::named(tx, &new.name)?.is_some() {
        return Ok(Some(name_taken(&new.name)));
    }
    for (name, id) in [(&new.site, site), (&new.crm, crm)] {
        if connections::named(tx, name)?.is_none_or(|there| there.id != id) {
            return Ok(Some(Error::NotFound(format!("connection `{name}`"))));
        }
    }
    // A second one would make every deal twice.
    let same = flows::of_site(tx, site)?
        .into_iter()
        .find(|flow| flow.crm == crm);
    Ok(same.map(|same| {
        Error::Conflict(format!(
            "the flow `{}` goes from `{}` to `{}` already; a second one would make every deal twice",
            same.name, new.site, new.crm
        ))
    }))
}

/// What a new flow starts with.
fn first_work(flow: &Flow, now: Timestamp) -> Vec<Touch> {
    vec![
        connection_touch(Queue::ReadHistory, flow.site, now),
        connection_touch(Queue::SweepOrders, flow.site, now),
        connection_touch(Queue::IndexContacts, flow.crm, now),
    ]
}

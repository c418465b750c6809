//! The whole at a glance: what needs somebody, what happened lately, how the flows are.

use jiff::Timestamp;
use portico_domain::connection::Connection;
use portico_domain::work::Queue;
use portico_store::agents::stop;
use portico_store::events::Latest;
use portico_store::work::{self as queue, Count, State};
use portico_store::{Tx, approvals, connections, events, orders};

use crate::approvals::first_waiting;
use crate::work::{self, WorkView};
use crate::{Engine, Error, FlowView, WaitingCall};

/// How much of each list is shown.
const SHOWN: usize = 50;

/// So many of the calls that wait for a person are shown.
const ASKING: i64 = 5;

/// The state of everything.
#[derive(Clone, Debug)]
pub struct Overview {
    pub connections: Vec<Connection>,
    pub flows: Vec<FlowHealth>,
    /// Held work: what needs somebody.
    pub stuck: Vec<WorkView>,
    pub counts: Vec<Count>,
    /// What happened last, newest first.
    pub latest: Vec<Happening>,
    /// Since when all agents are stopped.
    pub agents_stopped_at: Option<Timestamp>,
    /// How many calls of agents wait for a person.
    pub asking: i64,
    /// The first of them.
    pub first_asking: Vec<WaitingCall>,
}

/// A line of some order's timeline, with its place in the stream of all of them.
#[derive(Clone, Debug)]
pub struct Happening {
    pub place: i64,
    pub at: Timestamp,
    /// The short name of the connection.
    pub site: String,
    pub order_id: String,
    /// Unknown until the order was read.
    pub order_number: Option<String>,
    pub text: String,
}

/// A flow with how much of it waits.
#[derive(Clone, Debug)]
pub struct FlowHealth {
    pub view: FlowView,
    pub waiting: i64,
    pub held: i64,
}

impl Engine {
    /// The state of everything.
    pub async fn overview(&self) -> Result<Overview, Error> {
        let (connections, flows) = (self.connections().await?, self.flow_health().await?);
        let now = self.now();
        let read = move |tx: &mut dyn Tx| {
            let stuck = work::list(tx, Some(State::Held), SHOWN)?;
            let latest = events::newest(tx, i64::try_from(SHOWN).unwrap_or(50))?;
            let latest = with_orders(tx, latest)?;
            Ok(Overview {
                connections: connections.clone(),
                flows: flows.clone(),
                stuck,
                counts: queue::counts(tx)?,
                latest,
                agents_stopped_at: stop::since(tx)?,
                asking: approvals::all_waiting(tx, now)?,
                first_asking: first_waiting(tx, ASKING, now)?,
            })
        };
        Ok(self.store().read(read).await?)
    }

    /// Every flow, with how much of it waits.
    pub(crate) async fn flow_health(&self) -> Result<Vec<FlowHealth>, Error> {
        let views = self.flows().await?;
        let ids: Vec<String> = views.iter().map(|view| view.flow.id.to_string()).collect();
        let read = move |tx: &mut dyn Tx| {
            let counts = ids
                .iter()
                .map(|id| queue::count_prefix(tx, Queue::SyncDeal, id));
            counts.collect::<Result<Vec<_>, _>>()
        };
        let counts = self.store().read(read).await?;
        let flows = views.into_iter().zip(counts);
        Ok(flows
            .map(|(view, (waiting, held))| FlowHealth {
                view,
                waiting,
                held,
            })
            .collect())
    }

    /// What happened after a place in the stream of all timelines, oldest first.
    pub async fn events_after(&self, place: i64) -> Result<Vec<Happening>, Error> {
        let read = move |tx: &mut dyn Tx| {
            let latest = events::after(tx, place, 500)?;
            with_orders(tx, latest)
        };
        Ok(self.store().read(read).await?)
    }
}

/// Adds what people call the site and the order.
fn with_orders(
    tx: &mut dyn Tx,
    latest: Vec<Latest>,
) -> Result<Vec<Happening>, portico_store::Error> {
    let names = connections::all(tx)?;
    latest
        .into_iter()
        .map(|line| {
            let site = names
                .iter()
                .find(|connection| connection.id.to_string() == line.connection);
            let order = match site {
                Some(site) => orders::order(tx, site.id, &line.order_id)?,
                None => None,
            };
            Ok(Happening {
                place: line.place,
                at: line.at,
                site: site.map_or(line.connection, |site| site.name.clone()),
                order_id: line.order_id,
                order_number: order.map(|order| order.number),
                text: line.text,
            })
        })
        .collect()
}

//! The whole at a glance: what needs somebody, what happened lately, how the flows are.

use jiff::Timestamp;
use portico_domain::connection::Connection;
use portico_domain::work::Queue;
use portico_store::events::Latest;
use portico_store::work::{Count, Filter, State, WorkItem};
use portico_store::{Tx, connections, events, flows, orders, work};

use crate::site::order_of_key;
use crate::{Engine, Error, FlowView};

/// How much of each list is shown.
const SHOWN: usize = 50;

/// The state of everything, in one read.
#[derive(Clone, Debug)]
pub struct Overview {
    pub connections: Vec<Connection>,
    pub flows: Vec<FlowHealth>,
    /// Held and dead work: what needs somebody.
    pub stuck: Vec<Stuck>,
    pub counts: Vec<Count>,
    /// What happened last, newest first.
    pub latest: Vec<Happening>,
}

/// Work that waits for somebody.
#[derive(Clone, Debug)]
pub struct Stuck {
    /// What it is about, as people call it: `order #1042 of acme`.
    pub about: String,
    pub work: WorkItem,
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
        let connections = self.connections().await?;
        let views = self.flows().await?;
        let ids: Vec<String> = views.iter().map(|view| view.flow.id.to_string()).collect();
        let read = move |tx: &mut dyn Tx| {
            let mut waiting = Vec::new();
            for id in &ids {
                waiting.push(work::count_prefix(tx, Queue::SyncDeal, id)?);
            }
            let stuck = list_stuck(tx)?;
            let latest = events::newest(tx, i64::try_from(SHOWN).unwrap_or(50))?;
            Ok((waiting, stuck, work::counts(tx)?, with_orders(tx, latest)?))
        };
        let (waiting, stuck, counts, latest) = self.store().read(read).await?;
        let flows = views
            .into_iter()
            .zip(waiting)
            .map(|(view, (waiting, held))| FlowHealth {
                view,
                waiting,
                held,
            })
            .collect();
        Ok(Overview {
            connections,
            flows,
            stuck,
            counts,
            latest,
        })
    }

    /// What happened after a place in the stream of all timelines, oldest first.
    pub async fn events_after(&self, place: i64) -> Result<Vec<Happening>, Error> {
        let read = move |tx: &mut dyn Tx| {
            let latest = events::after(tx, place, 500)?;
            with_orders(tx, latest)
        };
        Ok(self.store().read(read).await?)
    }

    /// Work of a state, or all of it; what changed last comes first.
    pub async fn work(&self, state: Option<State>, limit: usize) -> Result<Vec<WorkItem>, Error> {
        let filter = Filter {
            queue: None,
            state,
            destination: None,
            limit,
        };
        let read = move |tx: &mut dyn Tx| work::list(tx, &filter);
        Ok(self.store().read(read).await?)
    }

    /// Lets one piece of work be tried again now.
    pub async fn retry_work(&self, queue: Queue, key: &str) -> Result<(), Error> {
        let (wanted, now) = (key.to_owned(), self.now());
        let write = move |tx: &mut dyn Tx| work::retry(tx, queue, &wanted, now);
        if self.store().write(write).await? {
            Ok(())
        } else {
            Err(Error::NotFound(format!(
                "work `{key}` in the queue {queue} that is not running"
            )))
        }
    }

    /// Lets everything that is held or dead be tried again now; says how much that is.
    pub async fn retry_all_work(&self) -> Result<u64, Error> {
        let now = self.now();
        let write = move |tx: &mut dyn Tx| {
            Ok(work::retry_all(tx, State::Held, now)? + work::retry_all(tx, State::Dead, now)?)
        };
        Ok(self.store().write(write).await?)
    }
}

fn list_stuck(tx: &mut dyn Tx) -> Result<Vec<Stuck>, portico_store::Error> {
    let mut stuck = Vec::new();
    for state in [State::Held, State::Dead] {
        let filter = Filter {
            queue: None,
            state: Some(state),
            destination: None,
            limit: SHOWN,
        };
        for work in work::list(tx, &filter)? {
            let about = about(tx, &work)?;
            stuck.push(Stuck { about, work });
        }
    }
    Ok(stuck)
}

/// What people call the thing that a key stands for; the key itself when it is no longer there.
fn about(tx: &mut dyn Tx, work: &WorkItem) -> Result<String, portico_store::Error> {
    let owner = work.key.split('/').next().unwrap_or_default();
    let flow = match owner.parse() {
        Ok(id) => flows::flow(tx, id)?,
        Err(_) => None,
    };
    let connection = match (flow, owner.parse()) {
        (Some(flow), _) => connections::connection(tx, flow.site)?,
        (None, Ok(id)) => connections::connection(tx, id)?,
        (None, Err(_)) => None,
    };
    let Some(connection) = connection else {
        return Ok(work.key.clone());
    };
    let order_id = order_of_key(&work.key);
    if order_id.is_empty() {
        return Ok(format!("connection {}", connection.name));
    }
    let number = orders::order(tx, connection.id, order_id)?.map(|order| order.number);
    Ok(match number {
        Some(number) => format!("order #{number} of {}", connection.name),
        None => format!("order {order_id} of {}", connection.name),
    })
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

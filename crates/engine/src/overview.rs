//! The whole at a glance: what needs somebody, what happened lately, how the flows are.

use portico_domain::connection::Connection;
use portico_domain::work::Queue;
use portico_store::events::Latest;
use portico_store::work::{Count, Filter, State, WorkItem};
use portico_store::{Tx, events, work};

use crate::{Engine, Error, FlowView};

/// How much of each list is shown.
const SHOWN: usize = 50;

/// The state of everything, in one read.
#[derive(Clone, Debug)]
pub struct Overview {
    pub connections: Vec<Connection>,
    pub flows: Vec<FlowHealth>,
    /// Held and dead work: what needs somebody.
    pub stuck: Vec<WorkItem>,
    pub counts: Vec<Count>,
    pub latest: Vec<Latest>,
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
            let mut stuck = list(tx, State::Held)?;
            stuck.extend(list(tx, State::Dead)?);
            let latest = events::newest(tx, i64::try_from(SHOWN).unwrap_or(50))?;
            Ok((waiting, stuck, work::counts(tx)?, latest))
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
    pub async fn events_after(&self, place: i64) -> Result<Vec<Latest>, Error> {
        let read = move |tx: &mut dyn Tx| events::after(tx, place, 500);
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

fn list(tx: &mut dyn Tx, state: State) -> Result<Vec<WorkItem>, portico_store::Error> {
    let filter = Filter {
        queue: None,
        state: Some(state),
        destination: None,
        limit: SHOWN,
    };
    work::list(tx, &filter)
}

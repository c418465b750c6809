//! Flows as people see them: how much they hold, and what stands in their way.

use std::collections::HashMap;

use portico_domain::flow::{Flow, FlowId};
use portico_domain::work::Queue;
use portico_store::flows::{Failing, Seen};
use portico_store::work::State;
use portico_store::{Tx, flows};

use super::named;
use crate::{Engine, Error};

/// The queues of work on a connection as a whole, which no order's timeline tells of.
const WATCHES: [(Queue, &str); 4] = [
    (Queue::ReadHistory, "reading the order history"),
    (Queue::SweepOrders, "asking for changed orders"),
    (Queue::IndexContacts, "listing the contacts"),
    (Queue::RefreshToken, "renewing the token"),
];

/// A flow as people see it.
#[derive(Clone, Debug)]
pub struct FlowView {
    pub flow: Flow,
    pub site: String,
    pub crm: String,
    pub history_read: bool,
    pub orders: i64,
    pub deals: i64,
    /// What failed last of the work that keeps the whole flow going; it is tried again by itself.
    pub failure: Option<String>,
}

impl FlowView {
    /// Everything that stands in the way of the whole flow.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let said = [&self.flow.warning, &self.failure];
        let said: Vec<&str> = said.into_iter().flatten().map(String::as_str).collect();
        (!said.is_empty()).then(|| said.join("; "))
    }
}

impl Engine {
    /// Every flow, as people see it.
    pub async fn flows(&self) -> Result<Vec<FlowView>, Error> {
        Ok(self.store().read(|tx: &mut dyn Tx| views(tx, None)).await?)
    }

    /// The flow of a name or an identifier, as people see it.
    pub async fn flow_view(&self, name: &str) -> Result<FlowView, Error> {
        let wanted = name.to_owned();
        let read = move |tx: &mut dyn Tx| match named(tx, &wanted)? {
            Some(flow) => views(tx, Some(flow.id)),
            None => Ok(Vec::new()),
        };
        let view = self.store().read(read).await?.pop();
        view.ok_or_else(|| Error::NotFound(format!("flow `{name}`")))
    }
}

fn views(tx: &mut dyn Tx, one: Option<FlowId>) -> Result<Vec<FlowView>, portico_store::Error> {
    let seen = flows::seen(tx, one)?;
    let mut failures = HashMap::new();
    for failing in flows::failing(tx, WATCHES.map(|(queue, _)| queue))? {
        failures.entry(failing.flow).or_insert(failing);
    }
    let view = |seen: Seen| FlowView {
        failure: failures.get(&seen.flow.id).map(in_words),
        flow: seen.flow,
        site: seen.site,
        crm: seen.crm,
        history_read: seen.history_read,
        orders: seen.orders,
        deals: seen.deals,
    };
    Ok(seen.into_iter().map(view).collect())
}

fn in_words(failing: &Failing) -> String {
    let watch = WATCHES.iter().find(|(queue, _)| *queue == failing.queue);
    let what = watch.map_or(failing.queue.as_str(), |(_, what)| what);
    let next = match (failing.state, &failing.remedy) {
        (State::Waiting, _) => format!("it is tried again at {:.0}", failing.due_at),
        (State::Running, _) => "it is being tried again".to_owned(),
        (State::Held, Some(remedy)) => remedy.clone(),
        (State::Held, None) => "run `portico work retry`".to_owned(),
    };
    format!(
        "{what} of connection `{}` failed: {}; {next}",
        failing.connection, failing.error
    )
}

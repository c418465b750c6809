//! Work as people see it: what it is about in words, putting it back, and letting it be.

use std::fmt::Display;

use portico_domain::ConnectionId;
use portico_domain::audit::Action;
use portico_domain::flow::Flow;
use portico_domain::work::Queue;
use portico_store::work::{Filter, State, WorkItem};
use portico_store::{Error as StoreError, Tx, connections, events, flows, orders, work};

use crate::site::{order_key, order_of_key};
use crate::{Engine, Error};

/// A piece of work, with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkView {
    /// What it is about, as people call it: `order #1042 of acme`, `connection acme`.
    pub about: String,
    /// The name of the flow whose deal it is.
    pub flow: Option<String>,
    pub item: WorkItem,
}

/// What a key stands for.
struct Subject {
    about: String,
    flow: Option<Flow>,
    /// The site and the order, where it is about one.
    order: Option<(ConnectionId, String)>,
}

impl WorkView {
    /// The command that lets it be, for held work on an order.
    #[must_use]
    pub fn dismissal(&self) -> Option<String> {
        let can_be = self.item.state == State::Held && !order_of_key(&self.item.key).is_empty();
        can_be.then(|| {
            format!(
                "portico work dismiss {} \"{}\"",
                self.item.queue, self.about
            )
        })
    }
}

impl Engine {
    /// Work of a state, or all of it; what changed last comes first.
    pub async fn work(&self, state: Option<State>, limit: usize) -> Result<Vec<WorkView>, Error> {
        let read = move |tx: &mut dyn Tx| list(tx, state, limit);
        Ok(self.store().read(read).await?)
    }

    /// Lets one piece of work be tried again now; it is named by its key, or as it is shown.
    pub async fn retry_work(&self, queue: Queue, wanted: &str) -> Result<(), Error> {
        self.check_key(queue, wanted).await?;
        let work = async {
            let (wanted, now) = (wanted.to_owned(), self.now());
            let write = move |tx: &mut dyn Tx| {
                let key = match the_key(tx, queue, &wanted)? {
                    Ok(key) => key,
                    Err(refusal) => return Ok(Err(refusal)),
                };
                let is_due = work::retry(tx, queue, &key, now)?;
                Ok(is_due.then_some(()).ok_or_else(|| is_running(&wanted)))
            };
            self.store().write(write).await?
        };
        self.on_record(Action::RetryWork, wanted, work).await
    }

    /// Lets everything that is held be tried again now; says how much that is.
    pub async fn retry_all_work(&self) -> Result<u64, Error> {
        let work = async {
            let now = self.now();
            let write = move |tx: &mut dyn Tx| work::retry_all(tx, now);
            Ok(self.store().write(write).await?)
        };
        self.on_record(Action::RetryAllWork, "", work).await
    }

    /// Takes held work on an order off its queue, and says so on the order's timeline. A later change
    /// of the order brings it back.
    pub async fn dismiss_work(&self, queue: Queue, wanted: &str) -> Result<(), Error> {
        self.check_key(queue, wanted).await?;
        let work = async {
            let (wanted, now) = (wanted.to_owned(), self.now());
            let write = move |tx: &mut dyn Tx| {
                let key = match the_key(tx, queue, &wanted)? {
                    Ok(key) => key,
                    Err(refusal) => return Ok(Err(refusal)),
                };
                // What keeps a connection going would be missed by everybody.
                let Some((site, order)) = subject(tx, &key)?.order else {
                    return Ok(Err(not_of_an_order(&wanted)));
                };
                let held = work::item(tx, queue, &key)?;
                if !work::dismiss(tx, queue, &key)? {
                    return Ok(Err(not_held(&wanted)));
                }
                let reason = held.and_then(|item| item.error);
                events::add(tx, site, &order, &told(reason.as_deref()), now)?;
                Ok(Ok(()))
            };
            self.store().write(write).await?
        };
        self.on_record(Action::DismissWork, wanted, work).await
    }

    /// Refuses what names no work: whatever it is, it is not put on record.
    async fn check_key(&self, queue: Queue, wanted: &str) -> Result<(), Error> {
        let wanted = wanted.to_owned();
        let read = move |tx: &mut dyn Tx| the_key(tx, queue, &wanted);
        self.store().read(read).await?.map(drop)
    }
}

/// Work of a state, or all of it; what changed last comes first.
pub(crate) fn list(
    tx: &mut dyn Tx,
    state: Option<State>,
    limit: usize,
) -> Result<Vec<WorkView>, StoreError> {
    let filter = Filter {
        queue: None,
        state,
        destination: None,
        limit,
    };
    let items = work::list(tx, &filter)?;
    items.into_iter().map(|item| seen(tx, item)).collect()
}

/// One piece of work; `None` when there is none on the key.
pub(crate) fn view(
    tx: &mut dyn Tx,
    queue: Queue,
    key: &str,
) -> Result<Option<WorkView>, StoreError> {
    let item = work::item(tx, queue, key)?;
    item.map(|item| seen(tx, item)).transpose()
}

fn seen(tx: &mut dyn Tx, item: WorkItem) -> Result<WorkView, StoreError> {
    let subject = subject(tx, &item.key)?;
    Ok(WorkView {
        about: subject.about,
        flow: subject.flow.map(|flow| flow.name),
        item,
    })
}

/// What people call the thing that a key stands for; the key itself when it is no longer there.
fn subject(tx: &mut dyn Tx, key: &str) -> Result<Subject, StoreError> {
    let owner = key.split('/').next().unwrap_or_default();
    let flow = match owner.parse() {
        Ok(id) => flows::flow(tx, id)?,
        Err(_) => None,
    };
    let connection = match (&flow, owner.parse()) {
        (Some(flow), _) => connections::connection(tx, flow.site)?,
        (None, Ok(id)) => connections::connection(tx, id)?,
        (None, Err(_)) => None,
    };
    let Some(connection) = connection else {
        return Ok(Subject {
            about: key.to_owned(),
            flow,
            order: None,
        });
    };
    let order_id = order_of_key(key);
    if order_id.is_empty() {
        return Ok(Subject {
            about: format!("connection {}", connection.name),
            flow,
            order: None,
        });
    }
    let number = orders::order(tx, connection.id, order_id)?.map(|order| order.number);
    Ok(Subject {
        about: match number {
            Some(number) => format!("order #{number} of {}", connection.name),
            None => format!("order {order_id} of {}", connection.name),
        },
        flow,
        order: Some((connection.id, order_id.to_owned())),
    })
}

/// The key of the only work in a queue that has it, or is called so.
fn the_key(
    tx: &mut dyn Tx,
    queue: Queue,
    wanted: &str,
) -> Result<Result<String, Error>, StoreError> {
    let mut keys = keys_called(tx, wanted)?;
    keys.push(wanted.to_owned());
    let mut found = Vec::new();
    for key in keys {
        if work::item(tx, queue, &key)?.is_some() {
            found.push(key);
        }
    }
    Ok(match found.as_slice() {
        [key] => Ok(key.clone()),
        [] => Err(Error::NotFound(format!(
            "work `{wanted}` in the queue {queue}"
        ))),
        several => Err(Error::Conflict(format!(
            "the queue {queue} has {} pieces of work on `{wanted}`; name one of them by its key: {}",
            several.len(),
            several.join(", ")
        ))),
    })
}

/// Every key that could be called so: see [`subject`], of which this is the way back.
fn keys_called(tx: &mut dyn Tx, words: &str) -> Result<Vec<String>, StoreError> {
    if let Some(name) = words.strip_prefix("connection ") {
        let connection = connections::named(tx, name)?;
        return Ok(connection
            .map(|there| there.id.to_string())
            .into_iter()
            .collect());
    }
    let of_order = words.strip_prefix("order ");
    let Some((order, name)) = of_order.and_then(|rest| rest.rsplit_once(" of ")) else {
        return Ok(Vec::new());
    };
    let Some(site) = connections::named(tx, name)? else {
        return Ok(Vec::new());
    };
    let orders = match order.strip_prefix('#') {
        Some(number) => {
            let all = orders::numbered(tx, number)?.into_iter();
            let of_site = all.filter(|(connection, _)| *connection == site.id);
            of_site.map(|(_, order)| order.id).collect()
        }
        None => vec![order.to_owned()],
    };
    let flows = flows::of_site(tx, site.id)?;
    let owners = flows.iter().map(|flow| &flow.id as &dyn Display);
    let owners: Vec<&dyn Display> = owners.chain([&site.id as &dyn Display]).collect();
    let keys = orders
        .iter()
        .flat_map(|order| owners.iter().map(move |owner| order_key(owner, order)));
    Ok(keys.collect())
}

fn told(reason: Option<&str>) -> String {
    let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
    format!("dismissed by a person while it was held{reason}")
}

fn is_running(wanted: &str) -> Error {
    Error::Conflict(format!(
        "work on `{wanted}` is being done right now; look again in a moment"
    ))
}

fn not_of_an_order(wanted: &str) -> Error {
    Error::Conflict(format!(
        "work on `{wanted}` cannot be dismissed, only that on an order; do what its remedy says, then retry it"
    ))
}

fn not_held(wanted: &str) -> Error {
    Error::Conflict(format!(
        "work on `{wanted}` is not held, so it goes on by itself; only held work can be dismissed"
    ))
}

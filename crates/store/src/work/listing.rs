//! The queue as people see it: what waits, what is held and why, putting it back, and letting it be.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use portico_domain::work::{Priority, Queue};

use crate::{Error, Row, Tx};

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    Waiting,
    Running,
    /// Waits for a person.
    Held,
}

/// Which keys to list; what is `None` is not asked for.
#[derive(Clone, Debug)]
pub struct Filter {
    pub queue: Option<Queue>,
    pub state: Option<State>,
    pub destination: Option<String>,
    pub limit: usize,
}

/// A key of a queue, with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkItem {
    pub queue: Queue,
    pub key: String,
    pub destination: String,
    pub priority: Priority,
    pub due_at: Timestamp,
    pub generation: i64,
    pub attempts: i64,
    pub state: State,
    /// What went wrong last, in words.
    pub error: Option<String>,
    /// What a person can do about it.
    pub remedy: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// How many keys of a queue are in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    pub queue: Queue,
    pub state: State,
    pub items: i64,
}

/// Lists keys, those that changed last first.
pub fn list(tx: &mut dyn Tx, filter: &Filter) -> Result<Vec<WorkItem>, Error> {
    const SQL: &str = "
        SELECT queue, key, destination, priority, due_at, generation, attempts, state, error,
            remedy, created_at, updated_at
        FROM work
        WHERE (CAST($1 AS TEXT) IS NULL OR queue = $1)
        AND (CAST($2 AS TEXT) IS NULL OR state = $2)
        AND (CAST($3 AS TEXT) IS NULL OR destination = $3)
        ORDER BY updated_at DESC, queue, key LIMIT $4";

    let params = [
        filter.queue.map(Queue::as_str).into(),
        filter.state.map(State::as_str).into(),
        filter.destination.as_deref().into(),
        i64::try_from(filter.limit).unwrap_or(i64::MAX).into(),
    ];
    tx.query(SQL, &params)?.iter().map(work_item).collect()
}

/// Counts the keys of each queue by their state.
pub fn counts(tx: &mut dyn Tx) -> Result<Vec<Count>, Error> {
    const SQL: &str = "
        SELECT queue, state, count(*) FROM work GROUP BY queue, state ORDER BY queue, state";

    tx.query(SQL, &[])?
        .iter()
        .map(|row| {
            Ok(Count {
                queue: queue(row.text(0)?)?,
                state: row.text(1)?.parse()?,
                items: row.int(2)?,
            })
        })
        .collect()
}

/// Lets one key be tried again now; false when it is not there, or running already.
pub fn retry(tx: &mut dyn Tx, queue: Queue, key: &str, now: Timestamp) -> Result<bool, Error> {
    const SQL: &str = "
        UPDATE work SET state = 'waiting', due_at = $3, attempts = 0, error = NULL, remedy = NULL,
            updated_at = $3
        WHERE queue = $1 AND key = $2 AND state <> 'running'";

    let changed = tx.execute(SQL, &[queue.as_str().into(), key.into(), now.into()])?;
    tx.wake_workers()?;
    Ok(changed > 0)
}

/// Lets all keys that are held be tried again now, and says how many they are.
pub fn retry_all(tx: &mut dyn Tx, now: Timestamp) -> Result<u64, Error> {
    const SQL: &str = "
        UPDATE work SET state = 'waiting', due_at = $1, attempts = 0, error = NULL, remedy = NULL,
            updated_at = $1
        WHERE state = 'held'";

    let changed = tx.execute(SQL, &[now.into()])?;
    tx.wake_workers()?;
    Ok(changed)
}

/// Takes one key that is held off its queue; false when it is not there, or not held.
pub fn dismiss(tx: &mut dyn Tx, queue: Queue, key: &str) -> Result<bool, Error> {
    const SQL: &str = "DELETE FROM work WHERE queue = $1 AND key = $2 AND state = 'held'";

    Ok(tx.execute(SQL, &[queue.as_str().into(), key.into()])? > 0)
}

pub(super) fn work_item(row: &Row) -> Result<WorkItem, Error> {
    Ok(WorkItem {
        queue: queue(row.text(0)?)?,
        key: row.text(1)?.to_owned(),
        destination: row.text(2)?.to_owned(),
        priority: Priority::from_int(row.int(3)?),
        due_at: row.timestamp(4)?,
        generation: row.int(5)?,
        attempts: row.int(6)?,
        state: row.text(7)?.parse()?,
        error: row.opt_text(8)?.map(str::to_owned),
        remedy: row.opt_text(9)?.map(str::to_owned),
        created_at: row.timestamp(10)?,
        updated_at: row.timestamp(11)?,
    })
}

fn queue(name: &str) -> Result<Queue, Error> {
    name.parse().map_err(|why| Error::data("work.queue", why))
}

impl State {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Held => "held",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for State {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        [Self::Waiting, Self::Running, Self::Held]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Error::data("work.state", format_args!("`{text}` is not a state")))
    }
}

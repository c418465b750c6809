//! Work that belongs together: keys that begin alike, such as all orders of one flow, or one destination.

use jiff::Timestamp;
use portico_domain::{Priority, Queue};

use super::listing::{self, WorkItem};
use crate::{Error, Tx, Value};

/// How many keys under `prefix/` wait or run, and how many are held.
pub fn count_prefix(tx: &mut dyn Tx, queue: Queue, prefix: &str) -> Result<(i64, i64), Error> {
    const SQL: &str = "
        SELECT CAST(coalesce(sum(CASE WHEN state IN ('waiting', 'running') THEN 1 ELSE 0 END), 0) AS BIGINT),
            CAST(coalesce(sum(CASE WHEN state = 'held' THEN 1 ELSE 0 END), 0) AS BIGINT)
        FROM work WHERE queue = $1 AND key LIKE $2";

    let row = tx.query_one(SQL, &[queue.as_str().into(), pattern(prefix)])?;
    Ok((row.int(0)?, row.int(1)?))
}

/// Lets everything under `prefix/` that is held be tried again now.
pub fn retry_prefix(
    tx: &mut dyn Tx,
    queue: Queue,
    prefix: &str,
    now: Timestamp,
) -> Result<u64, Error> {
    const SQL: &str = "
        UPDATE work SET state = 'waiting', due_at = $3, attempts = 0, error = NULL, remedy = NULL,
            updated_at = $3
        WHERE queue = $1 AND key LIKE $2 AND state = 'held'";

    let changed = tx.execute(SQL, &[queue.as_str().into(), pattern(prefix), now.into()])?;
    tx.wake_workers()?;
    Ok(changed)
}

/// Whether something more urgent than this lane is due at a destination.
pub fn more_urgent_is_due(
    tx: &mut dyn Tx,
    queue: Queue,
    destination: &str,
    lane: Priority,
    now: Timestamp,
) -> Result<bool, Error> {
    const SQL: &str = "SELECT count(*) FROM (SELECT 1 FROM work WHERE queue = $1 AND destination = $2 \
        AND priority < $3 AND state = 'waiting' AND due_at <= $4 LIMIT 1) AS urgent";

    let params = [
        queue.as_str().into(),
        destination.into(),
        lane.as_int().into(),
        now.into(),
    ];
    Ok(tx.query_one(SQL, &params)?.int(0)? > 0)
}

/// Takes everything under `prefix/` off the queue. What runs meanwhile ends without a trace.
pub fn remove_prefix(tx: &mut dyn Tx, queue: Queue, prefix: &str) -> Result<u64, Error> {
    tx.execute(
        "DELETE FROM work WHERE queue = $1 AND key LIKE $2",
        &[queue.as_str().into(), pattern(prefix)],
    )
}

/// Takes everything at a destination off the queues. What runs meanwhile ends without a trace.
pub fn remove_destination(tx: &mut dyn Tx, destination: &str) -> Result<u64, Error> {
    tx.execute(
        "DELETE FROM work WHERE destination = $1",
        &[destination.into()],
    )
}

/// One key with all that is known of it; `None` when there is no work on it.
pub fn item(tx: &mut dyn Tx, queue: Queue, key: &str) -> Result<Option<WorkItem>, Error> {
    const SQL: &str = "
        SELECT queue, key, destination, priority, due_at, generation, attempts, state, error,
            remedy, created_at, updated_at
        FROM work WHERE queue = $1 AND key = $2";

    tx.query_opt(SQL, &[queue.as_str().into(), key.into()])?
        .map(|row| listing::work_item(&row))
        .transpose()
}

/// Identifiers hold no `%`, and a `_` that matches any letter finds nothing else among them.
fn pattern(prefix: &str) -> Value {
    format!("{prefix}/%").into()
}

//! Taking work: a destination is leased as a whole, so its batches never run side by side.

use jiff::{SignedDuration, Timestamp};
use portico_domain::work::{Priority, Queue};

use crate::{Dialect, Error, Row, Tx, leases};

/// The lanes, most urgent first.
const LANES: [Priority; 4] = [
    Priority::Live,
    Priority::Person,
    Priority::Agent,
    Priority::History,
];

/// A batch of one destination's work, and the right to do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub queue: Queue,
    pub destination: String,
    pub owner: String,
    /// Grows with each claim of the destination; tells a late worker from its successor.
    pub fence: i64,
    /// By priority, then due time, then age.
    pub items: Vec<Item>,
}

/// One claimed key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub key: String,
    pub generation: i64,
    /// How often it was tried since it last went well, this time included.
    pub attempts: i64,
    pub priority: Priority,
    pub created_at: Timestamp,
}

impl Claim {
    pub(super) fn lease(&self) -> String {
        lease_name(self.queue, &self.destination)
    }
}

/// Destinations with due work that no live worker has, the most urgent first.
pub fn due_destinations(
    tx: &mut dyn Tx,
    queue: Queue,
    now: Timestamp,
) -> Result<Vec<String>, Error> {
    let params = [
        queue.as_str().into(),
        now.into(),
        lease_name(queue, "").into(),
    ];
    tx.query(DUE_DESTINATIONS, &params)?
        .iter()
        .map(|row| Ok(row.text(0)?.to_owned()))
        .collect()
}

/// Takes a destination and up to `limit` of its due keys; `None` when another worker has it, or
/// nothing is due.
///
/// What a dead worker left running becomes claimable here, once its lease is over.
pub fn claim(
    tx: &mut dyn Tx,
    queue: Queue,
    destination: &str,
    owner: &str,
    lease: SignedDuration,
    limit: usize,
    now: Timestamp,
) -> Result<Option<Claim>, Error> {
    let name = lease_name(queue, destination);
    let Some(fence) = leases::take(tx, &name, owner, now + lease, now)? else {
        return Ok(None);
    };
    put_back_running(tx, queue, destination, now)?;
    let mut items = Vec::new();
    for lane in LANES {
        // What is live never waits for the end of a batch of history.
        let makes_way = lane == Priority::History && !items.is_empty();
        if items.len() < limit && !makes_way {
            let room = limit - items.len();
            items.extend(claim_lane(tx, queue, destination, lane, room, now)?);
        }
    }
    if items.is_empty() {
        leases::release(tx, &name, fence)?;
        return Ok(None);
    }
    Ok(Some(Claim {
        queue,
        destination: destination.to_owned(),
        owner: owner.to_owned(),
        fence,
        items,
    }))
}

/// Lets what runs at a destination wait again, due at once; only its holder may do this.
pub(super) fn put_back_running(
    tx: &mut dyn Tx,
    queue: Queue,
    destination: &str,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE work SET state = 'waiting', updated_at = $3,
            due_at = CASE WHEN due_at > $3 THEN $3 ELSE due_at END
        WHERE queue = $1 AND destination = $2 AND state = 'running'";

    tx.execute(
        SQL,
        &[queue.as_str().into(), destination.into(), now.into()],
    )?;
    Ok(())
}

// The recursion skips from one destination to the next along the index, and each lane of each
// is one probe: the cost grows with the destinations, not with the work that waits.
const DUE_DESTINATIONS: &str = "
    WITH RECURSIVE
    waiting (destination) AS (
        SELECT min(destination) FROM work WHERE queue = $1 AND state = 'waiting'
        UNION ALL
        SELECT (SELECT min(destination) FROM work
            WHERE queue = $1 AND state = 'waiting' AND destination > waiting.destination)
        FROM waiting WHERE waiting.destination IS NOT NULL
    ),
    lanes (priority) AS (VALUES (0), (1), (2), (3)),
    due (destination, priority, due_at) AS (
        SELECT destination, priority, (SELECT min(due_at) FROM work
            WHERE work.queue = $1 AND work.state = 'waiting'
            AND work.destination = waiting.destination AND work.priority = lanes.priority)
        FROM waiting CROSS JOIN lanes WHERE destination IS NOT NULL
        UNION ALL
        SELECT destination, priority, 0 FROM work WHERE queue = $1 AND state = 'running'
    )
    SELECT destination FROM due
    WHERE due_at <= $2 AND NOT EXISTS (SELECT 1 FROM leases
        WHERE name = $3 || destination AND held_until > $2)
    GROUP BY destination ORDER BY min(priority), min(due_at), destination";

/// The two texts of a claim: SQLite has one writer and no row locks. A key that is being touched
/// at this moment is left for the next claim, which its touch calls.
macro_rules! claim_sql {
    ($row_lock:literal) => {
        concat!(
            "WITH due (due_key) AS MATERIALIZED (
                SELECT key FROM work
                WHERE queue = $1 AND destination = $2 AND priority = $3 AND state = 'waiting'
                AND due_at <= $4
                ORDER BY due_at, created_at LIMIT $5 ",
            $row_lock,
            ")
            UPDATE work SET state = 'running', claimed_generation = generation,
                attempts = attempts + 1, updated_at = $4
            FROM due WHERE queue = $1 AND key = due_key
            RETURNING key, generation, attempts, priority, created_at, due_at"
        )
    };
}

const CLAIM: &str = claim_sql!("");
const CLAIM_BESIDE_OTHERS: &str = claim_sql!("FOR UPDATE SKIP LOCKED");

fn claim_lane(
    tx: &mut dyn Tx,
    queue: Queue,
    destination: &str,
    lane: Priority,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<Item>, Error> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => CLAIM,
        Dialect::Postgres => CLAIM_BESIDE_OTHERS,
    };
    let params = [
        queue.as_str().into(),
        destination.into(),
        lane.as_int().into(),
        now.into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    let mut claimed = tx
        .query(sql, &params)?
        .iter()
        .map(|row| Ok((row.int(5)?, item(row)?)))
        .collect::<Result<Vec<_>, Error>>()?;
    // The rows of an UPDATE come in no order.
    claimed.sort_by(|(due, item), (other_due, other)| {
        (due, item.created_at, &item.key).cmp(&(other_due, other.created_at, &other.key))
    });
    Ok(claimed.into_iter().map(|(_, item)| item).collect())
}

fn item(row: &Row) -> Result<Item, Error> {
    Ok(Item {
        key: row.text(0)?.to_owned(),
        generation: row.int(1)?,
        attempts: row.int(2)?,
        priority: Priority::from_int(row.int(3)?),
        created_at: row.timestamp(4)?,
    })
}

fn lease_name(queue: Queue, destination: &str) -> String {
    format!("work/{queue}/{destination}")
}

#[cfg(test)]
mod tests;

//! The queue of durable work: one row per key, which says "this key needs attention".
//!
//! A cause calls [`touch`] in its own transaction. A worker asks for the [`due_destinations`],
//! [`claim`]s a batch for one of them, reads the present truth, converges, and [`settle`]s. All of
//! them take `now`, and none of them waits.

mod claim;
mod group;
mod hurry;
mod listing;
mod settle;

use jiff::Timestamp;
use portico_domain::work::{Priority, Queue};

pub use claim::{Claim, Item, claim, due_destinations};
pub use group::{
    count_prefix, item, more_urgent_is_due, remove_destination, remove_prefix, retry_prefix,
};
pub use hurry::hurry;
pub use listing::{Count, Filter, State, WorkItem, counts, dismiss, list, retry, retry_all};
pub use settle::{Outcome, hold_fence, release, renew, settle};

use crate::{Error, Tx};

/// A key that needs attention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    pub queue: Queue,
    pub key: String,
    /// What the work is paced and batched by, such as one vendor's account.
    pub destination: String,
    pub priority: Priority,
    pub due: Timestamp,
}

/// Marks keys as needing attention.
///
/// A waiting key becomes due at the earlier of its times and takes the more urgent priority. A held
/// key waits again with no attempts counted: its input may have changed. A running key goes on
/// running; its end sees that it was touched and lets it wait again.
pub fn touch(tx: &mut dyn Tx, touches: &[Touch], now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO work (queue, key, destination, priority, due_at, generation, claimed_generation,
            attempts, state, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, 1, 0, 0, 'waiting', $6, $6)
        ON CONFLICT (queue, key) DO UPDATE SET
            generation = work.generation + 1,
            destination = CASE work.state
                WHEN 'running' THEN work.destination ELSE excluded.destination END,
            priority = CASE
                WHEN work.priority < excluded.priority THEN work.priority
                ELSE excluded.priority END,
            due_at = CASE
                WHEN work.due_at >= excluded.due_at THEN excluded.due_at
                WHEN work.state = 'waiting' THEN work.due_at
                WHEN work.state = 'running' AND work.generation > work.claimed_generation
                    THEN work.due_at
                ELSE excluded.due_at END,
            attempts = CASE WHEN work.state = 'held' THEN 0 ELSE work.attempts END,
            error = CASE WHEN work.state = 'held' THEN NULL ELSE work.error END,
            remedy = NULL,
            state = CASE work.state WHEN 'running' THEN 'running' ELSE 'waiting' END,
            updated_at = excluded.updated_at";

    if touches.is_empty() {
        return Ok(());
    }
    // Two transactions that touch the same keys must lock them in the same order.
    let mut touches: Vec<&Touch> = touches.iter().collect();
    touches.sort_by_key(|touch| (touch.queue.as_str(), touch.key.as_str()));
    for touch in touches {
        let params = vec![
            touch.queue.as_str().into(),
            touch.key.as_str().into(),
            touch.destination.as_str().into(),
            touch.priority.as_int().into(),
            touch.due.into(),
            now.into(),
        ];
        tx.send(SQL, params)?;
    }
    tx.wake_workers()
}

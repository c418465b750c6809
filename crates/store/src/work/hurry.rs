//! Letting work that waits for a condition go on at once when the condition is met.

use jiff::Timestamp;
use portico_domain::Queue;

use crate::{Error, Tx};

/// Makes what waits at a destination due now.
pub fn hurry(
    tx: &mut dyn Tx,
    queue: Queue,
    destination: &str,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE work SET due_at = $3, updated_at = $3 \
        WHERE queue = $1 AND destination = $2 AND state = 'waiting' AND due_at > $3";

    tx.execute(
        SQL,
        &[queue.as_str().into(), destination.into(), now.into()],
    )?;
    tx.wake_workers()
}

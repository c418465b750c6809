//! Ending work: what became of each key, written only by the worker that still holds the claim.

use jiff::{SignedDuration, Timestamp};

use super::claim::{Claim, put_back_running};
use crate::{Error, Tx, leases};

/// What became of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It converged.
    Done,
    /// It may succeed later by itself.
    Again { at: Timestamp, error: String },
    /// It waits for a person.
    Held { reason: String, remedy: String },
}

/// Writes what became of claimed keys. A key that was touched while it ran waits again, whatever
/// became of it, unless it is to be tried again at a given time anyway; the others leave the queue,
/// wait, or are held. The claim stays until [`release`].
pub fn settle(
    tx: &mut dyn Tx,
    claim: &Claim,
    outcomes: &[(String, Outcome)],
    now: Timestamp,
) -> Result<(), Error> {
    hold_fence(tx, claim)?;
    let mut outcomes: Vec<_> = outcomes.iter().collect();
    outcomes.sort_by_key(|(key, _)| key);
    // Key by key in their order: a touch locks them in the same one.
    for (key, outcome) in &outcomes {
        settle_one(tx, claim, key, outcome, now)?;
        wait_if_touched(tx, claim, key, now)?;
    }
    tx.wake_workers()
}

/// Keeps the claim for longer, for work that takes its time.
pub fn renew(
    tx: &mut dyn Tx,
    claim: &Claim,
    lease: SignedDuration,
    now: Timestamp,
) -> Result<(), Error> {
    let renewed = leases::renew(tx, &claim.lease(), claim.fence, now + lease)?;
    still_ours(claim, renewed)
}

/// Gives the destination back; keys that were claimed and not settled wait again.
pub fn release(tx: &mut dyn Tx, claim: &Claim, now: Timestamp) -> Result<(), Error> {
    hold_fence(tx, claim)?;
    put_back_running(tx, claim.queue, &claim.destination, now)?;
    leases::release(tx, &claim.lease(), claim.fence)
}

/// Checks that the worker still has the destination, and keeps it so until the transaction ends.
/// A worker calls it in every transaction that writes down what it did.
pub fn hold_fence(tx: &mut dyn Tx, claim: &Claim) -> Result<(), Error> {
    let held = leases::hold(tx, &claim.lease(), claim.fence)?;
    still_ours(claim, held)
}

fn still_ours(claim: &Claim, held: bool) -> Result<(), Error> {
    if held {
        Ok(())
    } else {
        Err(Error::LostLease(claim.destination.clone()))
    }
}

/// Settles a key that was not touched while it ran, or is to be tried again anyway.
fn settle_one(
    tx: &mut dyn Tx,
    claim: &Claim,
    key: &str,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<(), Error> {
    match outcome {
        Outcome::Done => remove_untouched(tx, claim, key),
        Outcome::Again { at, error } => wait_again(tx, claim, key, *at, error, now),
        Outcome::Held { reason, remedy } => hold_untouched(tx, claim, key, (reason, remedy), now),
    }
}

fn remove_untouched(tx: &mut dyn Tx, claim: &Claim, key: &str) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM work
        WHERE queue = $1 AND key = $2 AND state = 'running' AND generation = claimed_generation";

    tx.send(SQL, vec![claim.queue.as_str().into(), key.into()])
}

fn hold_untouched(
    tx: &mut dyn Tx,
    claim: &Claim,
    key: &str,
    (reason, remedy): (&str, &str),
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE work SET state = 'held', error = $3, remedy = $4, updated_at = $5
        WHERE queue = $1 AND key = $2 AND state = 'running' AND generation = claimed_generation";

    let params = vec![
        claim.queue.as_str().into(),
        key.into(),
        reason.into(),
        remedy.into(),
        now.into(),
    ];
    tx.send(SQL, params)
}

/// Lets a key that was touched while it ran wait again, due when the touch said. One that is to be
/// tried again waits by now.
fn wait_if_touched(tx: &mut dyn Tx, claim: &Claim, key: &str, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE work SET state = 'waiting', attempts = 0, error = NULL, updated_at = $3
        WHERE queue = $1 AND key = $2 AND state = 'running' AND generation > claimed_generation";

    let params = vec![claim.queue.as_str().into(), key.into(), now.into()];
    tx.send(SQL, params)
}

/// A touch does not shorten this wait: the time often is the vendor's own.
fn wait_again(
    tx: &mut dyn Tx,
    claim: &Claim,
    key: &str,
    at: Timestamp,
    error: &str,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE work SET state = 'waiting', due_at = $3, error = $4, updated_at = $5
        WHERE queue = $1 AND key = $2 AND state = 'running'";

    let params = vec![
        claim.queue.as_str().into(),
        key.into(),
        at.into(),
        error.into(),
        now.into(),
    ];
    tx.send(SQL, params)
}

//! Named leases: one holder at a time across processes, taken over when the holder is gone.
//!
//! The fence grows with every taking, so that a holder that was slow to notice its end can be told
//! from the one that came after it.

use jiff::Timestamp;

use crate::{Error, Tx};

/// Takes a lease that nobody holds at `now`; `None` when somebody does, were it the same owner.
pub fn take(
    tx: &mut dyn Tx,
    name: &str,
    owner: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<Option<i64>, Error> {
    const SQL: &str = "
        INSERT INTO leases (name, owner, fence, held_until) VALUES ($1, $2, 1, $3)
        ON CONFLICT (name) DO UPDATE
        SET owner = excluded.owner, fence = leases.fence + 1, held_until = excluded.held_until
        WHERE leases.held_until <= $4
        RETURNING fence";

    tx.query_opt(SQL, &[name.into(), owner.into(), until.into(), now.into()])?
        .map(|row| row.int(0))
        .transpose()
}

/// Keeps a lease for longer; false when another owner has taken it since.
pub fn renew(tx: &mut dyn Tx, name: &str, fence: i64, until: Timestamp) -> Result<bool, Error> {
    const SQL: &str = "UPDATE leases SET held_until = $3 WHERE name = $1 AND fence = $2";

    let renewed = tx.execute(SQL, &[name.into(), fence.into(), until.into()])?;
    Ok(renewed > 0)
}

/// Whether the lease is still this holder's, and keeps it so until the transaction ends.
pub fn hold(tx: &mut dyn Tx, name: &str, fence: i64) -> Result<bool, Error> {
    // A write that changes nothing locks the row on PostgreSQL, in words that SQLite knows too.
    const SQL: &str = "UPDATE leases SET fence = fence WHERE name = $1 AND fence = $2";

    Ok(tx.execute(SQL, &[name.into(), fence.into()])? > 0)
}

/// Whether anybody holds a lease at `now`.
pub fn is_held(tx: &mut dyn Tx, name: &str, now: Timestamp) -> Result<bool, Error> {
    const SQL: &str = "SELECT 1 FROM leases WHERE name = $1 AND held_until > $2";

    Ok(tx.query_opt(SQL, &[name.into(), now.into()])?.is_some())
}

/// Gives a lease back; nothing happens when another owner has taken it since.
pub fn release(tx: &mut dyn Tx, name: &str, fence: i64) -> Result<(), Error> {
    // The row stays: the fence must not start again.
    const SQL: &str = "UPDATE leases SET held_until = 0 WHERE name = $1 AND fence = $2";

    tx.execute(SQL, &[name.into(), fence.into()])?;
    Ok(())
}

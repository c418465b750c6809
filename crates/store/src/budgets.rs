//! When the next call to a vendor may start: one row per budget, shared by every process.

use jiff::Timestamp;

use crate::{Error, Tx};

/// The state of one budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// The theoretical arrival time of the next call, as in the generic cell rate algorithm.
    pub next_at: Option<Timestamp>,
    /// Until then the rate is halved, because the vendor has complained.
    pub slowed_until: Option<Timestamp>,
    /// Until then nothing is sent at all.
    pub stopped_until: Option<Timestamp>,
}

/// Reads a budget, and keeps everybody else from changing it until the transaction ends.
pub fn lock(tx: &mut dyn Tx, scope: &str) -> Result<Budget, Error> {
    tx.lock(scope)?;
    read(tx, scope)
}

/// Reads a budget; one that nobody used yet is empty.
pub fn read(tx: &mut dyn Tx, scope: &str) -> Result<Budget, Error> {
    const SQL: &str = "SELECT next_at, slowed_until, stopped_until FROM budgets WHERE scope = $1";

    let Some(row) = tx.query_opt(SQL, &[scope.into()])? else {
        return Ok(Budget::default());
    };
    Ok(Budget {
        next_at: row.opt_timestamp(0)?,
        slowed_until: row.opt_timestamp(1)?,
        stopped_until: row.opt_timestamp(2)?,
    })
}

/// Writes a budget.
pub fn save(tx: &mut dyn Tx, scope: &str, budget: &Budget) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO budgets (scope, next_at, slowed_until, stopped_until) \
        VALUES ($1, $2, $3, $4) ON CONFLICT (scope) DO UPDATE SET next_at = excluded.next_at, \
        slowed_until = excluded.slowed_until, stopped_until = excluded.stopped_until";

    tx.execute(
        SQL,
        &[
            scope.into(),
            budget.next_at.unwrap_or(Timestamp::UNIX_EPOCH).into(),
            budget.slowed_until.into(),
            budget.stopped_until.into(),
        ],
    )?;
    Ok(())
}

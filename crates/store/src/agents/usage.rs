//! What agents have used up of their limits, by minutes of the clock and days in UTC.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use portico_domain::ConnectionId;
use portico_domain::agent::{AgentId, Cost, Usage};

use crate::{Error, Row, Tx, connections};

/// Whose usage, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    pub agent: AgentId,
    pub connection: ConnectionId,
}

/// Reads what was used up, and keeps others from adding to it until the transaction ends.
pub fn lock(tx: &mut dyn Tx, of: Account, now: Timestamp) -> Result<Usage, Error> {
    const SQL: &str = "SELECT began, calls, stock FROM agent_usage \
        WHERE agent_id = $1 AND connection_id = $2 AND began IN ($3, $4)";

    tx.lock(&format!("usage/{}/{}", of.agent, of.connection))?;
    let (minute, day) = (minute(now), day(now));
    let rows = tx.query(
        SQL,
        &[
            of.agent.to_string().into(),
            connections::of(of.connection),
            minute.as_str().into(),
            day.as_str().into(),
        ],
    )?;
    let mut usage = Usage::default();
    for row in rows {
        let (calls, stock) = (count(&row, 1)?, count(&row, 2)?);
        if row.text(0)? == day {
            usage.calls_in_day = calls;
            usage.stock_in_day = stock;
        } else {
            usage.calls_in_minute = calls;
        }
    }
    Ok(usage)
}

/// Takes what a call costs.
pub fn take(tx: &mut dyn Tx, of: Account, cost: Cost, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO agent_usage (agent_id, connection_id, began, calls, stock) \
        VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (agent_id, connection_id, began) DO UPDATE \
        SET calls = agent_usage.calls + excluded.calls, stock = agent_usage.stock + excluded.stock";

    for began in [minute(now), day(now)] {
        tx.send(
            SQL,
            vec![
                of.agent.to_string().into(),
                connections::of(of.connection),
                began.into(),
                amount(cost.calls).into(),
                amount(cost.stock).into(),
            ],
        )?;
    }
    Ok(())
}

/// Gives back what a call has not done; `taken` is when it took it. A call that was made stays counted.
pub fn give_back(tx: &mut dyn Tx, of: Account, cost: Cost, taken: Timestamp) -> Result<(), Error> {
    const SQL: &str = "UPDATE agent_usage SET stock = stock - $4 \
        WHERE agent_id = $1 AND connection_id = $2 AND began = $3";

    tx.send(
        SQL,
        vec![
            of.agent.to_string().into(),
            connections::of(of.connection),
            day(taken).into(),
            amount(cost.stock).into(),
        ],
    )
}

/// Forgets what is two days old: also after a clock was set back by less, nothing is counted anew.
pub fn prune(tx: &mut dyn Tx, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM agent_usage WHERE (began >= 'd' AND began < $1) \
        OR (began >= 'm' AND began < $2)";

    let old = now - jiff::SignedDuration::from_hours(48);
    tx.send(SQL, vec![day(old).into(), minute(old).into()])
}

/// Adds what was used up at a connection to the one that its account had before.
pub(super) fn move_to(
    tx: &mut dyn Tx,
    made: ConnectionId,
    back: ConnectionId,
) -> Result<(), Error> {
    const ADDED: &str = "INSERT INTO agent_usage (agent_id, connection_id, began, calls, stock) \
        SELECT agent_id, $2, began, calls, stock FROM agent_usage WHERE connection_id = $1 \
        ON CONFLICT (agent_id, connection_id, began) DO UPDATE \
        SET calls = agent_usage.calls + excluded.calls, stock = agent_usage.stock + excluded.stock";

    tx.execute(ADDED, &[connections::of(made), connections::of(back)])?;
    forget(tx, made)
}

pub(super) fn forget(tx: &mut dyn Tx, connection: ConnectionId) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM agent_usage WHERE connection_id = $1";

    tx.send(SQL, vec![connections::of(connection)])
}

fn minute(now: Timestamp) -> String {
    let now = now.to_zoned(TimeZone::UTC);
    now.strftime("m%Y-%m-%dT%H:%M").to_string()
}

fn day(now: Timestamp) -> String {
    let now = now.to_zoned(TimeZone::UTC);
    now.strftime("d%Y-%m-%d").to_string()
}

fn count(row: &Row, column: usize) -> Result<u64, Error> {
    let count = row.int(column)?;
    u64::try_from(count).map_err(|why| Error::data("usage of an agent", why))
}

/// More than any limit, and still so little that sums of it can be kept.
fn amount(units: u64) -> i64 {
    const MOST: u64 = 1 << 40;

    i64::try_from(units.min(MOST)).unwrap_or(i64::MAX)
}

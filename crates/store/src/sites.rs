//! What is known of a site as a whole: how far its history is read and its changes are swept.

use jiff::Timestamp;
use portico_domain::ConnectionId;

use crate::connections::of;
use crate::{Error, Tx};

/// How far the reading of a site's orders has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum History {
    /// Where to go on; `None` is the first page.
    Reading {
        cursor: Option<String>,
    },
    Read,
}

/// The state of one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    pub history: History,
    pub history_orders: i64,
    /// Changes up to this time have been asked for.
    pub swept_until: Option<Timestamp>,
    /// JSON: identifier to title.
    pub store_pages: Option<String>,
    pub store_pages_at: Option<Timestamp>,
    /// The vendor's subscription that tells of changes.
    pub subscription_id: Option<String>,
    pub subscription_checked_at: Option<Timestamp>,
}

/// Starts to follow a site.
pub fn add(tx: &mut dyn Tx, connection: ConnectionId) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO sites (connection_id, history, history_orders) \
        VALUES ($1, 'reading', 0) ON CONFLICT (connection_id) DO NOTHING";

    tx.execute(SQL, &[of(connection)])?;
    Ok(())
}

/// The state of a site; `None` when no flow follows it.
pub fn site(tx: &mut dyn Tx, connection: ConnectionId) -> Result<Option<Site>, Error> {
    const SQL: &str = "SELECT history, history_cursor, history_orders, swept_until, \
        store_pages, store_pages_at, subscription_id, subscription_checked_at FROM sites WHERE connection_id = $1";

    let Some(row) = tx.query_opt(SQL, &[of(connection)])? else {
        return Ok(None);
    };
    let history = match row.text(0)? {
        "read" => History::Read,
        _ => History::Reading {
            cursor: row.opt_text(1)?.map(str::to_owned),
        },
    };
    Ok(Some(Site {
        history,
        history_orders: row.int(2)?,
        swept_until: row.opt_timestamp(3)?,
        store_pages: row.opt_text(4)?.map(str::to_owned),
        store_pages_at: row.opt_timestamp(5)?,
        subscription_id: row.opt_text(6)?.map(str::to_owned),
        subscription_checked_at: row.opt_timestamp(7)?,
    }))
}

/// Notes how far the history is read.
pub fn save_history(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    history: &History,
    added_orders: i64,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE sites SET history = $2, history_cursor = $3, \
        history_orders = history_orders + $4 WHERE connection_id = $1";

    let (word, cursor) = match history {
        History::Reading { cursor } => ("reading", cursor.clone()),
        History::Read => ("read", None),
    };
    tx.execute(
        SQL,
        &[
            of(connection),
            word.into(),
            cursor.into(),
            added_orders.into(),
        ],
    )?;
    Ok(())
}

/// Notes up to when changes have been asked for.
pub fn save_swept(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    until: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE sites SET swept_until = $2 WHERE connection_id = $1";

    tx.execute(SQL, &[of(connection), until.into()])?;
    Ok(())
}

/// Keeps the titles of a site's store pages.
pub fn save_store_pages(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    pages: &str,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str =
        "UPDATE sites SET store_pages = $2, store_pages_at = $3 WHERE connection_id = $1";

    tx.execute(SQL, &[of(connection), pages.into(), now.into()])?;
    Ok(())
}

/// Lets the next sweep look whether the site still tells of its changes.
pub fn forget_subscription_check(tx: &mut dyn Tx, connection: ConnectionId) -> Result<(), Error> {
    const SQL: &str = "UPDATE sites SET subscription_checked_at = NULL WHERE connection_id = $1";

    tx.send(SQL, vec![of(connection)])
}

/// Keeps which subscription tells of the site's changes, as seen at a time.
pub fn save_subscription(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    subscription: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE sites SET subscription_id = $2, subscription_checked_at = $3 \
        WHERE connection_id = $1";

    tx.execute(SQL, &[of(connection), subscription.into(), now.into()])?;
    Ok(())
}

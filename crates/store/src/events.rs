//! What happened to an order, line by line, in plain words without personal data.

use jiff::Timestamp;
use portico_domain::ConnectionId;

use crate::connections::of;
use crate::{Error, Tx};

/// One line of an order's timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub at: Timestamp,
    pub text: String,
}

/// Adds a line to an order's timeline.
pub fn add(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    order_id: &str,
    text: &str,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str =
        "INSERT INTO events (connection_id, order_id, at, text) VALUES ($1, $2, $3, $4)";

    // A reader that goes on after a place must not miss a line that was committed late.
    tx.execute_last(
        SQL,
        vec![of(connection), order_id.into(), now.into(), text.into()],
    )
}

/// An order's timeline, oldest first.
pub fn of_order(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    order_id: &str,
) -> Result<Vec<Event>, Error> {
    const SQL: &str =
        "SELECT at, text FROM events WHERE connection_id = $1 AND order_id = $2 ORDER BY id";

    tx.query(SQL, &[of(connection), order_id.into()])?
        .iter()
        .map(|row| {
            Ok(Event {
                at: row.timestamp(0)?,
                text: row.text(1)?.to_owned(),
            })
        })
        .collect()
}

/// A line that came after another one, with its place in the whole stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latest {
    pub place: i64,
    pub connection: String,
    pub order_id: String,
    pub at: Timestamp,
    pub text: String,
}

/// The lines after a place, oldest first: what happened meanwhile. Those of removed connections are
/// left out.
pub fn after(tx: &mut dyn Tx, place: i64, limit: i64) -> Result<Vec<Latest>, Error> {
    const SQL: &str = "SELECT id, connection_id, order_id, at, text FROM events \
        WHERE id > $1 AND EXISTS (SELECT 1 FROM connections \
            WHERE connections.id = events.connection_id AND removed_at IS NULL) \
        ORDER BY id LIMIT $2";

    tx.query(SQL, &[place.into(), limit.into()])?
        .iter()
        .map(latest)
        .collect()
}

/// The newest lines of all but removed connections, newest first.
pub fn newest(tx: &mut dyn Tx, limit: i64) -> Result<Vec<Latest>, Error> {
    const SQL: &str = "SELECT id, connection_id, order_id, at, text FROM events \
        WHERE EXISTS (SELECT 1 FROM connections \
            WHERE connections.id = events.connection_id AND removed_at IS NULL) \
        ORDER BY id DESC LIMIT $1";

    tx.query(SQL, &[limit.into()])?.iter().map(latest).collect()
}

fn latest(row: &crate::Row) -> Result<Latest, Error> {
    Ok(Latest {
        place: row.int(0)?,
        connection: row.text(1)?.to_owned(),
        order_id: row.text(2)?.to_owned(),
        at: row.timestamp(3)?,
        text: row.text(4)?.to_owned(),
    })
}

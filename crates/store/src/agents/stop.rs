//! Whether all agents are stopped, whatever each may do.

use jiff::Timestamp;

use crate::{Error, Tx};

/// Stops all agents; where they are stopped already, since when stays.
pub fn set(tx: &mut dyn Tx, now: Timestamp) -> Result<(), Error> {
    const SQL: &str =
        "INSERT INTO agents_stopped (id, since) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";

    tx.note_change();
    tx.send(SQL, vec![now.into()])
}

/// Lets agents call again.
pub fn lift(tx: &mut dyn Tx) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM agents_stopped";

    tx.note_change();
    tx.send(SQL, Vec::new())
}

/// Since when they are stopped.
pub fn since(tx: &mut dyn Tx) -> Result<Option<Timestamp>, Error> {
    const SQL: &str = "SELECT since FROM agents_stopped";

    let row = tx.query_opt(SQL, &[])?;
    row.map(|row| row.timestamp(0)).transpose()
}

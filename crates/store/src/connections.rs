//! Connections, their sealed secrets and the data keys that seal them.
//!
//! A connection that was removed keeps its row and is found by [`removed_of_account`] and [`ever`] only.

mod erasure;

use jiff::Timestamp;
use portico_domain::connection::{Connection, Status};
use portico_domain::{App, ConnectionId};

use crate::{Error, Row, Tx, Value, agents};

pub use erasure::{erase_some, forget_account};

/// A connection that there is, or was.
#[derive(Clone, Debug)]
pub struct Ever {
    pub connection: Connection,
    /// When it was removed, if it was.
    pub removed_at: Option<Timestamp>,
}

/// Adds a connection; `Error::Unique` says that its name is taken.
pub fn add(tx: &mut dyn Tx, connection: &Connection) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO connections \
        (id, name, app, status, reason, remedy, account, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    tx.note_change();
    tx.execute(
        SQL,
        &[
            connection.id.to_string().into(),
            connection.name.as_str().into(),
            connection.app.as_str().into(),
            connection.status.as_str().into(),
            connection.reason.clone().into(),
            connection.remedy.clone().into(),
            account_text(connection)?.into(),
            connection.created_at.into(),
            connection.updated_at.into(),
        ],
    )?;
    Ok(())
}

/// Finds a connection; `None` when there is none.
pub fn connection(tx: &mut dyn Tx, id: ConnectionId) -> Result<Option<Connection>, Error> {
    const SQL: &str = "SELECT id, name, app, status, reason, remedy, account, created_at, updated_at \
        FROM connections WHERE id = $1 AND removed_at IS NULL";

    tx.query_opt(SQL, &[id.to_string().into()])?
        .map(|row| from_row(&row))
        .transpose()
}

/// Finds a connection by its short name.
pub fn named(tx: &mut dyn Tx, name: &str) -> Result<Option<Connection>, Error> {
    const SQL: &str = "SELECT id, name, app, status, reason, remedy, account, created_at, updated_at \
        FROM connections WHERE name = $1 AND removed_at IS NULL";

    tx.query_opt(SQL, &[name.into()])?
        .map(|row| from_row(&row))
        .transpose()
}

/// Every connection, oldest first.
pub fn all(tx: &mut dyn Tx) -> Result<Vec<Connection>, Error> {
    const SQL: &str = "SELECT id, name, app, status, reason, remedy, account, created_at, updated_at \
        FROM connections WHERE removed_at IS NULL ORDER BY created_at, id";

    tx.query(SQL, &[])?.iter().map(from_row).collect()
}

/// Writes status, reason, remedy and account of a connection that was read as of `known`; false,
/// and nothing is written, when somebody has changed it since.
pub fn save(tx: &mut dyn Tx, connection: &Connection, known: Timestamp) -> Result<bool, Error> {
    const SQL: &str = "UPDATE connections \
        SET status = $2, reason = $3, remedy = $4, account = $5, updated_at = $6 \
        WHERE id = $1 AND updated_at = $7 AND removed_at IS NULL";

    tx.note_change();
    let saved = tx.execute(
        SQL,
        &[
            connection.id.to_string().into(),
            connection.status.as_str().into(),
            connection.reason.clone().into(),
            connection.remedy.clone().into(),
            account_text(connection)?.into(),
            connection.updated_at.into(),
            known.into(),
        ],
    )?;
    Ok(saved > 0)
}

/// The connection that leads to a vendor's account, other than `but`.
pub fn of_account(
    tx: &mut dyn Tx,
    app: App,
    account: &str,
    but: ConnectionId,
) -> Result<Option<Connection>, Error> {
    let is_it = |connection: &Connection| {
        connection.app == app && connection.account.id == account && connection.id != but
    };
    Ok(all(tx)?.into_iter().find(is_it))
}

/// The connection that led to a vendor's account until it was removed.
pub fn removed_of_account(
    tx: &mut dyn Tx,
    app: App,
    account: &str,
) -> Result<Option<Connection>, Error> {
    const SQL: &str = "SELECT id, name, app, status, reason, remedy, account, created_at, updated_at \
        FROM connections WHERE app = $1 AND removed_at IS NOT NULL";

    for row in tx.query(SQL, &[app.as_str().into()])? {
        let connection = from_row(&row)?;
        if connection.account.id == account {
            return Ok(Some(connection));
        }
    }
    Ok(None)
}

/// Every connection of a name or an identifier that there is, and that there was until it was removed.
pub fn ever(tx: &mut dyn Tx, wanted: &str) -> Result<Vec<Ever>, Error> {
    const SQL: &str = "SELECT id, name, app, status, reason, remedy, account, created_at, updated_at, removed_at \
        FROM connections WHERE id = $1 OR name = $1 ORDER BY created_at, id";

    let of_row = |row: &Row| {
        Ok(Ever {
            connection: from_row(row)?,
            removed_at: row.opt_timestamp(9)?,
        })
    };
    tx.query(SQL, &[wanted.into()])?
        .iter()
        .map(of_row)
        .collect()
}

/// Wipes the secrets of a connection and hides it; its name is free, and what hangs on it stays.
pub fn remove(tx: &mut dyn Tx, id: ConnectionId, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "UPDATE connections SET removed_at = $2, updated_at = $2 WHERE id = $1";

    tx.note_change();
    tx.execute("DELETE FROM secrets WHERE connection_id = $1", &[of(id)])?;
    tx.execute("DELETE FROM data_keys WHERE connection_id = $1", &[of(id)])?;
    tx.execute(SQL, &[of(id), now.into()])?;
    Ok(())
}

/// Brings a removed connection back as it is given.
pub fn bring_back(tx: &mut dyn Tx, connection: &Connection) -> Result<(), Error> {
    const SQL: &str = "UPDATE connections SET name = $2, status = $3, reason = $4, remedy = $5, \
        account = $6, updated_at = $7, removed_at = NULL WHERE id = $1";

    tx.note_change();
    tx.execute(
        SQL,
        &[
            of(connection.id),
            connection.name.as_str().into(),
            connection.status.as_str().into(),
            connection.reason.clone().into(),
            connection.remedy.clone().into(),
            account_text(connection)?.into(),
            connection.updated_at.into(),
        ],
    )?;
    Ok(())
}

/// Deletes a connection with its secrets and all that hangs on it; where that may be much,
/// [`erase_some`] comes first.
pub fn delete(tx: &mut dyn Tx, id: ConnectionId) -> Result<(), Error> {
    tx.note_change();
    agents::forget(tx, id)?;
    tx.execute("DELETE FROM connections WHERE id = $1", &[of(id)])?;
    Ok(())
}

/// Keeps the wrapped data key of a connection.
pub fn add_data_key(
    tx: &mut dyn Tx,
    id: ConnectionId,
    wrapped: &[u8],
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str =
        "INSERT INTO data_keys (connection_id, wrapped, created_at) VALUES ($1, $2, $3)";

    tx.execute(SQL, &[id.to_string().into(), wrapped.into(), now.into()])?;
    Ok(())
}

/// The wrapped data key of a connection.
pub fn data_key(tx: &mut dyn Tx, id: ConnectionId) -> Result<Option<Vec<u8>>, Error> {
    const SQL: &str = "SELECT wrapped FROM data_keys WHERE connection_id = $1";

    tx.query_opt(SQL, &[id.to_string().into()])?
        .map(|row| Ok(row.bytes(0)?.to_vec()))
        .transpose()
}

/// Writes a sealed secret, in place of an older one of that name.
pub fn save_secret(
    tx: &mut dyn Tx,
    id: ConnectionId,
    name: &str,
    sealed: &[u8],
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO secrets (connection_id, name, sealed, updated_at) \
        VALUES ($1, $2, $3, $4) ON CONFLICT (connection_id, name) \
        DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at";

    tx.note_change();
    tx.execute(
        SQL,
        &[
            id.to_string().into(),
            name.into(),
            sealed.into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// A sealed secret of a connection.
pub fn secret(tx: &mut dyn Tx, id: ConnectionId, name: &str) -> Result<Option<Vec<u8>>, Error> {
    const SQL: &str = "SELECT sealed FROM secrets WHERE connection_id = $1 AND name = $2";

    tx.query_opt(SQL, &[id.to_string().into(), name.into()])?
        .map(|row| Ok(row.bytes(0)?.to_vec()))
        .transpose()
}

/// Wipes a secret of a connection.
pub fn delete_secret(tx: &mut dyn Tx, id: ConnectionId, name: &str) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM secrets WHERE connection_id = $1 AND name = $2";

    tx.note_change();
    tx.execute(SQL, &[of(id), name.into()])?;
    Ok(())
}

fn account_text(connection: &Connection) -> Result<String, Error> {
    serde_json::to_string(&connection.account).map_err(|why| Error::data("account", why))
}

fn from_row(row: &Row) -> Result<Connection, Error> {
    let app: App = row
        .text(2)?
        .parse()
        .map_err(|why| Error::data("connection", why))?;
    let status = Status::of(row.text(3)?)
        .ok_or_else(|| Error::data("connection", "its status is unknown"))?;
    let account = serde_json::from_str(row.text(6)?)
        .map_err(|why| Error::json("account of a connection", &why))?;
    Ok(Connection {
        id: id(row.text(0)?)?,
        name: row.text(1)?.to_owned(),
        app,
        status,
        reason: row.opt_text(4)?.map(str::to_owned),
        remedy: row.opt_text(5)?.map(str::to_owned),
        account,
        created_at: row.timestamp(7)?,
        updated_at: row.timestamp(8)?,
    })
}

/// Reads a stored connection's identifier.
pub(crate) fn id(text: &str) -> Result<ConnectionId, Error> {
    text.parse()
        .map_err(|why| Error::data("identifier of a connection", why))
}

/// The value by which rows of one connection are found.
pub(crate) fn of(connection: ConnectionId) -> Value {
    connection.to_string().into()
}

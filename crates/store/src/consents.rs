//! Consents: what the owner of an account is asked for, and how far that has come.

use jiff::Timestamp;
use portico_domain::ConnectionId;

use crate::connections::{id, of};
use crate::{Error, Row, Tx, Value};

/// A statement is known as a whole when it is compiled, so the column is put in by then.
macro_rules! select_by {
    ($column:literal) => {
        concat!(
            "SELECT connection_id, asked_for, session_hash, access, expires_at, state_hash, ",
            "browser_hash, redirect_uri, state_expires_at, state_used_at, problem, connected_at ",
            "FROM consents WHERE ",
            $column,
            " = $1"
        )
    };
}

/// One page that asks an owner.
#[derive(Clone, Debug)]
pub struct Consent {
    pub connection: ConnectionId,
    /// The connection that the page was made for; differs when its account was known before.
    pub asked_for: ConnectionId,
    pub session_hash: Vec<u8>,
    /// Areas and levels: `orders=read,products=read`.
    pub access: String,
    pub expires_at: Timestamp,
    pub way: Option<Way>,
    /// Why the last way did not lead to a connection.
    pub problem: Option<String>,
    pub connected_at: Option<Timestamp>,
}

/// A way to the vendor and back: good once, and for the browser that began it.
#[derive(Clone, Debug)]
pub struct Way {
    pub state_hash: Vec<u8>,
    pub browser_hash: Vec<u8>,
    pub redirect_uri: String,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

/// Keeps a page, in place of the one that the connection had.
pub fn save(tx: &mut dyn Tx, consent: &Consent) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO consents \
        (connection_id, asked_for, session_hash, access, expires_at) VALUES ($1, $2, $3, $4, $5)";

    forget(tx, consent.connection)?;
    tx.execute(
        SQL,
        &[
            of(consent.connection),
            of(consent.asked_for),
            consent.session_hash.as_slice().into(),
            consent.access.as_str().into(),
            consent.expires_at.into(),
        ],
    )?;
    Ok(())
}

/// Begins a way, in place of the one that was begun before; false when the page is no longer there.
pub fn begin_way(tx: &mut dyn Tx, session_hash: &[u8], way: &Way) -> Result<bool, Error> {
    const SQL: &str = "UPDATE consents SET state_hash = $2, browser_hash = $3, redirect_uri = $4, \
        state_expires_at = $5, state_used_at = NULL, problem = NULL \
        WHERE session_hash = $1 AND connected_at IS NULL";

    let begun = tx.execute(
        SQL,
        &[
            session_hash.into(),
            way.state_hash.as_slice().into(),
            way.browser_hash.as_slice().into(),
            way.redirect_uri.as_str().into(),
            way.expires_at.into(),
        ],
    )?;
    Ok(begun > 0)
}

/// Uses a way up; false when that was done before.
pub fn use_way(tx: &mut dyn Tx, state_hash: &[u8], now: Timestamp) -> Result<bool, Error> {
    const SQL: &str = "UPDATE consents SET state_used_at = $2 \
        WHERE state_hash = $1 AND state_used_at IS NULL";

    Ok(tx.execute(SQL, &[state_hash.into(), now.into()])? > 0)
}

/// Says why a way did not lead to a connection, unless another has.
pub fn fail(tx: &mut dyn Tx, session_hash: &[u8], problem: &str) -> Result<(), Error> {
    const SQL: &str =
        "UPDATE consents SET problem = $2 WHERE session_hash = $1 AND connected_at IS NULL";

    tx.execute(SQL, &[session_hash.into(), problem.into()])?;
    Ok(())
}

/// Ends a page that has done its work; false when another has taken its place.
pub fn connect(tx: &mut dyn Tx, session_hash: &[u8], now: Timestamp) -> Result<bool, Error> {
    const SQL: &str =
        "UPDATE consents SET connected_at = $2, problem = NULL WHERE session_hash = $1";

    Ok(tx.execute(SQL, &[session_hash.into(), now.into()])? > 0)
}

/// Gives a page to the connection that its account had before.
pub fn move_to(tx: &mut dyn Tx, made: ConnectionId, back: ConnectionId) -> Result<(), Error> {
    const SQL: &str = "UPDATE consents SET connection_id = $2 WHERE connection_id = $1";

    if of_connection(tx, made)?.is_some() {
        forget(tx, back)?;
        tx.execute(SQL, &[of(made), of(back)])?;
    }
    Ok(())
}

/// Closes the page of a connection.
pub fn forget(tx: &mut dyn Tx, connection: ConnectionId) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM consents WHERE connection_id = $1",
        &[of(connection)],
    )?;
    Ok(())
}

/// The page of a connection.
pub fn of_connection(tx: &mut dyn Tx, connection: ConnectionId) -> Result<Option<Consent>, Error> {
    found(tx, select_by!("connection_id"), of(connection))
}

/// The page that was made for a connection which may have its old identifier back by now.
pub fn asked_for(tx: &mut dyn Tx, connection: ConnectionId) -> Result<Option<Consent>, Error> {
    found(tx, select_by!("asked_for"), of(connection))
}

/// The page of an address.
pub fn of_session(tx: &mut dyn Tx, session_hash: &[u8]) -> Result<Option<Consent>, Error> {
    found(tx, select_by!("session_hash"), session_hash.into())
}

/// The page that a way was begun on.
pub fn of_state(tx: &mut dyn Tx, state_hash: &[u8]) -> Result<Option<Consent>, Error> {
    found(tx, select_by!("state_hash"), state_hash.into())
}

fn found(tx: &mut dyn Tx, sql: &'static str, value: Value) -> Result<Option<Consent>, Error> {
    let row = tx.query_opt(sql, &[value])?;
    row.map(|row| from_row(&row)).transpose()
}

fn from_row(row: &Row) -> Result<Consent, Error> {
    Ok(Consent {
        connection: id(row.text(0)?)?,
        asked_for: id(row.text(1)?)?,
        session_hash: row.bytes(2)?.to_vec(),
        access: row.text(3)?.to_owned(),
        expires_at: row.timestamp(4)?,
        way: way(row)?,
        problem: row.opt_text(10)?.map(str::to_owned),
        connected_at: row.opt_timestamp(11)?,
    })
}

/// A way is written whole or not at all.
fn way(row: &Row) -> Result<Option<Way>, Error> {
    let Some(expires_at) = row.opt_timestamp(8)? else {
        return Ok(None);
    };
    Ok(Some(Way {
        state_hash: row.bytes(5)?.to_vec(),
        browser_hash: row.bytes(6)?.to_vec(),
        redirect_uri: row.text(7)?.to_owned(),
        expires_at,
        used_at: row.opt_timestamp(9)?,
    }))
}

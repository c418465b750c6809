//! What is known of a CRM account as a whole: its facts and how warm its contact index is.

use jiff::Timestamp;
use portico_domain::ConnectionId;

use crate::connections::of;
use crate::{Error, Tx};

/// The state of one CRM account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crm {
    /// JSON of what the account has: pipelines, fields, users.
    pub facts: Option<String>,
    pub facts_at: Option<Timestamp>,
    /// Every contact was listed once.
    pub contacts_read: bool,
    /// The listing goes on with the contacts that changed in this second or later.
    pub contacts_cursor: i64,
    /// Changes up to this time are in the index.
    pub contacts_since: Option<Timestamp>,
    /// Where the account has said that it sends its notifications, without the secret part.
    pub subscribed_to: Option<String>,
    pub subscribe_tried_at: Option<Timestamp>,
}

/// Starts to keep an account's state.
pub fn add(tx: &mut dyn Tx, connection: ConnectionId) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO crms (connection_id, contacts_read, contacts_cursor) \
        VALUES ($1, 0, 0) ON CONFLICT (connection_id) DO NOTHING";

    tx.execute(SQL, &[of(connection)])?;
    Ok(())
}

/// The state of an account; `None` when no flow feeds it.
pub fn crm(tx: &mut dyn Tx, connection: ConnectionId) -> Result<Option<Crm>, Error> {
    const SQL: &str = "SELECT facts, facts_at, contacts_read, contacts_cursor, contacts_since, \
        subscribed_to, subscribe_tried_at FROM crms WHERE connection_id = $1";

    let Some(row) = tx.query_opt(SQL, &[of(connection)])? else {
        return Ok(None);
    };
    Ok(Some(Crm {
        facts: row.opt_text(0)?.map(str::to_owned),
        facts_at: row.opt_timestamp(1)?,
        contacts_read: row.bool(2)?,
        contacts_cursor: row.int(3)?,
        contacts_since: row.opt_timestamp(4)?,
        subscribed_to: row.opt_text(5)?.map(str::to_owned),
        subscribe_tried_at: row.opt_timestamp(6)?,
    }))
}

/// Keeps the account's facts; `None` forgets them, so that they are read anew.
pub fn save_facts(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    facts: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE crms SET facts = $2, facts_at = $3 WHERE connection_id = $1";

    tx.execute(SQL, &[of(connection), facts.into(), now.into()])?;
    Ok(())
}

/// Notes how far the listing of contacts has come, and from when on changes must be asked for.
pub fn save_listing(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    cursor: i64,
    read: bool,
    since: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE crms SET contacts_cursor = $2, contacts_read = $3, \
        contacts_since = $4 WHERE connection_id = $1";

    tx.execute(
        SQL,
        &[of(connection), cursor.into(), read.into(), since.into()],
    )?;
    Ok(())
}

/// Notes up to when changes of contacts are in the index.
pub fn save_swept(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    since: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE crms SET contacts_since = $2 WHERE connection_id = $1";

    tx.execute(SQL, &[of(connection), since.into()])?;
    Ok(())
}

/// Notes an attempt to subscribe; `address` is where the account now sends, once it has said so.
pub fn save_subscription(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    address: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE crms SET subscribed_to = $2, subscribe_tried_at = $3 \
        WHERE connection_id = $1";

    tx.execute(SQL, &[of(connection), address.into(), now.into()])?;
    Ok(())
}

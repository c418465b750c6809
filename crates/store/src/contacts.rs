//! The contact index of a CRM account: who a buyer is, without a call.

use std::collections::BTreeSet;

use jiff::Timestamp;
use portico_domain::ConnectionId;
use portico_domain::buyer::BuyerKey;
use portico_domain::change::KnownContact;

use crate::connections::of;
use crate::{Error, Row, Tx, Value};

/// One contact as the CRM last told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub id: i64,
    /// Every e-mail address and readable telephone number of it.
    pub keys: Vec<BuyerKey>,
    pub known: KnownContact,
    pub updated_at: Timestamp,
}

/// Puts contacts into the index, in place of what was there, unless that is newer.
///
/// A contact that was removed comes back only when it has changed since it was last in the index.
pub fn save(tx: &mut dyn Tx, connection: ConnectionId, contacts: &[&Contact]) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO contacts (connection_id, id, has_name, has_email, has_phone, \
        has_address, has_customer_id, tags, updated_at, removed) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0) \
        ON CONFLICT (connection_id, id) DO UPDATE SET has_name = excluded.has_name, \
        has_email = excluded.has_email, has_phone = excluded.has_phone, \
        has_address = excluded.has_address, has_customer_id = excluded.has_customer_id, \
        tags = excluded.tags, updated_at = excluded.updated_at, removed = 0 \
        WHERE contacts.updated_at < excluded.updated_at \
        OR (contacts.updated_at = excluded.updated_at AND contacts.removed = 0) RETURNING id";

    let params = contacts
        .iter()
        .map(|contact| row_of(connection, contact))
        .collect::<Result<Vec<_>, _>>()?;
    let written = tx.query_each(SQL, &params)?;
    for (contact, rows) in contacts.iter().zip(written) {
        if !rows.is_empty() {
            save_keys(tx, connection, contact)?;
        }
    }
    Ok(())
}

fn row_of(connection: ConnectionId, contact: &Contact) -> Result<Vec<Value>, Error> {
    let known = &contact.known;
    Ok(vec![
        of(connection),
        contact.id.into(),
        known.has_name.into(),
        known.has_email.into(),
        known.has_phone.into(),
        known.has_address.into(),
        known.has_customer_id.into(),
        tags_text(&known.tags)?.into(),
        contact.updated_at.into(),
    ])
}

fn save_keys(tx: &mut dyn Tx, connection: ConnectionId, contact: &Contact) -> Result<(), Error> {
    const ADD: &str = "INSERT INTO contact_keys (connection_id, key, contact_id) \
        VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

    clear_keys(tx, connection, contact.id)?;
    for key in &contact.keys {
        tx.send(
            ADD,
            vec![of(connection), key.as_str().into(), contact.id.into()],
        )?;
    }
    Ok(())
}

fn clear_keys(tx: &mut dyn Tx, connection: ConnectionId, id: i64) -> Result<(), Error> {
    tx.send(
        "DELETE FROM contact_keys WHERE connection_id = $1 AND contact_id = $2",
        vec![of(connection), id.into()],
    )
}

/// Takes a contact out of the index, and remembers that it was removed.
pub fn remove(tx: &mut dyn Tx, connection: ConnectionId, id: i64) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO contacts (connection_id, id, has_name, has_email, has_phone, \
        has_address, has_customer_id, tags, updated_at, removed) \
        VALUES ($1, $2, 0, 0, 0, 0, 0, '[]', 0, 1) \
        ON CONFLICT (connection_id, id) DO UPDATE SET removed = 1";

    tx.send(SQL, vec![of(connection), id.into()])?;
    clear_keys(tx, connection, id)
}

/// Whether a contact was taken out of the index and has not come back.
pub fn is_removed(tx: &mut dyn Tx, connection: ConnectionId, id: i64) -> Result<bool, Error> {
    const SQL: &str =
        "SELECT id FROM contacts WHERE connection_id = $1 AND id = $2 AND removed = 1";

    Ok(tx.query_opt(SQL, &[of(connection), id.into()])?.is_some())
}

/// The contacts that have each of these keys, oldest first: the first is the one to use.
pub fn with_keys<'a>(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    keys: impl IntoIterator<Item = &'a BuyerKey>,
) -> Result<Vec<Vec<i64>>, Error> {
    const SQL: &str = "SELECT contact_id FROM contact_keys \
        WHERE connection_id = $1 AND key = $2 ORDER BY contact_id";

    let params: Vec<_> = keys
        .into_iter()
        .map(|key| vec![of(connection), key.as_str().into()])
        .collect();
    tx.query_each(SQL, &params)?
        .iter()
        .map(|rows| rows.iter().map(|row| row.int(0)).collect())
        .collect()
}

/// What is known of each of these contacts; `None` when it is not in the index.
pub fn known(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    ids: impl IntoIterator<Item = i64>,
) -> Result<Vec<Option<KnownContact>>, Error> {
    const SQL: &str = "SELECT has_name, has_email, has_phone, has_address, has_customer_id, tags \
        FROM contacts WHERE connection_id = $1 AND id = $2 AND removed = 0";

    let params: Vec<_> = ids
        .into_iter()
        .map(|id| vec![of(connection), id.into()])
        .collect();
    tx.query_each(SQL, &params)?
        .iter()
        .map(|rows| rows.first().map(known_from_row).transpose())
        .collect()
}

fn known_from_row(row: &Row) -> Result<KnownContact, Error> {
    Ok(KnownContact {
        has_name: row.bool(0)?,
        has_email: row.bool(1)?,
        has_phone: row.bool(2)?,
        has_address: row.bool(3)?,
        has_customer_id: row.bool(4)?,
        tags: tags(row.text(5)?)?,
    })
}

/// Writes what is known of a contact that is in the index; its keys stay.
pub fn save_known(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    id: i64,
    known: &KnownContact,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE contacts SET has_name = $3, has_email = $4, has_phone = $5, \
        has_address = $6, has_customer_id = $7, tags = $8 WHERE connection_id = $1 AND id = $2";

    tx.send(
        SQL,
        vec![
            of(connection),
            id.into(),
            known.has_name.into(),
            known.has_email.into(),
            known.has_phone.into(),
            known.has_address.into(),
            known.has_customer_id.into(),
            tags_text(&known.tags)?.into(),
        ],
    )
}

/// How many contacts are in the index.
pub fn count(tx: &mut dyn Tx, connection: ConnectionId) -> Result<i64, Error> {
    tx.query_one(
        "SELECT count(*) FROM contacts WHERE connection_id = $1 AND removed = 0",
        &[of(connection)],
    )?
    .int(0)
}

fn tags_text(tags: &BTreeSet<String>) -> Result<String, Error> {
    serde_json::to_string(tags).map_err(|why| Error::data("tags of a contact", why))
}

fn tags(text: &str) -> Result<BTreeSet<String>, Error> {
    serde_json::from_str(text).map_err(|why| Error::json("tags of a contact", &why))
}

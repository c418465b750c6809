//! The hashes of Portico's own keys; the keys themselves are shown once and never kept.

use jiff::Timestamp;
use portico_domain::key::{Key, KeyId, KeyKind};

use crate::{Error, Row, Tx};

/// Keeps a new key by its hash; `Error::Unique` says that its name is taken.
pub fn add(tx: &mut dyn Tx, key: &Key, hash: &[u8]) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO keys (id, kind, name, hash, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";

    tx.execute(
        SQL,
        &[
            key.id.to_string().into(),
            key.kind.as_str().into(),
            key.name.as_str().into(),
            hash.into(),
            key.created_at.into(),
            key.expires_at.into(),
        ],
    )?;
    Ok(())
}

/// Every key that there ever was, oldest first, but those of agents.
pub fn all(tx: &mut dyn Tx) -> Result<Vec<Key>, Error> {
    const SQL: &str = "SELECT id, kind, name, created_at, expires_at, revoked_at \
        FROM keys WHERE kind <> $1 ORDER BY created_at, id";

    let rows = tx.query(SQL, &[KeyKind::Agent.as_str().into()])?;
    rows.iter().map(from_row).collect()
}

/// Finds the key with this hash, whether or not it may still be used.
pub fn of_hash(tx: &mut dyn Tx, kind: KeyKind, hash: &[u8]) -> Result<Option<Key>, Error> {
    const SQL: &str = "SELECT id, kind, name, created_at, expires_at, revoked_at \
        FROM keys WHERE hash = $1 AND kind = $2";

    tx.query_opt(SQL, &[hash.into(), kind.as_str().into()])?
        .map(|row| from_row(&row))
        .transpose()
}

/// Lets a key be used no more, from its holder's next call on.
pub fn revoke(tx: &mut dyn Tx, id: KeyId, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "UPDATE keys SET revoked_at = $2 WHERE id = $1";

    tx.note_change();
    tx.execute(SQL, &[id.to_string().into(), now.into()])?;
    Ok(())
}

/// Lets a key be used no longer than until then; one that ends sooner is left as it is.
pub fn end_by(tx: &mut dyn Tx, id: KeyId, at: Timestamp) -> Result<(), Error> {
    const SQL: &str = "UPDATE keys SET expires_at = $2 \
        WHERE id = $1 AND (expires_at IS NULL OR expires_at > $2)";

    tx.note_change();
    tx.send(SQL, vec![id.to_string().into(), at.into()])
}

/// Lets one transaction at a time decide by what keys there are.
pub fn lock(tx: &mut dyn Tx) -> Result<(), Error> {
    tx.lock("keys")
}

fn from_row(row: &Row) -> Result<Key, Error> {
    let kind = row.text(1)?;
    Ok(Key {
        id: row
            .text(0)?
            .parse()
            .map_err(|why| Error::data("id of a key", why))?,
        kind: KeyKind::of(kind)
            .ok_or_else(|| Error::data("kind of a key", format_args!("`{kind}` is unknown")))?,
        name: row.text(2)?.to_owned(),
        created_at: row.timestamp(3)?,
        expires_at: row.opt_timestamp(4)?,
        revoked_at: row.opt_timestamp(5)?,
    })
}

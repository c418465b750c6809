//! The hashes of administration keys; the keys themselves are shown once and never kept.

use jiff::Timestamp;

use crate::{Error, Tx};

/// Keeps the hash of a new key.
pub fn add(tx: &mut dyn Tx, id: &str, hash: &[u8], now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO admin_keys (id, hash, created_at) VALUES ($1, $2, $3)";

    tx.execute(SQL, &[id.into(), hash.into(), now.into()])?;
    Ok(())
}

/// Whether a key with this hash may be used.
pub fn is_valid(tx: &mut dyn Tx, hash: &[u8]) -> Result<bool, Error> {
    const SQL: &str = "SELECT id FROM admin_keys WHERE hash = $1 AND revoked_at IS NULL";

    Ok(tx.query_opt(SQL, &[hash.into()])?.is_some())
}

/// How many keys may be used.
pub fn count(tx: &mut dyn Tx) -> Result<i64, Error> {
    tx.query_one(
        "SELECT count(*) FROM admin_keys WHERE revoked_at IS NULL",
        &[],
    )?
    .int(0)
}

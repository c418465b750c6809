//! How far chains have come and up to where they were pruned, as it was signed.

use jiff::Timestamp;
use portico_domain::audit::{ChainId, Place};

use super::{chain, int, unsigned};
use crate::{Error, Row, Tx};

/// What a mark says of its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// The chain had come as far as this.
    Head,
    /// It and all before it were deleted because of their age.
    Pruned,
}

/// A signed statement about a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub kind: MarkKind,
    pub place: Place,
    pub at: Timestamp,
    /// 32 bytes, unless somebody changed them.
    pub seal: Vec<u8>,
}

impl MarkKind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Pruned => "pruned",
        }
    }
}

/// Keeps a mark in place of the one of its kind that the chain had before.
pub fn set_mark(tx: &mut dyn Tx, mark: &Mark) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO audit_marks (chain, mark, number, at, mac, seal) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (chain, mark) DO UPDATE \
        SET number = excluded.number, at = excluded.at, mac = excluded.mac, seal = excluded.seal \
        WHERE audit_marks.number <= excluded.number";

    let params = vec![
        mark.place.chain.to_string().into(),
        mark.kind.as_str().into(),
        int(mark.place.number).into(),
        mark.at.into(),
        mark.place.mac.as_slice().into(),
        mark.seal.as_slice().into(),
    ];
    tx.send(SQL, params)
}

/// The mark of this kind that a chain has.
pub fn mark(tx: &mut dyn Tx, chain: ChainId, kind: MarkKind) -> Result<Option<Mark>, Error> {
    const SQL: &str = "SELECT chain, number, at, mac, seal FROM audit_marks \
        WHERE chain = $1 AND mark = $2";

    let row = tx.query_opt(SQL, &[chain.to_string().into(), kind.as_str().into()])?;
    row.as_ref().map(|row| read(row, kind)).transpose()
}

/// The heads that were set last, newest first.
pub fn newest_heads(tx: &mut dyn Tx, limit: i64) -> Result<Vec<Mark>, Error> {
    const SQL: &str = "SELECT chain, number, at, mac, seal FROM audit_marks \
        WHERE mark = $1 ORDER BY at DESC, chain DESC LIMIT $2";

    let kind = MarkKind::Head;
    let rows = tx.query(SQL, &[kind.as_str().into(), limit.into()])?;
    rows.iter().map(|row| read(row, kind)).collect()
}

/// Every chain that anything is known of, oldest first, as it is written there.
pub fn chains(tx: &mut dyn Tx) -> Result<Vec<String>, Error> {
    const SQL: &str = "SELECT chain FROM audit UNION SELECT chain FROM audit_marks ORDER BY 1";

    let rows = tx.query(SQL, &[])?;
    rows.iter()
        .map(|row| row.text(0).map(str::to_owned))
        .collect()
}

/// Forgets chains of which no record is left and whose last head is older than a time.
pub fn remove_marks(tx: &mut dyn Tx, older_than: Timestamp) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM audit_marks WHERE chain IN (SELECT heads.chain \
        FROM audit_marks AS heads WHERE heads.mark = 'head' AND heads.at < $1 AND NOT EXISTS \
        (SELECT 1 FROM audit WHERE audit.chain = heads.chain))";

    tx.send(SQL, vec![older_than.into()])
}

fn read(row: &Row, kind: MarkKind) -> Result<Mark, Error> {
    Ok(Mark {
        kind,
        place: Place {
            chain: chain(row, 0)?,
            number: unsigned(row.int(1)?)?,
            // One of another length was changed: the seal will not fit, whatever stands here.
            mac: row.bytes(3)?.try_into().unwrap_or_default(),
        },
        at: row.timestamp(2)?,
        seal: row.bytes(4)?.to_vec(),
    })
}

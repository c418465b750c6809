//! Records of the audit as they are kept: added, found, read through, and pruned from the start of a chain.

mod marks;

use jiff::Timestamp;
use portico_domain::audit::{ChainId, Finding, RecordId};

use crate::{Error, Row, Tx, Value};

pub use marks::{Mark, MarkKind, chains, mark, newest_heads, remove_marks, set_mark};

/// A record with what it is found by and what binds it to the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its place among the records of all chains, which the database gives it.
    pub place: i64,
    pub id: RecordId,
    pub at: Timestamp,
    pub finding: Finding,
    /// The bytes that the chain binds.
    pub record: Vec<u8>,
    /// 32 bytes, unless somebody changed them.
    pub mac: Vec<u8>,
}

/// Records to be kept, each in the order of the columns.
#[derive(Debug, Default)]
pub struct NewRows(Vec<Vec<Value>>);

/// Which records are asked for; `None` leaves a matter open.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub kind: Option<&'static str>,
    /// A kind that is left out.
    pub but_kind: Option<&'static str>,
    pub actor: Option<String>,
    pub connection: Option<String>,
    pub operation: Option<String>,
    pub verdict: Option<String>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// A place in the list of all records, by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub at: Timestamp,
    pub place: i64,
}

impl NewRows {
    pub fn push(
        &mut self,
        id: RecordId,
        at: Timestamp,
        of: Finding,
        record: Vec<u8>,
        mac: &[u8; 32],
    ) {
        self.0.push(vec![
            id.chain.to_string().into(),
            int(id.number).into(),
            at.into(),
            of.kind.into(),
            of.outcome_of.map(int).into(),
            of.actor.into(),
            of.connection.into(),
            of.operation.into(),
            of.verdict.into(),
            record.into(),
            mac.as_slice().into(),
        ]);
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Adds records. One that is there already stays as it is: after a commit whose answer was lost the same
/// records come again.
pub fn add(tx: &mut dyn Tx, rows: &NewRows) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO audit (chain, number, at, kind, outcome_of, actor, connection, \
        operation, verdict, record, mac) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
        ON CONFLICT (chain, number) DO NOTHING";

    tx.query_each(SQL, &rows.0)?;
    Ok(())
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, chain, number, at, kind, outcome_of, actor, connection, operation, verdict, \
             record, mac FROM audit ",
            $rest
        )
    };
}

/// The records before a place in the list, newest first, without outcomes.
pub fn before(
    tx: &mut dyn Tx,
    wanted: &Wanted,
    cursor: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Kept>, Error> {
    const OF_ALL: &str = select!(
        "WHERE outcome_of IS NULL AND at >= $1 AND at < $2 AND (at, id) < ($3, $4) \
         AND (connection = $5 OR CAST($5 AS TEXT) IS NULL) \
         AND (operation = $6 OR CAST($6 AS TEXT) IS NULL) \
         AND (verdict = $7 OR CAST($7 AS TEXT) IS NULL) \
         AND (kind = $9 OR CAST($9 AS TEXT) IS NULL) \
         AND (kind <> $10 OR CAST($10 AS TEXT) IS NULL) ORDER BY at DESC, id DESC LIMIT $8"
    );
    const OF_ACTOR: &str = select!(
        "WHERE outcome_of IS NULL AND at >= $1 AND at < $2 AND (at, id) < ($3, $4) \
         AND (connection = $5 OR CAST($5 AS TEXT) IS NULL) \
         AND (operation = $6 OR CAST($6 AS TEXT) IS NULL) \
         AND (verdict = $7 OR CAST($7 AS TEXT) IS NULL) \
         AND (kind = $9 OR CAST($9 AS TEXT) IS NULL) \
         AND (kind <> $10 OR CAST($10 AS TEXT) IS NULL) AND actor = $11 \
         ORDER BY at DESC, id DESC LIMIT $8"
    );

    let cursor = cursor.map_or((i64::MAX, i64::MAX), Cursor::columns);
    let (since, until) = wanted.times();
    // The index is read from the cursor on, and not from the end of the list.
    let times = (since, until.min(cursor.0.saturating_add(1)));
    listed(tx, [OF_ALL, OF_ACTOR], wanted, times, cursor, limit)
}

/// The records after a place in the list, oldest first, without outcomes.
pub fn after(
    tx: &mut dyn Tx,
    wanted: &Wanted,
    cursor: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Kept>, Error> {
    const OF_ALL: &str = select!(
        "WHERE outcome_of IS NULL AND at >= $1 AND at < $2 AND (at, id) > ($3, $4) \
         AND (connection = $5 OR CAST($5 AS TEXT) IS NULL) \
         AND (operation = $6 OR CAST($6 AS TEXT) IS NULL) \
         AND (verdict = $7 OR CAST($7 AS TEXT) IS NULL) \
         AND (kind = $9 OR CAST($9 AS TEXT) IS NULL) \
         AND (kind <> $10 OR CAST($10 AS TEXT) IS NULL) ORDER BY at, id LIMIT $8"
    );
    const OF_ACTOR: &str = select!(
        "WHERE outcome_of IS NULL AND at >= $1 AND at < $2 AND (at, id) > ($3, $4) \
         AND (connection = $5 OR CAST($5 AS TEXT) IS NULL) \
         AND (operation = $6 OR CAST($6 AS TEXT) IS NULL) \
         AND (verdict = $7 OR CAST($7 AS TEXT) IS NULL) \
         AND (kind = $9 OR CAST($9 AS TEXT) IS NULL) \
         AND (kind <> $10 OR CAST($10 AS TEXT) IS NULL) AND actor = $11 \
         ORDER BY at, id LIMIT $8"
    );

    let cursor = cursor.map_or((i64::MIN, i64::MIN), Cursor::columns);
    let (since, until) = wanted.times();
    let times = (since.max(cursor.0), until);
    listed(tx, [OF_ALL, OF_ACTOR], wanted, times, cursor, limit)
}

fn listed(
    tx: &mut dyn Tx,
    [of_all, of_actor]: [&'static str; 2],
    wanted: &Wanted,
    (since, until): (i64, i64),
    (at, place): (i64, i64),
    limit: i64,
) -> Result<Vec<Kept>, Error> {
    let mut params: Vec<Value> = vec![
        since.into(),
        until.into(),
        at.into(),
        place.into(),
        wanted.connection.as_deref().into(),
        wanted.operation.as_deref().into(),
        wanted.verdict.as_deref().into(),
        limit.into(),
        wanted.kind.into(),
        wanted.but_kind.into(),
    ];
    let sql = match &wanted.actor {
        None => of_all,
        Some(actor) => {
            params.push(actor.into());
            of_actor
        }
    };
    tx.query(sql, &params)?.iter().map(kept).collect()
}

/// What became of these, each in its place; `None` where nothing is on record.
pub fn outcomes(tx: &mut dyn Tx, of: &[RecordId]) -> Result<Vec<Option<Kept>>, Error> {
    const SQL: &str = select!("WHERE chain = $1 AND outcome_of = $2");

    let params: Vec<Vec<Value>> = of.iter().copied().map(place).collect();
    let answers = tx.query_each(SQL, &params)?;
    answers
        .iter()
        .map(|rows| rows.first().map(kept).transpose())
        .collect()
}

/// One record.
pub fn record(tx: &mut dyn Tx, id: RecordId) -> Result<Option<Kept>, Error> {
    const SQL: &str = select!("WHERE chain = $1 AND number = $2");

    tx.query_opt(SQL, &place(id))?
        .as_ref()
        .map(kept)
        .transpose()
}

/// The records of a chain after a number, in its order.
pub fn of_chain(
    tx: &mut dyn Tx,
    chain: ChainId,
    after: u64,
    limit: i64,
) -> Result<Vec<Kept>, Error> {
    const SQL: &str = select!("WHERE chain = $1 AND number > $2 ORDER BY number LIMIT $3");

    let params = [chain.to_string().into(), int(after).into(), limit.into()];
    tx.query(SQL, &params)?.iter().map(kept).collect()
}

/// The number of the first record of a chain.
pub fn first_number(tx: &mut dyn Tx, chain: ChainId) -> Result<Option<i64>, Error> {
    const SQL: &str = "SELECT number FROM audit WHERE chain = $1 ORDER BY number LIMIT 1";

    let row = tx.query_opt(SQL, &[chain.to_string().into()])?;
    row.map(|row| row.int(0)).transpose()
}

/// The codes of these records, each in its place; `None` where there is no such record.
pub fn macs(tx: &mut dyn Tx, of: &[RecordId]) -> Result<Vec<Option<Vec<u8>>>, Error> {
    const SQL: &str = "SELECT mac FROM audit WHERE chain = $1 AND number = $2";

    let params: Vec<Vec<Value>> = of.iter().copied().map(place).collect();
    let answers = tx.query_each(SQL, &params)?;
    let mac = |row: &Row| row.bytes(0).map(<[u8]>::to_vec);
    answers
        .iter()
        .map(|rows| rows.first().map(mac).transpose())
        .collect()
}

/// The last record of a chain.
pub fn last(tx: &mut dyn Tx, chain: ChainId) -> Result<Option<Kept>, Error> {
    const SQL: &str = select!("WHERE chain = $1 ORDER BY number DESC LIMIT 1");

    let row = tx.query_opt(SQL, &[chain.to_string().into()])?;
    row.as_ref().map(kept).transpose()
}

/// When a call was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undone {
    pub at: Timestamp,
    /// Otherwise nobody knows whether it was.
    pub is_certain: bool,
}

/// Keeps that a call is about to be taken back; `Error::Unique` says that it was before.
pub fn set_undone(tx: &mut dyn Tx, id: RecordId, now: Timestamp) -> Result<(), Error> {
    const SQL: &str =
        "INSERT INTO audit_undone (chain, number, at, is_certain) VALUES ($1, $2, $3, 0)";

    let number = int(id.number);
    tx.execute(
        SQL,
        &[id.chain.to_string().into(), number.into(), now.into()],
    )?;
    Ok(())
}

/// Keeps that it was taken back for certain.
pub fn settle_undone(tx: &mut dyn Tx, id: RecordId) -> Result<(), Error> {
    const SQL: &str = "UPDATE audit_undone SET is_certain = 1 WHERE chain = $1 AND number = $2";

    tx.execute(SQL, &place(id))?;
    Ok(())
}

/// When each of these calls was taken back, if it was.
pub fn undone(tx: &mut dyn Tx, ids: &[RecordId]) -> Result<Vec<Option<Undone>>, Error> {
    const SQL: &str = "SELECT at, is_certain FROM audit_undone WHERE chain = $1 AND number = $2";

    let params: Vec<Vec<Value>> = ids.iter().map(|id| place(*id).to_vec()).collect();
    let answers = tx.query_each(SQL, &params)?;
    answers
        .iter()
        .map(|rows| {
            let undone = |row: &Row| {
                Ok(Undone {
                    at: row.timestamp(0)?,
                    is_certain: row.bool(1)?,
                })
            };
            rows.first().map(undone).transpose()
        })
        .collect()
}

/// Forgets it, where the call was not taken back after all.
pub fn forget_undone(tx: &mut dyn Tx, id: RecordId) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM audit_undone WHERE chain = $1 AND number = $2";

    tx.execute(SQL, &place(id))?;
    Ok(())
}

/// How many records there are.
pub fn count(tx: &mut dyn Tx) -> Result<u64, Error> {
    const SQL: &str = "SELECT count(*) FROM audit";

    unsigned(tx.query_one(SQL, &[])?.int(0)?)
}

/// The last record of a chain up to which all are older than a time, and no more than `most` of them.
pub fn last_older(
    tx: &mut dyn Tx,
    chain: ChainId,
    than: Timestamp,
    most: i64,
) -> Result<Option<Kept>, Error> {
    const FIRST: &str = select!("WHERE chain = $1 ORDER BY number LIMIT 1");
    const YOUNG: &str = "SELECT number FROM audit WHERE chain = $1 AND number < $2 AND at >= $3 \
        ORDER BY number LIMIT 1";
    const LAST: &str = select!("WHERE chain = $1 AND number < $2 ORDER BY number DESC LIMIT 1");

    let id: Value = chain.to_string().into();
    let Some(first) = tx.query_opt(FIRST, std::slice::from_ref(&id))? else {
        return Ok(None);
    };
    let end = first.int(2)?.saturating_add(most);
    let young = tx.query_opt(YOUNG, &[id.clone(), end.into(), than.into()])?;
    let end = young.map_or(Ok(end), |row| row.int(0))?;
    let last = tx.query_opt(LAST, &[id, end.into()])?;
    last.as_ref().map(kept).transpose()
}

/// Deletes a chain's records up to a number, and what is known of their undoing.
pub fn prune(tx: &mut dyn Tx, chain: ChainId, up_to: u64) -> Result<u64, Error> {
    const UNDONE: &str = "DELETE FROM audit_undone WHERE chain = $1 AND number <= $2";
    const SQL: &str = "DELETE FROM audit WHERE chain = $1 AND number <= $2";

    let row = [chain.to_string().into(), int(up_to).into()];
    tx.execute(UNDONE, &row)?;
    tx.execute(SQL, &row)
}

impl Wanted {
    /// From when on, and before when.
    fn times(&self) -> (i64, i64) {
        let ms = Timestamp::as_millisecond;
        (
            self.since.map_or(i64::MIN, ms),
            self.until.map_or(i64::MAX, ms),
        )
    }
}

impl Cursor {
    fn columns(self) -> (i64, i64) {
        (self.at.as_millisecond(), self.place)
    }
}

impl Kept {
    /// Where the record stands in the list of all.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor {
            at: self.at,
            place: self.place,
        }
    }
}

fn kept(row: &Row) -> Result<Kept, Error> {
    let text = |column| row.opt_text(column).map(|text| text.map(str::to_owned));
    Ok(Kept {
        place: row.int(0)?,
        id: RecordId {
            chain: chain(row, 1)?,
            number: unsigned(row.int(2)?)?,
        },
        at: row.timestamp(3)?,
        finding: Finding {
            kind: row.text(4)?.to_owned(),
            outcome_of: row.opt_int(5)?.map(unsigned).transpose()?,
            actor: text(6)?,
            connection: text(7)?,
            operation: text(8)?,
            verdict: text(9)?,
        },
        record: row.bytes(10)?.to_vec(),
        mac: row.bytes(11)?.to_vec(),
    })
}

fn chain(row: &Row, column: usize) -> Result<ChainId, Error> {
    let text = row.text(column)?;
    text.parse()
        .map_err(|why| Error::data("a chain of the audit", why))
}

fn place(id: RecordId) -> Vec<Value> {
    vec![id.chain.to_string().into(), int(id.number).into()]
}

/// No process writes more records than that.
fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> Result<u64, Error> {
    u64::try_from(number).map_err(|why| Error::data("a number of the audit", why))
}

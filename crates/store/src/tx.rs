//! One transaction, as the code inside it sees it: the same texts and values on both databases.

use crate::{Error, Row, Value};

/// Which database a transaction runs on, for the few statements whose text must differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// A transaction. It is committed when its closure answers `Ok`, and undone otherwise.
///
/// Statements are written once, in the part of SQL that both databases read alike: `$1` for
/// parameters, BIGINT milliseconds for moments, 0 and 1 for no and yes, TEXT for identifiers and
/// JSON. On PostgreSQL a `sum` needs `CAST(… AS BIGINT)`.
///
/// A statement that fails spoils the transaction: what follows fails too and nothing is kept, even
/// if the closure goes on to answer `Ok`. Use `ON CONFLICT` where a repeat is normal.
pub trait Tx {
    /// Runs a statement and reads all the rows of its answer.
    fn query(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, Error>;

    /// Runs a statement and says how many rows it changed.
    fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, Error>;

    /// Runs a statement whose answer nobody needs. PostgreSQL is sent many of them without waiting
    /// for each; one that fails is told by the next statement that waits, or by the commit.
    fn send(&mut self, sql: &'static str, params: Vec<Value>) -> Result<(), Error>;

    /// Runs one statement with each of these parameters, and reads the rows of each answer.
    /// PostgreSQL is sent all of them at once.
    fn query_each(
        &mut self,
        sql: &'static str,
        params: &[Vec<Value>],
    ) -> Result<Vec<Vec<Row>>, Error>;

    /// Runs a statement after all others, just before the commit, where one transaction at a time
    /// passes. So rows get their identities in the order in which they are seen.
    fn execute_last(&mut self, sql: &'static str, params: Vec<Value>) -> Result<(), Error>;

    /// Lets one transaction at a time pass for this key, until its end. Needed where what is
    /// written depends on what was read: SQLite has one writer anyway, PostgreSQL has many.
    fn lock(&mut self, key: &str) -> Result<(), Error>;

    /// Tells the workers, after the commit, that work may have become due.
    fn wake_workers(&mut self) -> Result<(), Error>;

    /// Tells this process, after the commit, that what it read of connections, keys or agents a
    /// moment ago may be old.
    fn note_change(&mut self);

    fn dialect(&self) -> Dialect;

    /// Reads the only row of an answer; `None` when there is none.
    fn query_opt(&mut self, sql: &'static str, params: &[Value]) -> Result<Option<Row>, Error> {
        let mut rows = self.query(sql, params)?;
        if rows.len() > 1 {
            return Err(Error::Data(format!(
                "{} rows where at most one is expected",
                rows.len()
            )));
        }
        Ok(rows.pop())
    }

    /// Reads the row of a statement that always answers one, such as a count.
    fn query_one(&mut self, sql: &'static str, params: &[Value]) -> Result<Row, Error> {
        self.query_opt(sql, params)?
            .ok_or_else(|| Error::Data("no row where one is expected".to_owned()))
    }
}

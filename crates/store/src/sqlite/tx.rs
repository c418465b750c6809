//! A transaction on one SQLite connection.

use std::collections::HashMap;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, params_from_iter};

use super::error;
use crate::wakeups::News;
use crate::{Dialect, Error, Row, Tx, Value};

/// Statements with their parameters as SQLite writes them.
///
/// SQLite reads `$2, $1` as names and numbers them as they appear, so `$2` would get the first
/// value; `?2` is a number on SQLite, as `$2` is on PostgreSQL.
#[derive(Default)]
pub(crate) struct Texts(HashMap<&'static str, String>);

impl Texts {
    fn of(&mut self, sql: &'static str) -> &str {
        self.0.entry(sql).or_insert_with(|| sql.replace('$', "?"))
    }
}

pub(crate) struct SqliteTx<'a> {
    connection: &'a Connection,
    texts: &'a mut Texts,
    spoiled: Option<Error>,
    news: News,
}

impl<'a> SqliteTx<'a> {
    pub(crate) fn new(connection: &'a Connection, texts: &'a mut Texts) -> Self {
        Self {
            connection,
            texts,
            spoiled: None,
            news: News::default(),
        }
    }

    /// The first statement that failed, if one did; and what is to be told after the commit.
    pub(crate) fn finish(self) -> Result<News, Error> {
        self.spoiled.map_or(Ok(self.news), Err)
    }

    fn run<T>(
        &mut self,
        sql: &'static str,
        run: impl FnOnce(&mut CachedStatement<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if let Some(error) = &self.spoiled {
            return Err(error.clone());
        }
        let answer = self
            .connection
            .prepare_cached(self.texts.of(sql))
            .map_err(|cause| error(cause, "to prepare a statement"))
            .and_then(|mut statement| run(&mut statement));
        if let Err(error) = &answer {
            self.spoiled = Some(error.clone());
        }
        answer
    }
}

impl Tx for SqliteTx<'_> {
    fn query(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, Error> {
        self.run(sql, |statement| {
            rows(statement, params).map_err(|cause| error(cause, "to run a statement"))?
        })
    }

    fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, Error> {
        self.run(sql, |statement| {
            statement
                .execute(params_from_iter(params))
                .map(|changed| changed as u64)
                .map_err(|cause| error(cause, "to run a statement"))
        })
    }

    fn send(&mut self, sql: &'static str, params: Vec<Value>) -> Result<(), Error> {
        self.execute(sql, &params).map(drop)
    }

    fn query_each(
        &mut self,
        sql: &'static str,
        params: &[Vec<Value>],
    ) -> Result<Vec<Vec<Row>>, Error> {
        params
            .iter()
            .map(|params| self.query(sql, params))
            .collect()
    }

    fn execute_last(&mut self, sql: &'static str, params: Vec<Value>) -> Result<(), Error> {
        // There is one writer: its order is the order of the commits.
        self.send(sql, params)
    }

    fn lock(&mut self, _key: &str) -> Result<(), Error> {
        self.spoiled.clone().map_or(Ok(()), Err)
    }

    fn wake_workers(&mut self) -> Result<(), Error> {
        self.news.work = true;
        Ok(())
    }

    fn note_change(&mut self) {
        self.news.change = true;
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }
}

/// The outer result is the driver's, the inner one our reading of the values.
fn rows(
    statement: &mut CachedStatement<'_>,
    params: &[Value],
) -> rusqlite::Result<Result<Vec<Row>, Error>> {
    let columns = statement.column_count();
    let mut answer = statement.query(params_from_iter(params))?;
    let mut rows = Vec::new();
    while let Some(row) = answer.next()? {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            match value(row.get_ref(column)?) {
                Ok(value) => values.push(value),
                Err(why) => return Ok(Err(Error::data(&format!("column {column}"), why))),
            }
        }
        rows.push(Row::new(values));
    }
    Ok(Ok(rows))
}

fn value(stored: ValueRef<'_>) -> Result<Value, &'static str> {
    match stored {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Int(number)),
        ValueRef::Text(text) => std::str::from_utf8(text)
            .map(Value::from)
            .map_err(|_| "the text is not UTF-8"),
        ValueRef::Blob(bytes) => Ok(Value::from(bytes)),
        ValueRef::Real(_) => Err("it holds a floating-point number, which the store never keeps"),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

//! A transaction on one PostgreSQL connection, as blocking calls.

use std::error::Error as StdError;

use bytes::BytesMut;
use deadpool_postgres::Transaction;
use tokio::runtime::Handle;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::{error, listen, pipeline};
use crate::wakeups::News;
use crate::{Dialect, Error, Row, Tx, Value};

pub(crate) struct PostgresTx<'a> {
    transaction: Transaction<'a>,
    runtime: Handle,
    spoiled: Option<Error>,
    news: News,
    sent: Vec<(&'static str, Vec<Value>)>,
    last: Vec<(&'static str, Vec<Value>)>,
}

impl<'a> PostgresTx<'a> {
    pub(crate) fn new(transaction: Transaction<'a>, runtime: Handle) -> Self {
        Self {
            transaction,
            runtime,
            spoiled: None,
            news: News::default(),
            sent: Vec::new(),
            last: Vec::new(),
        }
    }

    /// Commits; answers what is to be told now.
    ///
    /// PostgreSQL answers the commit of a spoiled transaction with a success that kept nothing, so
    /// it is not asked.
    pub(crate) fn commit(mut self) -> Result<News, Error> {
        self.run_last()?;
        self.flush()?;
        if let Some(error) = self.spoiled {
            return Err(error);
        }
        self.runtime
            .block_on(self.transaction.commit())
            .map_err(error)?;
        Ok(self.news)
    }

    /// This lock is the last that a transaction takes, so nobody who has it waits for another.
    fn run_last(&mut self) -> Result<(), Error> {
        let last = std::mem::take(&mut self.last);
        if !last.is_empty() {
            self.lock("last statements")?;
        }
        self.sent.extend(last);
        Ok(())
    }

    /// Sends what waits to be sent: what comes after may lean on it.
    fn flush(&mut self) -> Result<(), Error> {
        let sent = std::mem::take(&mut self.sent);
        if sent.is_empty() {
            return Ok(());
        }
        self.run_alone(async |transaction| pipeline::execute_all(transaction, &sent).await)
    }

    fn run<T>(
        &mut self,
        run: impl AsyncFnOnce(&Transaction<'a>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.flush()?;
        self.run_alone(run)
    }

    fn run_alone<T>(
        &mut self,
        run: impl AsyncFnOnce(&Transaction<'a>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if let Some(error) = &self.spoiled {
            return Err(error.clone());
        }
        let answer = self.runtime.block_on(run(&self.transaction));
        if let Err(error) = &answer {
            self.spoiled = Some(error.clone());
        }
        answer
    }
}

impl Tx for PostgresTx<'_> {
    fn query(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, Error> {
        self.run(async |transaction| {
            let statement = transaction.prepare_cached(sql).await.map_err(error)?;
            let rows = transaction
                .query(&statement, &references(params))
                .await
                .map_err(error)?;
            rows.iter().map(row).collect()
        })
    }

    fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, Error> {
        self.run(async |transaction| {
            let statement = transaction.prepare_cached(sql).await.map_err(error)?;
            transaction
                .execute(&statement, &references(params))
                .await
                .map_err(error)
        })
    }

    fn send(&mut self, sql: &'static str, params: Vec<Value>) -> Result<(), Error> {
        self.sent.push((sql, params));
        self.spoiled.clone().map_or(Ok(()), Err)
    }

    fn query_each(
        &mut self,
        sql: &'static str,
        params: &[Vec<Value>],
    ) -> Result<Vec<Vec<Row>>, Error> {
        if params.is_empty() {
            return Ok(Vec::new());
        }
        self.run(async |transaction| {
            let statement = transaction.prepare_cached(sql).await.map_err(error)?;
            let answers = pipeline::query_all(transaction, &statement, params).await?;
            answers
                .iter()
                .map(|rows| rows.iter().map(row).collect())
                .collect()
        })
    }

    fn execute_last(&mut self, sql: &'static str, params: Vec<Value>) -> Result<(), Error> {
        self.last.push((sql, params));
        self.spoiled.clone().map_or(Ok(()), Err)
    }

    fn lock(&mut self, key: &str) -> Result<(), Error> {
        const SQL: &str =
            "SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended($1, 0))) AS l";

        self.query(SQL, &[key.into()])?;
        Ok(())
    }

    fn wake_workers(&mut self) -> Result<(), Error> {
        if !self.news.work {
            // The server tells the listeners at the commit, and nobody when there is none.
            self.send(listen::NOTIFY, Vec::new())?;
            self.news.work = true;
        }
        Ok(())
    }

    fn note_change(&mut self) {
        self.news.change = true;
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }
}

pub(super) fn references(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|value| value as _).collect()
}

fn row(row: &tokio_postgres::Row) -> Result<Row, Error> {
    (0..row.len())
        .map(|column| value(row, column))
        .collect::<Result<_, _>>()
        .map(Row::new)
}

fn value(row: &tokio_postgres::Row, column: usize) -> Result<Value, Error> {
    let kind = row.columns()[column].type_();
    let value = match *kind {
        Type::INT8 => row.try_get::<_, Option<i64>>(column).map(Value::from),
        Type::INT4 => row.try_get::<_, Option<i32>>(column).map(Value::from),
        Type::BOOL => row.try_get::<_, Option<bool>>(column).map(Value::from),
        Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(column).map(Value::from),
        Type::TEXT | Type::VARCHAR | Type::NAME => {
            row.try_get::<_, Option<String>>(column).map(Value::from)
        }
        _ => {
            return Err(Error::data(
                &format!("column {column}"),
                format_args!(
                    "the type {kind} is not one of ours, cast it to BIGINT, TEXT or BYTEA"
                ),
            ));
        }
    };
    value.map_err(error)
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => match *kind {
                Type::INT8 => number.to_sql(kind, out),
                Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
                _ => Err(format!("a number does not go into {kind}").into()),
            },
            Self::Text(text) => match *kind {
                Type::TEXT | Type::VARCHAR | Type::NAME => text.to_sql(kind, out),
                _ => Err(format!("a text does not go into {kind}").into()),
            },
            Self::Bytes(bytes) => match *kind {
                Type::BYTEA => bytes.to_sql(kind, out),
                _ => Err(format!("bytes do not go into {kind}").into()),
            },
        }
    }

    /// Every type: NULL goes into any, and the others are compared above, in words.
    fn accepts(_kind: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

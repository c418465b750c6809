//! Many statements on their way at once: the server answers them in the order in which they are sent.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use deadpool_postgres::Transaction;
use tokio_postgres::Statement;

use super::error;
use super::tx::references;
use crate::{Error, Value};

/// How many are on their way at most; the server buffers their answers.
const WINDOW: usize = 256;

/// Runs statements whose answers nobody needs, in their order.
pub(super) async fn execute_all(
    transaction: &Transaction<'_>,
    statements: &[(&'static str, Vec<Value>)],
) -> Result<(), Error> {
    for window in statements.chunks(WINDOW) {
        let mut prepared = Vec::with_capacity(window.len());
        for (sql, params) in window {
            let statement = transaction.prepare_cached(sql).await.map_err(error)?;
            prepared.push((statement, params));
        }
        in_order(prepared.iter().map(|(statement, params)| async move {
            transaction.execute(statement, &references(params)).await
        }))
        .await?;
    }
    Ok(())
}

/// Runs one statement with each of these parameters.
pub(super) async fn query_all(
    transaction: &Transaction<'_>,
    statement: &Statement,
    params: &[Vec<Value>],
) -> Result<Vec<Vec<tokio_postgres::Row>>, Error> {
    let mut answers = Vec::with_capacity(params.len());
    for window in params.chunks(WINDOW) {
        let sent =
            in_order(window.iter().map(|params| async move {
                transaction.query(statement, &references(params)).await
            }));
        answers.extend(sent.await?);
    }
    Ok(answers)
}

/// Waits for all of them. A statement goes out when its future is first polled, so they are polled
/// in their order; of several that fail the first is told, because it is why the others did.
async fn in_order<T>(
    futures: impl Iterator<Item = impl Future<Output = Result<T, tokio_postgres::Error>>>,
) -> Result<Vec<T>, Error> {
    let mut waiting: Vec<Pin<Box<_>>> = futures.map(Box::pin).collect();
    let mut answers: Vec<Option<Result<T, _>>> = waiting.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, answer) in waiting.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *answer = Some(ready);
            }
        }
        if answers.iter().all(Option::is_some) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    answers
        .into_iter()
        .flatten()
        .map(|answer| answer.map_err(error))
        .collect()
}

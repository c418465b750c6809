//! The connections that read beside the writer, each from the state of one moment.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::tx::{SqliteTx, Texts};
use super::{error, open_for_reading};
use crate::{Error, Tx};

/// Reads that may run at once.
const READERS: usize = 4;

pub(crate) struct Readers {
    path: PathBuf,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Reader>>,
}

struct Reader {
    connection: Connection,
    texts: Texts,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            permits: Arc::new(Semaphore::new(READERS)),
            idle: Mutex::default(),
        }
    }

    pub(crate) async fn permit(&self) -> Result<OwnedSemaphorePermit, Error> {
        let permits = Arc::clone(&self.permits);
        permits.acquire_owned().await.map_err(|_| Error::Closed)
    }

    /// Runs a closure on an idle connection, or a new one. A connection whose closure failed or
    /// panicked is given up: it is cheaper to open another than to prove that this one is well.
    pub(crate) fn run<T>(
        &self,
        closure: impl Fn(&mut dyn Tx) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let idle = self.idle().pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => Reader {
                connection: open_for_reading(&self.path)?,
                texts: Texts::default(),
            },
        };
        let answer = reader.run(closure)?;
        if !self.permits.is_closed() {
            self.idle().push(reader);
        }
        Ok(answer)
    }

    pub(crate) fn close(&self) {
        self.permits.close();
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    fn run<T>(&mut self, closure: impl Fn(&mut dyn Tx) -> Result<T, Error>) -> Result<T, Error> {
        let snapshot = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Deferred)
            .map_err(|cause| error(cause, "to begin a read"))?;
        let mut tx = SqliteTx::new(&snapshot, &mut self.texts);
        let answer = closure(&mut tx)?;
        tx.finish()?;
        Ok(answer)
    }
}

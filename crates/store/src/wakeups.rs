//! Tells workers that work may have become due, so that they need not ask all the time.

use std::time::Duration;

use tokio::sync::watch;

/// A worker's ear. A call that comes between two waits is not lost: the next wait returns at once.
#[derive(Clone, Debug)]
pub struct Wakeups(watch::Receiver<u64>);

impl Wakeups {
    /// Returns when work may have become due, at the latest after `timeout`: another process on the
    /// same SQLite file calls nobody, and items that wait for their time call nobody either.
    pub async fn wait(&mut self, timeout: Duration) {
        // Either way the worker looks again; should the store be gone, it learns it from that.
        drop(tokio::time::timeout(timeout, self.0.changed()).await);
    }
}

/// The mouth, one per store.
#[derive(Clone, Debug)]
pub(crate) struct Caller(watch::Sender<u64>);

impl Caller {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    pub(crate) fn call(&self) {
        self.0.send_modify(|calls| *calls = calls.wrapping_add(1));
    }

    pub(crate) fn listen(&self) -> Wakeups {
        Wakeups(self.0.subscribe())
    }
}

//! What is told after a commit: to workers that work may have become due, and to those who keep what
//! they read for a moment that it may be old.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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

/// What a transaction wants to be told once it is committed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct News {
    pub(crate) work: bool,
    pub(crate) change: bool,
}

impl News {
    pub(crate) fn add(&mut self, other: Self) {
        self.work |= other.work;
        self.change |= other.change;
    }
}

/// The mouth, one per store.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    calls: watch::Sender<u64>,
    changes: Arc<AtomicU64>,
}

impl Caller {
    pub(crate) fn new() -> Self {
        Self {
            calls: watch::Sender::new(0),
            changes: Arc::default(),
        }
    }

    pub(crate) fn tell(&self, news: News) {
        if news.change {
            self.changes.fetch_add(1, Ordering::AcqRel);
        }
        if news.work {
            self.call();
        }
    }

    pub(crate) fn call(&self) {
        self.calls
            .send_modify(|calls| *calls = calls.wrapping_add(1));
    }

    pub(crate) fn listen(&self) -> Wakeups {
        Wakeups(self.calls.subscribe())
    }

    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }
}

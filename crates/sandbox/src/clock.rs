//! The sandbox's clock: it runs with the machine or stands still until it is moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A source of the present time that all parts of one sandbox share.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Source>);

#[derive(Debug)]
enum Source {
    /// The machine's time plus what [`Clock::advance`] added.
    Running {
        ahead_ms: AtomicI64,
    },
    Still(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that follows the machine's.
    pub fn running() -> Self {
        Self(Arc::new(Source::Running {
            ahead_ms: AtomicI64::new(0),
        }))
    }

    /// A clock that shows `epoch_ms` and moves only when somebody moves it; the cell may be shared with a test.
    pub fn still(epoch_ms: Arc<AtomicI64>) -> Self {
        Self(Arc::new(Source::Still(epoch_ms)))
    }

    /// Milliseconds since 1970 in UTC.
    pub fn now_ms(&self) -> i64 {
        match &*self.0 {
            Source::Running { ahead_ms } => machine_ms() + ahead_ms.load(Ordering::SeqCst),
            Source::Still(cell) => cell.load(Ordering::SeqCst),
        }
    }

    /// Moves the clock; a negative number moves it back, as a corrected clock does.
    pub fn advance(&self, ms: i64) {
        let cell = match &*self.0 {
            Source::Running { ahead_ms } => ahead_ms,
            Source::Still(cell) => cell.as_ref(),
        };
        cell.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) fn runs(&self) -> bool {
        matches!(*self.0, Source::Running { .. })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place of the sandbox that reads the machine's clock"
)]
fn machine_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

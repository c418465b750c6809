//! Where the time comes from: a clock that runs in the product and stands still in tests.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// A wait that ends when the clock has reached a time.
pub type Wait<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The only way to learn the time.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Timestamp;

    /// Waits until `now()` is `at` or later.
    fn until(&self, at: Timestamp) -> Wait<'_>;
}

/// A clock that moves only when it is told to, or when somebody waits on it.
///
/// A wait moves the clock to its end at once: that is what makes paced work testable without
/// sleeping.
#[derive(Clone, Debug)]
pub struct StillClock {
    epoch_ms: Arc<AtomicI64>,
}

impl StillClock {
    #[must_use]
    pub fn at(time: Timestamp) -> Self {
        Self {
            epoch_ms: Arc::new(AtomicI64::new(time.as_millisecond())),
        }
    }

    /// The cell that holds the time, for those who share this clock without knowing its type.
    #[must_use]
    pub fn cell(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.epoch_ms)
    }

    pub fn advance(&self, by: SignedDuration) {
        let by = i64::try_from(by.as_millis()).expect("a test advances by less than an age");
        self.epoch_ms.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.epoch_ms.load(Ordering::SeqCst))
            .expect("a test's time is within the calendar")
    }

    fn until(&self, at: Timestamp) -> Wait<'_> {
        self.epoch_ms
            .fetch_max(at.as_millisecond(), Ordering::SeqCst);
        Box::pin(std::future::ready(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_still_clock_moves_only_forward_by_waits() {
        let noon: Timestamp = "2026-01-02T12:00:00Z".parse().unwrap();
        let clock = StillClock::at(noon);
        clock.advance(SignedDuration::from_mins(5));
        drop(clock.until(noon));
        assert_eq!(clock.now(), noon + SignedDuration::from_mins(5));
        drop(clock.until(noon + SignedDuration::from_mins(7)));
        assert_eq!(clock.now(), noon + SignedDuration::from_mins(7));
    }
}

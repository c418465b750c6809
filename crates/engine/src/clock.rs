//! The clock of the product: the machine's own.

use jiff::Timestamp;
use portico_domain::clock::{Clock, Wait};

/// Reads the machine's clock; the only place that does.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the time"
    )]
    fn now(&self) -> Timestamp {
        // The store keeps milliseconds, and what is answered at once is to look like what was stored.
        Timestamp::from_millisecond(Timestamp::now().as_millisecond())
            .expect("a moment without its smallest part is within the calendar too")
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that waits for a time"
    )]
    fn until(&self, at: Timestamp) -> Wait<'_> {
        let left = at.duration_since(self.now());
        let left = std::time::Duration::try_from(left).unwrap_or_default();
        Box::pin(tokio::time::sleep(left))
    }
}

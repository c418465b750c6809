//! Forgetting what agents used up of their limits long ago, and what was decided for them.

use jiff::{SignedDuration, Timestamp};
use portico_store::Tx;
use portico_store::agents::usage;

use crate::Engine;

/// A few thousand rows for each agent and connection are kept at most.
const EVERY: SignedDuration = SignedDuration::from_hours(1);

impl Engine {
    /// Forgets what no limit and no person speaks of any more, once an hour; `last` is when that was done, or tried.
    pub(crate) async fn forget_old_of_agents(&self, last: &mut Option<Timestamp>) {
        let now = self.now();
        if last.is_some_and(|last| last <= now && now < last + EVERY) {
            return;
        }
        *last = Some(now);
        let prune = move |tx: &mut dyn Tx| usage::prune(tx, now);
        if let Err(error) = self.store().write(prune).await {
            tracing::warn!(error = %error, "What agents used up long ago cannot be forgotten; it is tried again in an hour");
        }
        if let Err(error) = self.forget_approvals().await {
            tracing::warn!(error = %error, "Old approvals cannot be forgotten; it is tried again in an hour");
        }
    }
}

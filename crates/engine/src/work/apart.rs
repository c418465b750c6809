//! A panic while work is converged ends that try only: the batch is divided until the key that causes it
//! stands alone, and the others go through.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use portico_store::work::{Claim, Item, Outcome};

use super::is_watch;
use crate::{Engine, Error};

/// A key whose work panics may have met a passing state of the machine; so many tries tell.
const TRIES: i64 = 5;

/// What is said of it; the panic's own words may quote a buyer and stay out of the store.
const REASON: &str = "Portico failed at this by a defect of its own; nothing was lost";
const REMEDY: &str = "report it with what the log says of it, and run `portico work retry` when you have a version without the defect";

impl Engine {
    /// Converges a claim, and what of it does not panic when some of it does.
    pub(super) async fn converge_apart(
        &self,
        claim: &Claim,
    ) -> Result<Vec<(String, Outcome)>, Error> {
        let mut parts = vec![claim.clone()];
        let mut outcomes = Vec::new();
        while let Some(mut part) = parts.pop() {
            let converged = AssertUnwindSafe(self.converge(&part)).catch_unwind().await;
            match converged {
                Ok(Ok(decided)) => outcomes.extend(decided),
                Ok(Err(error)) => outcomes.extend(self.all_alike(&part, error)?),
                Err(_) => {
                    tracing::error!(queue = %part.queue, "{} keys panicked together", part.items.len());
                    if let [item] = part.items.as_slice() {
                        outcomes.push((item.key.clone(), self.after_panic(&part, item)));
                        continue;
                    }
                    let mut right = part.clone();
                    right.items = part.items.split_off(part.items.len() / 2);
                    parts.extend([right, part]);
                }
            }
        }
        Ok(outcomes)
    }

    /// What becomes of a key that panicked alone. A watch is never held: nobody would watch then.
    fn after_panic(&self, claim: &Claim, item: &Item) -> Outcome {
        if item.attempts < TRIES || is_watch(claim.queue) {
            return Outcome::Again {
                at: self.retry_at(item.attempts),
                error: REASON.to_owned(),
            };
        }
        Outcome::Held {
            reason: REASON.to_owned(),
            remedy: REMEDY.to_owned(),
        }
    }
}

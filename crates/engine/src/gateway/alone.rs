//! One call at a time of an agent whose limits hang on values that such calls change: else two at once would
//! each be judged by what there was before the other.

use jiff::SignedDuration;
use portico_domain::agent::Limit;
use portico_store::{Tx, leases};
use wire::catalog::Access;

use super::caller::Caller;
use super::refusal::Refusal;
use super::rights::Asked;
use super::send::PATIENCE;
use crate::{Engine, Error};

/// A call is over by then, or its process is gone.
const LEASE: SignedDuration = SignedDuration::from_mins(2);

/// How soon a call that waits looks again.
const PAUSE: SignedDuration = SignedDuration::from_millis(20);

/// The right to change values now.
pub(super) struct Alone {
    lease: String,
    fence: i64,
}

impl Engine {
    /// Waits until no other call of the agent changes values at the connection, whichever process it comes to;
    /// `None` where no limit speaks of values, or nothing is to be changed.
    pub(super) async fn alone(
        &self,
        caller: &Caller,
        asked: &Asked<'_>,
    ) -> Result<Option<Alone>, Refusal> {
        let Caller::Agent(agent) = caller else {
            return Ok(None);
        };
        let connection = asked.connection.id;
        let matters = asked.operation.access == Access::Write
            && !asked.is_dry
            && agent.limits_at(connection).any(Limit::is_of_values);
        if !matters {
            return Ok(None);
        }
        let lease = format!("values/{}/{connection}", agent.id);
        let until = self.now() + PATIENCE;
        loop {
            let (name, now) = (lease.clone(), self.now());
            // Calls of one process exclude each other too, so the owner is this call's alone.
            let owner = hex::encode(self.chance().bytes::<8>());
            let take = move |tx: &mut dyn Tx| leases::take(tx, &name, &owner, now + LEASE, now);
            if let Some(fence) = self.store().write(take).await? {
                return Ok(Some(Alone { lease, fence }));
            }
            if self.now() >= until {
                return Err(Error::Conflict(format!(
                    "another call of `{}` is changing values at `{}`; send it again in a moment",
                    agent.name, asked.connection.name
                ))
                .into());
            }
            self.inner.clock.until(self.now() + PAUSE).await;
        }
    }

    /// Lets the next one. What was done is done, so a failure is only logged.
    pub(super) async fn let_next(&self, alone: Option<Alone>) {
        let Some(Alone { lease, fence }) = alone else {
            return;
        };
        let name = lease.clone();
        let release = move |tx: &mut dyn Tx| leases::release(tx, &name, fence);
        if let Err(error) = self.store().write(release).await {
            tracing::warn!(error = %error, "Cannot give back the lease `{lease}`, which ends by itself in a while");
        }
    }
}

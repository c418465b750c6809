//! Whose turn it is to change what a site tells us: one caller at a time over all processes.

use jiff::SignedDuration;
use portico_domain::connection::Connection;
use portico_store::{Error as StoreError, Tx, leases};

use crate::site::subscription_lease;
use crate::{Engine, Error};

/// How long one process may take before another tries: a few calls, each of which may wait for its permit.
const TURN_LEASE: SignedDuration = SignedDuration::from_mins(2);

/// The right to change the subscription of a site.
#[derive(Clone)]
pub(super) struct Turn {
    lease: String,
    fence: i64,
}

impl Engine {
    /// Takes the turn; give it back with `end_turn`. Whoever comes while another has it is refused.
    pub(super) async fn take_turn(&self, connection: &Connection) -> Result<Turn, Error> {
        let lease = subscription_lease(connection.id);
        let (name, now) = (lease.clone(), self.now());
        let owner = hex::encode(self.inner.chance.bytes::<8>());
        let call = SignedDuration::try_from(self.inner.timeouts.call).unwrap_or(TURN_LEASE);
        let until = now + TURN_LEASE.max(call.saturating_mul(4));
        let take = move |tx: &mut dyn Tx| leases::take(tx, &name, &owner, until, now);
        let fence = self.store().write(take).await?;
        fence
            .map(|fence| Turn { lease, fence })
            .ok_or_else(|| not_our_turn(connection))
    }

    /// Gives the turn back. What was done in it is done, so a failure is only logged.
    pub(super) async fn end_turn(&self, turn: Turn) {
        let lease = turn.lease.clone();
        let release = move |tx: &mut dyn Tx| leases::release(tx, &turn.lease, turn.fence);
        if let Err(error) = self.store().write(release).await {
            tracing::warn!(error = %error, "Cannot give back the lease `{lease}`, which ends by itself in a while");
        }
    }

    /// Writes only while the turn is ours: a holder that was slow overwrites nothing.
    pub(super) async fn write_in_turn(
        &self,
        connection: &Connection,
        turn: &Turn,
        write: impl Fn(&mut dyn Tx) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), Error> {
        let turn = turn.clone();
        let write = move |tx: &mut dyn Tx| {
            let is_ours = leases::hold(tx, &turn.lease, turn.fence)?;
            if is_ours {
                write(tx)?;
            }
            Ok(is_ours)
        };
        if self.store().write(write).await? {
            return Ok(());
        }
        Err(not_our_turn(connection))
    }
}

fn not_our_turn(connection: &Connection) -> Error {
    Error::Conflict(format!(
        "somebody else is changing the webhook subscription of connection `{}`; try again in a moment",
        connection.name
    ))
}

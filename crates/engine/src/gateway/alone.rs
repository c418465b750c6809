//! One call at a time of an agent whose limits hang on values that such calls change: else two at once would
//! each be judged by what there was before the other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;
use portico_domain::agent::{AgentId, Limit};
use portico_domain::connection::ConnectionId;
use portico_store::{Tx, leases};
use tokio::sync::OwnedMutexGuard;
use wire::catalog::Access;

use super::caller::Caller;
use super::refusal::Refusal;
use super::rights::Asked;
use super::send::PATIENCE;
use crate::{Engine, Error};

/// So often a call waits for an answer at most: two reads before it and three attempts, each of the former and one
/// of the latter once more with another token.
const STEPS: i32 = 8;

/// So many calls of one agent wait for each other, with their bodies: more are refused at once.
const WAITING: usize = 256;

/// How soon a call that waits looks again.
const PAUSE: SignedDuration = SignedDuration::from_millis(20);

/// Who changes values in this process; those of other processes are kept apart by the lease.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<(AgentId, ConnectionId), Turn>>);

type Turn = Arc<tokio::sync::Mutex<()>>;

impl Turns {
    fn of(&self, agent: AgentId, connection: ConnectionId) -> Turn {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry((agent, connection)).or_default())
    }
}

/// The right to change values now. Of a process that is gone the lease stays until it ends by itself: what was
/// sent may be done later.
pub(super) struct Alone {
    lease: String,
    fence: i64,
    _turn: OwnedMutexGuard<()>,
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
        let busy = || Refusal::InTurn {
            agent: agent.name.clone(),
            connection: asked.connection.name.clone(),
        };
        // Real time: what is waited for is another call, which takes as long as it takes.
        let patience = PATIENCE.unsigned_abs();
        let turn = self.inner.turns.of(agent.id, connection);
        if Arc::strong_count(&turn) > WAITING {
            return Err(busy());
        }
        let turn = turn.lock_owned();
        let turn = tokio::time::timeout(patience, turn).await;
        let turn = turn.map_err(|_| busy())?;
        let lease = format!("values/{}/{connection}", agent.id);
        // What is read first, and each attempt, waits for its turn and for an answer; by then the call is over,
        // or its process is gone.
        let answer = SignedDuration::try_from(self.inner.timeouts.call).map_err(Error::internal)?;
        let length = (PATIENCE + answer) * STEPS;
        let until = self.now() + PATIENCE;
        loop {
            let (name, owner, now) = (lease.clone(), self.inner.owner.clone(), self.now());
            let take = move |tx: &mut dyn Tx| leases::take(tx, &name, &owner, now + length, now);
            if let Some(fence) = self.store().write(take).await? {
                return Ok(Some(Alone {
                    lease,
                    fence,
                    _turn: turn,
                }));
            }
            if self.now() >= until {
                return Err(busy());
            }
            self.inner.clock.until(self.now() + PAUSE).await;
        }
    }

    /// Lets the next one. What was done is done, so a failure is only logged.
    pub(super) async fn let_next(&self, alone: Option<Alone>) {
        let Some(Alone {
            lease,
            fence,
            _turn,
        }) = alone
        else {
            return;
        };
        let name = lease.clone();
        let release = move |tx: &mut dyn Tx| leases::release(tx, &name, fence);
        if let Err(error) = self.store().write(release).await {
            tracing::warn!(error = %error, "Cannot give back the lease `{lease}`, which ends by itself in a while");
        }
    }
}

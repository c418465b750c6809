//! A brake on calls that come to nothing: so many of an agent are on record one by one, more are only counted.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use portico_domain::agent::{Agent, AgentId};
use portico_domain::audit::{Actor, Call, Verdict, What};
use tokio_util::sync::CancellationToken;

use crate::Engine;
use crate::gateway::{Caller, Refusal, seconds_until};

/// So many at once are on record …
const AT_ONCE: i32 = 300;

/// … and then one in each such time.
const EVERY: SignedDuration = SignedDuration::from_secs(1);

/// How often those that were only counted are put on record.
const COUNTED_EVERY: Duration = Duration::from_secs(60);

/// The brakes of a process, of each agent that came to nothing lately.
#[derive(Default)]
pub(crate) struct Brakes(Mutex<HashMap<(AgentId, Of), Brake>>);

/// What reaches no vendor: by its reads of Portico no agent is kept from its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Of {
    Calls,
    Reads,
}

struct Brake {
    actor: Actor,
    /// When all that it did is forgotten, if it does nothing more.
    free_at: Timestamp,
    /// How many calls were only counted.
    counted: u64,
}

impl Brakes {
    /// Lets one more be on record, or says when there is room for it.
    fn pass(
        &self,
        agent: (AgentId, Of),
        actor: impl FnOnce() -> Actor,
        now: Timestamp,
    ) -> Result<(), Timestamp> {
        let mut brakes = self.locked();
        // What is forgotten needs no place.
        brakes.retain(|_, brake| brake.free_at > now || brake.counted > 0);
        let brake = brakes.entry(agent).or_insert_with(|| Brake {
            actor: actor(),
            free_at: now,
            counted: 0,
        });
        brake.check(now)?;
        brake.free_at = brake.free_at.max(now) + EVERY;
        Ok(())
    }

    /// Says when there is room for one more, if there is none now.
    fn check(&self, agent: (AgentId, Of), now: Timestamp) -> Result<(), Timestamp> {
        let mut brakes = self.locked();
        brakes
            .get_mut(&agent)
            .map_or(Ok(()), |brake| brake.check(now))
    }

    /// Those that were only counted since the last time.
    fn counted(&self) -> Vec<(Actor, u64)> {
        let mut brakes = self.locked();
        let counted = brakes.values_mut().filter(|brake| brake.counted > 0);
        counted
            .map(|brake| (brake.actor.clone(), std::mem::take(&mut brake.counted)))
            .collect()
    }

    /// No panic can leave half a change behind: each is an assignment.
    fn locked(&self) -> MutexGuard<'_, HashMap<(AgentId, Of), Brake>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Brake {
    /// Counts a call for which there is no room, and says when there is some.
    fn check(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        let full_at = now + EVERY * AT_ONCE;
        // A clock that was set back makes nobody wait for longer.
        self.free_at = self.free_at.min(full_at);
        let free_at = self.free_at.max(now) + EVERY;
        if free_at <= full_at {
            return Ok(());
        }
        self.counted += 1;
        Err(now + free_at.duration_since(full_at))
    }
}

impl Engine {
    /// Refuses an agent whose calls come to nothing too often, before another of them is put on record.
    pub(crate) fn brake(&self, caller: &Caller) -> Result<(), Refusal> {
        self.brake_of(caller, Of::Calls)
    }

    /// The same of reads of what Portico itself knows.
    pub(crate) fn brake_reads(&self, caller: &Caller) -> Result<(), Refusal> {
        self.brake_of(caller, Of::Reads)
    }

    fn brake_of(&self, caller: &Caller, of: Of) -> Result<(), Refusal> {
        let Caller::Agent(agent) = caller else {
            return Ok(());
        };
        let now = self.now();
        let brakes = &self.inner.audit.brakes;
        let passed = brakes.pass((agent.id, of), || caller.actor(), now);
        passed.map_err(|until| too_often(agent, until, now))
    }

    /// Refuses an agent whose brake is on.
    pub(crate) fn check_brake(&self, agent: &Agent) -> Result<(), Refusal> {
        let now = self.now();
        let checked = self.inner.audit.brakes.check((agent.id, Of::Calls), now);
        checked.map_err(|until| too_often(agent, until, now))
    }

    /// Puts the numbers of those that were only counted on record now and then until `shutdown`.
    pub(crate) async fn put_counted_on_record_until(&self, shutdown: &CancellationToken) {
        // Real time: it decides nothing.
        while tokio::time::timeout(COUNTED_EVERY, shutdown.cancelled())
            .await
            .is_err()
        {
            self.put_counted_on_record();
        }
    }

    pub(super) fn put_counted_on_record(&self) {
        for (actor, count) in self.inner.audit.brakes.counted() {
            let because =
                format!("{count} more calls came to nothing, too many to be kept one by one");
            let call = Call::new(actor, Verdict::Refused, because);
            self.note(self.now(), What::Call(call));
        }
    }
}

fn too_often(agent: &Agent, until: Timestamp, now: Timestamp) -> Refusal {
    Refusal::TooOften {
        agent: agent.name.clone(),
        until,
        seconds: seconds_until(until, now),
    }
}

#[cfg(test)]
mod tests {
    use portico_domain::Chance;

    use super::*;

    #[test]
    fn an_agent_in_a_loop_is_on_record_three_hundred_times_and_then_once_a_second() {
        let brakes = Brakes::default();
        let start: Timestamp = "2026-05-14T12:00:00Z".parse().unwrap();
        let agent = (AgentId::new(Chance::of(1).id(start)), Of::Calls);
        let tried = |brakes: &Brakes, agent, now, times: u32| {
            let passed = (0..times).filter(|_| brakes.pass(agent, || Actor::Portico, now).is_ok());
            passed.count()
        };
        assert_eq!(tried(&brakes, agent, start, 1_000), 300);
        let other = AgentId::new(Chance::of(2).id(start));
        for free in [(other, Of::Calls), (agent.0, Of::Reads)] {
            assert_eq!(
                tried(&brakes, free, start, 300),
                300,
                "{free:?} is not slowed"
            );
        }
        let later = start + SignedDuration::from_secs(5);
        assert_eq!(tried(&brakes, agent, later, 1_000), 5);
        assert_eq!(brakes.counted(), [(Actor::Portico, 1_695)]);
        assert!(brakes.counted().is_empty());
        let until = brakes.pass(agent, || Actor::Portico, later).unwrap_err();
        assert_eq!(until, later + EVERY);
        let set_back = start - SignedDuration::from_hours(1);
        assert_eq!(brakes.check(agent, set_back), Err(set_back + EVERY));
        assert_eq!(tried(&brakes, agent, set_back, 1), 0);
        assert_eq!(tried(&brakes, agent, set_back + EVERY, 2), 1);
        let rested = later + EVERY * AT_ONCE;
        assert_eq!(tried(&brakes, agent, rested, 1_000), 300);
    }
}

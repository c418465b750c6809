//! Whether a call is made: what its caller may do, what the call would change, and what is left of limits.

use jiff::Timestamp;
use portico_domain::Priority;
use portico_domain::agent::{
    self, Access, Agent, Barrier, Beyond, Consent, Cost, Decision, Denial, Limit, Opened, Request,
    Says, Usage, ValueChange, Verdict,
};
use portico_domain::connection::{Connection, ConnectionId};
use portico_store::agents::usage::{self, Account};
use portico_store::{Error as StoreError, Tx};
use serde_json::Value;
use wire::catalog::{self, Operation, Params};

use super::caller::{Caller, area};
use super::changes::{Known, Needed, Purpose, Want, changes, request, wants};
use super::checks::is_current;
use super::refusal::{Refusal, Remedy, seconds_until};
use super::send::PATIENCE;
use crate::calls::Turn;
use crate::{Engine, Error};

/// Goes on after why a call is denied of which too little is known.
const UNREAD: &str = ", and its limits on calls leave none to read what there is now";

/// A call that is to be decided.
pub(super) struct Asked<'a> {
    pub(super) connection: &'a Connection,
    pub(super) operation: &'static Operation,
    pub(super) params: &'a Params,
    /// The vendor's path, which may be an older version of the operation's.
    pub(super) path: &'a str,
    /// Where it writes and sends JSON.
    pub(super) body: Option<Value>,
    pub(super) consent: Consent,
    /// Nothing is to be sent, so nothing is used up.
    pub(super) is_dry: bool,
}

/// What was decided of a call, and what it would change.
pub(super) struct Ruling {
    pub(super) decision: Decision,
    pub(super) changes: Vec<ValueChange>,
    taken: Option<Taken>,
}

/// How a call is to be decided.
#[derive(Clone, Copy)]
struct Terms {
    connection: ConnectionId,
    consent: Consent,
    is_dry: bool,
}

/// What a call has taken of its agent's limits.
struct Taken {
    from: Account,
    cost: Cost,
    at: Timestamp,
}

impl Engine {
    /// Refuses what nothing opens, before anything of the call is read. What every door lists by.
    pub(crate) fn let_in(
        &self,
        caller: &Caller,
        operation: &'static Operation,
        connection: &Connection,
    ) -> Result<Verdict, Refusal> {
        let Caller::Agent(agent) = caller else {
            return Ok(Verdict::Allow);
        };
        let plain = plain(operation);
        let now = self.now();
        match agent::open(agent, &plain, connection.id, now) {
            Ok(Opened { asks: false, .. }) => Ok(Verdict::Allow),
            Ok(Opened { asks: true, .. }) => Ok(Verdict::Ask),
            Err(denial) => Err(denied(agent, &plain, connection, denial, now)),
        }
    }

    /// Refuses what Portico itself knows of a connection to who may not call this operation there now. Where it
    /// may, that counts as a call of it.
    pub(crate) async fn may_be_told(
        &self,
        caller: &Caller,
        operation: &'static Operation,
        connection: &Connection,
        consent: Consent,
    ) -> Result<(), Refusal> {
        let Caller::Agent(agent) = caller else {
            return Ok(());
        };
        let plain = plain(operation);
        let limits: Vec<&Limit> = agent.limits_at(connection.id).collect();
        let terms = Terms {
            connection: connection.id,
            consent,
            is_dry: false,
        };
        let (decision, _) = self.decided(agent, &limits, &plain, terms).await?;
        let denial = match decision {
            Decision::Allow { .. } => return Ok(()),
            Decision::Deny(denial) => denial,
            Decision::Ask { because, .. } => Denial {
                because: format!("{because}, and nobody is asked about what Portico itself tells"),
                barrier: Barrier::Limit,
            },
        };
        Err(denied(agent, &plain, connection, denial, self.now()))
    }

    /// Decides a call; what it takes of limits is taken.
    pub(super) async fn ruled(
        &self,
        caller: &Caller,
        asked: &Asked<'_>,
    ) -> Result<Ruling, Refusal> {
        let Caller::Agent(agent) = caller else {
            return self.ruled_for_administrator(asked).await;
        };
        let (connection, plain) = (asked.connection, plain(asked.operation));
        let limits: Vec<&Limit> = agent.limits_at(connection.id).collect();
        let wants = wants_of(asked);
        let Some(wants) = wants.or_else(|| no_values_matter(&limits).then(Vec::new)) else {
            let current = asked.operation.path;
            let because =
                format!("what it would change cannot be told on this path; use {current}");
            let barrier = Barrier::Limit;
            let denial = Denial { because, barrier };
            return Err(denied(agent, &plain, connection, denial, self.now()));
        };
        let opened = agent::open(agent, &plain, connection.id, self.now());
        let asks = opened.is_ok_and(|opened| opened.asks);
        let purpose = Purpose {
            goods: limits.iter().any(|limit| matches!(limit, Limit::Skus(_))),
            distance: limits.iter().any(|limit| limit.is_of_values()),
            shown: asked.is_dry || asks || may_ask(agent, connection),
            kept: true,
        };
        let needed = Needed::of(&wants, purpose);
        let read = self
            .known_within(agent, &limits, connection, &needed)
            .await?;
        let (known, unread) = match read {
            Ok(known) => (known, None),
            Err(barrier) => (Known::default(), Some(barrier)),
        };
        let wanted = request(plain, &wants, &known);
        let terms = Terms {
            connection: connection.id,
            consent: asked.consent,
            is_dry: asked.is_dry,
        };
        let (mut decision, taken) = self.decided(agent, &limits, &wanted, terms).await?;
        // What there is now is for who may read it: others learn by trying out what they sent, and no more.
        let tells_agent = asked.is_dry || matches!(decision, Decision::Deny(_));
        let is_blind = tells_agent && !self.sees_values(agent, asked.operation, connection.id);
        if is_blind {
            let blind = request(self::plain(asked.operation), &wants, &Known::default());
            decision = self.reworded(decision, agent, &blind, terms);
        }
        if let Decision::Deny(denial) = &mut decision
            && denial.barrier == Barrier::Unknown
            && let Some(barrier) = unread
        {
            denial.because.push_str(UNREAD);
            denial.barrier = barrier;
        }
        if let Decision::Ask { because, .. } = &decision
            && let Some(barrier) = unread
        {
            // Nobody is to agree to what cannot be shown.
            let because = format!("{because}{UNREAD}");
            decision = Decision::Deny(Denial { because, barrier });
        }
        if let Decision::Deny(denial) = &decision
            && !asked.is_dry
        {
            let denial = denial.clone();
            return Err(denied(agent, &wanted, connection, denial, self.now()));
        }
        let known = if is_blind { Known::default() } else { known };
        Ok(Ruling {
            decision,
            changes: changes(&wants, &known),
            taken,
        })
    }

    /// Whether an agent may read what there is in the area of an operation: else it is not told by what its
    /// calls are judged.
    pub(crate) fn sees_values(
        &self,
        agent: &Agent,
        operation: &Operation,
        connection: ConnectionId,
    ) -> bool {
        let now = self.now();
        let operations = self.inner.gateway.catalog.operations().iter();
        let mut reads = operations
            .filter(|other| other.area == operation.area && other.access == catalog::Access::Read);
        reads.any(|other| {
            agent::open(agent, &plain(other), connection, now).is_ok_and(|opened| !opened.asks)
        })
    }

    /// Whether an agent may call an operation at all, be it that a person is asked.
    pub(crate) fn opens(
        &self,
        agent: &Agent,
        operation: &'static Operation,
        connection: ConnectionId,
    ) -> bool {
        agent::open(agent, &plain(operation), connection, self.now()).is_ok()
    }

    /// The same decision, in the words of one that knows nothing of what there is now.
    fn reworded(
        &self,
        decision: Decision,
        agent: &Agent,
        blind: &Request<'_>,
        terms: Terms,
    ) -> Decision {
        let Terms {
            connection,
            consent,
            ..
        } = terms;
        let usage = Usage::default();
        let said = agent::decide(agent, blind, &usage, connection, consent, self.now());
        let words = match said {
            Decision::Allow { .. } => "it is beyond a limit on values".to_owned(),
            Decision::Ask { because, .. } => because,
            Decision::Deny(denial) => denial.because,
        };
        match decision {
            Decision::Deny(denial)
                if matches!(denial.barrier, Barrier::Limit | Barrier::Unknown) =>
            {
                Decision::Deny(Denial {
                    because: words,
                    ..denial
                })
            }
            Decision::Ask { cost, .. } => Decision::Ask {
                cost,
                because: words,
            },
            other @ (Decision::Allow { .. } | Decision::Deny(_)) => other,
        }
    }

    /// An administrator may do everything, and can take it back.
    async fn ruled_for_administrator(&self, asked: &Asked<'_>) -> Result<Ruling, Refusal> {
        let wants = wants_of(asked).unwrap_or_default();
        let purpose = Purpose {
            shown: asked.is_dry,
            kept: true,
            ..Purpose::default()
        };
        let turn = turn(Priority::Person);
        let needed = Needed::of(&wants, purpose);
        let known = self.known(asked.connection, &needed, turn).await?;
        Ok(Ruling {
            decision: Decision::Allow {
                cost: Cost::default(),
                because: "the right of administrators to do everything".to_owned(),
            },
            changes: changes(&wants, &known),
            taken: None,
        })
    }

    /// Gives back what a call has not done after all.
    pub(super) async fn give_back(&self, ruling: &Ruling) -> Result<(), Error> {
        let Some(Taken { from, cost, at }) = &ruling.taken else {
            return Ok(());
        };
        let (from, cost, at) = (*from, *cost, *at);
        if cost.stock == 0 {
            return Ok(());
        }
        let give_back = move |tx: &mut dyn Tx| usage::give_back(tx, from, cost, at);
        Ok(self.store().write(give_back).await?)
    }

    /// Reads what is needed, as calls of the agent's own. Where its limits on calls leave no room for them, what is
    /// not known is beyond any other limit.
    async fn known_within(
        &self,
        agent: &Agent,
        limits: &[&Limit],
        connection: &Connection,
        needed: &Needed,
    ) -> Result<Result<Known, Barrier>, Refusal> {
        let calls = needed.calls();
        if calls == 0 {
            return Ok(Ok(Known::default()));
        }
        // An agent in a loop takes nothing of the site's budget either.
        self.check_brake(agent)?;
        let counts =
            |limit: &&Limit| matches!(limit, Limit::CallsPerMinute(_) | Limit::CallsPerDay(_));
        if limits.iter().any(counts) {
            let (agent, now) = (agent.clone(), self.now());
            let from = Account {
                agent: agent.id,
                connection: connection.id,
            };
            let take = move |tx: &mut dyn Tx| {
                let usage = usage::lock(tx, from, now)?;
                // The call itself is to have room, too.
                let barrier = agent::barrier_to(calls + 1, &agent, &usage, from.connection, now);
                if barrier.is_none() {
                    usage::take(tx, from, Cost { calls, stock: 0 }, now)?;
                }
                Ok(barrier)
            };
            if let Some(barrier) = self.store().write(take).await? {
                return Ok(Err(barrier));
            }
        }
        let turn = turn(Priority::Agent);
        Ok(Ok(self.known(connection, needed, turn).await?))
    }

    /// Decides, and takes of the limits what the call costs, as of one moment for all processes.
    async fn decided(
        &self,
        agent: &Agent,
        limits: &[&Limit],
        wanted: &Request<'static>,
        terms: Terms,
    ) -> Result<(Decision, Option<Taken>), StoreError> {
        let Terms {
            connection,
            consent,
            is_dry,
        } = terms;
        let now = self.now();
        if !limits.iter().any(|limit| limit.is_of_a_while()) {
            let usage = Usage::default();
            let decision = agent::decide(agent, wanted, &usage, connection, consent, now);
            return Ok((decision, None));
        }
        let from = Account {
            agent: agent.id,
            connection,
        };
        let (agent, wanted) = (agent.clone(), wanted.clone());
        let decide = move |tx: &mut dyn Tx| {
            let usage = usage::lock(tx, from, now)?;
            let decision = agent::decide(&agent, &wanted, &usage, connection, consent, now);
            let mut taken = None;
            if let Decision::Allow { cost, .. } = decision
                && !is_dry
            {
                usage::take(tx, from, cost, now)?;
                taken = Some(Taken {
                    from,
                    cost,
                    at: now,
                });
            }
            Ok((decision, taken))
        };
        self.store().write(decide).await
    }
}

/// As long as the call itself waits for its turn.
fn turn(lane: Priority) -> Turn {
    Turn {
        lane,
        patience: Some(PATIENCE),
    }
}

/// What a call would change; `None` where that cannot be told.
fn wants_of(asked: &Asked<'_>) -> Option<Vec<Want>> {
    if asked.operation.access == catalog::Access::Read {
        return Some(Vec::new());
    }
    is_current(asked.operation, asked.path).then(|| {
        let body = asked.body.as_ref().unwrap_or(&Value::Null);
        wants(asked.operation, asked.params, body)
    })
}

fn no_values_matter(limits: &[&Limit]) -> bool {
    !limits.iter().any(|limit| limit.is_of_values())
}

fn may_ask(agent: &Agent, connection: &Connection) -> bool {
    let asks = |says: &Says| match says {
        Says::Limit { beyond, .. } => *beyond == Beyond::Ask,
        Says::Operation { .. } | Says::PersonalData { .. } => false,
    };
    agent.rules_at(connection.id).any(asks)
}

fn plain(operation: &'static Operation) -> Request<'static> {
    let access = match operation.access {
        catalog::Access::Read => Access::Read,
        catalog::Access::Write => Access::Write,
    };
    Request::of(operation.id, area(operation), access)
}

fn denied(
    agent: &Agent,
    wanted: &Request<'static>,
    connection: &Connection,
    denial: Denial,
    now: Timestamp,
) -> Refusal {
    let Denial { because, barrier } = denial;
    let (name, operation) = (agent.name.clone(), wanted.operation);
    let remedy = match barrier {
        Barrier::Calls { until } => {
            return Refusal::UsedUp {
                agent: name,
                operation,
                connection: connection.name.clone(),
                because,
                until,
                seconds: seconds_until(until, now),
            };
        }
        Barrier::Level(needed) => Remedy::Level(wanted.area, needed),
        Barrier::Rule { is_of_connection } => Remedy::Forget { is_of_connection },
        Barrier::End | Barrier::Unknown | Barrier::Limit => Remedy::None,
    };
    Refusal::Denied {
        agent: name,
        operation,
        connection: connection.name.clone(),
        because,
        remedy,
    }
}

//! One budget per site and per egress address: calls are spaced so that a vendor's limit is never met.
//!
//! The generic cell rate algorithm on one row of the database, so that every process shares it and a
//! restart does not forget it. Within a process, callers queue by lane: live orders go first.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use portico_domain::{Clock, Priority};
use portico_store::{Store, budgets};
use tokio::sync::Notify;

use crate::Error;

/// How long a vendor's complaint halves the rate.
const SLOWED: SignedDuration = SignedDuration::from_mins(10);

/// Shorter waits than this after a complaint only meet the next one.
const LEAST_STOP: SignedDuration = SignedDuration::from_secs(30);

/// No wait is longer, whatever a vendor or a clock that was set back says.
const LONGEST_STOP: SignedDuration = SignedDuration::from_hours(1);

/// The rate of one budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Between the starts of two calls, on average.
    pub interval: SignedDuration,
    /// How many calls may start at once after a pause.
    pub burst: i32,
}

/// The rates of the apps; `None` lifts a limit, for vendors that have none (the sandbox in a bench).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paces {
    pub squarespace: Option<Pace>,
    pub kommo: Option<Pace>,
}

impl Default for Paces {
    fn default() -> Self {
        Self {
            // 300 in every sliding minute: 60 s / 220 ms + 20 = 292.
            squarespace: Some(Pace {
                interval: SignedDuration::from_millis(220),
                burst: 20,
            }),
            // 7 in every sliding second, 5 advised.
            kommo: Some(Pace {
                interval: SignedDuration::from_millis(200),
                burst: 1,
            }),
        }
    }
}

/// The permits of all budgets.
#[derive(Clone)]
pub(crate) struct Budgets {
    store: Store,
    clock: Arc<dyn Clock>,
    lines: Arc<Mutex<HashMap<String, Arc<Line>>>>,
}

/// Those of this process who wait for one budget: the smallest goes first.
#[derive(Default)]
struct Line {
    waiting: Mutex<Waiting>,
    moved: Notify,
}

#[derive(Default)]
struct Waiting {
    next_place: u64,
    places: BTreeSet<(Priority, u64)>,
}

/// A place in the line, given up when dropped.
struct Place<'a> {
    line: &'a Line,
    place: (Priority, u64),
}

/// What is left of a budget, after a permit or when somebody looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// How many calls may start at once now.
    pub calls: i64,
    /// In how many seconds one more may.
    pub more_in_s: i64,
    /// How many calls start within any minute at most.
    pub per_minute: i64,
}

impl Left {
    /// The two headers of the IETF's draft on rate limits: the policy, and what is left of it.
    pub(crate) fn headers(self) -> [(HeaderName, HeaderValue); 2] {
        let value = |text: String| {
            HeaderValue::try_from(text).expect("numbers and plain words go into a header")
        };
        [
            (
                HeaderName::from_static("ratelimit-policy"),
                value(format!("\"account\";q={};w=60", self.per_minute)),
            ),
            (
                HeaderName::from_static("ratelimit"),
                value(format!("\"account\";r={};t={}", self.calls, self.more_in_s)),
            ),
        ]
    }
}

/// How a budget stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    pub left: Left,
    /// Until then the vendor wants silence, and nothing is sent.
    pub stopped_until: Option<Timestamp>,
    /// Until then calls come at half the rate, because the vendor has complained.
    pub slowed_until: Option<Timestamp>,
}

enum Answer {
    Go(Left),
    Wait(Timestamp),
    Stopped(Timestamp),
}

impl Budgets {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            lines: Arc::default(),
        }
    }

    /// Waits for the turn to start one call; fails when the vendor has asked for silence, or when the
    /// turn comes later than the caller's patience ends.
    pub(crate) async fn permit(
        &self,
        scope: &str,
        pace: Option<Pace>,
        lane: Priority,
        patience: Option<SignedDuration>,
    ) -> Result<Option<Left>, Error> {
        let Some(pace) = pace else { return Ok(None) };
        let deadline = patience.map(|patience| self.clock.now() + patience);
        let line = self.line(scope);
        let place = Place::take(&line, lane);
        if !self.first_by(&place, deadline).await {
            let ahead = i32::try_from(place.ahead()).unwrap_or(i32::MAX);
            let until = self.clock.now() + pace.interval.saturating_mul(ahead.max(1));
            return Err(used_up(until));
        }
        loop {
            match self.ask(scope, pace).await? {
                Answer::Go(left) => return Ok(Some(left)),
                Answer::Wait(until) if deadline.is_some_and(|deadline| deadline < until) => {
                    return Err(used_up(until));
                }
                Answer::Wait(until) => self.clock.until(until).await,
                Answer::Stopped(until) => {
                    return Err(Error::Waiting {
                        until,
                        why: format!("the vendor has asked for silence ({scope})"),
                    });
                }
            }
        }
    }

    /// Waits until nobody is before this place; says whether that came in time.
    async fn first_by(&self, place: &Place<'_>, deadline: Option<Timestamp>) -> bool {
        let Some(deadline) = deadline else {
            place.first().await;
            return true;
        };
        // The clock is asked only when there is something to wait for: a still one would jump.
        if place.is_first() {
            return true;
        }
        tokio::select! {
            biased;
            () = place.first() => true,
            () = self.clock.until(deadline) => false,
        }
    }

    /// Stops a budget because the vendor complained, and halves its rate for a while.
    pub(crate) async fn complaint(
        &self,
        scope: &str,
        wait: Option<std::time::Duration>,
    ) -> Result<Timestamp, Error> {
        let wait = wait.and_then(|wait| SignedDuration::try_from(wait).ok());
        let now = self.clock.now();
        let until = now + wait.unwrap_or(LEAST_STOP).clamp(LEAST_STOP, LONGEST_STOP);
        self.stop(scope, until, Some(now + SLOWED)).await?;
        Ok(until)
    }

    /// What is left, without taking any of it; `None` where there is no limit.
    pub(crate) async fn balance(
        &self,
        scope: &str,
        pace: Option<Pace>,
    ) -> Result<Option<Balance>, Error> {
        let Some(pace) = pace else { return Ok(None) };
        let scope = scope.to_owned();
        let read = move |tx: &mut dyn portico_store::Tx| budgets::read(tx, &scope);
        let budget = self.store.read(read).await?;
        Ok(Some(balance(budget, pace, self.clock.now())))
    }

    /// Lets nobody call until a time.
    pub(crate) async fn stop(
        &self,
        scope: &str,
        until: Timestamp,
        slowed_until: Option<Timestamp>,
    ) -> Result<(), Error> {
        let scope = scope.to_owned();
        let stop = move |tx: &mut dyn portico_store::Tx| {
            let mut budget = budgets::lock(tx, &scope)?;
            budget.stopped_until = budget.stopped_until.max(Some(until));
            budget.slowed_until = budget.slowed_until.max(slowed_until);
            budgets::save(tx, &scope, &budget)
        };
        Ok(self.store.write(stop).await?)
    }

    /// Lets calls start again, because a person says that the cause is gone.
    pub(crate) async fn resume(&self, scope: &str) -> Result<(), Error> {
        let scope = scope.to_owned();
        let resume = move |tx: &mut dyn portico_store::Tx| {
            let mut budget = budgets::lock(tx, &scope)?;
            budget.stopped_until = None;
            budgets::save(tx, &scope, &budget)
        };
        Ok(self.store.write(resume).await?)
    }

    fn line(&self, scope: &str) -> Arc<Line> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lines.entry(scope.to_owned()).or_default())
    }

    async fn ask(&self, scope: &str, pace: Pace) -> Result<Answer, Error> {
        let (clock, scope) = (Arc::clone(&self.clock), scope.to_owned());
        let take = move |tx: &mut dyn portico_store::Tx| {
            let mut budget = budgets::lock(tx, &scope)?;
            // Only now: the lock may have been waited for.
            let answer = take(&mut budget, pace, clock.now());
            if matches!(answer, Answer::Go(_)) {
                budgets::save(tx, &scope, &budget)?;
            }
            Ok(answer)
        };
        Ok(self.store.write(take).await?)
    }
}

/// Takes one permit, or says when to ask again.
fn take(budget: &mut budgets::Budget, pace: Pace, now: Timestamp) -> Answer {
    forget_far_future(budget, pace, now);
    if let Some(until) = budget.stopped_until.filter(|until| *until > now) {
        return Answer::Stopped(until);
    }
    let interval = interval(budget, pace, now);
    let arrival = budget.next_at.unwrap_or(now).max(now);
    let from = arrival - interval * (pace.burst - 1);
    if from > now {
        return Answer::Wait(from);
    }
    let next_at = arrival + interval;
    budget.next_at = Some(next_at);
    Answer::Go(left(pace, interval, next_at, now))
}

fn balance(mut budget: budgets::Budget, pace: Pace, now: Timestamp) -> Balance {
    forget_far_future(&mut budget, pace, now);
    let arrival = budget.next_at.unwrap_or(now).max(now);
    Balance {
        left: left(pace, interval(&budget, pace, now), arrival, now),
        stopped_until: budget.stopped_until.filter(|until| *until > now),
        slowed_until: budget.slowed_until.filter(|until| *until > now),
    }
}

fn interval(budget: &budgets::Budget, pace: Pace, now: Timestamp) -> SignedDuration {
    if budget.slowed_until.is_some_and(|until| until > now) {
        pace.interval * 2
    } else {
        pace.interval
    }
}

fn left(pace: Pace, interval: SignedDuration, next_at: Timestamp, now: Timestamp) -> Left {
    let interval_ms = i64::try_from(interval.as_millis())
        .unwrap_or(i64::MAX)
        .max(1);
    let taken_ms = next_at.as_millisecond() - now.as_millisecond();
    let burst = i64::from(pace.burst);
    let taken = taken_ms.div_euclid(interval_ms) + i64::from(taken_ms % interval_ms > 0);
    let calls = (burst - taken).max(0);
    let wait_ms = if calls > 0 {
        0
    } else {
        taken_ms - (burst - 1) * interval_ms
    };
    Left {
        calls,
        more_in_s: wait_ms.max(0).unsigned_abs().div_ceil(1000).cast_signed(),
        per_minute: 60_000 / interval_ms + burst,
    }
}

fn used_up(until: Timestamp) -> Error {
    Error::Waiting {
        until,
        why: "the budget is used up".to_owned(),
    }
}

/// A clock that was set back leaves times behind that nobody may wait for.
fn forget_far_future(budget: &mut budgets::Budget, pace: Pace, now: Timestamp) {
    let nearer = |time: &mut Option<Timestamp>, within: SignedDuration| {
        *time = time.map(|time| time.min(now + within));
    };
    // Twice the interval: the last permits may have been given at the halved rate.
    nearer(&mut budget.next_at, pace.interval * 2 * pace.burst);
    nearer(&mut budget.slowed_until, SLOWED);
    nearer(&mut budget.stopped_until, LONGEST_STOP);
}

impl<'a> Place<'a> {
    fn take(line: &'a Line, lane: Priority) -> Self {
        let mut waiting = line.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (lane, waiting.next_place);
        waiting.next_place += 1;
        waiting.places.insert(place);
        Self { line, place }
    }

    /// Waits until nobody is before us.
    async fn first(&self) {
        loop {
            let moved = self.line.moved.notified();
            if self.is_first() {
                return;
            }
            moved.await;
        }
    }

    fn ahead(&self) -> usize {
        let waiting = self
            .line
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        waiting.places.range(..self.place).count()
    }

    fn is_first(&self) -> bool {
        let waiting = self
            .line
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        waiting.places.first() == Some(&self.place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut waiting = self
            .line
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        waiting.places.remove(&self.place);
        drop(waiting);
        self.line.moved.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace {
        interval: SignedDuration::from_millis(200),
        burst: 3,
    };

    /// The milliseconds at which calls may start when somebody asks without pause.
    fn starts(budget: &mut budgets::Budget, count: usize) -> Vec<i64> {
        let noon: Timestamp = "2026-01-02T12:00:00Z".parse().unwrap();
        let mut now = noon;
        let mut starts = Vec::new();
        while starts.len() < count {
            match take(budget, PACE, now) {
                Answer::Go(_) => starts.push((now.as_millisecond()) - noon.as_millisecond()),
                Answer::Wait(until) | Answer::Stopped(until) => now = until,
            }
        }
        starts
    }

    #[test]
    fn after_a_burst_calls_are_spaced() {
        let mut budget = budgets::Budget::default();
        assert_eq!(starts(&mut budget, 6), [0, 0, 0, 200, 400, 600]);
    }

    #[test]
    fn a_permit_says_what_is_left() {
        let noon: Timestamp = "2026-01-02T12:00:00Z".parse().unwrap();
        let mut budget = budgets::Budget::default();
        let mut told = Vec::new();
        for _ in 0..3 {
            let Answer::Go(left) = take(&mut budget, PACE, noon) else {
                panic!("three may start at once");
            };
            told.push((left.calls, left.more_in_s, left.per_minute));
        }
        assert_eq!(told, [(2, 0, 303), (1, 0, 303), (0, 1, 303)]);
    }

    #[test]
    fn looking_takes_nothing() {
        let noon: Timestamp = "2026-01-02T12:00:00Z".parse().unwrap();
        let mut budget = budgets::Budget::default();
        let calls = |budget| balance(budget, PACE, noon).left.calls;
        assert_eq!(calls(budget), 3);
        assert!(matches!(take(&mut budget, PACE, noon), Answer::Go(_)));
        assert_eq!((calls(budget), calls(budget)), (2, 2));
    }

    #[test]
    fn a_complaint_stops_everybody_and_then_halves_the_rate() {
        let noon: Timestamp = "2026-01-02T12:00:00Z".parse().unwrap();
        let mut budget = budgets::Budget {
            next_at: None,
            slowed_until: Some(noon + SLOWED),
            stopped_until: Some(noon + LEAST_STOP),
        };
        assert_eq!(starts(&mut budget, 4), [30_000, 30_000, 30_000, 30_400]);
    }

    #[test]
    fn a_clock_that_was_set_back_delays_by_a_burst_and_not_by_a_year() {
        let later: Timestamp = "2027-01-02T12:00:00Z".parse().unwrap();
        let mut budget = budgets::Budget {
            next_at: Some(later),
            slowed_until: None,
            stopped_until: None,
        };
        assert_eq!(starts(&mut budget, 2), [800, 1000]);
    }
}

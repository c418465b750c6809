//! Doing the work that is due: claim a batch of one destination, converge, settle.
//!
//! Level-triggered: a work item only says "look at this key"; what is to be done is found by
//! comparing the present truth with what was applied last. So repeats do no harm.

mod apart;
mod listing;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use portico_domain::ConnectionId;
use portico_domain::connection::Connection;
use portico_domain::work::Queue;
use portico_store::work::{Claim, Outcome};
use portico_store::{Error as StoreError, Tx, work};
use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use wire::Kind;

pub use listing::WorkView;
pub(crate) use listing::{list, view};

use crate::{Engine, Error};

/// How often due work is looked for when nobody has called: another process may have marked it.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The first wait after a failure; it doubles with each.
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(5);

/// The longest wait after a failure: what is down for an hour is back within minutes.
const LONGEST_RETRY: SignedDuration = SignedDuration::from_mins(5);

/// What stands for a person's action is asked again this often.
const ASK_AGAIN: SignedDuration = SignedDuration::from_mins(5);

/// How much work was done by [`Engine::run_due`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worked {
    pub batches: usize,
}

/// The places at which this process works.
type Running = Arc<Mutex<HashSet<(Queue, String)>>>;

/// A place at which work is done; free again when dropped, were it by a panic.
struct Place {
    place: (Queue, String),
    running: Running,
    free: Arc<Notify>,
}

impl Drop for Place {
    fn drop(&mut self) {
        locked(&self.running).remove(&self.place);
        self.free.notify_one();
    }
}

impl Engine {
    /// Does due work until `shutdown`; what runs then is finished first.
    pub async fn run(&self, shutdown: CancellationToken) {
        let mut wakeups = self.store().wakeups();
        let mut tasks = JoinSet::new();
        let (engine, ended) = (self.clone(), shutdown.clone());
        tasks.spawn(async move { engine.prune_audit_until(&ended).await });
        let (engine, ended) = (self.clone(), shutdown.clone());
        tasks.spawn(async move { engine.put_counted_on_record_until(&ended).await });
        let mut forgotten_at = None;
        let running = Running::default();
        let free = Arc::new(Notify::new());
        while !shutdown.is_cancelled() {
            match self.due_work().await {
                Ok(due) => {
                    for place in due {
                        let is_new = locked(&running).insert(place.clone());
                        if is_new {
                            let (engine, running, free) =
                                (self.clone(), Arc::clone(&running), Arc::clone(&free));
                            let shutdown = shutdown.clone();
                            let place = Place {
                                place,
                                running,
                                free,
                            };
                            tasks.spawn(async move {
                                let (queue, destination) = &place.place;
                                engine.work_off(*queue, destination, &shutdown).await;
                            });
                        }
                    }
                }
                Err(error) => tracing::error!(error = ?error, "Cannot look for due work"),
            }
            while let Some(ended) = tasks.try_join_next() {
                log_panic(ended);
            }
            self.forget_old_answers();
            self.forget_old_of_agents(&mut forgotten_at).await;
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = free.notified() => {}
                () = wakeups.wait(LOOK_EVERY) => {}
            }
        }
        while let Some(ended) = tasks.join_next().await {
            log_panic(ended);
        }
    }

    /// Does all work that is due now, one batch after the other, until none is left.
    pub async fn run_due(&self) -> Result<Worked, Error> {
        let mut worked = Worked::default();
        loop {
            let mut found = false;
            for (queue, destination) in self.due_work().await? {
                while self.work_once(queue, &destination).await? {
                    worked.batches += 1;
                    found = true;
                }
            }
            if !found {
                return Ok(worked);
            }
        }
    }

    async fn due_work(&self) -> Result<Vec<(Queue, String)>, Error> {
        let now = self.now();
        let read = move |tx: &mut dyn Tx| {
            let mut due = Vec::new();
            for queue in Queue::ALL {
                let destinations = work::due_destinations(tx, queue, now)?;
                due.extend(
                    destinations
                        .into_iter()
                        .map(|destination| (queue, destination)),
                );
            }
            Ok(due)
        };
        Ok(self.store().read(read).await?)
    }

    /// Works at one destination until nothing is due there.
    async fn work_off(&self, queue: Queue, destination: &str, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            match self.work_once(queue, destination).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::error!(error = ?error, queue = %queue, "Work at `{destination}` failed");
                    // What fails at once must not fail without pause.
                    tokio::select! {
                        () = shutdown.cancelled() => {}
                        () = pause(LOOK_EVERY) => {}
                    }
                    return;
                }
            }
        }
    }

    /// Claims and converges one batch; false when nothing was due.
    async fn work_once(&self, queue: Queue, destination: &str) -> Result<bool, Error> {
        let Some(claim) = self.claim(queue, destination).await? else {
            return Ok(false);
        };
        let outcomes = tokio::select! {
            outcomes = self.converge_apart(&claim) => outcomes?,
            lost = self.keep_lease(&claim) => return Err(lost),
        };
        self.settle(claim, outcomes).await?;
        Ok(true)
    }

    async fn claim(&self, queue: Queue, destination: &str) -> Result<Option<Claim>, Error> {
        let (destination, owner) = (destination.to_owned(), self.inner.owner.clone());
        let (lease, limit, now) = (self.inner.lease, batch_limit(queue), self.now());
        let take =
            move |tx: &mut dyn Tx| work::claim(tx, queue, &destination, &owner, lease, limit, now);
        Ok(self.store().write(take).await?)
    }

    async fn converge(&self, claim: &Claim) -> Result<Vec<(String, Outcome)>, Error> {
        let done = |()| Vec::new();
        match claim.queue {
            Queue::ReadHistory => self.read_history(claim).await.map(done),
            Queue::SweepOrders => self.sweep_orders(claim).await.map(done),
            Queue::ReadOrder => self.read_orders(claim).await,
            Queue::IndexContacts => self.index_contacts(claim).await.map(done),
            Queue::SyncDeal => self.sync_deals(claim).await,
            Queue::RefreshToken => self.refresh_when_old(claim).await.map(done),
        }
    }

    /// Renews the lease while the work goes on; ends only when the lease is lost.
    async fn keep_lease(&self, claim: &Claim) -> Error {
        let every = Duration::try_from(self.inner.lease / 3).unwrap_or(Duration::from_secs(1));
        loop {
            pause(every).await;
            let (claim, lease, now) = (claim.clone(), self.inner.lease, self.now());
            let renew = move |tx: &mut dyn Tx| work::renew(tx, &claim, lease, now);
            match self.store().write(renew).await {
                Err(error @ StoreError::LostLease(_)) => return error.into(),
                Err(error) => tracing::warn!(error = ?error, "Cannot renew a lease"),
                Ok(()) => {}
            }
        }
    }

    /// Writes what became of the claim's keys; those without an outcome are done.
    async fn settle(&self, claim: Claim, outcomes: Vec<(String, Outcome)>) -> Result<(), Error> {
        let decided: HashSet<String> = outcomes.iter().map(|(key, _)| key.clone()).collect();
        let mut all = outcomes;
        let rest = claim
            .items
            .iter()
            .filter(|item| !decided.contains(&item.key));
        all.extend(rest.map(|item| (item.key.clone(), Outcome::Done)));
        for (key, outcome) in &all {
            log_outcome(claim.queue, key, outcome);
        }
        let now = self.now();
        let settle = move |tx: &mut dyn Tx| {
            work::settle(tx, &claim, &all, now)?;
            work::release(tx, &claim, now)
        };
        match self.store().write(settle).await {
            // Another worker has taken over and will do it again, which does no harm.
            Err(StoreError::LostLease(_)) => {
                tracing::warn!("A lease was lost before its work was settled");
                Ok(())
            }
            other => Ok(other?),
        }
    }

    /// The same end for every key of a claim whose convergence failed as a whole.
    fn all_alike(&self, claim: &Claim, error: Error) -> Result<Vec<(String, Outcome)>, Error> {
        let outcome = self.outcome_of(error, claim)?;
        let all = claim
            .items
            .iter()
            .map(|item| (item.key.clone(), outcome.clone()));
        Ok(all.collect())
    }

    /// What an error means for work: when to try again, or that a person must act.
    pub(crate) fn outcome_of(&self, error: Error, claim: &Claim) -> Result<Outcome, Error> {
        let attempts = claim
            .items
            .iter()
            .map(|item| item.attempts)
            .max()
            .unwrap_or(1);
        let text = error.to_string();
        let again = |at| {
            Ok(Outcome::Again {
                at,
                error: text.clone(),
            })
        };
        match &error {
            Error::Waiting { until, .. } => again(*until),
            Error::Connection { .. } => again(self.now() + ASK_AGAIN),
            Error::Vendor { cause, .. } if cause.is_transient() || is_page(cause) => {
                again(self.retry_at(attempts))
            }
            // Nobody would watch the site or the account while its only such work is held.
            Error::Vendor { .. } if is_watch(claim.queue) => again(self.now() + LONGEST_RETRY),
            Error::Vendor { .. } => Ok(Outcome::Held {
                reason: text,
                remedy: "see what the vendor refused, then run `portico work retry`".to_owned(),
            }),
            Error::Internal(cause) => {
                tracing::error!(error = ?cause, queue = %claim.queue, "Work failed");
                again(self.retry_at(attempts))
            }
            Error::NotFound(_) => Ok(Outcome::Done),
            Error::Conflict(_) | Error::Invalid(_) | Error::Unauthorized | Error::Unrecorded => {
                again(self.retry_at(attempts))
            }
        }
    }

    /// Twice as long after each failure, up to a cap, with a quarter of chance so that many do not
    /// come back at once.
    pub(crate) fn retry_at(&self, attempts: i64) -> Timestamp {
        let doublings = u32::try_from(attempts.clamp(1, 10) - 1).unwrap_or(0);
        let wait = (FIRST_RETRY * 2_i32.pow(doublings)).min(LONGEST_RETRY);
        let jitter = wait.as_secs_f64() * 0.25 * self.inner.chance.fraction();
        let jitter = SignedDuration::try_from_secs_f64(jitter).unwrap_or_default();
        self.now() + wait + jitter
    }

    /// The connection that a claim's destination names.
    pub(crate) async fn connection_of_claim(&self, claim: &Claim) -> Result<Connection, Error> {
        let id: ConnectionId = claim.destination.parse().map_err(Error::internal)?;
        self.connection(id).await
    }
}

/// A success that is not what was asked for, such as the page of something that stands between.
fn is_page(cause: &wire::Error) -> bool {
    let start = cause.body().trim_ascii_start().first();
    cause.kind == Kind::Malformed && !matches!(start, Some(b'{' | b'['))
}

/// Whether there is one key only for the whole connection.
fn is_watch(queue: Queue) -> bool {
    queue.is_timed() || queue == Queue::ReadHistory
}

/// How many keys of a queue are converged together.
fn batch_limit(queue: Queue) -> usize {
    match queue {
        Queue::SyncDeal => 250,
        Queue::ReadOrder => 100,
        Queue::ReadHistory | Queue::SweepOrders | Queue::IndexContacts | Queue::RefreshToken => 1,
    }
}

/// What a panic left running is taken up again when its lease is over.
fn log_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(error = ?error, "A batch of work broke off");
    }
}

fn log_outcome(queue: Queue, key: &str, outcome: &Outcome) {
    match outcome {
        Outcome::Done => tracing::debug!(queue = %queue, key, "Done"),
        Outcome::Again { at, error } => {
            tracing::info!(queue = %queue, key, "Again at {at:.0}: {error}");
        }
        Outcome::Held { reason, .. } => tracing::warn!(queue = %queue, key, "Held: {reason}"),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a lease is renewed by the machine's time, which goes on while work waits"
)]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

//! Delivers webhooks as the vendors do: at least once, in no promised order, with retries.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;

use crate::Error;
use crate::clock::Clock;
use crate::faults::{Faults, WebhookFate};

/// How long a webhook that is to arrive late waits for another to overtake it.
const OVERTAKING_MS: i64 = 5_000;

/// Sends webhooks and keeps those that wait for their next attempt.
#[derive(Clone)]
pub(crate) struct Deliveries(Arc<Inner>);

/// A webhook ready to be sent.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) app: &'static str,
    /// The subscription it belongs to: dropping that one drops what still waits.
    pub(crate) subscription: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
    /// How long the receiver may take, in real time.
    pub(crate) timeout: Duration,
    /// When the second and further attempts are due, counted from the first.
    pub(crate) schedule_ms: &'static [i64],
    /// Judges each attempt in the vendor's way.
    pub(crate) on_result: Arc<dyn Fn(&Attempt) -> Verdict + Send + Sync>,
}

/// What came of one attempt.
#[derive(Debug)]
pub(crate) struct Attempt {
    /// 1 for the first.
    pub(crate) number: usize,
    /// `None` when the receiver could not be reached or did not answer in time.
    pub(crate) status: Option<u16>,
    /// Whether the schedule has no further attempt.
    pub(crate) last: bool,
}

/// What to do after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Done,
    /// Try again at the next moment of the schedule; after the last one it is given up.
    Retry,
}

impl Deliveries {
    pub(crate) fn new(clock: Clock, faults: Faults) -> Result<Self, Error> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(Error::Sender)?;
        Ok(Self(Arc::new(Inner {
            client,
            clock,
            faults,
            queue: Mutex::default(),
            changed: Notify::new(),
            idle: Notify::new(),
        })))
    }

    /// Sends at once, in the background, unless a fault says otherwise.
    pub(crate) fn send(&self, outgoing: Outgoing) {
        let now = self.0.clock.now_ms();
        let fate = self.0.faults.meet_webhook(outgoing.app, &outgoing.url);
        let app = outgoing.app;
        let waiting = Waiting {
            outgoing,
            first_ms: now,
            due_ms: now,
            number: 1,
            overtaken: false,
        };
        let mut chain = match fate {
            WebhookFate::Deliver => vec![waiting],
            WebhookFate::Twice { later_ms: 0 } => vec![waiting.clone(), waiting],
            WebhookFate::Twice { later_ms } => {
                let again = Waiting {
                    due_ms: now + later_ms,
                    ..waiting.clone()
                };
                self.0.queue().waiting.push(again);
                self.0.changed.notify_one();
                vec![waiting]
            }
            WebhookFate::Lose => return,
            WebhookFate::AfterTheNext => {
                let late = Waiting {
                    due_ms: now + OVERTAKING_MS,
                    overtaken: true,
                    ..waiting
                };
                self.0.queue().waiting.push(late);
                self.0.changed.notify_one();
                return;
            }
        };
        let generation = {
            let mut queue = self.0.queue();
            chain.extend(queue.take(|waiting| waiting.overtaken && waiting.outgoing.app == app));
            queue.in_flight += 1;
            queue.generation
        };
        self.0.spawn(chain, generation);
    }

    /// One attempt outside any schedule, as a vendor's test notification makes; faults do not meet it.
    pub(crate) async fn attempt(&self, outgoing: &Outgoing) -> Option<u16> {
        self.0.attempt(outgoing).await
    }

    /// Forgets what still waits for a subscription.
    pub(crate) fn drop_subscription(&self, app: &str, subscription: &str) {
        self.0.queue().waiting.retain(|waiting| {
            waiting.outgoing.app != app || waiting.outgoing.subscription != subscription
        });
    }

    /// Forgets everything; attempts under way end without a retry.
    pub(crate) fn clear(&self) {
        let mut queue = self.0.queue();
        queue.waiting.clear();
        queue.generation += 1;
    }

    /// Waits until no attempt is under way.
    pub(crate) async fn settle(&self) {
        loop {
            let idle = self.0.idle.notified();
            if self.0.queue().in_flight == 0 {
                return;
            }
            idle.await;
        }
    }

    /// Makes all attempts that are due, also those that become due by a failure, and waits for them.
    pub(crate) async fn run_due(&self) {
        loop {
            self.settle().await;
            if !self.start_due() {
                return;
            }
        }
    }

    /// Makes attempts when they become due, for as long as the sandbox lives.
    pub(crate) async fn follow_clock(&self) {
        loop {
            self.start_due();
            let next = self
                .0
                .queue()
                .waiting
                .iter()
                .map(|waiting| waiting.due_ms)
                .min();
            let changed = self.0.changed.notified();
            match next {
                Some(due_ms) => {
                    let wait = u64::try_from(due_ms - self.0.clock.now_ms()).unwrap_or_default();
                    // Elapsed or changed, the next round finds out what is due.
                    tokio::time::timeout(Duration::from_millis(wait), changed)
                        .await
                        .unwrap_or_default();
                }
                None => changed.await,
            }
        }
    }

    /// Tells the loop that follows the clock to look again.
    pub(crate) fn clock_moved(&self) {
        self.0.changed.notify_one();
    }

    fn start_due(&self) -> bool {
        let now = self.0.clock.now_ms();
        let (due, generation) = {
            let mut queue = self.0.queue();
            let due = queue.take(|waiting| waiting.due_ms <= now);
            // Counted before the lock is released, so that nobody sees the queue idle in between.
            queue.in_flight += due.len();
            (due, queue.generation)
        };
        let any = !due.is_empty();
        for waiting in due {
            self.0.spawn(vec![waiting], generation);
        }
        any
    }
}

struct Inner {
    client: reqwest::Client,
    clock: Clock,
    faults: Faults,
    queue: Mutex<Queue>,
    changed: Notify,
    idle: Notify,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    in_flight: usize,
    /// Grows with each reset, so that an attempt from before cannot leave a retry behind.
    generation: u64,
}

impl Queue {
    fn take(&mut self, wanted: impl Fn(&Waiting) -> bool) -> Vec<Waiting> {
        let (taken, kept) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(wanted);
        self.waiting = kept;
        taken
    }
}

#[derive(Clone)]
struct Waiting {
    outgoing: Outgoing,
    first_ms: i64,
    due_ms: i64,
    number: usize,
    /// Waits for another webhook of the app to go first.
    overtaken: bool,
}

impl Inner {
    /// Attempts these one after the other in a task of their own, which the queue already counts.
    fn spawn(self: &Arc<Self>, chain: Vec<Waiting>, generation: u64) {
        let inner = Arc::clone(self);
        tokio::spawn(async move {
            for waiting in chain {
                inner.deliver(waiting, generation).await;
            }
            inner.queue().in_flight -= 1;
            inner.idle.notify_waiters();
        });
    }

    async fn deliver(&self, mut waiting: Waiting, generation: u64) {
        let status = self.attempt(&waiting.outgoing).await;
        if self.queue().generation != generation {
            return;
        }
        let next = waiting.outgoing.schedule_ms.get(waiting.number - 1);
        let verdict = (waiting.outgoing.on_result)(&Attempt {
            number: waiting.number,
            status,
            last: next.is_none(),
        });
        if let (Verdict::Retry, Some(after_ms)) = (verdict, next) {
            waiting.due_ms = waiting.first_ms + after_ms;
            waiting.number += 1;
            waiting.overtaken = false;
            self.queue().waiting.push(waiting);
            self.changed.notify_one();
        }
    }

    async fn attempt(&self, outgoing: &Outgoing) -> Option<u16> {
        let mut request = self
            .client
            .post(&outgoing.url)
            .timeout(outgoing.timeout)
            .body(outgoing.body.clone());
        for (name, value) in &outgoing.headers {
            request = request.header(*name, value);
        }
        match request.send().await {
            Ok(response) => Some(response.status().as_u16()),
            Err(cause) => {
                tracing::debug!(webhook.app = outgoing.app, error = %cause, "a webhook could not be delivered");
                None
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue
            .lock()
            .expect("changing the queue does not panic")
    }
}

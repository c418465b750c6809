//! What this process puts on record: numbered in the order in which it comes, and made durable by a writer.
//!
//! Nothing here waits with the lock held. What was taken on record is never dropped while the process
//! lives; when it cannot be made durable, nothing new is begun.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use portico_domain::audit::{Finding, Record};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::writer::Writer;
use crate::Error;

/// So many records may wait for the database before nothing new is begun.
const MOST: usize = 32_768;

/// A writer that has so many does not wait for more.
pub(super) const BATCH: usize = 1024;

/// How long records that nobody waits for are gathered, so that they share a commit: half of the time
/// within which they are to be durable.
const GATHERS: Duration = Duration::from_millis(50);

/// The journal of one process.
pub(crate) struct Journal {
    waiting: Arc<Waiting>,
    /// Until the first record is taken.
    writer: Mutex<Option<Writer>>,
    /// From then on.
    task: Mutex<Option<JoinHandle<()>>>,
}

/// Something that was taken on record, and is not durable yet.
#[must_use = "what is begun must wait until it is durable, or say that it need not"]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Intent {
    pub(crate) number: u64,
    /// How often the writer had failed when it was taken.
    failures: u64,
}

/// A record on its way to the database.
pub(super) struct Entry {
    pub(super) number: u64,
    pub(super) at: Timestamp,
    pub(super) finding: Finding,
    pub(super) record: Vec<u8>,
}

/// What waits for the writer.
pub(super) struct Waiting {
    state: Mutex<State>,
    woken: Notify,
    settled: watch::Sender<Settled>,
}

struct State {
    entries: Vec<Entry>,
    /// The number of the next record. The first is the writer's own, which begins the chain.
    next: u64,
    is_urgent: bool,
    is_closed: bool,
}

/// How far the writer has come.
#[derive(Clone, Copy, Default)]
struct Settled {
    durable: u64,
    failures: u64,
    is_failing: bool,
}

impl Journal {
    pub(super) fn new(writer: Writer) -> Self {
        Self {
            waiting: Arc::new(Waiting::new()),
            writer: Mutex::new(Some(writer)),
            task: Mutex::default(),
        }
    }

    /// Takes on record what is about to be done; refuses what could not be made durable.
    pub(crate) fn intend(&self, record: &Record) -> Result<Intent, Error> {
        let entry = entry(record)?;
        let settled = *self.waiting.settled.borrow();
        if settled.is_failing {
            return Err(Error::Unrecorded);
        }
        let number = self.waiting.add(entry, MOST).ok_or(Error::Unrecorded)?;
        self.start();
        Ok(Intent {
            number,
            failures: settled.failures,
        })
    }

    /// Takes on record what is done with that; refuses what could not be made durable.
    pub(crate) fn enter(&self, record: &Record) -> Result<(), Error> {
        self.intend(record).map(|_| ())
    }

    /// Waits until what is about to be done can be done.
    pub(crate) async fn durable(&self, intent: Intent) -> Result<(), Error> {
        let mut settled = self.waiting.settled.subscribe();
        self.waiting.hurry();
        let over = settled.wait_for(|settled| {
            settled.durable >= intent.number || settled.failures > intent.failures
        });
        match over.await {
            Ok(settled) if settled.durable >= intent.number => Ok(()),
            Ok(_) | Err(_) => Err(Error::Unrecorded),
        }
    }

    /// Takes on record what has been done, whatever stands in the way by now.
    pub(crate) fn follow(&self, record: &Record) {
        let taken = entry(record).map(|entry| self.waiting.add(entry, usize::MAX));
        match taken {
            Ok(Some(_)) => self.start(),
            Ok(None) => {
                tracing::error!("Something ended after the audit was closed, and is not on record")
            }
            Err(error) => {
                tracing::error!(error = ?error, "Something that was done is not on record")
            }
        }
    }

    /// Whether something could be put on record now.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.waiting.settled.borrow().is_failing || self.waiting.is_full() {
            return Err(Error::Unrecorded);
        }
        Ok(())
    }

    /// Lets the writer come to its end, and takes nothing more.
    pub(crate) async fn close(&self) {
        self.waiting.close();
        let task = locked(&self.task).take();
        if let Some(task) = task
            && let Err(why) = task.await
        {
            tracing::error!(error = %why, "The writer of the audit did not come to its end");
        }
    }

    fn start(&self) {
        let mut writer = locked(&self.writer);
        if let Some(writer) = writer.take() {
            let task = tokio::spawn(writer.run(Arc::clone(&self.waiting)));
            *locked(&self.task) = Some(task);
        }
    }
}

/// Its writer goes on until all is durable.
impl Drop for Journal {
    fn drop(&mut self) {
        self.waiting.close();
    }
}

impl Waiting {
    fn new() -> Self {
        Self {
            state: Mutex::new(State {
                entries: Vec::new(),
                next: 2,
                is_urgent: false,
                is_closed: false,
            }),
            woken: Notify::new(),
            settled: watch::Sender::default(),
        }
    }

    /// Gives a record its number; `None` when it is not taken.
    fn add(&self, mut entry: Entry, most: usize) -> Option<u64> {
        let mut state = locked(&self.state);
        if state.is_closed || state.entries.len() >= most {
            return None;
        }
        entry.number = state.next;
        state.next += 1;
        let number = entry.number;
        state.entries.push(entry);
        let count = state.entries.len();
        drop(state);
        if count == 1 || count == BATCH {
            self.woken.notify_one();
        }
        Some(number)
    }

    fn is_full(&self) -> bool {
        locked(&self.state).entries.len() >= MOST
    }

    /// Somebody waits.
    fn hurry(&self) {
        let was_urgent = std::mem::replace(&mut locked(&self.state).is_urgent, true);
        if !was_urgent {
            self.woken.notify_one();
        }
    }

    fn close(&self) {
        locked(&self.state).is_closed = true;
        self.woken.notify_one();
    }

    /// Waits until there is something for the writer to do, or `idle` is over.
    pub(super) async fn due(&self, idle: Duration) {
        loop {
            let within = {
                let state = locked(&self.state);
                let count = state.entries.len();
                if state.is_closed || count >= BATCH || (state.is_urgent && count > 0) {
                    return;
                }
                if count > 0 { GATHERS } else { idle }
            };
            let woken = tokio::time::timeout(within, self.woken.notified());
            if woken.await.is_err() {
                return;
            }
        }
    }

    pub(super) fn take(&self) -> Vec<Entry> {
        let mut state = locked(&self.state);
        state.is_urgent = false;
        std::mem::take(&mut state.entries)
    }

    pub(super) fn is_closed(&self) -> bool {
        locked(&self.state).is_closed
    }

    pub(super) fn is_durable(&self, number: u64) {
        self.settled.send_modify(|settled| {
            settled.durable = number;
            settled.is_failing = false;
        });
    }

    pub(super) fn has_failed(&self) {
        self.settled.send_modify(|settled| {
            settled.failures += 1;
            settled.is_failing = true;
        });
    }
}

fn entry(record: &Record) -> Result<Entry, Error> {
    Ok(Entry {
        number: 0,
        at: record.at,
        finding: record.finding(),
        record: serde_json::to_vec(record).map_err(Error::internal)?,
    })
}

/// No panic can leave half a change behind: each is an assignment or a push.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! The one task of a process that chains records and makes them durable, many with one commit.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use portico_domain::Clock;
use portico_domain::audit::{ChainId, Place, Record, RecordId, What};
use portico_store::audit::{self, Mark, MarkKind, NewRows};
use portico_store::{Error as StoreError, Store, Tx};
use uuid::Uuid;

use super::heads_file;
use super::journal::{Entry, Waiting};
use super::keys::{BEGINNING, Keys};

/// A head is signed after so many records.
const HEAD_RECORDS: u64 = 1_000;

/// A head is signed after this time, when there are records since the last.
const HEAD_EVERY: Duration = Duration::from_secs(60);

/// How many other chains a new one names: more do not write at once.
const OTHERS: i64 = 64;

/// What could not be written is tried again after this time.
const AGAIN: Duration = Duration::from_millis(250);

/// How often it is tried again when the process is about to end.
const LAST_TRIES: u32 = 20;

pub(super) struct Writer {
    chain: ChainId,
    keys: Keys,
    store: Store,
    clock: Arc<dyn Clock>,
    heads_file: Option<PathBuf>,
    /// The last record that was chained; none before the first.
    last: Option<Place>,
    since_head: u64,
    head_at: Timestamp,
}

impl Writer {
    pub(super) fn new(
        chain: Uuid,
        keys: Keys,
        store: Store,
        clock: Arc<dyn Clock>,
        heads_file: Option<PathBuf>,
    ) -> Self {
        Self {
            chain: ChainId::new(chain),
            keys,
            store,
            clock,
            heads_file,
            last: None,
            since_head: 0,
            head_at: Timestamp::MIN,
        }
    }

    /// Writes what comes until there will be no more.
    pub(super) async fn run(mut self, waiting: Arc<Waiting>) {
        loop {
            waiting.due(HEAD_EVERY).await;
            // Looked at first: what is taken afterwards is then all that there was.
            let is_last = waiting.is_closed();
            let entries = waiting.take();
            let count = entries.len();
            if !self.written(&waiting, entries, is_last).await {
                tracing::error!(
                    count,
                    "Records of the audit could not be written before the end"
                );
                return;
            }
            if is_last {
                return;
            }
        }
    }

    /// Chains these and tries until they are durable; gives up only when the process is about to end.
    async fn written(&mut self, waiting: &Waiting, entries: Vec<Entry>, is_last: bool) -> bool {
        let mut tries = 0;
        let mut rows = NewRows::default();
        if self.last.is_none()
            && let Some(first) = entries.first()
        {
            while let Err(error) = self.begin(first.at, &mut rows).await {
                if !is_to_go_on(waiting, &error, &mut tries).await {
                    return false;
                }
            }
        }
        self.chain(entries, &mut rows);
        let head = self.head(is_last);
        if rows.is_empty() && head.is_none() {
            return true;
        }
        let rows = Arc::new(rows);
        while let Err(error) = self.write(&rows, head.as_ref()).await {
            if !is_to_go_on(waiting, &error, &mut tries).await {
                return false;
            }
        }
        if let Some(place) = self.last {
            waiting.is_durable(place.number);
        }
        if let Some(head) = head {
            heads_file::append(self.heads_file.clone(), head).await;
        }
        true
    }

    /// Begins the chain with a record that names how far the others have come, at the time of what follows.
    async fn begin(&mut self, at: Timestamp, rows: &mut NewRows) -> Result<(), StoreError> {
        let others = self.store.read(ends).await?;
        let record = Record {
            at,
            what: What::Chain { others },
        };
        let bytes = serde_json::to_vec(&record).map_err(|why| StoreError::json("audit", &why))?;
        let first = Entry {
            number: 1,
            at: record.at,
            finding: record.finding(),
            record: bytes,
        };
        self.chain(vec![first], rows);
        Ok(())
    }

    fn chain(&mut self, entries: Vec<Entry>, rows: &mut NewRows) {
        for entry in entries {
            let id = RecordId {
                chain: self.chain,
                number: entry.number,
            };
            let before = self.last.map_or(BEGINNING, |place| place.mac);
            let mac = self.keys.mac(&before, id, &entry.record);
            rows.push(id, entry.at, entry.finding, entry.record, &mac);
            self.last = Some(Place {
                chain: self.chain,
                number: id.number,
                mac,
            });
            self.since_head += 1;
        }
    }

    /// Signs how far the chain has come, where it is time.
    fn head(&mut self, is_last: bool) -> Option<Mark> {
        let now = self.clock.now();
        let every = SignedDuration::try_from(HEAD_EVERY).unwrap_or(SignedDuration::MAX);
        // After the clock was set back, too.
        let is_old = now.duration_since(self.head_at).abs() >= every;
        let is_due = is_last || is_old || self.since_head >= HEAD_RECORDS;
        let place = self.last.filter(|_| is_due && self.since_head > 0)?;
        self.since_head = 0;
        self.head_at = now;
        Some(self.keys.mark(MarkKind::Head, place, now))
    }

    async fn write(&self, rows: &Arc<NewRows>, head: Option<&Mark>) -> Result<(), StoreError> {
        let (rows, head) = (Arc::clone(rows), head.cloned());
        let write = move |tx: &mut dyn Tx| {
            audit::add(tx, &rows)?;
            head.iter().try_for_each(|head| audit::set_mark(tx, head))
        };
        self.store.write(write).await
    }
}

/// The last records of the chains that were written to last.
fn ends(tx: &mut dyn Tx) -> Result<Vec<Place>, StoreError> {
    let mut ends = Vec::new();
    for head in audit::newest_heads(tx, OTHERS)? {
        let last = audit::last(tx, head.place.chain)?;
        let last = last.and_then(|last| {
            Some(Place {
                chain: last.id.chain,
                number: last.id.number,
                mac: last.mac.try_into().ok()?,
            })
        });
        ends.push(last.unwrap_or(head.place));
    }
    Ok(ends)
}

/// Tells those who wait, and waits for better times.
async fn is_to_go_on(waiting: &Waiting, error: &StoreError, tries: &mut u32) -> bool {
    waiting.has_failed();
    if *tries == 0 {
        tracing::error!(error = ?error, "Records of the audit cannot be written: calls and changes are refused until they can");
    }
    *tries += 1;
    if matches!(error, StoreError::Closed) || (waiting.is_closed() && *tries >= LAST_TRIES) {
        return false;
    }
    pause(AGAIN).await;
    true
}

#[expect(
    clippy::disallowed_methods,
    reason = "a full disk must be given real time to be emptied"
)]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

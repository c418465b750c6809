//! The audit: every call and every change on record, in chains that show what was taken away or altered.
//!
//! Read `journal` (what is put on record, and when it is refused), then `writer` (how it becomes durable),
//! then `verify` (how it is proven).

mod brake;
mod change;
mod heads_file;
mod journal;
mod keys;
mod listing;
mod prune;
mod reading;
mod verify;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use portico_domain::audit::{Actor, End, Outcome, Record, What};
use portico_domain::{Chance, Clock};
use portico_store::Store;

pub use listing::{AuditEntry, AuditPage, AuditQuery};
pub use verify::{AuditFault, AuditVerified};

pub(crate) use change::Recorded;
pub(crate) use journal::{Intent, Journal};

use crate::vault::MasterKey;
use crate::{Engine, Error};
use brake::Brakes;
use keys::Keys;
use writer::Writer;

/// What can be chosen about the audit.
#[derive(Clone, Debug)]
pub struct AuditSettings {
    /// How long records are kept.
    pub keep: SignedDuration,
    /// Where signed heads are written beside the database, a line each.
    pub heads_file: Option<PathBuf>,
}

/// What the audit of a process is made of.
pub(crate) struct Audit {
    pub(crate) journal: Journal,
    keys: Keys,
    settings: AuditSettings,
    brakes: Brakes,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self {
            keep: SignedDuration::from_hours(400 * 24),
            heads_file: None,
        }
    }
}

impl Audit {
    pub(crate) fn new(
        settings: AuditSettings,
        master_key: &MasterKey,
        store: Store,
        clock: Arc<dyn Clock>,
        chance: &Chance,
    ) -> Self {
        let keys = Keys::of(master_key);
        let chain = chance.id(clock.now());
        let heads_file = settings.heads_file.clone();
        let writer = Writer::new(chain, keys.clone(), store, clock, heads_file);
        Self {
            journal: Journal::new(writer),
            keys,
            settings,
            brakes: Brakes::default(),
        }
    }
}

impl Engine {
    /// The same engine, for somebody: what it changes is put on record as theirs.
    #[must_use]
    pub fn acting_as(&self, actor: Actor) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            actor: Arc::new(actor),
        }
    }

    /// On whose behalf this engine acts.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Makes everything durable that is on record by now, and takes nothing more on record.
    pub async fn close(&self) {
        let carried = &self.inner.carried_to_their_end;
        carried.close();
        // Real time, in which a vendor may still answer.
        let within = self.inner.timeouts.call;
        if tokio::time::timeout(within, carried.wait()).await.is_err() {
            tracing::warn!(
                "Calls are still without an answer, and how they end is not put on record"
            );
        }
        self.put_counted_on_record();
        self.journal().close().await;
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.inner.audit.journal
    }

    /// Puts something on record that has happened, whatever stands in the way by now.
    pub(crate) fn note(&self, at: Timestamp, what: What) {
        self.journal().follow(&Record { at, what });
    }

    /// Puts on record how something ended that was begun at `since`.
    pub(crate) fn note_end(&self, intent: Intent, since: Timestamp, end: End) {
        let now = self.now();
        let took = now.duration_since(since).as_millis();
        let outcome = Outcome {
            of: intent.number,
            milliseconds: u64::try_from(took).unwrap_or(0),
            end,
        };
        self.note(now, What::Outcome(outcome));
    }

    /// Refuses what could not be put on record.
    pub(crate) fn check_records(&self) -> Result<(), Error> {
        self.journal().check()
    }
}

//! What was read from the database a moment ago, so that each of thousands of calls a second need not
//! read it again.
//!
//! What this process changes counts at once; what another process changed is noticed within [`AGE`].

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use portico_store::Store;

use crate::Engine;

/// How old an answer may be.
pub(crate) const AGE: SignedDuration = SignedDuration::from_millis(500);

/// From this age on one caller reads an answer again, while the others go on with it: else all of them would
/// read at the same moment.
const READ_AGAIN: SignedDuration = SignedDuration::from_millis(250);

pub(crate) struct Recent<K, V>(Mutex<Kept<K, V>>);

struct Kept<K, V> {
    /// What the store had counted when the answers were read; with its next change all of them go.
    changes: u64,
    answers: HashMap<K, Answer<V>>,
}

struct Answer<V> {
    at: Timestamp,
    is_read_again: bool,
    found: V,
}

impl Engine {
    /// Drops every answer that is old, asked for again or not: nobody is to find a credential in the
    /// memory of a process that does not use it any more.
    pub(crate) fn forget_old_answers(&self) {
        let (inner, now) = (&self.inner, self.now());
        inner.recent_agents.forget_old(now);
        inner.recent_connections.forget_old(now);
        inner.recent_credentials.forget_old(now);
    }
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self(Mutex::new(Kept {
            changes: 0,
            answers: HashMap::new(),
        }))
    }
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    /// What was read a moment ago, else what `read` finds now. Only what is found is kept, so that
    /// strangers cannot fill the memory by asking.
    pub(crate) async fn or_read<E>(
        &self,
        store: &Store,
        now: Timestamp,
        key: K,
        read: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<V>, E> {
        // Before the reading: a change that comes between the two makes the answer old.
        let changes = store.changes();
        if let Some(answer) = self.kept_since(changes).get(&key, now) {
            return Ok(Some(answer));
        }
        let found = read.await?;
        if let Some(answer) = &found {
            let mut kept = self.kept_since(changes);
            if kept.changes == changes {
                kept.put(key, now, answer.clone());
            }
        }
        Ok(found)
    }

    /// Drops what is too old to be an answer.
    fn forget_old(&self, now: Timestamp) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forget_old(now);
    }

    fn kept_since(&self, changes: u64) -> MutexGuard<'_, Kept<K, V>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.changes < changes {
            kept.changes = changes;
            kept.answers.clear();
        }
        kept
    }
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    fn get(&mut self, key: &K, now: Timestamp) -> Option<V> {
        let answer = self.answers.get_mut(key)?;
        if !is_recent(answer.at, now) {
            return None;
        }
        let is_ours_to_read = !answer.is_read_again && now >= answer.at + READ_AGAIN;
        answer.is_read_again |= is_ours_to_read;
        (!is_ours_to_read).then(|| answer.found.clone())
    }

    fn put(&mut self, key: K, at: Timestamp, found: V) {
        self.forget_old(at);
        let answer = Answer {
            at,
            is_read_again: false,
            found,
        };
        self.answers.insert(key, answer);
    }

    fn forget_old(&mut self, now: Timestamp) {
        self.answers.retain(|_, answer| is_recent(answer.at, now));
    }
}

/// A clock that was set back makes everything old.
fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    at <= now && now < at + AGE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(at: Timestamp) -> Kept<&'static str, i32> {
        let answer = Answer {
            at,
            is_read_again: false,
            found: 7,
        };
        Kept {
            changes: 0,
            answers: HashMap::from([("key", answer)]),
        }
    }

    #[test]
    fn an_answer_is_kept_for_half_a_second() {
        let noon: Timestamp = "2026-01-02T12:00:00Z".parse().unwrap();
        let mut kept = kept(noon);
        assert_eq!(kept.get(&"key", noon), Some(7));
        assert_eq!(kept.get(&"other", noon), None);
        assert_eq!(kept.get(&"key", noon + AGE), None);
        assert_eq!(kept.get(&"key", noon - AGE), None);
    }

    #[test]
    fn one_caller_reads_again_before_an_answer_is_old() {
        let noon: Timestamp = "2026-01-02T12:00:00Z".parse().unwrap();
        let mut kept = kept(noon);
        assert_eq!(kept.get(&"key", noon + READ_AGAIN), None);
        assert_eq!(kept.get(&"key", noon + READ_AGAIN), Some(7));
        kept.put("key", noon + READ_AGAIN, 8);
        let soon = noon + READ_AGAIN + SignedDuration::from_millis(1);
        assert_eq!(kept.get(&"key", soon), Some(8));
    }

    #[test]
    fn what_is_old_goes_when_something_else_is_kept() {
        let noon: Timestamp = "2026-01-02T12:00:00Z".parse().unwrap();
        let mut kept = kept(noon);
        kept.put("other", noon + AGE * 3 / 4, 8);
        assert_eq!(kept.answers.len(), 2);
        kept.put("third", noon + AGE, 9);
        assert_eq!(kept.get(&"other", noon + AGE), Some(8));
        assert!(!kept.answers.contains_key("key"));
    }

    #[test]
    fn what_is_old_goes_though_nobody_asks_any_more() {
        let noon: Timestamp = "2026-01-02T12:00:00Z".parse().unwrap();
        let recent = Recent(Mutex::new(kept(noon)));
        recent.forget_old(noon + AGE / 2);
        assert_eq!(recent.0.lock().unwrap().answers.len(), 1);
        recent.forget_old(noon + AGE);
        assert!(recent.0.lock().unwrap().answers.is_empty());
    }

    #[test]
    fn a_change_of_this_process_makes_every_answer_old() {
        let noon: Timestamp = "2026-01-02T12:00:00Z".parse().unwrap();
        let recent = Recent(Mutex::new(kept(noon)));
        assert_eq!(recent.kept_since(0).get(&"key", noon), Some(7));
        assert_eq!(recent.kept_since(1).get(&"key", noon), None);
        assert_eq!(
            recent.kept_since(0).changes,
            1,
            "a reader that began before keeps nothing"
        );
    }
}

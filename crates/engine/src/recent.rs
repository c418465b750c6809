//! What was read from the database a moment ago, so that each of thousands of calls a second need not
//! read it again.
//!
//! A process forgets what it changes itself at once; what another process changed is noticed within
//! [`AGE`].

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// How old an answer may be.
const AGE: SignedDuration = SignedDuration::from_millis(500);

pub(crate) struct Recent<K, V> {
    read: Mutex<HashMap<K, (Timestamp, V)>>,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self {
            read: Mutex::default(),
        }
    }
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    /// What was read a moment ago. A clock that was set back makes everything old.
    pub(crate) fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let read = self.locked();
        let (at, value) = read.get(key)?;
        (*at <= now && now < *at + AGE).then(|| value.clone())
    }

    pub(crate) fn put(&self, key: K, value: V, read_at: Timestamp) {
        self.locked().insert(key, (read_at, value));
    }

    pub(crate) fn forget(&self) {
        self.locked().clear();
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<K, (Timestamp, V)>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_for_half_a_second_and_not_when_it_is_forgotten() {
        let noon: Timestamp = "2026-01-02T12:00:00Z".parse().unwrap();
        let recent = Recent::default();
        recent.put("key", 7, noon);
        assert_eq!(recent.get(&"key", noon), Some(7));
        assert_eq!(recent.get(&"other", noon), None);
        assert_eq!(recent.get(&"key", noon + AGE), None);
        assert_eq!(recent.get(&"key", noon - AGE), None);
        recent.forget();
        assert_eq!(recent.get(&"key", noon), None);
    }
}

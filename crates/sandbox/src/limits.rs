//! The vendors' rate limits: their figures, which a bench may lift, and the sliding window that counts.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Map, Value, json};

use crate::control::ControlError;

const DEFAULTS: [(&str, usize); 3] = [
    ("squarespace_per_minute", 300),
    ("squarespace_imports_per_hour", 100),
    ("kommo_per_second", 7),
];

/// How many requests each vendor lets through; `None` when the limit was lifted.
#[derive(Clone, Debug)]
pub(crate) struct Limits(Arc<Mutex<BTreeMap<&'static str, Option<usize>>>>);

impl Limits {
    pub(crate) fn vendors_own() -> Self {
        Self(Arc::new(Mutex::new(vendors_own())))
    }

    /// The figure of a limit that the table names.
    pub(crate) fn of(&self, name: &str) -> Option<usize> {
        *self
            .figures()
            .get(name)
            .unwrap_or_else(|| panic!("limit `{name}` is missing from the table"))
    }

    /// Takes `{"name": figure}`; `null` lifts a limit. Nothing changes when one entry is wrong.
    pub(crate) fn set(&self, wanted: &Map<String, Value>) -> Result<(), ControlError> {
        let mut figures = self.figures();
        let mut next = figures.clone();
        for (name, value) in wanted {
            let figure = next.get_mut(name.as_str()).ok_or_else(|| {
                let known: Vec<_> = DEFAULTS.iter().map(|(name, _)| *name).collect();
                ControlError::bad_request(format!(
                    "no limit `{name}`: the limits are {}",
                    known.join(", ")
                ))
            })?;
            *figure = if value.is_null() {
                None
            } else {
                Some(whole(name, value)?)
            };
        }
        *figures = next;
        Ok(())
    }

    pub(crate) fn reset(&self) {
        *self.figures() = vendors_own();
    }

    pub(crate) fn json(&self) -> Value {
        json!(*self.figures())
    }

    fn figures(&self) -> MutexGuard<'_, BTreeMap<&'static str, Option<usize>>> {
        self.0.lock().expect("reading a figure does not panic")
    }
}

fn whole(name: &str, value: &Value) -> Result<usize, ControlError> {
    let figure = value
        .as_u64()
        .and_then(|figure| usize::try_from(figure).ok());
    figure.ok_or_else(|| {
        ControlError::bad_request(format!(
            "limit `{name}` takes a whole number, or null to lift it"
        ))
    })
}

fn vendors_own() -> BTreeMap<&'static str, Option<usize>> {
    DEFAULTS
        .into_iter()
        .map(|(name, figure)| (name, Some(figure)))
        .collect()
}

/// The moments of the requests that a limit still counts.
#[derive(Debug, Default)]
pub(crate) struct Window(VecDeque<i64>);

impl Window {
    /// Counts a request at `now` when fewer than `limit` fell into the last `span_ms`; false means refused.
    pub(crate) fn admit(&mut self, now: i64, span_ms: i64, limit: usize) -> bool {
        while self.0.front().is_some_and(|&at| at <= now - span_ms) {
            self.0.pop_front();
        }
        if self.0.len() >= limit {
            return false;
        }
        self.0.push_back(now);
        true
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn a_place_is_free_again_when_its_request_has_left_the_window() {
        let mut window = Window::default();

        assert!(window.admit(0, 1_000, 2));
        assert!(window.admit(400, 1_000, 2));
        assert!(!window.admit(999, 1_000, 2));
        assert!(window.admit(1_000, 1_000, 2));
        assert!(!window.admit(1_399, 1_000, 2));
    }
}

//! What the sandbox was asked, line by line.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use serde::Serialize;

/// The requests that the emulated vendors received, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal(Arc<Mutex<Vec<Entry>>>);

/// One request as it arrived and what it got.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    /// The sandbox's time of arrival in milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) app: &'static str,
    pub(crate) method: String,
    /// The vendor's own path with the query.
    pub(crate) path: String,
    /// The method and the template of the route, or the bare path where no route matched.
    pub(crate) operation: String,
    /// What the handler answered; 0 when it never ran because the connection was cut before.
    pub(crate) status: u16,
    /// How many things the body carried: the length of a JSON array, else 1.
    pub(crate) items: usize,
    /// The kind of the fault that met this request.
    pub(crate) fault: Option<&'static str>,
}

/// What the control API shows.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    count: usize,
    by_operation: BTreeMap<String, usize>,
    requests: Vec<Entry>,
}

impl Journal {
    pub(crate) fn write(&self, entry: Entry) {
        self.entries().push(entry);
    }

    /// The entries of one app, or all.
    pub(crate) fn report(&self, app: Option<&str>) -> Report {
        let requests: Vec<Entry> = self
            .entries()
            .iter()
            .filter(|entry| app.is_none_or(|app| entry.app == app))
            .cloned()
            .collect();
        let mut by_operation = BTreeMap::new();
        for entry in &requests {
            *by_operation.entry(entry.operation.clone()).or_insert(0) += 1;
        }
        Report {
            count: requests.len(),
            by_operation,
            requests,
        }
    }

    pub(crate) fn clear(&self) {
        self.entries().clear();
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().expect("writing a line does not panic")
    }
}

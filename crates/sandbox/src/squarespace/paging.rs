//! Pages of the cursor lists: a cursor carries the filters and the place, and means a place, not a snapshot.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Squarespace;
use super::access::Caller;
use super::answer::{Refusal, Reply};
use super::shelf::{Object, Position, Shelf};

/// A list as its first page and its cursors describe it.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Listing<F> {
    pub(super) filter: F,
    /// Modification dates, both exclusive.
    pub(super) window: (Option<i64>, Option<i64>),
    after: Option<Position>,
}

/// Where a list lives: its path and the key of its array.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) path: &'static str,
    pub(super) key: &'static str,
}

impl<F: Serialize + DeserializeOwned> Listing<F> {
    pub(super) fn first(filter: F, window: (Option<i64>, Option<i64>)) -> Self {
        Self {
            filter,
            window,
            after: None,
        }
    }

    /// Reads a cursor of the same list.
    pub(super) fn resume(cursor: &str) -> Result<Self, Refusal> {
        URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or_else(|| Refusal::invalid("The cursor is invalid."))
    }

    /// The page that this listing stands at.
    pub(super) fn page(
        self,
        shop: &Squarespace,
        caller: &Caller,
        place: Place,
        shelf: &Shelf,
        matches: impl Fn(&F, &Object) -> bool,
    ) -> Reply {
        let size = usize::try_from(shop.number("page_size"))
            .unwrap_or(1)
            .max(1);
        let drift = shop.choice("page_drift");
        let oldest_first = shop.flag("oldest_first");
        let mut found: Vec<(&Position, &Object)> = shelf
            .walk(self.window, self.after.as_ref(), oldest_first)
            .filter(|(_, object)| matches(&self.filter, object))
            .take(size + 2)
            .collect();
        let has_next = found.len() > size;
        let last = found
            .get(size.min(found.len()).saturating_sub(1))
            .map(|(position, _)| (*position).clone());
        // What the vendor's dynamic cursors do when data moves between two pages.
        let resume_at = match (drift.as_str(), size) {
            ("repeat", 2..) if has_next => Some(found[size - 2].0.clone()),
            ("skip", _) if found.len() > size + 1 => Some(found[size].0.clone()),
            _ => last,
        };
        found.truncate(size);
        let items: Vec<Value> = found
            .into_iter()
            .map(|(_, object)| Value::Object(object.clone()))
            .collect();
        let cursor = has_next.then(|| {
            Self {
                after: resume_at,
                ..self
            }
            .cursor()
        });
        Reply::ok(
            json!({ place.key: items, "pagination": pagination(shop, caller, place.path, cursor) }),
        )
    }

    fn cursor(&self) -> String {
        let json = serde_json::to_vec(self).expect("a listing holds only texts and numbers");
        URL_SAFE_NO_PAD.encode(json)
    }
}

fn pagination(shop: &Squarespace, caller: &Caller, path: &str, cursor: Option<String>) -> Value {
    let base = if shop.flag("relative_next_page_url") {
        ""
    } else {
        &caller.base
    };
    let url = cursor
        .as_ref()
        .map(|cursor| format!("{base}{path}?cursor={cursor}"));
    json!({ "hasNextPage": cursor.is_some(), "nextPageCursor": cursor, "nextPageUrl": url })
}

/// Resources by ids in the path, separated by commas: at most fifty, each once, and all must exist.
pub(super) fn by_ids(shelf: &Shelf, csv: &str, key: &str) -> Result<Reply, Refusal> {
    const MOST: usize = 50;

    let mut ids: Vec<&str> = csv.split(',').map(str::trim).collect();
    if ids.len() > MOST {
        return Err(Refusal::invalid(format!(
            "At most {MOST} ids may be given."
        )));
    }
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(*id));
    let found: Option<Vec<Value>> = ids
        .into_iter()
        .map(|id| shelf.get(id).cloned().map(Value::Object))
        .collect();
    let found = found.ok_or_else(|| {
        Refusal::not_found("One or more of the requested resources were not found.")
    })?;
    Ok(Reply::ok(json!({ key: found })))
}

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
        let found = self.found(shop, shelf, matches);
        let shown = found
            .into_iter()
            .map(|(at, object)| (at.clone(), Value::Object(object.clone())));
        let shown = shown.collect();
        self.page_of(shop, caller, place, shown)
    }

    /// The resources of the page, and two more by which [`Listing::page_of`] sees what follows.
    pub(super) fn found<'a>(
        &self,
        shop: &Squarespace,
        shelf: &'a Shelf,
        matches: impl Fn(&F, &Object) -> bool,
    ) -> Vec<(&'a Position, &'a Object)> {
        shelf
            .walk(self.window, self.after.as_ref(), shop.flag("oldest_first"))
            .filter(|(_, object)| matches(&self.filter, object))
            .take(page_size(shop) + 2)
            .collect()
    }

    /// A page of items that were found after this listing's place, with up to two more than fit.
    pub(super) fn page_of(
        self,
        shop: &Squarespace,
        caller: &Caller,
        place: Place,
        mut found: Vec<(Position, Value)>,
    ) -> Reply {
        let size = page_size(shop);
        let has_next = found.len() > size;
        // What the vendor's dynamic cursors do when data moves between two pages.
        let last = match (shop.choice("page_drift").as_str(), size) {
            ("repeat", 2..) if has_next => size - 2,
            ("skip", _) if found.len() > size + 1 => size,
            _ => size - 1,
        };
        let after = found.get(last).map(|(position, _)| position.clone());
        found.truncate(size);
        let items: Vec<Value> = found.into_iter().map(|(_, item)| item).collect();
        let cursor = has_next.then(|| Self { after, ..self }.cursor());
        Reply::ok(
            json!({ place.key: items, "pagination": pagination(shop, caller, place.path, cursor) }),
        )
    }

    /// The place that the items of the page come after.
    pub(super) fn after(&self) -> Option<&Position> {
        self.after.as_ref()
    }

    fn cursor(&self) -> String {
        let json = serde_json::to_vec(self).expect("a listing holds only texts and numbers");
        URL_SAFE_NO_PAD.encode(json)
    }
}

/// How many items a page has at most.
pub(super) fn page_size(shop: &Squarespace) -> usize {
    usize::try_from(shop.number("page_size"))
        .unwrap_or(1)
        .max(1)
}

pub(super) fn pagination(
    shop: &Squarespace,
    caller: &Caller,
    path: &str,
    cursor: Option<String>,
) -> Value {
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

/// Resources by ids in the path; one that is unknown refuses all.
pub(super) fn by_ids(shelf: &Shelf, csv: &str, key: &str) -> Result<Reply, Refusal> {
    all_of(csv, key, |id| shelf.get(id).cloned().map(Value::Object))
}

/// What is found by ids that are separated by commas: at most fifty, each once, and all must exist.
pub(super) fn all_of(
    csv: &str,
    key: &str,
    find: impl Fn(&str) -> Option<Value>,
) -> Result<Reply, Refusal> {
    const MOST: usize = 50;

    let mut ids: Vec<&str> = csv.split(',').map(str::trim).collect();
    if ids.len() > MOST {
        return Err(Refusal::invalid(format!(
            "At most {MOST} ids may be given."
        )));
    }
    let possible = |id: &&str| {
        !id.is_empty()
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if let Some(malformed) = ids.iter().find(|id| !possible(id)) {
        return Err(Refusal::invalid(format!("'{malformed}' is not an id.")));
    }
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(*id));
    let found: Option<Vec<Value>> = ids.into_iter().map(find).collect();
    let found = found.ok_or_else(|| {
        Refusal::not_found("One or more of the requested resources were not found.")
    })?;
    Ok(Reply::ok(json!({ key: found })))
}

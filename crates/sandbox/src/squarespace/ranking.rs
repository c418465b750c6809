//! Pages of the lists that the caller sorts: a cursor holds the question and the last place.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Squarespace;
use super::access::Caller;
use super::answer::Refusal;
use super::paging::pagination;

/// A question with its direction and the place that the page comes after.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Ranking<F> {
    pub(super) filter: F,
    descending: bool,
    after: Option<Rank>,
}

/// Where an item stands: what the list is sorted by, then the id.
pub(super) type Rank = (Key, String);

/// What a list is sorted by; nothing comes before something.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(super) enum Key {
    Nothing,
    Number(i64),
    Text(String),
}

impl Key {
    /// Texts without regard to letter case.
    pub(super) fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Nothing, |text| Self::Text(text.to_lowercase()))
    }

    pub(super) fn number(number: Option<i64>) -> Self {
        number.map_or(Self::Nothing, Self::Number)
    }
}

impl<F: Serialize + DeserializeOwned> Ranking<F> {
    pub(super) fn first(filter: F, descending: bool) -> Self {
        Self {
            filter,
            descending,
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

    /// Whether this page is not the first.
    pub(super) fn continues(&self) -> bool {
        self.after.is_some()
    }

    /// The items of the page among all that match, and the `pagination` beside them.
    pub(super) fn page<T>(
        self,
        shop: &Squarespace,
        caller: &Caller,
        path: &str,
        size: usize,
        mut items: Vec<(Rank, T)>,
    ) -> (Vec<T>, Value) {
        items.sort_by(|(one, _), (other, _)| one.cmp(other));
        if self.descending {
            items.reverse();
        }
        if let Some(after) = &self.after {
            items.retain(|(rank, _)| {
                if self.descending {
                    rank < after
                } else {
                    rank > after
                }
            });
        }
        let next = self.next(shop, size, &items);
        items.truncate(size);
        let shown = items.into_iter().map(|(_, item)| item).collect();
        (shown, pagination(shop, caller, path, next))
    }

    /// The cursor of the page after this one.
    fn next<T>(self, shop: &Squarespace, size: usize, items: &[(Rank, T)]) -> Option<String> {
        if items.len() <= size {
            return None;
        }
        // What the vendor's dynamic cursors do when data moves between two pages.
        let last = match (shop.choice("page_drift").as_str(), size) {
            ("repeat", 2..) => size.checked_sub(2),
            ("skip", 1..) if items.len() > size + 1 => Some(size),
            _ => size.checked_sub(1),
        };
        let after = match last {
            Some(last) => Some(items[last].0.clone()),
            None => self.after,
        };
        let json = serde_json::to_vec(&Self { after, ..self })
            .expect("a ranking holds only texts and numbers");
        Some(URL_SAFE_NO_PAD.encode(json))
    }
}

//! Lists: which way round they are, and a place to go on from while there is more.

use serde::{Deserialize, Serialize};

/// A place in a list. Opaque, and not a snapshot: items may repeat or move between pages.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// The cursor as the vendor writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Cursor {
    fn from(cursor: String) -> Self {
        Self(cursor)
    }
}

wire::open_enum! {
    /// Which way to sort.
    pub enum SortDirection {
        Ascending = "ASCENDING",
        Descending = "DESCENDING",
    }
}

/// The `pagination` of a list. The URL in it is not read: the cursor is enough, and names no host.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pagination {
    #[serde(default)]
    has_next_page: bool,
    #[serde(default)]
    next_page_cursor: Option<String>,
}

impl Pagination {
    /// Where the next page starts; `None` at the end.
    pub(crate) fn next(self) -> Option<Cursor> {
        self.next_page_cursor
            .filter(|cursor| self.has_next_page && !cursor.is_empty())
            .map(Cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(json: &str) -> Option<String> {
        serde_json::from_str::<Pagination>(json)
            .unwrap()
            .next()
            .map(|cursor| cursor.0)
    }

    #[test]
    fn the_list_ends_where_the_vendor_says_so() {
        assert_eq!(
            next(r#"{"hasNextPage":true,"nextPageCursor":"c1","nextPageUrl":"/x?cursor=c1"}"#),
            Some("c1".into())
        );
        assert_eq!(
            next(r#"{"hasNextPage":false,"nextPageCursor":null,"nextPageUrl":null}"#),
            None
        );
        assert_eq!(next(r#"{"hasNextPage":false,"nextPageCursor":"c1"}"#), None);
        assert_eq!(next(r#"{"hasNextPage":true,"nextPageCursor":""}"#), None);
        assert_eq!(next("{}"), None);
    }
}

//! What the kinds of card share: their names in paths, pages of lists, answers to writes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wire::{Request, lenient};

use crate::unix;

/// A kind of card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Entity {
    /// Deals.
    Leads,
    /// People.
    Contacts,
    /// Firms.
    Companies,
}

/// What a list is sorted by, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The oldest card first.
    Id,
    /// The card first that has not changed for the longest time.
    UpdatedAt,
}

/// A page of a list that takes no other parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The page, from 1.
    pub page: u32,
    /// How many items; at most 250.
    pub limit: u32,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Whether another page follows.
    pub has_next: bool,
}

/// What the API tells about a card that it wrote. Match by `request_id`: the order is not promised.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Written {
    /// The card.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// What the request called it; where it had no name, its position in the batch.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub request_id: Option<String>,
    /// When it changed; only after an update.
    #[serde(default, with = "unix")]
    pub updated_at: Option<Timestamp>,
}

impl Entity {
    /// The kind as paths and bodies write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Leads => "leads",
            Self::Contacts => "contacts",
            Self::Companies => "companies",
        }
    }
}

impl Order {
    pub(crate) fn parameter(self) -> &'static str {
        match self {
            Self::Id => "order[id]",
            Self::UpdatedAt => "order[updated_at]",
        }
    }
}

impl Paging {
    /// A page of the largest size.
    pub fn page(page: u32) -> Self {
        Self {
            page,
            limit: MAX_LIMIT,
        }
    }

    pub(crate) fn apply(self, call: Request) -> Request {
        call.query("page", self.page.to_string())
            .query("limit", self.limit.to_string())
    }
}

impl Default for Paging {
    fn default() -> Self {
        Self::page(1)
    }
}

const MAX_LIMIT: u32 = 250;

/// Adds `name[]=…` for each id.
pub(crate) fn each(call: Request, name: &str, ids: &[i64]) -> Request {
    ids.iter()
        .fold(call, |call, id| call.query(name, id.to_string()))
}

/// A moment as a query takes it.
pub(crate) fn seconds(moment: Option<Timestamp>) -> Option<String> {
    moment.map(|moment| moment.as_second().to_string())
}

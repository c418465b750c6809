//! Listing the contacts that changed in one second where they are more than a page, as after an import.

use jiff::Timestamp;
use kommo::{ContactsQuery, Order, Paging};
use portico_domain::Priority;
use portico_domain::connection::Connection;

use super::SECOND;
use crate::{Engine, Error};

/// The vendor's longest page.
const LONGEST_PAGE: u32 = 250;

impl Engine {
    /// Puts the contacts of one second into the index.
    ///
    /// Here there is no going without pages, and a contact that is deleted or changed meanwhile moves all
    /// behind it up. So each page begins within what was read, and one that does not shows that more has
    /// moved than that: then it is gone back until one does.
    pub(super) async fn index_second(
        &self,
        crm: &Connection,
        second: Timestamp,
        lane: Priority,
    ) -> Result<(), Error> {
        let mut query = ContactsQuery {
            updated_from: Some(second),
            // Whether the end of a span is within it is not documented.
            updated_to: Some(second + SECOND),
            order: Some(Order::Id),
            ..ContactsQuery::default()
        };
        // How many stand before the place to go on from, and the last contact that was read.
        let (mut before, mut last) = (0, 0);
        loop {
            query.paging = page_from_within(before);
            let begins_at = (query.paging.page - 1) * query.paging.limit;
            let page = self.index_page(crm, &query, lane).await?;
            let first = page.items.first().map(|contact| contact.id);
            if begins_at > 0 && first.is_none_or(|first| first > last) {
                before = begins_at;
                continue;
            }
            if !page.has_next {
                return Ok(());
            }
            before = begins_at + query.paging.limit;
            last = page
                .items
                .last()
                .map_or(last, |contact| contact.id.max(last));
        }
    }
}

/// The page that begins before the end of the first so many rows and reaches farthest beyond it.
fn page_from_within(rows: u32) -> Paging {
    let last_row = rows.saturating_sub(1);
    let pages = (1..=LONGEST_PAGE).map(|limit| Paging {
        page: last_row / limit + 1,
        limit,
    });
    pages
        .max_by_key(|paging| paging.page * paging.limit)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_overlap_and_are_hardly_shorter() {
        let mut rows = 0;
        for _ in 0..100 {
            let Paging { page, limit } = page_from_within(rows);
            let (begins_at, ends_at) = ((page - 1) * limit, page * limit);
            assert!(begins_at < rows || rows == 0, "{rows}");
            assert!(ends_at >= rows + 200, "{rows}");
            rows = ends_at;
        }
    }
}

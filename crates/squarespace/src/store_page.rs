//! Store pages: the pages of a site that hold its products.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, fetch};
use crate::id::StorePageId;
use crate::page::{Cursor, Pagination};

/// A page that holds products.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StorePage {
    /// The id that products name.
    pub id: StorePageId,
    /// The title that visitors see.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub title: String,
    /// Whether the products of the page can be bought.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_enabled: bool,
    /// The page's part of the site's address.
    #[serde(default)]
    pub url_slug: Option<String>,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Up to fifty store pages.
#[derive(Clone, Debug)]
pub struct StorePagePage {
    /// The store pages.
    pub store_pages: Vec<StorePage>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

impl Client {
    /// Lists store pages, from the start or from a cursor. `GET /1.0/commerce/store_pages`
    pub async fn store_pages(
        &self,
        cursor: Option<&Cursor>,
        token: &SecretString,
    ) -> Result<StorePagePage, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Envelope {
            #[serde(default, deserialize_with = "lenient::or_default")]
            store_pages: Vec<StorePage>,
            #[serde(default)]
            pagination: Pagination,
        }

        let call = self.call("GET /1.0/commerce/store_pages", &[], token);
        let envelope: Envelope = fetch(call.query_if("cursor", cursor.map(Cursor::as_str))).await?;
        Ok(StorePagePage {
            store_pages: envelope.store_pages,
            next: envelope.pagination.next(),
        })
    }
}

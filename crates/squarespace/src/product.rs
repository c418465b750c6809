//! Products with their variants, and reading them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, fetch, joined};
use crate::id::{ProductId, StorePageId, VariantId};
use crate::money::Money;
use crate::order_list::query_date;
use crate::page::{Cursor, Pagination};

/// A product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// The id that order lines name.
    pub id: ProductId,
    /// What kind of product it is.
    pub r#type: ProductType,
    /// The page that it is sold on.
    pub store_page_id: StorePageId,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its description, in HTML.
    #[serde(default)]
    pub description: Option<String>,
    /// Where visitors see it.
    #[serde(default)]
    pub url: Option<String>,
    /// Its part of that address.
    #[serde(default)]
    pub url_slug: Option<String>,
    /// Its tags.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub tags: Vec<String>,
    /// Whether it is shown, where its page is.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_visible: bool,
    /// Its pictures, in the order shown.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub images: Vec<ProductImage>,
    /// The names of the options that make its variants.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub variant_attributes: Vec<String>,
    /// What can be bought of it; none for a download.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub variants: Vec<ProductVariant>,
    /// The price of a download.
    #[serde(default)]
    pub pricing: Option<Pricing>,
    /// When it was made.
    pub created_on: Timestamp,
    /// When it, a variant or a picture last changed.
    pub modified_on: Timestamp,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

wire::open_enum! {
    /// The kinds of product.
    pub enum ProductType {
        Physical = "PHYSICAL",
        Service = "SERVICE",
        GiftCard = "GIFT_CARD",
        Digital = "DIGITAL",
    }
}

/// One variant of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductVariant {
    /// The id that order lines and stock name.
    pub id: VariantId,
    /// The merchant's code.
    #[serde(default)]
    pub sku: Option<String>,
    /// Its price.
    #[serde(default)]
    pub pricing: Option<Pricing>,
    /// Its stock.
    #[serde(default)]
    pub stock: Option<Stock>,
    /// The options that make it, by name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub attributes: BTreeMap<String, String>,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A price, and perhaps a lower one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pricing {
    /// The price.
    #[serde(default)]
    pub base_price: Option<Money>,
    /// The lower price; there even while it does not hold.
    #[serde(default)]
    pub sale_price: Option<Money>,
    /// Whether the lower price holds.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub on_sale: bool,
}

/// The stock of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// How many are left; means nothing where stock is unlimited.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub quantity: i64,
    /// Whether stock is not counted.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub unlimited: bool,
}

/// A picture of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductImage {
    /// Its id.
    pub id: String,
    /// What it shows.
    #[serde(default)]
    pub alt_text: Option<String>,
    /// Where it is.
    #[serde(default)]
    pub url: Option<String>,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Which products to list.
#[derive(Clone, Debug)]
pub enum ProductsQuery {
    /// All products.
    All,
    /// Products modified inside a window.
    Modified {
        /// The start of the window.
        after: Timestamp,
        /// The end of the window; later than the start.
        before: Timestamp,
    },
    /// The next page of an earlier query.
    Next(Cursor),
}

/// Up to fifty products, the newest change first.
#[derive(Clone, Debug)]
pub struct ProductPage {
    /// The products.
    pub products: Vec<Product>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default, deserialize_with = "lenient::or_default")]
    products: Vec<Product>,
    #[serde(default)]
    pagination: Pagination,
}

impl Client {
    /// Lists products, up to fifty at a time. `GET /v2/commerce/products`
    pub async fn products(
        &self,
        query: &ProductsQuery,
        token: &SecretString,
    ) -> Result<ProductPage, Error> {
        let call = self.call("GET /v2/commerce/products", &[], token);
        let call = match query {
            ProductsQuery::All => call,
            ProductsQuery::Modified { after, before } => call
                .query("modifiedAfter", query_date(*after))
                .query("modifiedBefore", query_date(*before)),
            ProductsQuery::Next(cursor) => call.query("cursor", cursor.as_str()),
        };
        let envelope: Envelope = fetch(call).await?;
        Ok(ProductPage {
            products: envelope.products,
            next: envelope.pagination.next(),
        })
    }

    /// Reads up to fifty products, in any order; one unknown id refuses all. `GET /v2/commerce/products/{ids}`
    pub async fn products_by_id(
        &self,
        ids: &[ProductId],
        token: &SecretString,
    ) -> Result<Vec<Product>, Error> {
        let call = self.call("GET /v2/commerce/products/{ids}", &[&joined(ids)], token);
        fetch::<Envelope>(call)
            .await
            .map(|envelope| envelope.products)
    }
}

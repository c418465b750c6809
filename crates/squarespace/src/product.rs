//! Products with their variants, and reading them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, fetch, joined};
use crate::id::{ProductId, StorePageId, VariantId};
use crate::image::ProductImage;
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
    /// Its part of that address; may begin with `p/`, which nobody sent.
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
    /// What search engines show of it; `None` or empty texts while nobody set it.
    #[serde(default)]
    pub seo_options: Option<SeoOptions>,
    /// The names of the options that make its variants.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub variant_attributes: Vec<String>,
    /// What can be bought of it; none for a download.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub variants: Vec<ProductVariant>,
    /// The price of a download.
    #[serde(default)]
    pub pricing: Option<Pricing>,
    /// The file of a download.
    #[serde(default)]
    pub digital_good: Option<DigitalGood>,
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
    /// The merchant's code; other products may have it too.
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
    /// Weight and size of a physical product.
    #[serde(default)]
    pub shipping_measurements: Option<ShippingMeasurements>,
    /// The global trade item number.
    #[serde(default)]
    pub gtin: Option<String>,
    /// The manufacturer's part number.
    #[serde(default)]
    pub mpn: Option<String>,
    /// The picture that is shown for it.
    #[serde(default)]
    pub image: Option<ProductImage>,
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

/// Weight and size, in the units of the website's measurement standard; zeros while nobody set them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ShippingMeasurements {
    /// The weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Weight>,
    /// The size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<Dimensions>,
}

/// A weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weight {
    /// The unit.
    pub unit: WeightUnit,
    /// How many of it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub value: f64,
}

wire::open_enum! {
    /// Units of weight.
    pub enum WeightUnit {
        Pound = "POUND",
        Kilogram = "KILOGRAM",
    }
}

/// A size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dimensions {
    /// The unit.
    pub unit: LengthUnit,
    /// The length.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub length: f64,
    /// The width.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub width: f64,
    /// The height.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub height: f64,
}

wire::open_enum! {
    /// Units of length.
    pub enum LengthUnit {
        Inch = "INCH",
        Centimeter = "CENTIMETER",
    }
}

/// What search engines show of a product; as a change, `None` leaves alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeoOptions {
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The file of a download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigitalGood {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub filename: Option<String>,
}

/// Which products to list. A cursor carries its filter with it, so it stands alone.
#[derive(Clone, Debug)]
pub enum ProductsQuery {
    /// The first page of these products.
    First(ProductFilter),
    /// The next page of an earlier query.
    Next(Cursor),
}

/// What products must be to be listed; by default there is no condition.
#[derive(Clone, Debug, Default)]
pub struct ProductFilter {
    /// Of one of these types; with none, of any.
    pub types: Vec<ProductType>,
    /// Modified after the first moment and before the second, which is later.
    pub modified: Option<(Timestamp, Timestamp)>,
    /// Found by these words; the vendor does not say where it looks for them.
    pub search: Option<String>,
}

/// Up to fifty products, the newest change first.
#[derive(Clone, Debug)]
pub struct ProductPage {
    /// The products.
    pub products: Vec<Product>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

impl ProductFilter {
    fn types(&self) -> Option<String> {
        let names: Vec<&str> = self.types.iter().map(ProductType::as_str).collect();
        (!names.is_empty()).then(|| names.join(","))
    }
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
            ProductsQuery::First(filter) => {
                let (after, before) = filter.modified.unzip();
                call.query_if("type", filter.types())
                    .query_if("modifiedAfter", after.map(query_date))
                    .query_if("modifiedBefore", before.map(query_date))
                    .query_if("query", filter.search.as_deref())
            }
            ProductsQuery::Next(cursor) => call.query("cursor", cursor.as_str()),
        };
        let envelope: Envelope = fetch(call).await?;
        Ok(ProductPage {
            products: envelope.products,
            next: envelope.pagination.next(),
        })
    }

    /// Reads up to fifty products, in any order; one unknown id refuses all.
    /// `GET /v2/commerce/products/{productIdCsvs}`
    pub async fn products_by_id(
        &self,
        ids: &[ProductId],
        token: &SecretString,
    ) -> Result<Vec<Product>, Error> {
        let call = self.call(
            "GET /v2/commerce/products/{productIdCsvs}",
            &[&joined(ids)],
            token,
        );
        fetch::<Envelope>(call)
            .await
            .map(|envelope| envelope.products)
    }
}

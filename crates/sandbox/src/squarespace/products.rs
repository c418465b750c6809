//! Products in all versions of their API: lists, reads, and what an API call may change.

mod call;
mod draft;
mod rules;
mod shown;
mod slug;
mod tables;
mod version;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::http::HeaderMap;
use axum::routing::get;
use axum::{Extension, Router};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) use self::call::{Call, type_of};
pub(super) use self::draft::{update_variant, variant};
pub(super) use self::rules::{
    check_currency, check_options, check_sale, check_skus, check_units, variants as variants_of,
};
pub(super) use self::shown::{parts, shown};
pub(super) use self::slug::from_name as slug_from_name;
pub(super) use self::tables::{IMAGE_ORDER, IMAGE_UPDATE, VARIANT, VARIANT_IMAGE, VARIANT_UPDATE};
pub(super) use self::version::{GIFT_CARD, Operation, Version};

use super::answer::{Refusal, Reply};
use super::door::json_body;
use super::fields::Fields;
use super::paging::{Listing, Place, all_of};
use super::query::Query;
use super::shelf::{Object, text};
use super::site::Site;
use super::{Squarespace, goods, images, variants};

const KEY: &str = "products";
const TYPES: &[&str] = &[
    version::PHYSICAL,
    version::SERVICE,
    version::GIFT_CARD,
    version::DIGITAL,
];

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Version::EACH
        .into_iter()
        .map(routes_of)
        .fold(Router::new(), Router::merge)
}

fn routes_of(version: Version) -> Router<Arc<Squarespace>> {
    let products = version.path();
    let product = format!("{products}/{{ids}}");
    Router::new()
        .route(products, get(list).post(create))
        .route(&product, get(show).post(update).delete(remove))
        .merge(variants::routes(products))
        .merge(images::routes(products))
        .route_layer(Extension(version))
}

#[derive(Debug, Deserialize, Serialize)]
struct Filter {
    types: Vec<String>,
    /// Found in names, SKUs and tags, whatever the letter case.
    words: Option<String>,
}

/// `GET /{version}/commerce/products`
async fn list(call: Call, RawQuery(query): RawQuery) -> Result<Reply, Refusal> {
    call.may_read()?;
    let query = Query::read(query.as_deref());
    let listing = match query.cursor(call.version.filters())? {
        Some(cursor) => Listing::resume(cursor)?,
        None => Listing::first(filter(call.version, &query)?, query.window()?),
    };
    let place = Place {
        path: call.version.path(),
        key: KEY,
    };
    Ok(call.shop.on_site(&call.caller, |site| {
        let found = listing.found(&call.shop, &site.products, matches);
        let found = found
            .into_iter()
            .map(|(at, product)| (at.clone(), call.shown(site, product)))
            .collect();
        listing.page_of(&call.shop, &call.caller, place, found)
    }))
}

/// `GET /{version}/commerce/products/{productIds}`
async fn show(call: Call, Path(ids): Path<String>) -> Result<Reply, Refusal> {
    call.may_read()?;
    call.shop.on_site(&call.caller, |site| {
        all_of(&ids, KEY, |id| {
            let product = call.version.target(site, Operation::Read, id).ok()?;
            Some(call.shown(site, product))
        })
    })
}

/// `POST /{version}/commerce/products`
async fn create(call: Call, headers: HeaderMap, body: Bytes) -> Result<Reply, Refusal> {
    call.may_write()?;
    let sent = json_body(&headers, &body)?;
    let product_type = Fields::body(&sent)?.needed_word("type", TYPES)?;
    call.version.may(Operation::Create, product_type)?;
    call.check(product_type, &sent, tables::CREATE)?;
    call.shop.on_site(&call.caller, |site| {
        let now = call.caller.now_ms;
        let product = draft::product(&call.shop.world.ids, site, now, &sent);
        check_new(&call, site, &product, &sent)?;
        let shown = call.shown(site, &product);
        goods::shelve(site, now, product);
        Ok(Reply::created(shown))
    })
}

/// `POST /{version}/commerce/products/{productId}`
async fn update(
    call: Call,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    call.may_write()?;
    let sent = json_body(&headers, &body)?;
    call.change(Operation::Update, &id, |site, product| {
        call.check(&type_of(product), &sent, update_table(&call.shop))?;
        draft::update(site, product, &sent);
        check_options(product)?;
        check_sale(&product["pricing"], &sent["pricing"])?;
        check_currency(site, &sent["pricing"])?;
        rules::check_slug(site, product)?;
        Ok(Reply::ok(call.shown(site, product)))
    })
}

/// `DELETE /{version}/commerce/products/{productId}`
async fn remove(call: Call, Path(id): Path<String>) -> Result<Reply, Refusal> {
    call.may_write()?;
    call.shop.on_site(&call.caller, |site| {
        call.version.target(site, Operation::Delete, &id)?;
        goods::remove(site, &id);
        Ok(Reply::Done)
    })
}

fn filter(version: Version, query: &Query) -> Result<Filter, Refusal> {
    let known = version.types(Operation::Read);
    let asked = match version {
        Version::V1_0 => None,
        Version::V1_1 | Version::V2 => query.words("type", known)?,
    };
    if asked.is_none() && version == Version::V1_1 {
        return Err(Refusal::missing("'type' is required without a cursor."));
    }
    let words = match version {
        Version::V1_0 | Version::V1_1 => None,
        Version::V2 => query.get("query"),
    };
    Ok(Filter {
        types: asked.unwrap_or_else(|| known.iter().map(|&name| name.to_owned()).collect()),
        words: words.map(str::to_lowercase),
    })
}

fn matches(filter: &Filter, product: &Object) -> bool {
    let of_type = filter
        .types
        .iter()
        .any(|wanted| wanted == text(product, "type"));
    let skus = variants_of(product).iter().map(|variant| &variant["sku"]);
    let tags = product.get("tags").and_then(Value::as_array);
    let mut texts = skus
        .chain(tags.into_iter().flatten())
        .chain(product.get("name"))
        .filter_map(Value::as_str);
    let words = filter.words.as_ref();
    of_type && words.is_none_or(|words| texts.any(|text| text.to_lowercase().contains(words)))
}

fn check_new(call: &Call, site: &Site, product: &Object, sent: &Value) -> Result<(), Refusal> {
    let most = call.version.most_variants();
    if variants_of(product).len() > most {
        let message = format!("variants must have at most {most} entries.");
        return Err(Refusal::invalid(message));
    }
    check_options(product)?;
    let sent_variants = sent["variants"].as_array().into_iter().flatten();
    for (variant, sent) in variants_of(product).iter().zip(sent_variants.clone()) {
        check_sale(&variant["pricing"], &sent["pricing"])?;
    }
    rules::check_store_page(&call.shop, site, product)?;
    for sent in sent_variants {
        check_currency(site, &sent["pricing"])?;
        check_units(site, &sent["shippingMeasurements"])?;
    }
    rules::check_slug(site, product)?;
    check_skus(product)
}

/// The table without `seoOptions` where a switch refuses them.
fn update_table(shop: &Squarespace) -> &'static [super::shape::Member] {
    match tables::UPDATE {
        [rest @ .., _] if shop.choice("seo_options") == "refused" => rest,
        whole => whole,
    }
}

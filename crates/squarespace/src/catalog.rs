//! The operations of the Commerce API as data, in the order of the vendor's own document.
//!
//! Read [`OPERATIONS`] as a table of contents; each row stands in the file of its resource. Schemas, rules and
//! limits are those of the current version of a path: where an older twin takes less, the vendor refuses the rest.

use std::time::Duration;

use wire::catalog::{
    Access, Body, Catalog, Effect, IdempotencyKey, KeyRule, Kind, Level, Operation, OtherBody,
    PageSize, Paging, Parameter, Scopes, Turn, Verb,
};

mod address_book;
mod analytics;
mod area;
mod contacts;
mod discounts;
mod images;
mod inventory;
mod orders;
mod products;
mod profiles;
mod schemas;
mod transactions;
mod variants;
mod webhooks;
mod websites;

pub use area::Area;

/// The operations with their schemas: recognises paths, answers schemas by name.
pub static CATALOG: Catalog = Catalog::new(OPERATIONS, schemas::FAMILIES);

/// All operations of the Commerce API.
pub static OPERATIONS: &[Operation] = &[
    products::GET_PRODUCTS,
    products::GET_SPECIFIC_PRODUCTS,
    products::CREATE_PRODUCT,
    products::UPDATE_PRODUCT,
    products::DELETE_PRODUCT,
    variants::CREATE_PRODUCT_VARIANT,
    variants::UPDATE_PRODUCT_VARIANT,
    variants::DELETE_PRODUCT_VARIANT,
    variants::ASSOCIATE_PRODUCT_VARIANT_IMAGE,
    images::UPLOAD_PRODUCT_IMAGE,
    images::GET_PRODUCT_IMAGE_PROCESSING_STATUS,
    images::UPDATE_PRODUCT_IMAGE,
    images::UPDATE_PRODUCT_IMAGE_ORDER,
    images::DELETE_PRODUCT_IMAGE,
    websites::GET_STORE_PAGES,
    websites::GET_WEBSITE_PROFILE,
    websites::GET_MEMBER_PROFILE,
    inventory::GET_INVENTORY_ITEMS,
    inventory::GET_SPECIFIC_INVENTORY_ITEMS,
    inventory::ADJUST_INVENTORY_STOCK_LEVELS,
    orders::GET_ORDERS,
    orders::GET_ORDER,
    orders::CREATE_ORDER,
    orders::FULFILL_ORDER,
    transactions::GET_DOCUMENTS_BY_UPDATED_ON,
    transactions::GET_DOCUMENTS_BY_ID,
    profiles::GET_PROFILES,
    profiles::GET_SPECIFIC_PROFILES,
    contacts::GET_CONTACTS,
    contacts::CREATE_CONTACT,
    contacts::QUERY_CONTACTS,
    contacts::GET_CONTACT,
    contacts::PATCH_CONTACT,
    contacts::DELETE_CONTACT,
    address_book::GET_ADDRESS_BOOK,
    address_book::CREATE_ADDRESS_BOOK_ENTRY,
    address_book::GET_ADDRESS_BOOK_ENTRY,
    address_book::UPDATE_ADDRESS_BOOK_ENTRY,
    address_book::DELETE_ADDRESS_BOOK_ENTRY,
    analytics::GET_TRANSACTIONS_SUMMARIES,
    webhooks::GET_WEBHOOK_SUBSCRIPTIONS,
    webhooks::CREATE_WEBHOOK_SUBSCRIPTION,
    webhooks::GET_WEBHOOK_SUBSCRIPTION,
    webhooks::UPDATE_WEBHOOK_SUBSCRIPTION,
    webhooks::DELETE_WEBHOOK_SUBSCRIPTION,
    webhooks::ROTATE_SUBSCRIPTION_SECRET,
    webhooks::SEND_TEST_NOTIFICATION,
    discounts::LIST_DISCOUNTS,
    discounts::CREATE_DISCOUNT,
    discounts::GET_DISCOUNT,
    discounts::UPDATE_DISCOUNT,
    discounts::DELETE_DISCOUNT,
    discounts::GET_FULFILLMENT_OPTIONS,
];

/// The most ids that one call reads.
const MOST_IDS: u32 = 50;

/// What every read has in common; each row says the rest.
const READ: Operation = Operation {
    id: "",
    title: "",
    summary: "",
    verb: Verb::Get,
    path: "",
    twins: &[],
    area: "",
    access: Access::Read,
    effects: &[Effect::Safe],
    caution: None,
    scopes: Scopes::Any,
    key: KeyRule::Any,
    idempotency_key: None,
    limits: &[],
    rows: None,
    paging: None,
    success: 200,
    body: Body::None,
    path_parameters: &[],
    query: &[],
    request: None,
    response: None,
    personal_request: &[],
    personal_response: &[],
};

/// What every write has in common, such as that most are POSTs of JSON.
const WRITE: Operation = Operation {
    verb: Verb::Post,
    access: Access::Write,
    body: Body::Json,
    ..READ
};

/// Fifty rows to a page, and a cursor in the answer.
const PAGED: Paging = Paging {
    turn: CURSOR,
    size: PageSize::Fixed(50),
};

/// A cursor of the query.
const CURSOR: Turn = Turn::Cursor {
    parameter: "cursor",
    next: "/pagination/nextPageCursor",
    in_body: false,
};

/// The one header that lets a write be repeated.
const IDEMPOTENCY_KEY: IdempotencyKey = IdempotencyKey {
    header: "Idempotency-Key",
    pattern: "^[A-Za-z0-9_-]{1,64}$",
    kept: Duration::from_secs(48 * 60 * 60),
    other_body: OtherBody::Refused,
};

/// The cursor of a list that takes nothing else beside it.
const fn cursor(excludes: &'static [&'static str]) -> Parameter {
    Parameter::new(
        "cursor",
        Kind::Text,
        "Where the next page starts: `nextPageCursor` of the page before.",
    )
    .excluding(excludes)
}

/// One id in a path.
const fn id(name: &'static str, summary: &'static str) -> Parameter {
    Parameter::new(name, Kind::Id, summary).required()
}

/// Up to fifty ids in a path.
const fn ids(name: &'static str, summary: &'static str) -> Parameter {
    Parameter::new(name, Kind::Ids { most: MOST_IDS }, summary).required()
}

/// A key that may read with this permission.
const fn read_only(name: &'static str) -> KeyRule {
    KeyRule::Permission {
        name,
        level: Level::ReadOnly,
    }
}

/// A key that may write with this permission.
const fn read_write(name: &'static str) -> KeyRule {
    KeyRule::Permission {
        name,
        level: Level::ReadWrite,
    }
}

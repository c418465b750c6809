//! Stock: rows 18 to 20.

use wire::catalog::{Effect, IdempotencyKey, Limit, Operation, OtherBody, Scopes};

use super::{Area, IDEMPOTENCY_KEY, PAGED, cursor, ids, read_only, read_write};

const READ: Operation = Operation {
    area: Area::Inventory.as_str(),
    scopes: Scopes::OneOf(&["website.inventory.read", "website.inventory"]),
    key: read_only("Inventory"),
    ..super::READ
};

const WRITE: Operation = Operation {
    area: Area::Inventory.as_str(),
    scopes: Scopes::OneOf(&["website.inventory"]),
    key: read_write("Inventory"),
    ..super::WRITE
};

pub(super) const GET_INVENTORY_ITEMS: Operation = Operation {
    id: "getInventoryItems",
    title: "List stock levels",
    summary: "Lists the stock of every variant that has stock. There is no filter: a full look takes one call for \
              each 50 variants.",
    path: "/1.0/commerce/inventory",
    rows: Some("/inventory"),
    paging: Some(PAGED),
    query: &[cursor(&[])],
    response: Some("InventoryList"),
    ..READ
};

pub(super) const GET_SPECIFIC_INVENTORY_ITEMS: Operation = Operation {
    id: "getSpecificInventoryItems",
    title: "Read stock levels by variant",
    summary: "Reads the stock of up to 50 variants, in any order. One unknown id refuses the whole call.",
    path: "/1.0/commerce/inventory/{variantIdCsvs}",
    limits: &[Limit::PathIds(super::MOST_IDS)],
    rows: Some("/inventory"),
    path_parameters: &[ids("variantIdCsvs", "The variants, up to 50.")],
    response: Some("InventoryItems"),
    ..READ
};

pub(super) const ADJUST_INVENTORY_STOCK_LEVELS: Operation = Operation {
    id: "adjustInventoryStockLevels",
    title: "Adjust stock",
    summary: "Adds to, subtracts from, or sets the stock of up to 50 variants, or makes it unlimited; all or nothing. \
              A variant may stand in one of the lists only. Read the new levels afterwards.",
    path: "/1.0/commerce/inventory/adjustments",
    effects: &[Effect::Reversible],
    caution: Some(
        "setting a level forgets the old one; a used Idempotency-Key is answered as done and changes nothing",
    ),
    idempotency_key: Some(IdempotencyKey {
        other_body: OtherBody::Ignored,
        ..IDEMPOTENCY_KEY
    }),
    limits: &[Limit::BodyItems {
        lists: &[
            "/incrementOperations",
            "/decrementOperations",
            "/setFiniteOperations",
            "/setUnlimitedOperations",
        ],
        most: 50,
    }],
    success: 204,
    request: Some("AdjustInventoryRequest"),
    ..WRITE
};

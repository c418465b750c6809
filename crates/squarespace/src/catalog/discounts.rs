//! Discounts, and the shipping options that some of them name: rows 48 to 53.

use wire::catalog::{
    Body, Effect, Kind, Operation, PageSize, Paging, Parameter, Scopes, Turn, Verb,
};

use super::{Area, id, read_only, read_write};

const READ: Operation = Operation {
    area: Area::Discounts.as_str(),
    scopes: Scopes::OneOf(&["website.discounts.read", "website.discounts"]),
    key: read_only("Discounts"),
    ..super::READ
};

const WRITE: Operation = Operation {
    area: Area::Discounts.as_str(),
    scopes: Scopes::OneOf(&["website.discounts"]),
    key: read_write("Discounts"),
    ..super::WRITE
};

const DISCOUNT_ID: Parameter = id("discountId", "The discount.");

pub(super) const LIST_DISCOUNTS: Operation = Operation {
    id: "listDiscounts",
    title: "List discounts",
    summary: "Lists discounts, by their state, kind, trigger or words.",
    path: "/v1/commerce/discounts",
    rows: Some("/discounts"),
    paging: Some(Paging {
        turn: Turn::Offset {
            parameter: "offset",
            more: "/hasNextPage",
        },
        size: PageSize::Asked {
            parameter: "limit",
            default: 50,
            most: Some(1000),
        },
    }),
    query: LIST_QUERY,
    response: Some("DiscountList"),
    ..READ
};

pub(super) const CREATE_DISCOUNT: Operation = Operation {
    id: "createDiscount",
    title: "Create a discount",
    summary: "Creates a discount: what it applies to, what it takes off, and whether it needs a code.",
    path: "/v1/commerce/discounts",
    effects: &[Effect::Reversible],
    caution: Some("changes what customers pay from the moment at which it is valid"),
    success: 201,
    request: Some("DiscountRequest"),
    response: Some("DiscountResponse"),
    ..WRITE
};

pub(super) const GET_DISCOUNT: Operation = Operation {
    id: "getDiscount",
    title: "Read a discount",
    summary: "Reads one discount, with how often it was used.",
    path: "/v1/commerce/discounts/{discountId}",
    path_parameters: &[DISCOUNT_ID],
    response: Some("DiscountResponse"),
    ..READ
};

pub(super) const UPDATE_DISCOUNT: Operation = Operation {
    id: "updateDiscount",
    title: "Replace a discount",
    summary: "Replaces a whole discount: what the request leaves out is erased.",
    verb: Verb::Put,
    path: "/v1/commerce/discounts/{discountId}",
    effects: &[Effect::FullReplace],
    caution: Some("changes what customers pay"),
    path_parameters: &[DISCOUNT_ID],
    request: Some("DiscountRequest"),
    response: Some("DiscountResponse"),
    ..WRITE
};

pub(super) const DELETE_DISCOUNT: Operation = Operation {
    id: "deleteDiscount",
    title: "Delete a discount",
    summary: "Deletes a discount for good.",
    verb: Verb::Delete,
    path: "/v1/commerce/discounts/{discountId}",
    effects: &[Effect::Irreversible],
    success: 204,
    body: Body::None,
    path_parameters: &[DISCOUNT_ID],
    ..WRITE
};

pub(super) const GET_FULFILLMENT_OPTIONS: Operation = Operation {
    id: "getFulfillmentOptions",
    title: "List shipping options",
    summary: "Lists the site's ways of fulfilment and their services, which discounts on shipping name.",
    path: "/v1/fulfillments/fulfillment-options",
    rows: Some("/fulfillmentOptions"),
    response: Some("FulfillmentOptions"),
    ..READ
};

const LIST_QUERY: &[Parameter] = &[
    Parameter::new(
        "sortBy",
        Kind::OneOf(&["CREATED_ON", "PROMO_CODE", "USES_COUNT"]),
        "What to sort by.",
    ),
    Parameter::new(
        "sortDirection",
        Kind::OneOf(&["ASCENDING", "DESCENDING"]),
        "Which way to sort.",
    ),
    Parameter::new("search", Kind::Text, "Words to search for."),
    Parameter::new(
        "status",
        Kind::OneOf(&["ALL", "ACTIVE", "EXPIRED", "SCHEDULED"]),
        "Only discounts in this state.",
    ),
    Parameter::new(
        "criteria",
        Kind::OneOf(&["ANY_ORDER", "CART_TOTAL", "PRODUCT", "BUY_X_GET_Y"]),
        "Only discounts that apply to this.",
    ),
    Parameter::new(
        "template",
        Kind::OneOf(&[
            "FIXED_AMOUNT",
            "PERCENTAGE",
            "FREE_SHIPPING",
            "BUY_X_GET_Y_FIXED_AMOUNT",
            "BUY_X_GET_Y_PERCENTAGE",
        ]),
        "Only discounts that take this off.",
    ),
    Parameter::new(
        "trigger",
        Kind::OneOf(&["AUTO", "CODE"]),
        "Only discounts that apply by themselves, or only those with a code.",
    ),
    Parameter::new(
        "limitedUseOnly",
        Kind::Boolean,
        "Only discounts that may be used a number of times.",
    ),
    Parameter::new(
        "offset",
        Kind::Integer {
            least: 0,
            most: None,
        },
        "How many discounts to skip.",
    ),
    Parameter::new(
        "limit",
        Kind::Integer {
            least: 1,
            most: Some(1000),
        },
        "How many discounts to answer; 50 without it.",
    ),
];

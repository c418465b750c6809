//! Products: rows 1 to 5.

use wire::catalog::{Body, Effect, Kind, Limit, Operation, Parameter, Scopes, Verb};

use super::{Area, PAGED, cursor, id, ids, read_only, read_write};

/// What each read of products, variants and images has in common.
pub(super) const READ: Operation = Operation {
    area: Area::Products.as_str(),
    scopes: Scopes::OneOf(&["website.products.read", "website.products"]),
    key: read_only("Products"),
    ..super::READ
};

/// What each write to products, variants and images has in common.
pub(super) const WRITE: Operation = Operation {
    area: Area::Products.as_str(),
    scopes: Scopes::OneOf(&["website.products"]),
    key: read_write("Products"),
    ..super::WRITE
};

pub(super) const PRODUCT_ID: Parameter = id("productId", "The product.");

pub(super) const VARIANTS: Limit = Limit::Existing {
    what: "variants of a product",
    most: 250,
};

pub(super) const GET_PRODUCTS: Operation = Operation {
    id: "getProducts",
    title: "List products",
    summary: "Lists products of all types with their variants, prices, stock and images, the newest change first. \
              Narrow it by type, by the time of the last change, or by words of the name or SKU.",
    path: "/v2/commerce/products",
    twins: &["/1.1/commerce/products", "/1.0/commerce/products"],
    rows: Some("/products"),
    paging: Some(PAGED),
    query: &[
        Parameter::new(
            "type",
            Kind::SomeOf(&["PHYSICAL", "SERVICE", "GIFT_CARD", "DIGITAL"]),
            "Only products of these types.",
        )
        .excluding(&["cursor"]),
        Parameter::new(
            "modifiedAfter",
            Kind::DateTime,
            "Only products changed after this moment.",
        )
        .needing(&["modifiedBefore"])
        .excluding(&["cursor"]),
        Parameter::new(
            "modifiedBefore",
            Kind::DateTime,
            "Only products changed before this moment, which is later than `modifiedAfter`.",
        )
        .needing(&["modifiedAfter"])
        .excluding(&["cursor"]),
        Parameter::new(
            "query",
            Kind::Text,
            "Words of the name or of a SKU; not described by the vendor.",
        )
        .excluding(&["cursor"]),
        cursor(&["type", "modifiedAfter", "modifiedBefore", "query"]),
    ],
    response: Some("ProductList"),
    ..READ
};

pub(super) const GET_SPECIFIC_PRODUCTS: Operation = Operation {
    id: "getSpecificProducts",
    title: "Read products by id",
    summary: "Reads up to 50 products by id, in any order. One unknown id refuses the whole call.",
    path: "/v2/commerce/products/{productIdCsvs}",
    twins: &[
        "/1.1/commerce/products/{productIdCsvs}",
        "/1.0/commerce/products/{productIdCsvs}",
    ],
    limits: &[Limit::PathIds(super::MOST_IDS)],
    rows: Some("/products"),
    path_parameters: &[ids("productIdCsvs", "The products, up to 50.")],
    response: Some("Products"),
    ..READ
};

pub(super) const CREATE_PRODUCT: Operation = Operation {
    id: "createProduct",
    title: "Create a product",
    summary: "Creates a physical, service or gift card product on a store page, with its variants, prices and first \
              stock. It is hidden unless `isVisible` is true.",
    path: "/v2/commerce/products",
    twins: &["/1.1/commerce/products", "/1.0/commerce/products"],
    effects: &[Effect::Reversible],
    caution: Some(
        "a variant without `stock` is sold out; a repeat after a lost answer can make the product twice",
    ),
    limits: &[VARIANTS],
    success: 201,
    request: Some("CreateProductRequest"),
    response: Some("Product"),
    ..WRITE
};

pub(super) const UPDATE_PRODUCT: Operation = Operation {
    id: "updateProduct",
    title: "Change a product",
    summary: "Changes what the request names of a product: name, description, address, tags, visibility, attributes, \
              search settings, or the price of a download. Variants, stock and images have their own operations.",
    path: "/v2/commerce/products/{productId}",
    twins: &[
        "/1.1/commerce/products/{productId}",
        "/1.0/commerce/products/{productId}",
    ],
    effects: &[Effect::Reversible],
    caution: Some(
        "an attribute that `variantAttributes` leaves out is deleted from every variant, for good",
    ),
    path_parameters: &[PRODUCT_ID],
    request: Some("UpdateProductRequest"),
    response: Some("Product"),
    ..WRITE
};

pub(super) const DELETE_PRODUCT: Operation = Operation {
    id: "deleteProduct",
    title: "Delete a product",
    summary: "Deletes a product with all its variants, stock and images. Downloads cannot be deleted.",
    verb: Verb::Delete,
    path: "/v2/commerce/products/{productId}",
    twins: &[
        "/1.1/commerce/products/{productId}",
        "/1.0/commerce/products/{productId}",
    ],
    effects: &[Effect::Irreversible],
    success: 204,
    body: Body::None,
    path_parameters: &[PRODUCT_ID],
    ..WRITE
};

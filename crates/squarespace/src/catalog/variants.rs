//! Variants of products: rows 6 to 9.

use wire::catalog::{Body, Effect, Operation, Parameter, Verb};

use super::id;
use super::products::{PRODUCT_ID, VARIANTS, WRITE};

const VARIANT_ID: Parameter = id("variantId", "The variant.");

pub(super) const CREATE_PRODUCT_VARIANT: Operation = Operation {
    id: "createProductVariant",
    title: "Add a variant",
    summary: "Adds a variant to a product, with its price and first stock. Physical and service products need \
              attributes first, and the variant a new combination of their values.",
    path: "/v2/commerce/products/{productId}/variants",
    twins: &[
        "/1.1/commerce/products/{productId}/variants",
        "/1.0/commerce/products/{productId}/variants",
    ],
    effects: &[Effect::Reversible],
    caution: Some("without `stock` the variant is sold out"),
    limits: &[VARIANTS],
    success: 201,
    path_parameters: &[PRODUCT_ID],
    request: Some("CreateProductVariantRequest"),
    response: Some("ProductVariant"),
    ..WRITE
};

pub(super) const UPDATE_PRODUCT_VARIANT: Operation = Operation {
    id: "updateProductVariant",
    title: "Change a variant",
    summary: "Changes what the request names of a variant: SKU, price, sale, attribute values, measurements or codes. \
              Stock is changed by inventory adjustments, the image by its own operation.",
    path: "/v2/commerce/products/{productId}/variants/{variantId}",
    twins: &[
        "/1.1/commerce/products/{productId}/variants/{variantId}",
        "/1.0/commerce/products/{productId}/variants/{variantId}",
    ],
    effects: &[Effect::Reversible],
    caution: Some(
        "a base price below the active sale price is refused unless `onSale` is turned off with it",
    ),
    path_parameters: &[PRODUCT_ID, VARIANT_ID],
    request: Some("UpdateProductVariantRequest"),
    response: Some("ProductVariant"),
    ..WRITE
};

pub(super) const DELETE_PRODUCT_VARIANT: Operation = Operation {
    id: "deleteProductVariant",
    title: "Delete a variant",
    summary: "Deletes a variant with its stock. The last variant of a product cannot be deleted: delete the product.",
    verb: Verb::Delete,
    path: "/v2/commerce/products/{productId}/variants/{variantId}",
    twins: &[
        "/1.1/commerce/products/{productId}/variants/{variantId}",
        "/1.0/commerce/products/{productId}/variants/{variantId}",
    ],
    effects: &[Effect::Irreversible],
    success: 204,
    body: Body::None,
    path_parameters: &[PRODUCT_ID, VARIANT_ID],
    ..WRITE
};

pub(super) const ASSOCIATE_PRODUCT_VARIANT_IMAGE: Operation = Operation {
    id: "associateProductVariantImage",
    title: "Set a variant's image",
    summary: "Shows one of the product's images for a variant, or none. The image must have been processed.",
    path: "/v2/commerce/products/{productId}/variants/{variantId}/image",
    twins: &[
        "/1.1/commerce/products/{productId}/variants/{variantId}/image",
        "/1.0/commerce/products/{productId}/variants/{variantId}/image",
    ],
    effects: &[Effect::Reversible],
    success: 204,
    path_parameters: &[PRODUCT_ID, VARIANT_ID],
    request: Some("AssociateProductVariantImageRequest"),
    ..WRITE
};

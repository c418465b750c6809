//! Images of products: rows 10 to 14.

use wire::catalog::{Body, Effect, Limit, Operation, Parameter, Verb};

use super::id;
use super::products::{PRODUCT_ID, READ, WRITE};

const IMAGE_ID: Parameter = id("imageId", "The image.");

pub(super) const UPLOAD_PRODUCT_IMAGE: Operation = Operation {
    id: "uploadProductImage",
    title: "Upload an image",
    summary: "Uploads a JPEG, PNG or GIF as the last image of a product. The answer comes before the image is \
              processed: ask for its status before using it.",
    path: "/v2/commerce/products/{productId}/images",
    twins: &[
        "/1.1/commerce/products/{productId}/images",
        "/1.0/commerce/products/{productId}/images",
    ],
    effects: &[Effect::Reversible],
    limits: &[
        Limit::FileBytes(20_000_000),
        Limit::FilePixels(60_000_000),
        Limit::Existing {
            what: "images of a product",
            most: 100,
        },
    ],
    success: 202,
    body: Body::Multipart { part: "file" },
    path_parameters: &[PRODUCT_ID],
    request: Some("UploadProductImageRequest"),
    response: Some("UploadedProductImage"),
    ..WRITE
};

pub(super) const GET_PRODUCT_IMAGE_PROCESSING_STATUS: Operation = Operation {
    id: "getProductImageProcessingStatus",
    title: "Check an image's processing",
    summary: "Tells whether an uploaded image is still processed, ready, or in error. Ask again only now and then.",
    path: "/v2/commerce/products/{productId}/images/{imageId}/status",
    twins: &[
        "/1.1/commerce/products/{productId}/images/{imageId}/status",
        "/1.0/commerce/products/{productId}/images/{imageId}/status",
    ],
    path_parameters: &[PRODUCT_ID, IMAGE_ID],
    response: Some("ProductImageProcessingStatus"),
    ..READ
};

pub(super) const UPDATE_PRODUCT_IMAGE: Operation = Operation {
    id: "updateProductImage",
    title: "Change an image's alt text",
    summary: "Sets the alternative text of an image, which those who do not see it are read.",
    path: "/v2/commerce/products/{productId}/images/{imageId}",
    twins: &[
        "/1.1/commerce/products/{productId}/images/{imageId}",
        "/1.0/commerce/products/{productId}/images/{imageId}",
    ],
    effects: &[Effect::Reversible],
    path_parameters: &[PRODUCT_ID, IMAGE_ID],
    request: Some("UpdateProductImageRequest"),
    response: Some("ProductImage"),
    ..WRITE
};

pub(super) const UPDATE_PRODUCT_IMAGE_ORDER: Operation = Operation {
    id: "updateProductImageOrder",
    title: "Move an image",
    summary: "Moves an image behind another one of the product, or to the front.",
    path: "/v2/commerce/products/{productId}/images/{imageId}/order",
    twins: &[
        "/1.1/commerce/products/{productId}/images/{imageId}/order",
        "/1.0/commerce/products/{productId}/images/{imageId}/order",
    ],
    effects: &[Effect::Reversible],
    success: 204,
    path_parameters: &[PRODUCT_ID, IMAGE_ID],
    request: Some("UpdateProductImageOrderRequest"),
    ..WRITE
};

pub(super) const DELETE_PRODUCT_IMAGE: Operation = Operation {
    id: "deleteProductImage",
    title: "Delete an image",
    summary: "Deletes an image from a product and from every variant that shows it.",
    verb: Verb::Delete,
    path: "/v2/commerce/products/{productId}/images/{imageId}",
    twins: &[
        "/1.1/commerce/products/{productId}/images/{imageId}",
        "/1.0/commerce/products/{productId}/images/{imageId}",
    ],
    effects: &[Effect::Irreversible],
    success: 204,
    body: Body::None,
    path_parameters: &[PRODUCT_ID, IMAGE_ID],
    ..WRITE
};

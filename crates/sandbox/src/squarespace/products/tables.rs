//! What the request bodies about products may hold, by type of product.

use super::slug;
use super::version::{DIGITAL, LEGACY, PHYSICAL, SERVICE};
use crate::squarespace::shape::{ANY, Kind, Member, needed, needed_or_null, not_null, optional};

const WITH_OPTIONS: &[&str] = &[PHYSICAL, SERVICE, LEGACY];
const WITH_SALES: &[&str] = &[PHYSICAL, SERVICE, DIGITAL, LEGACY];
const SHIPPED: &[&str] = &[PHYSICAL, LEGACY];

/// `POST /{version}/commerce/products`, where variants are limited by the version.
pub(super) const CREATE: &[Member] = &[
    needed("type", Kind::Text { longest: ANY }),
    needed("storePageId", Kind::Text { longest: ANY }),
    optional("name", Kind::Text { longest: 200 }),
    optional("description", Kind::Text { longest: 102_400 }),
    optional("urlSlug", SLUG),
    optional("tags", TAGS),
    optional("isVisible", Kind::Flag),
    optional("variantAttributes", OPTION_NAMES).only_in(WITH_OPTIONS),
    needed(
        "variants",
        Kind::Objects {
            least: 1,
            most: ANY,
            members: VARIANT,
        },
    ),
];

/// `POST /{version}/commerce/products/{productId}`
pub(super) const UPDATE: &[Member] = &[
    optional("name", Kind::Text { longest: 200 }),
    optional("description", Kind::Text { longest: 102_400 }),
    not_null("urlSlug", SLUG),
    optional("tags", TAGS),
    not_null("isVisible", Kind::Flag),
    not_null("variantAttributes", OPTION_NAMES).only_in(WITH_OPTIONS),
    not_null("pricing", Kind::Object(PRICE_CHANGE)).only_in(&[DIGITAL]),
    // Stands last, because a switch leaves it out.
    optional("seoOptions", Kind::Object(SEO)),
];

/// A variant of a new product, and `POST /{version}/commerce/products/{productId}/variants`
pub(in crate::squarespace) const VARIANT: &[Member] = &[
    needed("sku", Kind::Trimmed { longest: 60 }),
    needed("pricing", Kind::Object(PRICING)),
    optional("stock", Kind::Object(STOCK)).only_in(WITH_OPTIONS),
    optional("attributes", OPTIONS).only_in(WITH_OPTIONS),
    optional("shippingMeasurements", MEASUREMENTS).only_in(SHIPPED),
    optional("gtin", GTIN).only_in(&[PHYSICAL]),
    optional("mpn", MPN).only_in(&[PHYSICAL]),
];

/// `POST /{version}/commerce/products/{productId}/variants/{variantId}`
pub(in crate::squarespace) const VARIANT_UPDATE: &[Member] = &[
    not_null("sku", Kind::Trimmed { longest: 60 }),
    not_null("pricing", Kind::Object(PRICE_CHANGE)),
    not_null("attributes", OPTIONS).only_in(WITH_OPTIONS),
    not_null("shippingMeasurements", MEASUREMENTS).only_in(SHIPPED),
    optional("gtin", GTIN).only_in(&[PHYSICAL]),
    optional("mpn", MPN).only_in(&[PHYSICAL]),
];

/// `POST /{version}/commerce/products/{productId}/variants/{variantId}/image`
pub(in crate::squarespace) const VARIANT_IMAGE: &[Member] =
    &[needed_or_null("imageId", Kind::Text { longest: ANY })];

/// `POST /{version}/commerce/products/{productId}/images/{imageId}`
pub(in crate::squarespace) const IMAGE_UPDATE: &[Member] =
    &[needed("altText", Kind::Text { longest: 200 })];

/// `POST /{version}/commerce/products/{productId}/images/{imageId}/order`
pub(in crate::squarespace) const IMAGE_ORDER: &[Member] =
    &[needed_or_null("afterImageId", Kind::Text { longest: ANY })];

const PRICING: &[Member] = &[
    needed("basePrice", Kind::Money),
    optional("onSale", Kind::Flag).only_in(WITH_SALES),
    optional("salePrice", Kind::Money).only_in(WITH_SALES),
];

const PRICE_CHANGE: &[Member] = &[
    not_null("basePrice", Kind::Money),
    not_null("onSale", Kind::Flag).only_in(WITH_SALES),
    not_null("salePrice", Kind::Money).only_in(WITH_SALES),
];

const STOCK: &[Member] = &[
    optional(
        "quantity",
        Kind::Whole {
            lowest: 0,
            highest: 1_000_000_000,
        },
    ),
    optional("unlimited", Kind::Flag),
];

const MEASUREMENTS: Kind = Kind::Object(&[
    optional("weight", Kind::Object(WEIGHT)),
    optional("dimensions", Kind::Object(DIMENSIONS)),
]);

const WEIGHT: &[Member] = &[
    needed("unit", Kind::Word(&["POUND", "KILOGRAM"])),
    needed("value", Kind::Measure),
];

const DIMENSIONS: &[Member] = &[
    needed("unit", Kind::Word(&["INCH", "CENTIMETER"])),
    needed("length", Kind::Measure),
    needed("width", Kind::Measure),
    needed("height", Kind::Measure),
];

const SEO: &[Member] = &[
    optional("title", Kind::Text { longest: ANY }),
    optional("description", Kind::Text { longest: ANY }),
];

const OPTION_NAMES: Kind = Kind::Texts {
    most: 6,
    longest: 100,
    distinct: true,
};

const OPTIONS: Kind = Kind::TextMap { longest: 100 };

const TAGS: Kind = Kind::Texts {
    most: ANY,
    longest: ANY,
    distinct: false,
};

const SLUG: Kind = Kind::Formed {
    longest: 200,
    rule: "must have only letters, digits and single hyphens",
    accepts: slug::is_slug,
};

const GTIN: Kind = Kind::Formed {
    longest: ANY,
    rule: "must have 8, 12, 13 or 14 digits",
    accepts: |text| {
        let digits = bare_code(text);
        matches!(digits.len(), 8 | 12 | 13 | 14) && digits.bytes().all(|byte| byte.is_ascii_digit())
    },
};

const MPN: Kind = Kind::Formed {
    longest: ANY,
    rule: "must have 1 to 70 letters and digits",
    accepts: |text| {
        let code = bare_code(text);
        (1..=70).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
    },
};

/// A trade number without the spaces, hyphens and underscores that people put into it.
pub(super) fn bare_code(text: &str) -> String {
    text.replace([' ', '-', '_'], "")
}

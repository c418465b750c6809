//! The request body of discounts, field by field, and the rules that tie fields together.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::squarespace::answer::Refusal;
use crate::squarespace::forms::DATE;
use crate::squarespace::shape::{ANY, Kind, Member, Strictness, needed, optional};

const TEXT: Kind = Kind::Text { longest: ANY };

/// Without the read-only members, which are refused like unknown ones.
const BODY: &[Member] = &[
    needed("name", TEXT),
    needed("criteria", Kind::Tagged(CRITERIA)),
    needed("template", Kind::Tagged(TEMPLATES)),
    needed("trigger", Kind::Tagged(TRIGGERS)),
    needed("validFrom", DATE),
    optional("validTo", DATE),
    optional("isLimitedUses", Kind::Flag),
    optional("maxUsesAllowed", AT_LEAST_ONE),
    optional("isOncePerCustomer", Kind::Flag),
    optional(
        "subscriptionOptions",
        Kind::Object(&[needed(
            "type",
            Kind::Word(&["EXCLUDED", "ALL_PAYMENTS", "LIMITED_PAYMENTS"]),
        )]),
    ),
    optional(
        "paymentPlanOptions",
        Kind::Object(&[needed("type", Kind::Word(&["NONE", "ALL_PAYMENTS"]))]),
    ),
];

const CRITERIA: &[(&str, &[Member])] = &[
    ("ANY_ORDER", &[]),
    ("CART_TOTAL", &[needed("minimumCartTotal", Kind::Money)]),
    (
        "PRODUCT",
        &[optional("productId", TEXT), optional("productName", TEXT)],
    ),
    (
        "BUY_X_GET_Y",
        &[
            needed("requiredFullPriceQuantity", AT_LEAST_ONE),
            needed("eligibleForDiscountQuantity", AT_LEAST_ONE),
            optional("criteriaAppliesTo", Kind::Word(&["PRODUCT"])),
            optional("criteriaProductIds", PRODUCT_IDS),
            optional("rewardAppliesTo", Kind::Word(&["PRODUCT"])),
            optional("rewardProductIds", PRODUCT_IDS),
        ],
    ),
];

const TEMPLATES: &[(&str, &[Member])] = &[
    ("FIXED_AMOUNT", &[needed("discountAmount", Kind::Money)]),
    ("PERCENTAGE", &[needed("percentage", PERCENTAGE)]),
    (
        "FREE_SHIPPING",
        &[
            optional(
                "appliesToFulfillmentOptionType",
                Kind::Word(&["SHIPPING", "PICKUP", "LOCAL_DELIVERY"]),
            ),
            optional(
                "selectedShippingOption",
                Kind::Object(&[
                    needed("shippingOptionId", TEXT),
                    needed("shippingOptionName", TEXT),
                    optional("isAllServicesSelected", Kind::Flag),
                    optional("selectedService", Kind::Word(CARRIER_SERVICES)),
                ]),
            ),
        ],
    ),
    (
        "BUY_X_GET_Y_FIXED_AMOUNT",
        &[
            needed("discountAmount", Kind::Money),
            optional("maxApplicationsPerCart", NOT_NEGATIVE),
        ],
    ),
    (
        "BUY_X_GET_Y_PERCENTAGE",
        &[
            needed("discountPercentage", PERCENTAGE),
            optional("maxApplicationsPerCart", NOT_NEGATIVE),
        ],
    ),
];

const TRIGGERS: &[(&str, &[Member])] = &[
    ("AUTO", &[]),
    (
        "CODE",
        &[needed(
            "promoCode",
            Kind::Formed {
                longest: 50,
                rule: "must have 1 to 50 letters, digits, underscores or hyphens",
                accepts: is_promo_code,
            },
        )],
    ),
];

const CARRIER_SERVICES: &[&str] = &[
    "FEDEX_GROUND",
    "FEDEX_GROUND_HOME_DELIVERY",
    "FEDEX_PRIORITY_OVERNIGHT",
    "FEDEX_STANDARD_OVERNIGHT",
    "FEDEX_2_DAY",
    "FEDEX_2_DAY_AM",
    "FEDEX_EXPRESS_SAVER",
    "FEDEX_FIRST_OVERNIGHT",
    "FEDEX_SAME_DAY",
    "FEDEX_SAME_DAY_CITY",
    "UPS_GROUND",
    "UPS_NEXT_DAY_AIR",
    "UPS_NEXT_DAY_AIR_SAVER",
    "UPS_NEXT_DAY_AIR_EARLY_AM",
    "UPS_TWO_DAY_AIR",
    "UPS_TWO_DAY_AIR_AM",
    "UPS_THREE_DAY_SELECT",
    "USPS_PRIORITY",
    "USPS_EXPRESS",
    "USPS_STANDARD",
];

const AT_LEAST_ONE: Kind = Kind::Whole {
    lowest: 1,
    highest: i32::MAX as i64,
};

const NOT_NEGATIVE: Kind = Kind::Whole {
    lowest: 0,
    highest: i32::MAX as i64,
};

const PRODUCT_IDS: Kind = Kind::Texts {
    most: ANY,
    longest: ANY,
    distinct: true,
};

/// The vendor reads percentages only from strings, although it writes numbers.
const PERCENTAGE: Kind = Kind::Formed {
    longest: ANY,
    rule: "must be a decimal string above 0, up to 100",
    accepts: is_percentage,
};

/// Refuses what the table does not allow, and fields that do not go together.
pub(super) fn check(strictness: Strictness<'_>, body: &Value) -> Result<(), Refusal> {
    strictness.check(body, BODY)?;
    let kind = |part: &str| body[part]["type"].as_str().unwrap_or_default();
    let bundle = kind("criteria") == "BUY_X_GET_Y";
    if bundle != kind("template").starts_with("BUY_X_GET_Y") {
        return Err(Refusal::invalid(format!(
            "template {} does not go with criteria {}.",
            kind("template"),
            kind("criteria")
        )));
    }
    let limited = body["isLimitedUses"] == true;
    match (limited, body["maxUsesAllowed"].is_i64()) {
        (true, false) => return Err(Refusal::missing("maxUsesAllowed is required.")),
        (false, true) => {
            return Err(Refusal::invalid(
                "maxUsesAllowed must be null or omitted unless isLimitedUses is true.",
            ));
        }
        (true, true) | (false, false) => {}
    }
    for (target, ids) in [
        ("criteriaAppliesTo", "criteriaProductIds"),
        ("rewardAppliesTo", "rewardProductIds"),
    ] {
        let products = body["criteria"][ids].as_array();
        if body["criteria"][target] == "PRODUCT" && products.is_none_or(Vec::is_empty) {
            return Err(Refusal::missing(format!("criteria.{ids} is required.")));
        }
    }
    Ok(())
}

fn is_promo_code(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn is_percentage(text: &str) -> bool {
    let number: Option<Decimal> = text.parse().ok();
    number.is_some_and(|number| number > Decimal::ZERO && number <= Decimal::ONE_HUNDRED)
}

//! The request bodies of contacts and their address books, field by field.

use super::countries::COUNTRIES;
use crate::squarespace::forms::{DATE, EMAIL};
use crate::squarespace::shape::{ANY, Kind, Member, needed, not_null, optional};

const TEXT: Kind = Kind::Text { longest: ANY };

pub(super) const CREATE: &[Member] = &[
    needed("firstName", TEXT),
    needed("lastName", TEXT),
    needed("locale", TEXT),
    needed(
        "primaryEmail",
        Kind::Object(&[
            needed("email", EMAIL),
            optional("acceptsMarketing", Kind::Flag),
        ]),
    ),
];

/// A merge patch: null clears, except the e-mail, which every contact that has one keeps.
pub(super) const PATCH: &[Member] = &[
    optional("firstName", TEXT),
    optional("lastName", TEXT),
    optional("locale", TEXT),
    not_null(
        "primaryEmail",
        Kind::Object(&[
            not_null("email", EMAIL),
            not_null("acceptsMarketing", Kind::Flag),
        ]),
    ),
];

pub(super) const ENTRY: &[Member] = &[
    needed(
        "address",
        Kind::Object(&[
            needed("countryCode", Kind::Word(COUNTRIES)),
            optional("firstName", TEXT),
            optional("lastName", TEXT),
            optional("line1", TEXT),
            optional("line2", TEXT),
            optional("city", TEXT),
            optional("region", TEXT),
            optional("postalCode", TEXT),
            optional("phoneNumber", TEXT),
        ]),
    ),
    optional("defaultShipping", Kind::Flag),
];

const DATES: Kind = Kind::Object(&[optional("after", DATE), optional("before", DATE)]);

const COUNT: Kind = Kind::Whole {
    lowest: i32::MIN as i64,
    highest: i32::MAX as i64,
};

const COUNTS: Kind = Kind::Object(&[optional("min", COUNT), optional("max", COUNT)]);

pub(super) const QUERY: &[Member] = &[
    optional("searchString", TEXT),
    optional(
        "acceptsMarketingWithDate",
        Kind::Object(&[
            optional("acceptsMarketing", Kind::Flag),
            optional("joinedOn", DATES),
        ]),
    ),
    optional("firstOrderOn", DATES),
    optional("lastOrderOn", DATES),
    optional("firstDonationOn", DATES),
    optional("lastDonationOn", DATES),
    optional("orderCount", COUNTS),
    optional("orderAmount", COUNTS),
    optional("donationCount", COUNTS),
    optional("donationAmount", COUNTS),
    optional("sortField", Kind::Word(SORT_FIELDS)),
    optional("sortDirection", Kind::Word(&["ASCENDING", "DESCENDING"])),
    optional(
        "pageSize",
        Kind::Whole {
            lowest: 1,
            highest: 1_000,
        },
    ),
    optional("cursor", TEXT),
];

const SORT_FIELDS: &[&str] = &[
    "ID",
    "CREATED_ON",
    "EMAIL",
    "ACCEPTS_MARKETING_JOINED_ON",
    "FIRST_NAME",
    "LAST_NAME",
    "ORDER_COUNT",
    "LAST_ORDER_ON",
    "ORDER_AMOUNT",
    "DONATION_COUNT",
    "LAST_DONATION_ON",
    "DONATION_AMOUNT",
];

//! Profiles, the older view of contacts: rows 27 and 28.

use wire::catalog::{Kind, Limit, Operation, Parameter, Scopes};

use super::{Area, PAGED, cursor, ids, read_only};

const READ: Operation = Operation {
    area: Area::Profiles.as_str(),
    scopes: Scopes::OneOf(&["website.profiles.read", "website.profiles"]),
    key: read_only("Profiles"),
    rows: Some("/profiles"),
    personal_response: &[
        "/profiles/*/firstName",
        "/profiles/*/lastName",
        "/profiles/*/email",
        "/profiles/*/address/firstName",
        "/profiles/*/address/lastName",
        "/profiles/*/address/address1",
        "/profiles/*/address/address2",
        "/profiles/*/address/city",
        "/profiles/*/address/postalCode",
        "/profiles/*/address/phone",
    ],
    ..super::READ
};

pub(super) const GET_PROFILES: Operation = Operation {
    id: "getProfiles",
    title: "List profiles",
    summary: "Lists customers, donors and subscribers with their totals. The vendor only maintains it: contacts are \
              its successor.",
    path: "/1.0/profiles",
    // The vendor's own examples ask at this spelling.
    twins: &["/1.0/profiles/"],
    paging: Some(PAGED),
    query: &[
        cursor(&["filter", "email", "sortField", "sortDirection"]),
        Parameter::new(
            "filter",
            Kind::Text,
            "`isCustomer,true` and `hasAccount,true` joined by a semicolon, or `email,` and an address, alone.",
        )
        .excluding(&["cursor", "email"])
        .personal(),
        Parameter::new("email", Kind::Text, "Only the profile of this e-mail address.")
            .excluding(&["cursor", "filter"])
            .personal(),
        Parameter::new(
            "sortField",
            Kind::OneOf(&["createdOn", "id", "email", "lastName"]),
            "What to sort by; `id` without it.",
        )
        .excluding(&["cursor"]),
        Parameter::new(
            "sortDirection",
            Kind::OneOf(&["asc", "dsc"]),
            "Which way to sort; `dsc`, which is downwards, without it.",
        )
        .excluding(&["cursor"]),
    ],
    response: Some("ProfileList"),
    ..READ
};

pub(super) const GET_SPECIFIC_PROFILES: Operation = Operation {
    id: "getSpecificProfiles",
    title: "Read profiles by id",
    summary: "Reads up to 50 profiles by id, in any order. One unknown id refuses the whole call.",
    path: "/1.0/profiles/{profileIdCsvs}",
    limits: &[Limit::PathIds(super::MOST_IDS)],
    path_parameters: &[ids("profileIdCsvs", "The profiles, up to 50.")],
    response: Some("Profiles"),
    ..READ
};

//! Store pages, the site, and who connected it: rows 15 to 17.

use wire::catalog::{KeyRule, Operation};

use super::{Area, PAGED, READ, cursor, products};

pub(super) const GET_STORE_PAGES: Operation = Operation {
    id: "getStorePages",
    title: "List store pages",
    summary: "Lists the pages of the site that sell products. A new product needs the id of one.",
    path: "/1.0/commerce/store_pages",
    rows: Some("/storePages"),
    paging: Some(PAGED),
    query: &[cursor(&[])],
    response: Some("StorePageList"),
    ..products::READ
};

pub(super) const GET_WEBSITE_PROFILE: Operation = Operation {
    id: "getWebsiteProfile",
    title: "Read the site's profile",
    summary: "Reads the site's title, address, currency, units, language and time zone.",
    path: "/1.0/authorization/website",
    area: Area::Site.as_str(),
    response: Some("Website"),
    ..READ
};

pub(super) const GET_MEMBER_PROFILE: Operation = Operation {
    id: "getMemberProfile",
    title: "Read who connected the site",
    summary: "Reads the name and e-mail address of the person who gave the OAuth token.",
    path: "/1.0/authorization/member",
    area: Area::Site.as_str(),
    key: KeyRule::Refused,
    response: Some("Member"),
    personal_response: &["/email", "/firstName", "/lastName"],
    ..READ
};

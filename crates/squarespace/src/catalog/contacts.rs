//! Contacts: rows 29 to 34.

use wire::catalog::{
    Body, Effect, Kind, Operation, PageSize, Paging, Parameter, Scopes, Turn, Verb,
};

use super::{Area, CURSOR, cursor, id, read_only, read_write};

/// What each read of contacts and addresses has in common. The scopes of profiles are good for contacts too.
pub(super) const READ: Operation = Operation {
    area: Area::Contacts.as_str(),
    scopes: Scopes::OneOf(&[
        "website.contacts.read",
        "website.contacts",
        "website.profiles.read",
        "website.profiles",
    ]),
    key: read_only("Contacts"),
    ..super::READ
};

/// What each write to contacts and addresses has in common.
pub(super) const WRITE: Operation = Operation {
    area: Area::Contacts.as_str(),
    scopes: Scopes::OneOf(&["website.contacts", "website.profiles"]),
    key: read_write("Contacts"),
    ..super::WRITE
};

pub(super) const CONTACT_ID: Parameter = id("contactId", "The contact.");

/// Where a contact at this place of an answer has personal data.
macro_rules! personal {
    ($at:literal) => {
        &[
            concat!($at, "/firstName"),
            concat!($at, "/lastName"),
            concat!($at, "/primaryEmail/email"),
            concat!($at, "/defaultShippingAddress/address/firstName"),
            concat!($at, "/defaultShippingAddress/address/lastName"),
            concat!($at, "/defaultShippingAddress/address/line1"),
            concat!($at, "/defaultShippingAddress/address/line2"),
            concat!($at, "/defaultShippingAddress/address/city"),
            concat!($at, "/defaultShippingAddress/address/postalCode"),
            concat!($at, "/defaultShippingAddress/address/phoneNumber"),
        ]
    };
}

pub(super) const GET_CONTACTS: Operation = Operation {
    id: "getContacts",
    title: "List contacts",
    summary: "Lists all contacts of the site, in no order, with e-mail address, marketing consent and main address.",
    path: "/v1/contacts",
    rows: Some("/contacts"),
    paging: Some(Paging {
        turn: CURSOR,
        size: PAGE_SIZE,
    }),
    query: &[
        Parameter::new(
            "pageSize",
            Kind::Integer {
                least: 0,
                most: Some(1000),
            },
            "How many contacts to answer; 50 without it.",
        ),
        cursor(&[]),
    ],
    response: Some("ContactList"),
    personal_response: personal!("/contacts/*"),
    ..READ
};

pub(super) const CREATE_CONTACT: Operation = Operation {
    id: "createContact",
    title: "Create a contact",
    summary: "Creates a contact with a name and an e-mail address that no other contact of the site has.",
    path: "/v1/contacts",
    effects: &[Effect::Reversible],
    caution: Some("can record consent to marketing, which the person must have given"),
    success: 201,
    request: Some("CreateContactRequest"),
    response: Some("ContactResponse"),
    personal_request: &["/firstName", "/lastName", "/primaryEmail/email"],
    personal_response: personal!("/contact"),
    ..WRITE
};

pub(super) const QUERY_CONTACTS: Operation = Operation {
    id: "queryContacts",
    title: "Search contacts",
    summary: "Finds contacts by words of the name or e-mail address, by consent, by orders and donations. To find one \
              e-mail address, search for it and compare: parts match too.",
    verb: Verb::Post,
    path: "/v1/contacts/query",
    caution: Some("a key with the read-only permission may be refused"),
    rows: Some("/contacts"),
    paging: Some(Paging {
        turn: Turn::Cursor {
            parameter: "cursor",
            next: "/pagination/nextPageCursor",
            in_body: true,
        },
        size: PAGE_SIZE,
    }),
    body: Body::Json,
    request: Some("QueryContactsRequest"),
    response: Some("ContactList"),
    personal_request: &["/searchString"],
    personal_response: personal!("/contacts/*"),
    ..READ
};

pub(super) const GET_CONTACT: Operation = Operation {
    id: "getContact",
    title: "Read a contact",
    summary: "Reads one contact by its id, which an order shows as `customerId`.",
    path: "/v1/contacts/{contactId}",
    path_parameters: &[CONTACT_ID],
    response: Some("ContactResponse"),
    personal_response: personal!("/contact"),
    ..READ
};

pub(super) const PATCH_CONTACT: Operation = Operation {
    id: "patchContact",
    title: "Change a contact",
    summary: "Changes what the request names of a contact: name, locale, e-mail address, marketing consent.",
    verb: Verb::Patch,
    path: "/v1/contacts/{contactId}",
    effects: &[Effect::Reversible],
    caution: Some("can change consent to marketing, which the person must have asked for"),
    body: Body::MergePatch,
    path_parameters: &[CONTACT_ID],
    request: Some("PatchContactRequest"),
    response: Some("ContactResponse"),
    personal_request: &["/firstName", "/lastName", "/primaryEmail/email"],
    personal_response: personal!("/contact"),
    ..WRITE
};

pub(super) const DELETE_CONTACT: Operation = Operation {
    id: "deleteContact",
    title: "Delete a contact",
    summary: "Deletes a contact for good, with its address book.",
    verb: Verb::Delete,
    path: "/v1/contacts/{contactId}",
    effects: &[Effect::Irreversible],
    success: 204,
    body: Body::None,
    path_parameters: &[CONTACT_ID],
    ..WRITE
};

const PAGE_SIZE: PageSize = PageSize::Asked {
    parameter: "pageSize",
    default: 50,
    most: Some(1000),
};

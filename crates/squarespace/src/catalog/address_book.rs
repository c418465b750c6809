//! The address book of a contact: rows 35 to 39.

use wire::catalog::{Body, Effect, Kind, Limit, Operation, PageSize, Paging, Parameter, Verb};

use super::contacts::{CONTACT_ID, READ, WRITE};
use super::{CURSOR, cursor, id};

const ENTRY_ID: Parameter = id("addressBookEntryId", "The entry of the address book.");

const ENTRIES: Limit = Limit::Existing {
    what: "addresses of a contact",
    most: 50,
};

/// Where a request that holds an address has personal data.
const PERSONAL_REQUEST: &[&str] = &[
    "/address/firstName",
    "/address/lastName",
    "/address/line1",
    "/address/line2",
    "/address/city",
    "/address/postalCode",
    "/address/phoneNumber",
];

/// Where an answer that holds one entry has personal data.
const PERSONAL_RESPONSE: &[&str] = &[
    "/addressBookEntry/address/firstName",
    "/addressBookEntry/address/lastName",
    "/addressBookEntry/address/line1",
    "/addressBookEntry/address/line2",
    "/addressBookEntry/address/city",
    "/addressBookEntry/address/postalCode",
    "/addressBookEntry/address/phoneNumber",
];

pub(super) const GET_ADDRESS_BOOK: Operation = Operation {
    id: "getAddressBook",
    title: "List a contact's addresses",
    summary: "Lists the addresses of a contact. The first page always has the default one.",
    path: "/v1/contacts/{contactId}/address-book",
    limits: &[ENTRIES],
    rows: Some("/addressBook/addressBookEntries"),
    paging: Some(Paging {
        turn: CURSOR,
        size: PageSize::Asked {
            parameter: "pageSize",
            default: 50,
            most: None,
        },
    }),
    path_parameters: &[CONTACT_ID],
    query: &[
        Parameter::new(
            "pageSize",
            Kind::Integer {
                least: 0,
                most: None,
            },
            "How many addresses to answer; 50 without it.",
        ),
        cursor(&[]),
    ],
    response: Some("AddressBookResponse"),
    personal_response: &[
        "/addressBook/addressBookEntries/*/address/firstName",
        "/addressBook/addressBookEntries/*/address/lastName",
        "/addressBook/addressBookEntries/*/address/line1",
        "/addressBook/addressBookEntries/*/address/line2",
        "/addressBook/addressBookEntries/*/address/city",
        "/addressBook/addressBookEntries/*/address/postalCode",
        "/addressBook/addressBookEntries/*/address/phoneNumber",
    ],
    ..READ
};

pub(super) const CREATE_ADDRESS_BOOK_ENTRY: Operation = Operation {
    id: "createAddressBookEntry",
    title: "Add an address",
    summary: "Adds an address to a contact. The first one is the default whatever the request says; a later one \
              becomes it when asked for.",
    path: "/v1/contacts/{contactId}/address-book",
    effects: &[Effect::Reversible],
    limits: &[ENTRIES],
    success: 201,
    path_parameters: &[CONTACT_ID],
    request: Some("AddressBookEntryRequest"),
    response: Some("AddressBookEntryResponse"),
    personal_request: PERSONAL_REQUEST,
    personal_response: PERSONAL_RESPONSE,
    ..WRITE
};

pub(super) const GET_ADDRESS_BOOK_ENTRY: Operation = Operation {
    id: "getAddressBookEntry",
    title: "Read an address",
    summary: "Reads one address of a contact.",
    path: "/v1/contacts/{contactId}/address-book/{addressBookEntryId}",
    path_parameters: &[CONTACT_ID, ENTRY_ID],
    response: Some("AddressBookEntryResponse"),
    personal_response: PERSONAL_RESPONSE,
    ..READ
};

pub(super) const UPDATE_ADDRESS_BOOK_ENTRY: Operation = Operation {
    id: "updateAddressBookEntry",
    title: "Replace an address",
    summary: "Replaces a whole address of a contact: what the request leaves out is erased. The default stays the \
              default until another one becomes it.",
    verb: Verb::Put,
    path: "/v1/contacts/{contactId}/address-book/{addressBookEntryId}",
    effects: &[Effect::FullReplace],
    path_parameters: &[CONTACT_ID, ENTRY_ID],
    request: Some("AddressBookEntryRequest"),
    response: Some("AddressBookEntryResponse"),
    personal_request: PERSONAL_REQUEST,
    personal_response: PERSONAL_RESPONSE,
    ..WRITE
};

pub(super) const DELETE_ADDRESS_BOOK_ENTRY: Operation = Operation {
    id: "deleteAddressBookEntry",
    title: "Delete an address",
    summary: "Deletes an address of a contact. When it was the default, another one becomes it.",
    verb: Verb::Delete,
    path: "/v1/contacts/{contactId}/address-book/{addressBookEntryId}",
    effects: &[Effect::Irreversible],
    success: 204,
    body: Body::None,
    path_parameters: &[CONTACT_ID, ENTRY_ID],
    ..WRITE
};

//! Contacts.

use wire::catalog::{Effect, Kind, Operation, Parameter, Verb};

use super::{
    Area, ID, IDS, LIMIT, ORDER_BY_CHANGE, ORDER_BY_ID, PAGE, PAGED, SEARCH, UPDATED_FROM,
    UPDATED_TO,
};

const READ: Operation = Operation {
    area: Area::Contacts.as_str(),
    ..super::READ
};

const WRITE: Operation = Operation {
    area: Area::Contacts.as_str(),
    personal_request: &[
        "/*/name",
        "/*/first_name",
        "/*/last_name",
        "/*/custom_fields_values/*/values/*/value",
    ],
    ..super::WRITE
};

const WITH: Parameter = Parameter::new(
    "with",
    Kind::SomeOf(&[
        "leads",
        "catalog_elements",
        "customers",
        "social_profiles",
        "only_deleted",
    ]),
    "What else to answer.",
);

pub(super) const GET_CONTACTS: Operation = Operation {
    id: "getContacts",
    title: "List contacts",
    summary: "Lists contacts with their names, custom fields and tags; those of incoming leads that nobody accepted \
              are left out. Ask for their deals by `with`.",
    path: "/api/v4/contacts",
    rows: Some("/_embedded/contacts"),
    paging: Some(PAGED),
    query: &[
        PAGE,
        LIMIT,
        IDS,
        SEARCH,
        UPDATED_FROM,
        UPDATED_TO,
        ORDER_BY_ID,
        ORDER_BY_CHANGE,
        WITH,
    ],
    personal_response: &[
        "/_embedded/contacts/*/name",
        "/_embedded/contacts/*/first_name",
        "/_embedded/contacts/*/last_name",
        "/_embedded/contacts/*/custom_fields_values/*/values/*/value",
    ],
    ..READ
};

pub(super) const GET_CONTACT: Operation = Operation {
    id: "getContact",
    title: "Read a contact",
    summary: "Reads one contact. An unknown id is answered with nothing, not with an error.",
    path: "/api/v4/contacts/{id}",
    path_parameters: &[ID],
    query: &[WITH],
    personal_response: &[
        "/name",
        "/first_name",
        "/last_name",
        "/custom_fields_values/*/values/*/value",
    ],
    ..READ
};

pub(super) const CREATE_CONTACTS: Operation = Operation {
    id: "createContacts",
    title: "Create contacts",
    summary: "Creates up to 250 contacts. The vendor compares with nothing: a person who is there already is there twice.",
    path: "/api/v4/contacts",
    effects: &[Effect::Irreversible],
    caution: Some("contacts cannot be deleted or merged; a repeat makes them twice"),
    ..WRITE
};

pub(super) const UPDATE_CONTACTS: Operation = Operation {
    id: "updateContacts",
    title: "Change contacts",
    summary: "Changes what the request names of up to 250 contacts, such as names, fields and tags.",
    verb: Verb::Patch,
    path: "/api/v4/contacts",
    effects: &[Effect::Reversible],
    caution: Some(
        "e-mail addresses and phone numbers are replaced as whole lists, and so are tags under `_embedded`",
    ),
    ..WRITE
};

//! The operations of the API that this client calls, as data.
//!
//! Read [`OPERATIONS`] as a table of contents; each row stands in the file of its resource. The vendor names no
//! operations, so the names are ours. Bodies are not described: what a card holds is up to its account.

use wire::catalog::{
    Access, Body, Catalog, Effect, KeyRule, Kind, Limit, Operation, PageSize, Paging, Parameter,
    Scopes, Turn, Verb,
};

mod area;
mod contacts;
mod leads;
mod notes;
mod setup;
mod webhooks;

pub use area::Area;

/// The operations, and the way to recognise their paths.
pub static CATALOG: Catalog = Catalog::new(OPERATIONS, &[]);

/// All operations that this client calls with a token.
pub static OPERATIONS: &[Operation] = &[
    setup::GET_ACCOUNT,
    setup::GET_USERS,
    leads::GET_LEADS,
    leads::GET_LEAD,
    leads::CREATE_LEADS,
    leads::CREATE_LEADS_COMPLEX,
    leads::UPDATE_LEADS,
    leads::LINK_ENTITIES,
    contacts::GET_CONTACTS,
    contacts::GET_CONTACT,
    contacts::CREATE_CONTACTS,
    contacts::UPDATE_CONTACTS,
    notes::GET_NOTES,
    notes::CREATE_NOTES,
    notes::GET_TAGS,
    setup::GET_PIPELINES,
    setup::CREATE_PIPELINES,
    setup::GET_LOSS_REASONS,
    setup::GET_CUSTOM_FIELDS,
    setup::CREATE_CUSTOM_FIELDS,
    setup::UPDATE_CUSTOM_FIELD,
    webhooks::GET_WEBHOOKS,
    webhooks::SUBSCRIBE_WEBHOOK,
    webhooks::UNSUBSCRIBE_WEBHOOK,
];

/// What every read has in common. A long-lived token may do what its user may do.
const READ: Operation = Operation {
    id: "",
    title: "",
    summary: "",
    verb: Verb::Get,
    path: "",
    twins: &[],
    area: "",
    access: Access::Read,
    effects: &[Effect::Safe],
    caution: None,
    scopes: Scopes::OneOf(&["crm"]),
    key: KeyRule::Any,
    idempotency_key: None,
    limits: &[],
    rows: None,
    paging: None,
    success: 200,
    body: Body::None,
    path_parameters: &[],
    query: &[],
    request: None,
    response: None,
    personal_request: &[],
    personal_response: &[],
};

/// What every write has in common: a list of items, of which the vendor takes 250.
const WRITE: Operation = Operation {
    verb: Verb::Post,
    access: Access::Write,
    body: Body::Json,
    limits: &[items(250)],
    ..READ
};

/// Pages that the caller counts.
const PAGED: Paging = Paging {
    turn: Turn::Page {
        parameter: "page",
        next: "/_links/next/href",
    },
    size: PageSize::Asked {
        parameter: "limit",
        default: 50,
        most: Some(250),
    },
};

const PAGE: Parameter = Parameter::new("page", from(1), "Which page to answer, from 1.");

const LIMIT: Parameter = Parameter::new(
    "limit",
    Kind::Integer {
        least: 1,
        most: Some(250),
    },
    "How many items to answer.",
);

const IDS: Parameter = Parameter::new("filter[id][]", Kind::Integers, "Only items with these ids.");

const UPDATED_FROM: Parameter = Parameter::new(
    "filter[updated_at][from]",
    from(0),
    "Only items changed then or later, in Unix seconds.",
);

const UPDATED_TO: Parameter = Parameter::new(
    "filter[updated_at][to]",
    from(0),
    "Only items changed then or earlier, in Unix seconds.",
);

const SEARCH: Parameter = Parameter::new(
    "query",
    Kind::Text,
    "Text to find in any filled field. Parts of words match too: compare what comes back.",
)
.personal();

const ORDER_BY_ID: Parameter = Parameter::new(
    "order[id]",
    Kind::OneOf(&["asc", "desc"]),
    "Sort by id, so that pages hold still.",
);

const ORDER_BY_CHANGE: Parameter = Parameter::new(
    "order[updated_at]",
    Kind::OneOf(&["asc", "desc"]),
    "Sort by the time of the last change.",
);

const ENTITY: Parameter = Parameter::new(
    "entity",
    Kind::OneOf(&["leads", "contacts", "companies"]),
    "The kind of card.",
)
.required();

const ID: Parameter = Parameter::new("id", from(1), "The card.").required();

const fn items(most: u32) -> Limit {
    Limit::BodyItems { lists: &[""], most }
}

const fn from(least: i64) -> Kind {
    Kind::Integer { least, most: None }
}

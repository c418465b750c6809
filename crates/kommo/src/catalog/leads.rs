//! Leads, and their links to other cards.

use wire::catalog::{Effect, Kind, Operation, Parameter, Verb};

use super::{
    Area, ENTITY, ID, IDS, LIMIT, ORDER_BY_CHANGE, ORDER_BY_ID, PAGE, PAGED, SEARCH, UPDATED_FROM,
    UPDATED_TO, items,
};

const READ: Operation = Operation {
    area: Area::Deals.as_str(),
    ..super::READ
};

const WRITE: Operation = Operation {
    area: Area::Deals.as_str(),
    ..super::WRITE
};

const WITH: Parameter = Parameter::new(
    "with",
    Kind::SomeOf(&[
        "contacts",
        "catalog_elements",
        "loss_reason",
        "is_price_modified_by_robot",
        "source_id",
        "only_deleted",
    ]),
    "What else to answer.",
);

pub(super) const GET_LEADS: Operation = Operation {
    id: "getLeads",
    title: "List deals",
    summary: "Lists deals with their price, stage, custom fields and tags. Ask for their contacts by `with`.",
    path: "/api/v4/leads",
    rows: Some("/_embedded/leads"),
    paging: Some(PAGED),
    query: &[
        PAGE,
        LIMIT,
        IDS,
        UPDATED_FROM,
        UPDATED_TO,
        SEARCH,
        WITH,
        ORDER_BY_ID,
        ORDER_BY_CHANGE,
    ],
    personal_response: &[
        "/_embedded/leads/*/name",
        "/_embedded/leads/*/custom_fields_values/*/values/*/value",
    ],
    ..READ
};

pub(super) const GET_LEAD: Operation = Operation {
    id: "getLead",
    title: "Read a deal",
    summary: "Reads one deal. An unknown id is answered with nothing, not with an error.",
    path: "/api/v4/leads/{id}",
    path_parameters: &[ID],
    query: &[WITH],
    personal_response: &["/name", "/custom_fields_values/*/values/*/value"],
    ..READ
};

pub(super) const CREATE_LEADS: Operation = Operation {
    id: "createLeads",
    title: "Create deals",
    summary: "Creates up to 250 deals, linked to contacts that exist.",
    path: "/api/v4/leads",
    effects: &[Effect::Irreversible, Effect::Outside],
    caution: Some(
        "deals cannot be deleted; the account's automation runs and may write to buyers; a repeat makes them twice",
    ),
    personal_request: &["/*/name", "/*/custom_fields_values/*/values/*/value"],
    ..WRITE
};

pub(super) const CREATE_LEADS_COMPLEX: Operation = Operation {
    id: "createLeadsComplex",
    title: "Create deals with contacts",
    summary: "Creates up to 50 deals, each with a new contact and company. Where the account's duplicate control is \
              on, the answer says which were merged.",
    path: "/api/v4/leads/complex",
    effects: &[Effect::Irreversible, Effect::Outside],
    caution: Some(
        "deals and contacts cannot be deleted; the account's automation runs and may write to buyers; a repeat makes them twice",
    ),
    limits: &[items(50)],
    personal_request: &[
        "/*/name",
        "/*/custom_fields_values/*/values/*/value",
        "/*/_embedded/contacts/*/name",
        "/*/_embedded/contacts/*/first_name",
        "/*/_embedded/contacts/*/last_name",
        "/*/_embedded/contacts/*/custom_fields_values/*/values/*/value",
    ],
    ..WRITE
};

pub(super) const UPDATE_LEADS: Operation = Operation {
    id: "updateLeads",
    title: "Change deals",
    summary: "Changes what the request names of up to 250 deals, such as stage, price, fields and tags.",
    verb: Verb::Patch,
    path: "/api/v4/leads",
    effects: &[Effect::Reversible, Effect::Outside],
    caution: Some(
        "the account's automation runs and may write to buyers; tags under `_embedded` replace all that there are",
    ),
    personal_request: &["/*/name", "/*/custom_fields_values/*/values/*/value"],
    ..WRITE
};

pub(super) const LINK_ENTITIES: Operation = Operation {
    id: "linkEntities",
    title: "Link cards",
    summary: "Links a card to others, such as a deal to a contact. Linking twice does no harm.",
    path: "/api/v4/{entity}/{id}/link",
    effects: &[Effect::Reversible],
    path_parameters: &[ENTITY, ID],
    ..WRITE
};

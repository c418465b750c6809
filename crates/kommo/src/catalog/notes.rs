//! Notes and tags of cards.

use wire::catalog::{Effect, Kind, Operation, Parameter};

use super::{Area, ENTITY, LIMIT, PAGE, PAGED, READ, UPDATED_FROM, WRITE};

pub(super) const GET_NOTES: Operation = Operation {
    id: "getNotes",
    title: "List notes",
    summary: "Lists the notes of deals, contacts or companies.",
    path: "/api/v4/{entity}/notes",
    area: Area::Notes.as_str(),
    rows: Some("/_embedded/notes"),
    paging: Some(PAGED),
    path_parameters: &[ENTITY],
    query: &[
        PAGE,
        LIMIT,
        Parameter::new(
            "filter[entity_id][]",
            Kind::Integers,
            "Only notes of these cards.",
        ),
        UPDATED_FROM,
    ],
    personal_response: &[
        "/_embedded/notes/*/params/text",
        "/_embedded/notes/*/params/phone",
        "/_embedded/notes/*/params/address",
    ],
    ..READ
};

pub(super) const CREATE_NOTES: Operation = Operation {
    id: "createNotes",
    title: "Create notes",
    summary: "Creates up to 250 notes on cards of one kind.",
    path: "/api/v4/{entity}/notes",
    area: Area::Notes.as_str(),
    effects: &[Effect::Irreversible, Effect::Outside],
    caution: Some(
        "notes cannot be deleted; the account's automation runs unless each note says otherwise; a repeat makes them twice",
    ),
    path_parameters: &[ENTITY],
    personal_request: &["/*/params/text", "/*/params/phone", "/*/params/address"],
    ..WRITE
};

pub(super) const GET_TAGS: Operation = Operation {
    id: "getTags",
    title: "List tags",
    summary: "Lists the tags of deals, contacts or companies. One word has different ids for each kind of card.",
    path: "/api/v4/{entity}/tags",
    area: Area::Tags.as_str(),
    rows: Some("/_embedded/tags"),
    paging: Some(PAGED),
    path_parameters: &[ENTITY],
    query: &[PAGE, LIMIT],
    ..READ
};

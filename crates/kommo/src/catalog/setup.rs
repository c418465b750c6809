//! The account, its users, pipelines and custom fields.

use wire::catalog::{Effect, Kind, Operation, Parameter, Verb};

use super::{Area, ENTITY, LIMIT, PAGE, PAGED, READ, WRITE, from};

pub(super) const GET_ACCOUNT: Operation = Operation {
    id: "getAccount",
    title: "Read the account",
    summary: "Reads the account's name, country, currency and switches.",
    path: "/api/v4/account",
    area: Area::Account.as_str(),
    query: &[Parameter::new(
        "with",
        Kind::SomeOf(&[
            "amojo_id",
            "amojo_rights",
            "users_groups",
            "task_types",
            "version",
            "entity_names",
            "datetime_settings",
            "drive_url",
            "invoices_settings",
            "is_api_filter_enabled",
        ]),
        "What else to answer.",
    )],
    ..READ
};

pub(super) const GET_USERS: Operation = Operation {
    id: "getUsers",
    title: "List users",
    summary: "Lists the account's users with their rights.",
    path: "/api/v4/users",
    area: Area::Users.as_str(),
    caution: ADMINISTRATOR,
    rows: Some("/_embedded/users"),
    paging: Some(PAGED),
    query: &[PAGE, LIMIT],
    personal_response: &["/_embedded/users/*/name", "/_embedded/users/*/email"],
    ..READ
};

pub(super) const GET_PIPELINES: Operation = Operation {
    id: "getPipelines",
    title: "List pipelines",
    summary: "Lists all pipelines with their stages. In each, stage 142 is won and 143 is lost.",
    path: "/api/v4/leads/pipelines",
    area: Area::Pipelines.as_str(),
    rows: Some("/_embedded/pipelines"),
    ..READ
};

pub(super) const CREATE_PIPELINES: Operation = Operation {
    id: "createPipelines",
    title: "Create pipelines",
    summary: "Creates pipelines with their stages; an account has room for 50.",
    path: "/api/v4/leads/pipelines",
    area: Area::Pipelines.as_str(),
    effects: &[Effect::Reversible],
    caution: ADMINISTRATOR,
    ..WRITE
};

pub(super) const GET_LOSS_REASONS: Operation = Operation {
    id: "getLossReasons",
    title: "List loss reasons",
    summary: "Lists the reasons for which deals are lost.",
    path: "/api/v4/leads/loss_reasons",
    area: Area::Pipelines.as_str(),
    rows: Some("/_embedded/loss_reasons"),
    ..READ
};

pub(super) const GET_CUSTOM_FIELDS: Operation = Operation {
    id: "getCustomFields",
    title: "List custom fields",
    summary: "Lists the custom fields that deals, contacts or companies have.",
    path: "/api/v4/{entity}/custom_fields",
    area: Area::Fields.as_str(),
    rows: Some("/_embedded/custom_fields"),
    paging: Some(PAGED),
    path_parameters: &[ENTITY],
    query: &[PAGE, LIMIT],
    ..READ
};

pub(super) const CREATE_CUSTOM_FIELDS: Operation = Operation {
    id: "createCustomFields",
    title: "Create custom fields",
    summary: "Creates custom fields for a kind of card. A field's type is for ever.",
    path: "/api/v4/{entity}/custom_fields",
    area: Area::Fields.as_str(),
    effects: &[Effect::Reversible],
    caution: ADMINISTRATOR,
    success: 201,
    path_parameters: &[ENTITY],
    ..WRITE
};

pub(super) const UPDATE_CUSTOM_FIELD: Operation = Operation {
    id: "updateCustomField",
    title: "Change a custom field",
    summary: "Changes a custom field, such as by more options of a list.",
    verb: Verb::Patch,
    path: "/api/v4/{entity}/custom_fields/{id}",
    area: Area::Fields.as_str(),
    effects: &[Effect::Reversible],
    caution: Some(
        "the token must be an administrator's; options that the request leaves out may vanish",
    ),
    limits: &[],
    path_parameters: &[
        ENTITY,
        Parameter::new("id", from(1), "The field.").required(),
    ],
    ..WRITE
};

const ADMINISTRATOR: Option<&str> = Some("the token must be an administrator's");

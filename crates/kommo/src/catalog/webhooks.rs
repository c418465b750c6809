//! Webhooks of the account.

use wire::catalog::{Effect, Kind, Operation, Parameter, Verb};

use super::Area;

const READ: Operation = Operation {
    area: Area::Webhooks.as_str(),
    caution: Some("the token must be an administrator's"),
    ..super::READ
};

const WRITE: Operation = Operation {
    area: Area::Webhooks.as_str(),
    limits: &[],
    ..super::WRITE
};

pub(super) const GET_WEBHOOKS: Operation = Operation {
    id: "getWebhooks",
    title: "List webhooks",
    summary: "Lists where the account sends its events, all or those to one address.",
    path: "/api/v4/webhooks",
    rows: Some("/_embedded/webhooks"),
    query: &[Parameter::new(
        "filter[destination]",
        Kind::Text,
        "Only webhooks to exactly this address.",
    )],
    ..READ
};

pub(super) const SUBSCRIBE_WEBHOOK: Operation = Operation {
    id: "subscribeWebhook",
    title: "Subscribe to events",
    summary: "Has events of the account sent to an address. What becomes of a webhook that goes there already is not \
              published: unsubscribe first.",
    path: "/api/v4/webhooks",
    effects: &[Effect::Reversible, Effect::Outside],
    caution: Some(
        "the token must be an administrator's; data of the account, people included, will go to the address, unsigned",
    ),
    success: 201,
    ..WRITE
};

pub(super) const UNSUBSCRIBE_WEBHOOK: Operation = Operation {
    id: "unsubscribeWebhook",
    title: "End a webhook",
    summary: "Ends what is sent to an address.",
    verb: Verb::Delete,
    path: "/api/v4/webhooks",
    effects: &[Effect::Reversible],
    caution: Some("the token must be an administrator's"),
    success: 204,
    ..WRITE
};

//! Webhook subscriptions: rows 41 to 47. OAuth tokens only.

use wire::catalog::{Body, Effect, KeyRule, Limit, Operation, Parameter, Scopes, Verb};

use super::{Area, id};

const READ: Operation = Operation {
    area: Area::Webhooks.as_str(),
    key: KeyRule::Refused,
    ..super::READ
};

const WRITE: Operation = Operation {
    area: Area::Webhooks.as_str(),
    key: KeyRule::Refused,
    ..super::WRITE
};

const SUBSCRIPTION_ID: Parameter = id("subscriptionId", "The subscription.");

const SUBSCRIPTIONS: Limit = Limit::Existing {
    what: "webhook subscriptions of a site",
    most: 25,
};

const ORDERS: &[&str] = &["website.orders.read", "website.orders"];
const CONTACTS: &[&str] = &["website.contacts"];

/// What a token needs to be told of a topic. Reading contacts is not enough to be told of them.
const TOPIC_SCOPES: Scopes = Scopes::ByValue {
    at: "/topics/*",
    one_of: &[
        ("order.create", ORDERS),
        ("order.update", ORDERS),
        ("contact.create", CONTACTS),
        ("contact.update", CONTACTS),
        ("contact.delete", CONTACTS),
        ("address.create", CONTACTS),
        ("address.update", CONTACTS),
        ("address.delete", CONTACTS),
        ("extension.uninstall", &[]),
    ],
};

pub(super) const GET_WEBHOOK_SUBSCRIPTIONS: Operation = Operation {
    id: "getWebhookSubscriptions",
    title: "List webhook subscriptions",
    summary: "Lists the webhook subscriptions, without their secrets. There is one page.",
    path: "/1.0/webhook_subscriptions",
    limits: &[SUBSCRIPTIONS],
    rows: Some("/webhookSubscriptions"),
    response: Some("WebhookSubscriptionList"),
    ..READ
};

pub(super) const CREATE_WEBHOOK_SUBSCRIPTION: Operation = Operation {
    id: "createWebhookSubscription",
    title: "Subscribe to events",
    summary: "Has events of the site sent to an address. The answer shows the secret that signs them, this once.",
    path: "/1.0/webhook_subscriptions",
    effects: &[Effect::Reversible, Effect::Outside, Effect::Security],
    caution: Some(
        "data of the site, customers included, will go to the address; a repeat after a lost answer subscribes twice",
    ),
    scopes: TOPIC_SCOPES,
    limits: &[SUBSCRIPTIONS],
    success: 201,
    request: Some("CreateWebhookSubscriptionRequest"),
    response: Some("CreatedWebhookSubscription"),
    ..WRITE
};

pub(super) const GET_WEBHOOK_SUBSCRIPTION: Operation = Operation {
    id: "getWebhookSubscription",
    title: "Read a webhook subscription",
    summary: "Reads one webhook subscription, without its secret.",
    path: "/1.0/webhook_subscriptions/{subscriptionId}",
    path_parameters: &[SUBSCRIPTION_ID],
    response: Some("WebhookSubscription"),
    ..READ
};

pub(super) const UPDATE_WEBHOOK_SUBSCRIPTION: Operation = Operation {
    id: "updateWebhookSubscription",
    title: "Change a webhook subscription",
    summary: "Changes the address or the topics of a subscription; topics are replaced as a whole. The secret stays.",
    path: "/1.0/webhook_subscriptions/{subscriptionId}",
    effects: &[Effect::Reversible, Effect::Outside],
    caution: Some("data of the site, customers included, will go to the new address"),
    scopes: TOPIC_SCOPES,
    path_parameters: &[SUBSCRIPTION_ID],
    request: Some("UpdateWebhookSubscriptionRequest"),
    response: Some("WebhookSubscription"),
    ..WRITE
};

pub(super) const DELETE_WEBHOOK_SUBSCRIPTION: Operation = Operation {
    id: "deleteWebhookSubscription",
    title: "End a webhook subscription",
    summary: "Ends a subscription. Its secret is lost; a new subscription has a new one.",
    verb: Verb::Delete,
    path: "/1.0/webhook_subscriptions/{subscriptionId}",
    effects: &[Effect::Irreversible],
    success: 204,
    body: Body::None,
    path_parameters: &[SUBSCRIPTION_ID],
    ..WRITE
};

pub(super) const ROTATE_SUBSCRIPTION_SECRET: Operation = Operation {
    id: "rotateSubscriptionSecret",
    title: "Replace a webhook secret",
    summary: "Makes a new secret for a subscription and shows it, this once. The old one is dead at once.",
    path: "/1.0/webhook_subscriptions/{subscriptionId}/actions/rotateSecret",
    effects: &[Effect::Irreversible, Effect::Security],
    caution: Some("notifications on their way are signed with the old secret"),
    body: Body::None,
    path_parameters: &[SUBSCRIPTION_ID],
    response: Some("RotatedSecret"),
    ..WRITE
};

pub(super) const SEND_TEST_NOTIFICATION: Operation = Operation {
    id: "sendTestNotificationForWebhookSubscription",
    title: "Send a test notification",
    summary: "Has one test notification sent to the subscription's address, without a retry, and tells what it answered.",
    path: "/1.0/webhook_subscriptions/{subscriptionId}/actions/sendTestNotification",
    effects: &[Effect::Outside],
    path_parameters: &[SUBSCRIPTION_ID],
    request: Some("SendTestNotificationRequest"),
    response: Some("TestNotificationResult"),
    ..WRITE
};

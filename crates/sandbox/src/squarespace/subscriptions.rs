//! Webhook Subscriptions 1.0: OAuth only, secrets shown once, at most 25 per website.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde_json::{Value, json};
use url::{Host, Url};

use super::access::{Area, Caller, Level};
use super::answer::{Refusal, Reply};
use super::door::json_body;
use super::fields::Fields;
use super::shelf::Object;
use super::site::Site;
use super::{APP, Squarespace, contacts, time};

const MOST: usize = 25;

const TOPICS: &[&str] = &[
    "order.create",
    "order.update",
    "contact.create",
    "contact.update",
    "contact.delete",
    "address.create",
    "address.update",
    "address.delete",
    "extension.uninstall",
];

/// Who is told of what.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) id: String,
    pub(super) website_id: String,
    pub(super) client_id: String,
    pub(super) endpoint_url: String,
    pub(super) topics: Vec<String>,
    pub(super) secret: [u8; 32],
    /// The secret from before the last rotation.
    pub(super) old_secret: Option<[u8; 32]>,
    /// Notifications in a row that failed all their attempts.
    pub(super) failed_in_a_row: i64,
    created_on: String,
    updated_on: String,
}

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new()
        .route("/1.0/webhook_subscriptions", get(list).post(create))
        .route(
            "/1.0/webhook_subscriptions/{id}",
            get(show).post(update).delete(remove),
        )
        .route(
            "/1.0/webhook_subscriptions/{id}/actions/rotateSecret",
            post(rotate_secret),
        )
        .route(
            "/1.0/webhook_subscriptions/{id}/actions/sendTestNotification",
            post(send_test),
        )
}

/// `GET /1.0/webhook_subscriptions`: those of the calling client.
async fn list(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
) -> Result<Reply, Refusal> {
    let client_id = caller.oauth_client()?;
    let mine: Vec<Value> = shop.on_site(&caller, |site| {
        let mine = site
            .subscriptions
            .iter()
            .filter(|subscription| subscription.client_id == client_id);
        mine.map(|subscription| Value::Object(subscription.shown()))
            .collect()
    });
    Ok(Reply::ok(json!({ "webhookSubscriptions": mine })))
}

/// `POST /1.0/webhook_subscriptions`: the answer is one of two that show the secret.
async fn create(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    let client_id = caller.oauth_client()?.to_owned();
    let request = json_body(&headers, &body)?;
    let body = checked(&shop, &request)?;
    let endpoint_url = endpoint_url(&body)?.ok_or_else(|| body.absent("endpointUrl"))?;
    let topics = topics(&body)?.ok_or_else(|| body.absent("topics"))?;
    check_scopes(&caller, &topics)?;
    shop.on_site(&caller, |site| {
        if site.subscriptions.len() >= MOST {
            let message = format!("A website can have at most {MOST} webhook subscriptions.");
            return Err(Refusal::conflict(
                Some("WEBHOOK_SUBSCRIPTION_LIMIT_REACHED"),
                message,
            ));
        }
        let now = time::iso(caller.now_ms);
        let subscription = Subscription {
            id: shop.world.ids.uuid(),
            website_id: site.id.clone(),
            client_id,
            endpoint_url,
            topics,
            secret: shop.world.ids.bytes(),
            old_secret: None,
            failed_in_a_row: 0,
            created_on: now.clone(),
            updated_on: now,
        };
        let mut shown = subscription.shown();
        shown.insert("secret".to_owned(), json!(subscription.secret_text()));
        site.subscriptions.push(subscription);
        Ok(Reply::created(Value::Object(shown)))
    })
}

/// `GET /1.0/webhook_subscriptions/{id}`
async fn show(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Reply, Refusal> {
    let client_id = caller.oauth_client()?;
    shop.on_site(&caller, |site| {
        Ok(Reply::ok(Value::Object(
            find(site, client_id, &id)?.shown(),
        )))
    })
}

/// `POST /1.0/webhook_subscriptions/{id}`: what is not sent stays; topics are replaced as a whole.
async fn update(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    let client_id = caller.oauth_client()?;
    let request = json_body(&headers, &body)?;
    let body = checked(&shop, &request)?;
    let (endpoint_url, topics) = (endpoint_url(&body)?, topics(&body)?);
    check_scopes(&caller, topics.as_deref().unwrap_or_default())?;
    shop.on_site(&caller, |site| {
        let subscription = find(site, client_id, &id)?;
        if let Some(endpoint_url) = endpoint_url {
            subscription.endpoint_url = endpoint_url;
        }
        if let Some(topics) = topics {
            subscription.topics = topics;
        }
        subscription.updated_on = time::iso(caller.now_ms);
        Ok(Reply::ok(Value::Object(subscription.shown())))
    })
}

/// `DELETE /1.0/webhook_subscriptions/{id}`
async fn remove(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Reply, Refusal> {
    let client_id = caller.oauth_client()?;
    shop.on_site(&caller, |site| {
        find(site, client_id, &id)?;
        site.subscriptions
            .retain(|subscription| subscription.id != id);
        shop.world.deliveries.drop_subscription(APP, &id);
        Ok(Reply::Done)
    })
}

/// `POST /1.0/webhook_subscriptions/{id}/actions/rotateSecret`: the old secret is void at once.
async fn rotate_secret(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Reply, Refusal> {
    let client_id = caller.oauth_client()?;
    shop.on_site(&caller, |site| {
        let subscription = find(site, client_id, &id)?;
        subscription.old_secret = Some(std::mem::replace(
            &mut subscription.secret,
            shop.world.ids.bytes(),
        ));
        subscription.updated_on = time::iso(caller.now_ms);
        Ok(Reply::ok(json!({ "secret": subscription.secret_text() })))
    })
}

/// `POST /1.0/webhook_subscriptions/{id}/actions/sendTestNotification`: one attempt, whatever comes of it.
async fn send_test(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    let client_id = caller.oauth_client()?;
    let request = json_body(&headers, &body)?;
    let body = Fields::body(&request)?;
    let topic = body.needed_word("topic", TOPICS)?;
    let outgoing = shop.on_site(&caller, |site| {
        let dummy = dummy_data(&shop, client_id, topic);
        Ok(shop.notification(find(site, client_id, &id)?, topic, dummy))
    })?;
    let status = shop.world.deliveries.attempt(&outgoing).await;
    Ok(Reply::ok(json!({ "statusCode": status })))
}

impl Subscription {
    /// The resource without its secret.
    pub(super) fn shown(&self) -> Object {
        let shown = json!({
            "id": self.id,
            "endpointUrl": self.endpoint_url,
            "topics": self.topics,
            "createdOn": self.created_on,
            "updatedOn": self.updated_on,
            "clientId": self.client_id,
            "websiteId": self.website_id,
        });
        shown.as_object().cloned().unwrap_or_default()
    }

    fn secret_text(&self) -> String {
        hex::encode_upper(self.secret)
    }
}

fn find<'a>(
    site: &'a mut Site,
    client_id: &str,
    id: &str,
) -> Result<&'a mut Subscription, Refusal> {
    let mut mine = site
        .subscriptions
        .iter_mut()
        .filter(|subscription| subscription.client_id == client_id);
    mine.find(|subscription| subscription.id == id)
        .ok_or_else(|| Refusal::not_found("The webhook subscription was not found."))
}

fn checked<'a>(shop: &Squarespace, request: &'a Value) -> Result<Fields<'a>, Refusal> {
    let body = Fields::body(request)?;
    if !shop.flag("lenient_bodies") {
        body.only(&["endpointUrl", "topics"])?;
    }
    Ok(body)
}

/// Demands https, except on the machine itself, where tests and demonstrations listen.
fn endpoint_url(body: &Fields<'_>) -> Result<Option<String>, Refusal> {
    let Some(text) = body.address("endpointUrl")? else {
        return Ok(None);
    };
    let secure = Url::parse(text)
        .is_ok_and(|url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)));
    if !secure {
        return Err(body.wrong("endpointUrl", "must be an HTTPS URL"));
    }
    Ok(Some(text.to_owned()))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn topics(body: &Fields<'_>) -> Result<Option<Vec<String>>, Refusal> {
    let Some(list) = body.list("topics")? else {
        return Ok(None);
    };
    let known = |topic: &Value| {
        topic
            .as_str()
            .filter(|topic| TOPICS.contains(topic))
            .map(str::to_owned)
    };
    let topics: Option<Vec<String>> = list.iter().map(known).collect();
    match topics {
        Some(topics) if !topics.is_empty() => Ok(Some(topics)),
        Some(_) => Err(body.wrong("topics", "must not be empty")),
        None => Err(body.wrong("topics", "must be known topics")),
    }
}

fn check_scopes(caller: &Caller, topics: &[String]) -> Result<(), Refusal> {
    let mut needed = topics.iter().filter_map(|topic| needed_for(topic));
    needed.try_for_each(|(area, level)| caller.may(area, level))
}

/// The permission that a topic needs.
pub(super) fn needed_for(topic: &str) -> Option<(Area, Level)> {
    match topic.split_once('.')? {
        ("order", _) => Some((Area::Orders, Level::Read)),
        ("contact" | "address", _) => Some((Area::Contacts, Level::Write)),
        _ => None,
    }
}

/// Data of the topic's shape about things that do not exist.
fn dummy_data(shop: &Squarespace, client_id: &str, topic: &str) -> Value {
    let ids = &shop.world.ids;
    match topic {
        "order.create" => json!({ "orderId": ids.hex24() }),
        "order.update" => json!({ "orderId": ids.hex24(), "update": "FULFILLED" }),
        "extension.uninstall" => json!({ "clientId": client_id }),
        _ => contacts::dummy_data(ids, shop.world.clock.now_ms(), topic),
    }
}

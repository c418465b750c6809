//! A call as it came in, made into the request that the vendor is sent.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request};
use portico_domain::App;
use portico_domain::{Chance, ConnectionId};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;
use wire::catalog::{Access, Limit, Operation};

use super::Vendor;
use super::answer;
use super::body::{HELD, HELD_BYTES, Sent, Streamed, Unread};
use super::checks;
use super::out_body::OutBody;
use super::refusal::Refusal;
use crate::Error;
use crate::setup::USER_AGENT;

/// The only headers of a caller that a vendor is sent: what its documentation names. Credentials,
/// cookies and whatever else a client adds stay here.
const PASSED: [HeaderName; 3] = [
    header::ACCEPT,
    header::ACCEPT_LANGUAGE,
    header::CONTENT_TYPE,
];

/// Sent on where the operation takes it.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What an upload may add to its file: the boundary and the head of its part.
const FORM_BYTES: u64 = 64 * 1024;

/// A call of an app's native path, as a door received it.
pub struct NativeCall {
    pub app: App,
    /// The connection that the caller chose, by name or identifier.
    pub connection: Option<String>,
    pub method: Method,
    /// The vendor's path as it came, still encoded: `/1.0/commerce/orders`.
    pub path: String,
    pub query: Option<String>,
    pub headers: HeaderMap,
    pub body: Streamed,
    /// Where the caller found this gateway, without a slash at its end: `https://hub.example/squarespace`.
    pub base: String,
}

/// A request that may be sent, more than once where its body is held.
pub(super) struct Outgoing {
    pub(super) operation: &'static Operation,
    /// One for all attempts, the caller's own or made here.
    pub(super) idempotency_key: Option<HeaderValue>,
    /// The caller's own, also where the operation takes none: it tells the same request from another.
    own_key: Option<HeaderValue>,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Body,
}

/// A request as it is kept until it is made.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) headers: BTreeMap<String, String>,
    /// The Idempotency-Key, where the caller sent one.
    pub(super) own_key: Option<String>,
    /// In Base64.
    body: String,
}

/// What a vendor would be sent.
#[derive(Serialize)]
pub struct Shown {
    pub method: String,
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Where it is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

enum Body {
    Held(Bytes),
    Passing(Option<(Bytes, Streamed)>),
}

impl Outgoing {
    /// Checks a call against its operation, and reads its body as far as it is to be held; each part of it
    /// comes `within` that time.
    pub(super) async fn of(
        call: NativeCall,
        operation: &'static Operation,
        vendor: &Vendor,
        path: &str,
        within: Duration,
        chance: &Chance,
    ) -> Result<Self, Refusal> {
        let limit = longest_body(operation);
        checks::media_type(operation, &call.headers)?;
        checks::announced_length(operation, &call.headers, limit)?;
        checks::idempotency_key(operation, &call.headers)?;
        let sent = Sent::read(call.body, within, HELD).await;
        let body = match sent.map_err(|why| unread(operation, why))? {
            Sent::Held(bytes) => {
                checks::body(vendor.catalog, operation, path, &bytes)?;
                Body::Held(bytes)
            }
            Sent::Passing(first, rest) if limit > HELD_BYTES as u64 => {
                Body::Passing(Some((first, rest)))
            }
            Sent::Passing(..) => return Err(unread(operation, Unread::TooLong)),
        };
        Ok(Self {
            operation,
            own_key: call.headers.get(IDEMPOTENCY_KEY).cloned(),
            idempotency_key: idempotency_key(operation, &call.headers, chance),
            method: call.method,
            url: vendor.url(path, call.query.as_deref()),
            headers: passed(call.headers),
            body,
        })
    }

    /// Sends this reading of the caller's body: who judges by one must not have another one sent.
    pub(super) fn send_as_read(&mut self, body: &Value) {
        self.body = Body::Held(body.to_string().into());
        if let Some(media_type) = self.operation.body.content_type() {
            let plain = HeaderValue::from_static(media_type);
            self.headers.insert(header::CONTENT_TYPE, plain);
        }
    }

    /// The request as it is kept, with the path that the caller used; `None` when its body is not held.
    pub(super) fn kept(&self, path: &str) -> Option<Kept> {
        let Body::Held(body) = &self.body else {
            return None;
        };
        let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
        let headers = self.headers.iter();
        let headers = headers.filter_map(|(name, value)| Some((name.to_string(), text(value)?)));
        Some(Kept {
            method: self.method.to_string(),
            path: path.to_owned(),
            query: self.url.query().map(str::to_owned),
            headers: headers.collect(),
            own_key: self.own_key().map(str::to_owned),
            body: BASE64.encode(body),
        })
    }

    /// The Idempotency-Key, where the caller sent one.
    pub(super) fn own_key(&self) -> Option<&str> {
        self.own_key.as_ref()?.to_str().ok()
    }

    /// The request as a person is shown it, with the vendor's own path.
    pub(super) fn shown(&self, path: &str) -> Shown {
        Shown {
            method: self.method.to_string(),
            path: path.to_owned(),
            query: self.url.query().map(str::to_owned),
            body: self.json(),
        }
    }

    /// The body, where it is JSON that was held.
    pub(super) fn json(&self) -> Option<Value> {
        match &self.body {
            Body::Held(bytes) if takes_json(self.operation) => serde_json::from_slice(bytes).ok(),
            Body::Held(_) | Body::Passing(_) => None,
        }
    }

    /// Whether the same request can be made once more.
    pub(super) fn can_be_repeated(&self) -> bool {
        matches!(self.body, Body::Held(_))
    }

    /// Whether a repeat does no harm though the first may have been done.
    pub(super) fn is_harmless_twice(&self) -> bool {
        let reads = match self.operation.access {
            Access::Read => true,
            Access::Write => self.idempotency_key.is_some(),
        };
        reads && self.can_be_repeated()
    }

    /// The request, under a credential.
    pub(super) fn request(&mut self, token: &SecretString) -> Result<Request<OutBody>, Error> {
        let body = match &mut self.body {
            Body::Held(bytes) => OutBody::held(bytes.clone()),
            Body::Passing(passing) => {
                let (first, rest) = passing
                    .take()
                    .ok_or_else(|| Error::internal(anyhow::anyhow!("a body is sent twice")))?;
                OutBody::passing(first, rest, longest_body(self.operation))
            }
        };
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(self.url.as_str())
            .body(body)
            .map_err(Error::internal)?;
        let headers = request.headers_mut();
        headers.extend(self.headers.clone());
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        // The links in an answer are read.
        let identity = HeaderValue::from_static("identity");
        headers.insert(header::ACCEPT_ENCODING, identity);
        if let Some(key) = &self.idempotency_key {
            headers.insert(IDEMPOTENCY_KEY, key.clone());
        }
        let bearer = format!("Bearer {}", token.expose_secret());
        let mut bearer = HeaderValue::try_from(bearer).map_err(Error::internal)?;
        bearer.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, bearer);
        Ok(request)
    }
}

impl Kept {
    /// The call as its caller made it, under a key by which it is made once.
    pub(super) fn call(self, connection: ConnectionId, key: &str) -> Option<NativeCall> {
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers {
            let name = HeaderName::try_from(name).ok()?;
            headers.insert(name, HeaderValue::try_from(value).ok()?);
        }
        let key = self.own_key.as_deref().unwrap_or(key);
        headers.insert(IDEMPOTENCY_KEY, HeaderValue::try_from(key).ok()?);
        Some(NativeCall {
            app: App::Squarespace,
            connection: Some(connection.to_string()),
            method: self.method.parse().ok()?,
            path: self.path,
            query: self.query,
            headers,
            body: answer::whole(BASE64.decode(self.body).ok()?.into()),
            base: String::new(),
        })
    }

    /// The body as a person is shown it.
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&BASE64.decode(&self.body).ok()?).ok()
    }
}

fn takes_json(operation: &Operation) -> bool {
    let wanted = operation.body.content_type();
    wanted.is_some_and(|wanted| wanted.ends_with("json"))
}

/// How long a body may be: a file may be long, anything else is held whole.
fn longest_body(operation: &Operation) -> u64 {
    let file = operation.limits.iter().find_map(|limit| match limit {
        Limit::FileBytes(bytes) => Some(*bytes),
        Limit::PathIds(_)
        | Limit::BodyItems { .. }
        | Limit::FilePixels(_)
        | Limit::Existing { .. }
        | Limit::KeyCallsPerHour(_) => None,
    });
    file.map_or(HELD_BYTES as u64, |bytes| bytes + FORM_BYTES)
}

/// Where the operation takes such a key and the caller sent none, one is made: our own repeats need it.
fn idempotency_key(
    operation: &Operation,
    headers: &HeaderMap,
    chance: &Chance,
) -> Option<HeaderValue> {
    let header = operation.idempotency_key?.header;
    let own = || HeaderValue::try_from(hex::encode(chance.bytes::<16>())).ok();
    headers.get(header).cloned().or_else(own)
}

fn passed(mut headers: HeaderMap) -> HeaderMap {
    PASSED
        .into_iter()
        .filter_map(|name| headers.remove(&name).map(|value| (name, value)))
        .collect()
}

/// What a caller is told whose body did not come as it should.
pub(super) fn unread(operation: &'static Operation, why: Unread) -> Refusal {
    match why {
        Unread::TooSlow => Refusal::TooSlow,
        Unread::Broken => Refusal::Request("the body broke off; send it again".to_owned()),
        Unread::TooLong => Refusal::TooLarge {
            operation: operation.id,
            limit: longest_body(operation),
        },
    }
}

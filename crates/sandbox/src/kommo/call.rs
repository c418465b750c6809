//! One call as a handler sees it: who asks, on which base, with which query and body.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use bytes::Bytes;
use http::request::Parts;
use http::{StatusCode, header};
use serde_json::Value;

use super::Kommo;
use super::answer::{Answer, Refusal, hal, nothing};
use super::query::Query;
use super::state::{Author, Body};
use crate::stage::CalledBase;

const API: &str = "/api/v4";
const LARGEST_PAGE: usize = 250;
const DEFAULT_PAGE: usize = 50;
pub(super) const LARGEST_BATCH: usize = 250;

/// The user whose token came with the call.
#[derive(Clone, Copy, Debug)]
pub(super) struct TokenUser(pub(super) u64);

pub(super) struct Call {
    pub kommo: Arc<Kommo>,
    /// Scheme, host and mount of the account as the caller wrote them.
    pub base: String,
    /// The path below the base, from `/api/v4` on.
    pub path: String,
    pub query: Query,
    pub author: Author,
    /// `If-Modified-Since` in Unix seconds.
    pub modified_since: Option<i64>,
    body: Bytes,
}

/// The numeric parts of a path; anything else there is no route.
pub(super) struct Ids<const N: usize>(pub(super) [u64; N]);

impl Call {
    /// The body of a bulk write: an array of objects, not empty, not too long.
    pub(super) fn items(&self) -> Result<Vec<Body>, Refusal> {
        let items = match self.json()? {
            Value::Array(items) => items,
            Value::Object(body) if body.is_empty() => Vec::new(),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => {
                return Err(Refusal::bad_request("The request body should be an array"));
            }
        };
        if items.is_empty() {
            return Err(Refusal::bad_request("Request data can not be empty"));
        }
        if items.len() > LARGEST_BATCH {
            return Err(too_many());
        }
        items.into_iter().map(object).collect()
    }

    /// The body of a single write.
    pub(super) fn object(&self) -> Result<Body, Refusal> {
        let body = object(self.json()?)?;
        if body.is_empty() {
            Err(Refusal::bad_request("Request data can not be empty"))
        } else {
            Ok(body)
        }
    }

    /// A body that may be left out.
    pub(super) fn object_or_empty(&self) -> Result<Body, Refusal> {
        if self.body.is_empty() {
            Ok(Body::new())
        } else {
            object(self.json()?)
        }
    }

    pub(super) fn href(&self, path: &str) -> Value {
        href(format!("{}{API}/{path}", self.base))
    }

    /// `{"self": ..}` of the call itself.
    pub(super) fn own_link(&self) -> Value {
        serde_json::json!({ "self": href(format!("{}{}", self.base, self.path)) })
    }

    /// One page of a list: `204` when there is nothing on it.
    pub(super) fn page<T>(
        &self,
        name: &str,
        rows: &[T],
        totals: Totals,
        show: impl Fn(&T, &str) -> Value,
    ) -> Answer {
        let page = self.page_number()?;
        let limit = self.positive("limit", DEFAULT_PAGE)?;
        if limit > LARGEST_PAGE {
            return Err(too_many());
        }
        let from = (page - 1).saturating_mul(limit);
        let shown: Vec<&T> = rows.iter().skip(from).take(limit).collect();
        if shown.is_empty() {
            return Ok(nothing());
        }
        let on_page = |page| {
            href(format!(
                "{}{}?{}",
                self.base,
                self.path,
                self.query.on_page(page, limit)
            ))
        };
        let mut links = serde_json::json!({ "self": on_page(page) });
        if from + shown.len() < rows.len() {
            links["next"] = on_page(page + 1);
        }
        if page > 1 {
            links["prev"] = on_page(page - 1);
        }
        let suffix = format!("?page={page}&limit={limit}");
        let items: Vec<Value> = shown.into_iter().map(|row| show(row, &suffix)).collect();
        let mut body =
            serde_json::json!({ "_page": page, "_links": links, "_embedded": { name: items } });
        match totals {
            Totals::Hidden => {}
            Totals::Shown => {
                body["_total_items"] = rows.len().into();
                body["_page_count"] = rows.len().div_ceil(limit).into();
            }
        }
        hal(&body)
    }

    /// Which page of a list is asked for.
    pub(super) fn page_number(&self) -> Result<usize, Refusal> {
        self.positive("page", 1)
    }

    fn positive(&self, name: &str, default: usize) -> Result<usize, Refusal> {
        match self.query.one(&[name]).map(str::parse) {
            None => Ok(default),
            Some(Ok(number)) if number > 0 => Ok(number),
            Some(_) => Err(Refusal::bad_request(format!("Invalid {name} parameter"))),
        }
    }

    fn json(&self) -> Result<Value, Refusal> {
        serde_json::from_slice(&self.body)
            .map_err(|cause| Refusal::bad_request(format!("Malformed JSON: {cause}")))
    }
}

/// Whether a list tells how long it is as a whole.
#[derive(Clone, Copy)]
pub(super) enum Totals {
    Hidden,
    Shown,
}

pub(super) fn href(address: String) -> Value {
    serde_json::json!({ "href": address })
}

impl FromRequest<Arc<Kommo>> for Call {
    type Rejection = Refusal;

    async fn from_request(request: Request, kommo: &Arc<Kommo>) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let (base, path) = place(&parts);
        let user = parts.extensions.get::<TokenUser>().map_or(0, |user| user.0);
        let modified_since = parts
            .headers
            .get(header::IF_MODIFIED_SINCE)
            .and_then(|value| {
                let text = value.to_str().ok()?;
                Some(
                    jiff::fmt::rfc2822::parse(text)
                        .ok()?
                        .timestamp()
                        .as_second(),
                )
            });
        let read = axum::body::to_bytes(body, usize::MAX).await;
        let body = read.map_err(|_| Refusal::bad_request("The request body could not be read"))?;
        Ok(Self {
            base,
            path,
            query: Query::read(parts.uri.query().unwrap_or_default()),
            author: Author {
                user,
                now: kommo.now(),
            },
            modified_since,
            body,
            kommo: Arc::clone(kommo),
        })
    }
}

impl<const N: usize> FromRequestParts<Arc<Kommo>> for Ids<N> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, kommo: &Arc<Kommo>) -> Result<Self, Refusal> {
        let Path(named) = Path::<Vec<(String, String)>>::from_request_parts(parts, kommo)
            .await
            .map_err(|_| no_route(parts))?;
        let numbers: Vec<u64> = named
            .iter()
            .filter_map(|(_, part)| part.parse().ok())
            .collect();
        numbers.try_into().map(Self).map_err(|_| no_route(parts))
    }
}

/// The refusal of an address that is no route.
pub(super) fn no_route(parts: &Parts) -> Refusal {
    let (base, path) = place(parts);
    Refusal::not_found(format!("Cannot {} {base}{path}", parts.method))
}

/// The base as the caller wrote it, and the path below it.
fn place(parts: &Parts) -> (String, String) {
    let base = parts
        .extensions
        .get::<CalledBase>()
        .map_or_else(String::new, |base| base.0.clone());
    (base, parts.uri.path().to_owned())
}

fn object(value: Value) -> Result<Body, Refusal> {
    match value {
        Value::Object(body) => Ok(body),
        Value::Array(items) if items.is_empty() => Ok(Body::new()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Refusal::bad_request("The request body should be an object"))
        }
    }
}

fn too_many() -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "Limit 250 per page")
}

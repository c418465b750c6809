//! What every request passes before its handler: the vendor's checks in the vendor's order.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::access::Caller;
use super::answer::{Refusal, finish};
use super::{Squarespace, bend};
use crate::limits::Window;
use crate::stage::CalledBase;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;

/// How long a website stays closed after it went over the limit.
const COOL_DOWN_MS: i64 = 60_000;

/// The traffic of one website: a sliding minute, and a cool-down once it was exceeded.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    minute: Window,
    closed_until_ms: i64,
}

impl Traffic {
    fn admit(&mut self, now: i64, limit: Option<usize>) -> bool {
        let Some(limit) = limit else {
            return true;
        };
        if now < self.closed_until_ms {
            return false;
        }
        let admitted = self.minute.admit(now, MINUTE_MS, limit);
        if !admitted {
            self.closed_until_ms = now + COOL_DOWN_MS;
            self.minute.clear();
        }
        admitted
    }
}

/// User agent, credential, billing, limits; then routing and the handler's own checks.
pub(super) async fn admit(
    State(shop): State<Arc<Squarespace>>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let response = match check(&shop, &request) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    };
    finish(&shop.world, &path, response, |body| bend::bend(&shop, body))
}

/// The login host demands only a user agent; its handlers check the client.
pub(super) async fn admit_login(
    State(shop): State<Arc<Squarespace>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let response = if request.headers().contains_key(header::USER_AGENT) {
        next.run(request).await
    } else {
        Refusal::bad_request("SEC-43: the User-Agent header is required.").into_response()
    };
    finish(&shop.world, &path, response, |_| {})
}

/// 404 in the vendor's shape, also for an unsupported version.
pub(super) async fn no_such_path() -> Refusal {
    Refusal::not_found("The requested resource was not found.")
}

pub(super) async fn wrong_method(method: Method) -> Refusal {
    Refusal::method_not_allowed(method.as_str())
}

/// Reads a JSON body after its content type was checked.
pub(super) fn json_body(headers: &HeaderMap, body: &Bytes) -> Result<Value, Refusal> {
    body_of(headers, body, &["application/json"])
}

/// Reads a merge patch; `strict` refuses one that comes as plain JSON.
pub(super) fn patch_body(
    headers: &HeaderMap,
    body: &Bytes,
    strict: bool,
) -> Result<Value, Refusal> {
    const KINDS: &[&str] = &["application/merge-patch+json", "application/json"];

    body_of(headers, body, if strict { &KINDS[..1] } else { KINDS })
}

fn body_of(headers: &HeaderMap, body: &Bytes, kinds: &[&str]) -> Result<Value, Refusal> {
    let sent = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = sent.split(';').next().unwrap_or_default().trim();
    if !kinds
        .iter()
        .any(|kind| media_type.eq_ignore_ascii_case(kind))
    {
        return Err(Refusal::unsupported_media_type());
    }
    serde_json::from_slice(body)
        .map_err(|_| Refusal::bad_request("The request body is not well-formed JSON."))
}

fn check(shop: &Squarespace, request: &Request) -> Result<Caller, Refusal> {
    let now = shop.world.clock.now_ms();
    if !request.headers().contains_key(header::USER_AGENT) {
        return Err(missing_user_agent(shop));
    }
    let bearer = bearer(request.headers()).ok_or_else(Refusal::unauthorized)?;
    let base = request
        .extensions()
        .get::<CalledBase>()
        .map(|base| base.0.clone())
        .unwrap_or_default();
    let mut state = shop.lock();
    let caller = state
        .access
        .authenticate(bearer, now, base)
        .ok_or_else(Refusal::unauthorized)?;
    let site = &mut state.sites[caller.site];
    if site.expired {
        return Err(Refusal::website_expired());
    }
    let importing_by_key = caller.client_id.is_none()
        && request.method() == Method::POST
        && request.uri().path().trim_end_matches('/') == "/1.0/commerce/orders";
    let limits = &shop.world.limits;
    if !site.traffic.admit(now, limits.of("squarespace_per_minute"))
        || (importing_by_key
            && !within(
                &mut site.imports,
                now,
                HOUR_MS,
                limits.of("squarespace_imports_per_hour"),
            ))
    {
        return Err(Refusal::too_many_requests());
    }
    Ok(caller)
}

fn missing_user_agent(shop: &Squarespace) -> Refusal {
    let refusal = Refusal::bad_request("Required header 'User-Agent' is not present.");
    if shop.choice("missing_user_agent") == "problem" {
        return refusal.into_problem();
    }
    refusal
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, credential) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(credential.trim())
}

fn within(window: &mut Window, now: i64, span_ms: i64, limit: Option<usize>) -> bool {
    limit.is_none_or(|limit| window.admit(now, span_ms, limit))
}

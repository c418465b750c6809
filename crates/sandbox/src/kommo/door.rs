//! What every call passes first: the block, the limit of requests per second, the plan and the token.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

use super::Kommo;
use super::answer::{Refusal, html};
use super::call::TokenUser;
use crate::connection::Peer;
use crate::limits::Window;

const SECOND_MS: i64 = 1_000;
const REFUSALS_SPAN_MS: i64 = 60_000;
/// So many refusals in a minute and the address is shut out.
const MOST_REFUSALS: usize = 10;

/// Who asked how often, and whether the account's address is shut out.
#[derive(Debug, Default)]
pub(super) struct Door {
    blocked: bool,
    callers: HashMap<IpAddr, Caller>,
}

#[derive(Debug, Default)]
struct Caller {
    admitted: Window,
    refusals: VecDeque<i64>,
}

enum Verdict {
    Pass,
    TooMany,
    /// This refusal was one too many: from now on the address is shut out.
    LastWarning,
    Blocked,
}

impl Door {
    fn knock(&mut self, address: IpAddr, now: i64, limit: Option<usize>) -> Verdict {
        if self.blocked {
            return Verdict::Blocked;
        }
        let caller = self.callers.entry(address).or_default();
        if limit.is_none_or(|limit| caller.admitted.admit(now, SECOND_MS, limit)) {
            return Verdict::Pass;
        }
        caller.refusals.push_back(now);
        while caller
            .refusals
            .front()
            .is_some_and(|at| *at <= now - REFUSALS_SPAN_MS)
        {
            caller.refusals.pop_front();
        }
        if caller.refusals.len() < MOST_REFUSALS {
            return Verdict::TooMany;
        }
        self.blocked = true;
        Verdict::LastWarning
    }
}

impl Kommo {
    /// Shuts everyone out, which also disables the account's webhooks.
    pub(super) fn block(&self) {
        self.door().blocked = true;
        self.disable_webhooks();
    }

    /// Lets callers in again; webhooks stay disabled until somebody saves them again.
    pub(super) fn unblock(&self) {
        *self.door() = Door::default();
    }

    fn disable_webhooks(&self) {
        for subscription in self.held().subscriptions.values_mut() {
            subscription.disable();
        }
    }
}

/// Block and limit, for every address of the account.
pub(super) async fn count(
    State(kommo): State<Arc<Kommo>>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<Peer>>();
    let address = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.addr.ip());
    let limit = kommo.world.limits.of("kommo_per_second");
    let verdict = kommo
        .door()
        .knock(address, kommo.world.clock.now_ms(), limit);
    match verdict {
        Verdict::Pass => next.run(request).await,
        Verdict::Blocked => html(StatusCode::FORBIDDEN),
        Verdict::TooMany => too_many(&kommo),
        Verdict::LastWarning => {
            kommo.disable_webhooks();
            too_many(&kommo)
        }
    }
}

/// Plan and token, for the API proper.
pub(super) async fn admit(
    State(kommo): State<Arc<Kommo>>,
    mut request: Request,
    next: Next,
) -> Response {
    if !kommo.flag("paid") {
        return Refusal::new(StatusCode::PAYMENT_REQUIRED, "Account is not paid").into_response();
    }
    let header = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = header
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    let user = {
        let state = kommo.held();
        state
            .tokens
            .admits(token, kommo.now())
            .then_some(state.owner)
    };
    let Some(user) = user else {
        return Refusal::unauthorized().into_response();
    };
    request.extensions_mut().insert(TokenUser(user));
    next.run(request).await
}

pub(super) fn too_many(kommo: &Kommo) -> Response {
    if kommo.flag("throttle_as_html") {
        return html(StatusCode::TOO_MANY_REQUESTS);
    }
    throttled(kommo.number("retry_after_s")).into_response()
}

pub(super) fn throttled(retry_after_s: i64) -> Refusal {
    let detail =
        "You have sent too many requests in a given amount of time. Please try again later.";
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, detail).with("retry_after", retry_after_s)
}

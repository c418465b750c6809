//! The website and the person behind a credential: the Authorization API.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Router};

use super::Squarespace;
use super::access::Caller;
use super::answer::{Refusal, Reply};

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new()
        .route("/1.0/authorization/website", get(show))
        .route("/1.0/authorization/member", get(member))
}

/// `GET /1.0/authorization/website`: any credential may read it.
async fn show(State(shop): State<Arc<Squarespace>>, Extension(caller): Extension<Caller>) -> Reply {
    Reply::ok(shop.on_site(&caller, |site| site.profile.clone()))
}

/// `GET /1.0/authorization/member`: whose token it is; a key is nobody's.
async fn member(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
) -> Result<Reply, Refusal> {
    caller
        .client_id
        .as_ref()
        .ok_or_else(Refusal::unauthorized)?;
    Ok(Reply::ok(shop.lock().access.member.clone()))
}

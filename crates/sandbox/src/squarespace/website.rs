//! The website behind a credential: the Authorization API.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Router};

use super::Squarespace;
use super::access::Caller;
use super::answer::Reply;

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new().route("/1.0/authorization/website", get(show))
}

/// `GET /1.0/authorization/website`: any credential may read it.
async fn show(State(shop): State<Arc<Squarespace>>, Extension(caller): Extension<Caller>) -> Reply {
    Reply::ok(shop.on_site(&caller, |site| site.profile.clone()))
}

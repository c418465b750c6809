//! What lies around every door: request identifiers and headers that narrow what a browser may do.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use tower_http::catch_panic::CatchPanicLayer;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps all routes.
pub(crate) fn around(routes: Router) -> Router {
    routes.layer(CatchPanicLayer::new())
}

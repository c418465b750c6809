//! What lies around every door: request identifiers, the log of failures, headers for browsers.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use portico_domain::Chance;
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::{ApiError, Hidden};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a page may load: its own files, nothing inline, nothing from elsewhere.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// The same, but for forms. Browsers hold a form to its policy through every redirect, and where a vendor
/// leads its customers behind the first address is its own affair.
const CONTENT_POLICY_OF_LEAVING: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; \
    frame-ancestors 'none'; img-src 'self'; form-action *";

/// Marks a page whose form ends at a vendor.
#[derive(Clone)]
pub(crate) struct LeadsAway;

/// Makes identifiers that are unique without asking for chance each time.
#[derive(Clone)]
pub(crate) struct Layers {
    start: Arc<str>,
    next: Arc<AtomicU32>,
}

impl Layers {
    pub(crate) fn new(chance: &Chance) -> Self {
        Self {
            start: hex::encode(chance.bytes::<6>()).into(),
            next: Arc::default(),
        }
    }

    /// Wraps all routes.
    pub(crate) fn around(self, routes: Router) -> Router {
        routes
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn_with_state(self, finish))
    }

    fn request_id(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{}{number:08x}", self.start)
    }
}

/// Names the request, and logs what its answer does not show.
async fn finish(State(layers): State<Layers>, request: Request, next: Next) -> Response {
    let id = layers.request_id();
    let method = request.method().clone();
    // The template, never the path: that of a hook holds its secret.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(Hidden(cause)) = response.extensions_mut().remove::<Hidden>() {
        let route = route.as_ref().map_or("(none)", MatchedPath::as_str);
        tracing::error!(request.id = %id, error = ?cause, "Request `{id}` ({method} {route}) failed");
    }
    let id = HeaderValue::try_from(id).expect("hexadecimal digits are a header's value");
    response.headers_mut().insert(REQUEST_ID, id);
    let policy = match response.extensions_mut().remove::<LeadsAway>() {
        Some(LeadsAway) => CONTENT_POLICY_OF_LEAVING,
        None => CONTENT_POLICY,
    };
    narrow(response.headers_mut(), policy);
    response
}

/// Tells browsers to do only what our pages need, and to keep what only our own files may be.
fn narrow(headers: &mut HeaderMap, policy: &'static str) {
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("(no message)");
    tracing::error!(
        panic = text,
        "A request panicked: this is a defect of Portico"
    );
    ApiError::Panicked.into_response()
}

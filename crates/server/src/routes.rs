//! All doors on one screen.

use axum::Router;
use axum::routing::{get, post};
use portico_engine::Engine;

use crate::error::ApiError;
use crate::{health, hooks, layers};

/// What can be chosen about the doors.
#[derive(Clone, Copy, Debug, Default)]
pub struct AppSettings {
    /// Show the overview without a login to browsers on this machine: for trials and demonstrations.
    pub open_overview: bool,
}

/// Every door of Portico.
pub fn app(engine: Engine, settings: AppSettings) -> Router {
    let routes = Router::new()
        .route(hooks::SQUARESPACE, post(hooks::squarespace))
        .route(hooks::KOMMO, post(hooks::kommo))
        .route("/healthz", get(health::up))
        .route("/readyz", get(health::ready))
        .fallback(no_such_page)
        .method_not_allowed_fallback(wrong_method)
        .with_state(engine);
    layers::around(routes)
}

async fn no_such_page() -> ApiError {
    ApiError::NoSuchPage
}

async fn wrong_method() -> ApiError {
    ApiError::WrongMethod
}

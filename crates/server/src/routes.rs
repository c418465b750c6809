//! All doors on one screen.

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{any, get, post};
use portico_engine::Engine;
use tokio_util::sync::CancellationToken;

use crate::error::ApiError;
use crate::mcp::Mcp;
use crate::pages::session::Sessions;
use crate::pages::{assets, connect, login, overview};
use crate::{api, connections, gateway, health, hooks, layers, mcp, metrics};

/// What can be chosen about the doors.
#[derive(Clone, Copy, Debug, Default)]
pub struct AppSettings {
    /// Show the overview without a login to browsers on this machine: for trials and demonstrations.
    pub open_overview: bool,
}

/// What the handlers are given.
#[derive(Clone)]
pub(crate) struct Doors {
    pub(crate) engine: Engine,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) settings: AppSettings,
    pub(crate) document: api::Document,
    pub(crate) mcp: Arc<Mcp>,
}

impl FromRef<Doors> for Engine {
    fn from_ref(doors: &Doors) -> Self {
        doors.engine.clone()
    }
}

/// Every door of Portico. What streams to clients that stay ends with `shutdown`.
pub fn app(engine: Engine, settings: AppSettings, shutdown: CancellationToken) -> Router {
    let (api, document) = api::routes(&engine);
    let layers = layers::Layers::new(engine.chance());
    let doors = Doors {
        mcp: Arc::new(Mcp::new(&engine, shutdown)),
        engine,
        sessions: Arc::default(),
        settings,
        document,
    };
    let routes = Router::new()
        .route("/", get(overview::page))
        .route("/overview", get(overview::fragment))
        .route("/login", get(login::page).post(login::log_in))
        .route("/logout", post(login::log_out))
        .route("/assets/{name}", get(assets::asset))
        .route(
            "/connect/{session}",
            get(connect::page).post(connect::leave),
        )
        // Where a link was cut short, or something was added to it.
        .route("/connect", get(connect::incomplete))
        .route("/connect/", get(connect::incomplete))
        .route(
            "/connect/{session}/",
            get(connect::page).post(connect::leave),
        )
        .route("/oauth/callback", get(connect::answer::callback))
        .route("/hooks/squarespace/{connection}", post(hooks::squarespace))
        .route("/hooks/kommo/{connection}/{secret}", post(hooks::kommo))
        .route("/squarespace/{*path}", any(gateway::squarespace))
        .route(
            "/connections",
            get(connections::list).post(connections::create),
        )
        .route(
            "/connections/{id}",
            get(connections::show).delete(connections::remove),
        )
        .route("/mcp", any(mcp::http))
        .route("/metrics", get(metrics::page))
        .route("/healthz", get(health::up))
        .route("/readyz", get(health::ready))
        .nest("/v1", api)
        .fallback(no_such_page)
        .method_not_allowed_fallback(wrong_method)
        .with_state(doors);
    layers.around(routes)
}

pub(crate) async fn no_such_page() -> ApiError {
    ApiError::NoSuchPage
}

pub(crate) async fn wrong_method() -> ApiError {
    ApiError::WrongMethod
}

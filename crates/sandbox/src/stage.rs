//! The vendors that stand on this sandbox, under their mounts; a reset replaces them in place.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tower::ServiceExt;

use crate::control::ControlError;
use crate::kommo::Kommo;
use crate::squarespace::Squarespace;
use crate::world::World;
use crate::{board, gate, kommo, squarespace};

/// Where the caller reached the vendor: scheme, host and mount, without a slash at the end.
#[derive(Clone, Debug)]
pub(crate) struct CalledBase(pub(crate) String);

/// The world and the vendors in it.
pub(crate) struct Stage {
    pub(crate) world: World,
    cast: RwLock<Cast>,
}

struct Cast {
    squarespace: Arc<Squarespace>,
    kommo: Arc<Kommo>,
    mounts: Vec<(&'static str, Router)>,
}

impl Stage {
    pub(crate) fn new(world: World) -> Self {
        let cast = RwLock::new(Cast::seeded(&world));
        Self { world, cast }
    }

    /// Starts a fresh world; `prepare` runs before the vendors are seeded.
    pub(crate) fn reset(
        &self,
        seed: u64,
        prepare: impl FnOnce(&World) -> Result<(), ControlError>,
    ) -> Result<(), ControlError> {
        let mut cast = self.cast.write().unwrap_or_else(PoisonError::into_inner);
        self.world.reset(seed);
        let prepared = prepare(&self.world);
        *cast = Cast::seeded(&self.world);
        prepared
    }

    /// What is needed to connect to each vendor, by app.
    pub(crate) fn credentials(&self, base_url: &str) -> Value {
        let cast = self.cast();
        serde_json::json!({
            "squarespace": cast.squarespace.credentials(base_url),
            "kommo": cast.kommo.credentials(base_url),
        })
    }

    pub(crate) fn load(
        &self,
        app: &str,
        collection: &str,
        silent: bool,
        body: Value,
    ) -> Result<Value, ControlError> {
        match app {
            "squarespace" => self.squarespace().load(collection, silent, body),
            "kommo" => self.kommo().load(collection, silent, body),
            unknown => Err(ControlError::unknown_app(unknown)),
        }
    }

    pub(crate) fn people(
        &self,
        app: &str,
        action: &str,
        body: &Value,
    ) -> Result<Value, ControlError> {
        match app {
            "squarespace" => self.squarespace().people(action, body),
            "kommo" => self.kommo().people(action, body),
            unknown => Err(ControlError::unknown_app(unknown)),
        }
    }

    pub(crate) fn state(&self, app: &str, collection: &str) -> Result<Vec<Value>, ControlError> {
        let items = match app {
            "squarespace" => self.squarespace().state(collection),
            "kommo" => self.kommo().state(collection),
            unknown => return Err(ControlError::unknown_app(unknown)),
        };
        items.ok_or_else(|| {
            ControlError::not_found(format!(
                "no collection `{collection}` of `{app}`: the README lists those that can be read"
            ))
        })
    }

    fn squarespace(&self) -> Arc<Squarespace> {
        Arc::clone(&self.cast().squarespace)
    }

    fn kommo(&self) -> Arc<Kommo> {
        Arc::clone(&self.cast().kommo)
    }

    fn cast(&self) -> RwLockReadGuard<'_, Cast> {
        self.cast.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cast {
    fn seeded(world: &World) -> Self {
        let squarespace = Squarespace::new(world.clone());
        let kommo = Kommo::new(world.clone());
        let squarespace_gate = |routes| {
            gate::guard(
                routes,
                world.clone(),
                "squarespace",
                squarespace::fault_answer,
            )
        };
        let mounts = vec![
            ("/squarespace", squarespace_gate(squarespace.router())),
            (
                "/squarespace-login",
                squarespace_gate(squarespace.login_router()),
            ),
            (
                "/kommo",
                gate::guard(kommo.router(), world.clone(), "kommo", kommo::fault_answer),
            ),
            ("/board", board::router(&kommo)),
        ];
        Self {
            squarespace,
            kommo,
            mounts,
        }
    }
}

/// Hands a request to the vendor whose mount it names, on the vendor's own path.
pub(crate) async fn dispatch(State(stage): State<Arc<Stage>>, mut request: Request) -> Response {
    let Some((mount, router, uri)) = route(&stage, request.uri()) else {
        return no_such_page();
    };
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let base = CalledBase(format!("http://{host}{mount}"));
    request.extensions_mut().insert(base);
    *request.uri_mut() = uri;
    router.oneshot(request).await.into_response()
}

fn route(stage: &Stage, uri: &Uri) -> Option<(&'static str, Router, Uri)> {
    stage.cast().mounts.iter().find_map(|(mount, router)| {
        let rest = uri.path_and_query()?.as_str().strip_prefix(mount)?;
        let inner = match rest.chars().next() {
            Some('/') => rest.to_owned(),
            None | Some('?') => format!("/{rest}"),
            Some(_) => return None,
        };
        Some((*mount, router.clone(), inner.parse().ok()?))
    })
}

fn no_such_page() -> Response {
    let hint = "nothing is here: the sandbox serves /squarespace, /squarespace-login, /kommo, /board and /_control\n";
    (StatusCode::NOT_FOUND, hint).into_response()
}

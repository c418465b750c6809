//! The sandbox's own API under `/_control`: what tests, demonstrations and people use to move the world.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::faults::Fault;
use crate::journal::Report;
use crate::stage::Stage;

type Answer = Result<Json<Value>, ControlError>;

/// A refusal of the control API; the message says what to do.
#[derive(Debug)]
pub(crate) struct ControlError {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
}

/// The routes, relative to the mount.
pub(crate) fn router(stage: Arc<Stage>) -> Router {
    Router::new()
        .route("/credentials", get(credentials))
        .route("/reset", post(reset))
        .route("/people", post(people))
        .route("/switches", get(list_switches).post(set_switch))
        .route(
            "/faults",
            get(list_faults).post(add_fault).delete(clear_faults),
        )
        .route("/state/{app}/{collection}", get(state))
        .route("/requests", get(requests).delete(clear_requests))
        .route("/clock", post(move_clock))
        .route("/limits", post(set_limits))
        .route("/{app}/{collection}", post(load))
        .fallback(no_such_call)
        .with_state(stage)
}

async fn credentials(State(stage): State<Arc<Stage>>, headers: HeaderMap) -> Json<Value> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    Json(stage.credentials(&format!("http://{host}")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    seed: u64,
    /// Set before the vendors are seeded anew.
    #[serde(default)]
    switches: Vec<Switch>,
}

async fn reset(State(stage): State<Arc<Stage>>, body: Bytes) -> Answer {
    let wanted: Reset = read(&body)?;
    stage.reset(wanted.seed, |world| {
        wanted
            .switches
            .into_iter()
            .try_for_each(|switch| world.switches.set(&switch.app, &switch.name, switch.value))
    })?;
    Ok(Json(json!({ "seed": wanted.seed })))
}

#[derive(Deserialize)]
struct Loading {
    #[serde(default)]
    silent: bool,
}

async fn load(
    State(stage): State<Arc<Stage>>,
    Path((app, collection)): Path<(String, String)>,
    Query(loading): Query<Loading>,
    body: Bytes,
) -> Answer {
    stage
        .load(&app, &collection, loading.silent, read(&body)?)
        .map(Json)
}

#[derive(Deserialize)]
struct Person {
    app: String,
    action: String,
}

async fn people(State(stage): State<Arc<Stage>>, body: Bytes) -> Answer {
    let whole: Value = read(&body)?;
    let Person { app, action } = Person::deserialize(&whole)
        .map_err(|cause| ControlError::bad_request(format!("send `app` and `action`: {cause}")))?;
    stage.people(&app, &action, &whole).map(Json)
}

async fn list_switches(State(stage): State<Arc<Stage>>) -> Json<Value> {
    Json(json!({ "switches": stage.world.switches.list() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    app: String,
    name: String,
    value: Value,
}

async fn set_switch(State(stage): State<Arc<Stage>>, body: Bytes) -> Answer {
    let Switch { app, name, value } = read(&body)?;
    stage.world.switches.set(&app, &name, value.clone())?;
    Ok(Json(json!({ "app": app, "name": name, "value": value })))
}

async fn list_faults(State(stage): State<Arc<Stage>>) -> Json<Value> {
    Json(json!({ "faults": stage.world.faults.list() }))
}

async fn add_fault(State(stage): State<Arc<Stage>>, body: Bytes) -> Answer {
    let fault: Fault = read(&body)?;
    stage.world.faults.add(fault.clone())?;
    Ok(Json(json!(fault)))
}

async fn clear_faults(State(stage): State<Arc<Stage>>) -> StatusCode {
    stage.world.faults.clear();
    StatusCode::NO_CONTENT
}

async fn state(
    State(stage): State<Arc<Stage>>,
    Path((app, collection)): Path<(String, String)>,
) -> Answer {
    let items = stage.state(&app, &collection)?;
    Ok(Json(json!({ "count": items.len(), "items": items })))
}

#[derive(Deserialize)]
struct Requests {
    app: Option<String>,
}

async fn requests(State(stage): State<Arc<Stage>>, Query(wanted): Query<Requests>) -> Json<Report> {
    Json(stage.world.journal.report(wanted.app.as_deref()))
}

async fn clear_requests(State(stage): State<Arc<Stage>>) -> StatusCode {
    stage.world.journal.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockMove {
    advance_ms: i64,
}

/// Answers when everything that became due was attempted.
async fn move_clock(State(stage): State<Arc<Stage>>, body: Bytes) -> Answer {
    let wanted: ClockMove = read(&body)?;
    stage.world.clock.advance(wanted.advance_ms);
    stage.world.deliveries.clock_moved();
    stage.world.deliveries.run_due().await;
    Ok(Json(json!({ "now_ms": stage.world.clock.now_ms() })))
}

async fn set_limits(State(stage): State<Arc<Stage>>, body: Bytes) -> Answer {
    let wanted: Map<String, Value> = read(&body)?;
    stage.world.limits.set(&wanted)?;
    Ok(Json(stage.world.limits.json()))
}

async fn no_such_call() -> ControlError {
    ControlError::not_found("no such control call: the README of the sandbox lists them all")
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, ControlError> {
    serde_json::from_slice(body)
        .map_err(|cause| ControlError::bad_request(format!("the body cannot be read: {cause}")))
}

impl ControlError {
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: message.into(),
        }
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            message: message.into(),
        }
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            message: message.into(),
        }
    }

    pub(crate) fn unknown_app(app: &str) -> Self {
        Self::not_found(format!("no app `{app}`: use squarespace or kommo"))
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let problem = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "detail": self.message,
        });
        let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.status, content_type, problem.to_string()).into_response()
    }
}

//! What every request to an emulated vendor passes: faults strike here, and the journal is written here.

use std::panic::resume_unwind;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;

use crate::connection::Peer;
use crate::faults::{RequestEnd, RequestFate};
use crate::journal::Entry;
use crate::world::World;

/// More than any vendor takes, and little enough to keep in memory.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// Builds the vendor's own error body for a status that a fault demands; the text is the path without the mount.
pub(crate) type FaultAnswer = fn(&World, StatusCode, &str) -> Response;

/// Puts the gate in front of a vendor's routes.
pub(crate) fn guard(
    routes: Router,
    world: World,
    app: &'static str,
    fault_answer: FaultAnswer,
) -> Router {
    let gate = Gate {
        world,
        app,
        fault_answer,
    };
    routes.layer(middleware::from_fn_with_state(gate, pass))
}

#[derive(Clone)]
struct Gate {
    world: World,
    app: &'static str,
    fault_answer: FaultAnswer,
}

async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let peer = parts
        .extensions
        .get::<ConnectInfo<Peer>>()
        .map(|info| info.0.clone());
    let path = parts
        .uri
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    let cleared = gate.world.faults.cleared();
    let fate = gate
        .world
        .faults
        .meet_request(gate.app, parts.method.as_str(), &path);
    let template = parts
        .extensions
        .get::<MatchedPath>()
        .map_or(parts.uri.path(), MatchedPath::as_str);
    let mut entry = Entry {
        at: gate.world.clock.now_ms(),
        app: gate.app,
        operation: format!("{} {template}", parts.method),
        method: parts.method.to_string(),
        items: items_in(&body),
        path,
        status: 0,
        fault: fate.end.map(RequestEnd::name),
    };
    let request = Request::from_parts(parts, Body::from(body));
    let (response, cut) = finished(async move {
        let (response, cut) = gate.answer(fate, &cleared, request, next).await;
        if fate.end != Some(RequestEnd::DropBefore) {
            entry.status = response.status().as_u16();
        }
        gate.world.journal.write(entry);
        wait(fate.delay_after, cleared).await;
        (response, cut)
    })
    .await;
    if let (true, Some(peer)) = (cut, peer) {
        peer.cut();
    }
    response
}

/// A vendor finishes what it was asked for, whether or not the client still waits for the answer.
async fn finished<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(ended) => resume_unwind(ended.into_panic()),
    }
}

impl Gate {
    /// The answer, and whether the connection is cut instead of sending it.
    async fn answer(
        &self,
        fate: RequestFate,
        cleared: &watch::Receiver<()>,
        request: Request,
        next: Next,
    ) -> (Response, bool) {
        wait(fate.delay, cleared.clone()).await;
        match fate.end {
            None => (next.run(request).await, false),
            Some(RequestEnd::Status(status)) => (
                (self.fault_answer)(&self.world, status_code(status), request.uri().path()),
                false,
            ),
            Some(RequestEnd::Html(status)) => (html_page(status_code(status)), false),
            Some(RequestEnd::DropBefore) => (StatusCode::NO_CONTENT.into_response(), true),
            Some(RequestEnd::DropAfter) => (next.run(request).await, true),
        }
    }
}

/// Waits out a delay, which ends early when the faults are cleared.
#[expect(
    clippy::disallowed_methods,
    reason = "a delay that a fault asks for is meant to be felt by the client"
)]
async fn wait(delay: Duration, mut cleared: watch::Receiver<()>) {
    if delay.is_zero() {
        return;
    }
    tokio::select! {
        () = tokio::time::sleep(delay) => {}
        // Both ends of the wait are the same: the faults outlive every request.
        _ = cleared.changed() => {}
    }
}

/// The length of a JSON array, else 1.
fn items_in(body: &Bytes) -> usize {
    if body.trim_ascii_start().first() != Some(&b'[') {
        return 1;
    }
    serde_json::from_slice::<Vec<serde::de::IgnoredAny>>(body).map_or(1, |items| items.len())
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).expect("a fault takes no status outside 200 to 599")
}

fn html_page(status: StatusCode) -> Response {
    let page = format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    (status, [(header::CONTENT_TYPE, "text/html")], page).into_response()
}

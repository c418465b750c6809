//! Telling somebody of every exchange that a future makes, without handing the observer through each client.

use std::sync::Arc;

use http::{Method, StatusCode};

/// One request and what came of it.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// Its method.
    pub method: &'a Method,
    /// The path below the base address.
    pub path: &'a str,
    /// Nothing when there was no answer.
    pub status: Option<StatusCode>,
}

/// Who is told.
pub type Observer = Arc<dyn Fn(&Exchange<'_>) + Send + Sync>;

tokio::task_local! {
    static OBSERVER: Observer;
}

/// Runs a future and tells `observer` of each exchange once its answer was read, or did not come.
///
/// What the future spawns is not observed.
pub async fn observed<F: Future>(observer: Observer, future: F) -> F::Output {
    OBSERVER.scope(observer, future).await
}

pub(crate) fn tell(exchange: &Exchange<'_>) {
    // Nobody need be listening.
    OBSERVER.try_with(|observer| observer(exchange)).ok();
}

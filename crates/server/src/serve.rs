//! Serving on a socket: no delays, no endless requests, an orderly end.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use portico_engine::Engine;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::lingering::Lingering;
use crate::{AppSettings, app};

/// How long a caller may take to send the head of a request, and how long a connection may idle: a
/// little longer than the minute of common proxies, so that they close theirs first.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// How long requests under way may still take when the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to leave the listener alone when the process has run out of file descriptors.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Where a request came from; absent when there is no socket.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Serves every door until `shutdown`, then finishes what is under way.
pub async fn serve(
    listener: TcpListener,
    engine: Engine,
    settings: AppSettings,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let app = app(engine, settings, shutdown.clone());
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let serving = serve_connection(stream, peer, app.clone(), connections.watcher());
                tokio::spawn(serving);
            }
            Err(cause) if is_of_one_connection(&cause) => {}
            Err(cause) => {
                tracing::error!(error = %cause, "Cannot accept connections for a moment");
                wait_before_accepting().await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(STOP_TIMEOUT, connections.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("Requests that were still under way have been cut off");
    }
    Ok(())
}

async fn serve_connection(stream: TcpStream, peer: SocketAddr, app: Router, watcher: Watcher) {
    // Answers are written whole, so waiting to fill a packet only costs time.
    if let Err(cause) = stream.set_nodelay(true) {
        tracing::debug!(error = %cause, "A connection was gone before it was served");
        return;
    }
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(|body| axum::body::Body::new(Lingering::new(body)));
        request.extensions_mut().insert(Peer(peer));
        app.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(cause) = watcher.watch(connection).await {
        tracing::debug!(error = %cause, "A connection ended early");
    }
}

/// Whether only one caller is concerned, so that the next one can be taken at once.
fn is_of_one_connection(cause: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

    matches!(
        cause.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "the operating system must be given real time to free what it lacks"
)]
async fn wait_before_accepting() {
    tokio::time::sleep(ACCEPT_AGAIN).await;
}

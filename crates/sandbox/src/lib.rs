//! The vendors' APIs emulated for tests, trials and demonstrations.
//!
//! One server on one port answers as the vendors would, strictly by their documentation, and a control
//! API under `/_control` moves the world that they live in. Read [`start`] first, then `stage`, `gate`
//! and `control`, then a vendor's module. The crate uses no other crate of the workspace, so that a
//! wrong field name cannot hide on both sides.

mod board;
mod clock;
mod connection;
mod control;
mod delivery;
mod faults;
mod gate;
mod ids;
mod journal;
mod kommo;
mod limits;
mod squarespace;
mod stage;
mod switches;
mod world;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use rustls::crypto::CryptoProvider;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use crate::clock::Clock;
use crate::connection::{CuttableListener, Peer};
use crate::stage::Stage;
use crate::world::World;

/// What a sandbox is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Port 0 takes any free port.
    pub listen: SocketAddr,
    pub seed: u64,
    pub clock: Clock,
}

/// A sandbox that serves until it is stopped or dropped.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    world: World,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
    /// Present when the clock runs by itself.
    _follower: Option<Follower>,
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the sandbox cannot listen on {addr}: choose a free port, or port 0 for any")]
    Listen {
        addr: SocketAddr,
        #[source]
        cause: std::io::Error,
    },

    #[error(
        "the sandbox cannot prepare its sender of webhooks: look at the machine's TLS certificates"
    )]
    Sender(#[source] reqwest::Error),
}

/// Starts a sandbox with seeded vendors.
pub async fn start(settings: Settings) -> Result<Running, Error> {
    install_crypto();
    let Settings {
        listen,
        seed,
        clock,
    } = settings;
    let failed = |cause| Error::Listen {
        addr: listen,
        cause,
    };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;

    let world = World::new(clock, seed)?;
    let follower = world.clock.runs().then(|| {
        let deliveries = world.deliveries.clone();
        Follower(tokio::spawn(async move { deliveries.follow_clock().await }))
    });
    let routes = routes(Arc::new(Stage::new(world.clone())));
    let (stop, stopped) = oneshot::channel();
    let server = tokio::spawn(async move {
        let service = routes.into_make_service_with_connect_info::<Peer>();
        let serving =
            axum::serve(CuttableListener(listener), service).with_graceful_shutdown(async {
                // A dropped handle stops the sandbox too.
                stopped.await.unwrap_or_default();
            });
        if let Err(cause) = serving.await {
            tracing::error!(error = %cause, "the sandbox stopped serving");
        }
    });
    Ok(Running {
        addr,
        world,
        stop,
        server,
        _follower: follower,
    })
}

impl Running {
    /// The address that clients use, such as `http://127.0.0.1:9090`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub fn clock(&self) -> &Clock {
        &self.world.clock
    }

    /// Waits until no webhook is on its way.
    pub async fn settle(&self) {
        self.world.deliveries.settle().await;
    }

    /// Stops when the requests under way are answered.
    pub async fn stop(self) {
        if self.stop.send(()).is_err() {
            tracing::debug!("the sandbox had stopped before");
        }
        if let Err(cause) = self.server.await {
            tracing::error!(error = %cause, "the sandbox ended badly");
        }
    }
}

/// The task that delivers webhooks as the clock runs; it ends with its sandbox.
struct Follower(JoinHandle<()>);

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn routes(stage: Arc<Stage>) -> Router {
    Router::new()
        .fallback(stage::dispatch)
        .with_state(Arc::clone(&stage))
        .nest("/_control", control::router(stage))
        .layer(DefaultBodyLimit::max(gate::MAX_BODY_BYTES))
}

/// The sender of webhooks needs a provider for https; the first one installed in the process wins.
fn install_crypto() {
    if CryptoProvider::get_default().is_none()
        && rustls::crypto::ring::default_provider()
            .install_default()
            .is_err()
    {
        tracing::debug!("another part of the process installed its cryptography first");
    }
}

//! The client that carries calls to the vendors: bodies pass through it unread, and it goes nowhere
//! but to the hosts that are configured.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::watch;
use tower_service::Service;
use wire::Reach;

use super::body::Unread;
use super::out_body::{OutBody, Progress};
use crate::Error;

/// How long a connection that nobody uses is kept.
const IDLE: Duration = Duration::from_secs(60);

/// The client of one app's host.
#[derive(Clone)]
pub(crate) struct Outbound {
    client: Client<HttpsConnector<HttpConnector<Resolver>>, OutBody>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// No connection could be made, or the vendor had closed the one that was kept: nothing was sent.
    #[error("no connection")]
    NotSent(#[source] hyper_util::client::legacy::Error),
    /// It broke off after the request was on its way.
    #[error("the connection broke")]
    Lost(#[source] hyper_util::client::legacy::Error),
    /// The vendor did not take more of the request, or did not answer it.
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The caller did not send its own request to the end.
    #[error(transparent)]
    Caller(Unread),
}

impl Outbound {
    pub(crate) fn new(reach: Reach, connect: Duration) -> Result<Self, Error> {
        let tls = rustls::ClientConfig::builder_with_provider(
            rustls::crypto::ring::default_provider().into(),
        )
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?
        .with_native_roots()
        .map_err(Error::internal)?
        .with_no_client_auth();
        let mut http = HttpConnector::new_with_resolver(Resolver { reach });
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(connect));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            // A write must never go out twice behind our back.
            .retry_canceled_requests(false)
            .build(connector);
        Ok(Self { client })
    }

    /// Sends a request and waits for the head of its answer, for as long as `within` once the request
    /// has left. Each part of its body may take as long.
    pub(crate) async fn send(
        &self,
        request: Request<OutBody>,
        within: Duration,
    ) -> Result<Response<Incoming>, Broken> {
        let progress = request.body().progress();
        let mut answer = pin!(self.client.request(request));
        let broken = |error| broken(error, progress.as_ref().map(|progress| *progress.borrow()));
        if let Some(progress) = progress.clone() {
            tokio::select! {
                biased;
                left = has_left(progress, within) => left?,
                answer = &mut answer => return answer.map_err(broken),
            }
        }
        match tokio::time::timeout(within, answer).await {
            Ok(answer) => answer.map_err(broken),
            Err(_) => Err(Broken::TimedOut(within)),
        }
    }
}

/// Waits until a body has left, or one side keeps the other waiting for too long.
async fn has_left(mut progress: watch::Receiver<Progress>, within: Duration) -> Result<(), Broken> {
    loop {
        let moved = tokio::time::timeout(within, progress.changed()).await;
        match (*progress.borrow_and_update(), moved) {
            (Progress::Failed(why), _) => return Err(Broken::Caller(why)),
            (Progress::Offered | Progress::Awaited, Ok(Err(_))) => return Ok(()),
            (Progress::Offered | Progress::Awaited, Ok(Ok(()))) => {}
            (Progress::Awaited, Err(_)) => return Err(Broken::Caller(Unread::TooSlow)),
            (Progress::Offered, Err(_)) => return Err(Broken::TimedOut(within)),
        }
    }
}

/// Whose fault it was, and whether anything was sent.
fn broken(error: hyper_util::client::legacy::Error, progress: Option<Progress>) -> Broken {
    if let Some(Progress::Failed(why)) = progress {
        return Broken::Caller(why);
    }
    if error.is_connect() || was_not_written(&error) {
        return Broken::NotSent(error);
    }
    Broken::Lost(error)
}

/// A connection that was kept may turn out to be closed before the first byte is written to it.
fn was_not_written(error: &hyper_util::client::legacy::Error) -> bool {
    std::error::Error::source(error)
        .and_then(|source| source.downcast_ref::<hyper::Error>())
        .is_some_and(hyper::Error::is_canceled)
}

/// Looks hosts up.
#[derive(Clone)]
struct Resolver {
    reach: Reach,
}

type Addresses = std::vec::IntoIter<SocketAddr>;

impl Service<Name> for Resolver {
    type Response = Addresses;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Addresses>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let reach = self.reach;
        Box::pin(async move { reach.addresses(name.as_str()).await })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_name_that_leads_into_ones_own_network_is_not_called() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "http://localhost:{}/",
            listener.local_addr().unwrap().port()
        );
        let outbound = Outbound::new(Reach::Public, IDLE).unwrap();
        let request = Request::get(url).body(OutBody::held(Bytes::new())).unwrap();
        let answer = outbound.send(request, IDLE).await;
        let Err(Broken::NotSent(why)) = answer else {
            panic!("it was called");
        };
        assert!(format!("{:?}", anyhow::Error::from(why)).contains("no public address"));
    }

    #[tokio::test]
    async fn whoever_keeps_a_body_waiting_is_told_apart() {
        let waited = async |last: Progress| {
            let (sender, progress) = watch::channel(last);
            let ended = has_left(progress, Duration::ZERO).await;
            drop(sender);
            ended
        };
        let slow = waited(Progress::Awaited).await;
        assert!(matches!(slow, Err(Broken::Caller(Unread::TooSlow))));
        let slow = waited(Progress::Offered).await;
        assert!(matches!(slow, Err(Broken::TimedOut(_))));
        let broken = waited(Progress::Failed(Unread::Broken)).await;
        assert!(matches!(broken, Err(Broken::Caller(Unread::Broken))));

        let (sender, progress) = watch::channel(Progress::Awaited);
        drop(sender);
        assert!(has_left(progress, Duration::ZERO).await.is_ok());
    }

    #[tokio::test]
    async fn a_kept_connection_that_the_vendor_has_closed_is_told_as_not_sent() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let outbound = Outbound::new(Reach::Any, IDLE).unwrap();
        let request = || {
            Request::post(&url)
                .body(OutBody::held("{}".into()))
                .unwrap()
        };

        let vendor = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut sent = Vec::new();
            while !sent.ends_with(b"{}") {
                sent.push(stream.read_u8().await.unwrap());
            }
            let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
            stream.write_all(answer).await.unwrap();
            stream
        };
        let (answer, stream) = tokio::join!(outbound.send(request(), IDLE), vendor);
        drop(answer.unwrap());
        // The client goes back to the connection before it is told that it was closed.
        drop(stream);
        tokio::task::yield_now().await;
        let answer = outbound.send(request(), IDLE).await;
        assert!(matches!(answer, Err(Broken::NotSent(_))), "{answer:?}");
    }
}

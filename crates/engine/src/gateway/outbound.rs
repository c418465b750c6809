//! The client that carries calls to the vendors: bodies pass through it unread, and it goes nowhere
//! but to the hosts that are configured.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower_service::Service;

use super::body::OutBody;
use crate::Error;

/// How long a connection that nobody uses is kept.
const IDLE: Duration = Duration::from_secs(60);

/// Which addresses a host may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Public ones: a name that leads into the owner's own network is a trap.
    Public,
    /// Any, because the owner has configured the host: the sandbox is on this machine.
    Any,
}

/// The client of one app's host.
#[derive(Clone)]
pub(crate) struct Outbound {
    client: Client<HttpsConnector<HttpConnector<Resolver>>, OutBody>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// No connection could be made, so nothing was sent.
    #[error("no connection")]
    NotSent(#[source] hyper_util::client::legacy::Error),
    /// It broke off after the request was on its way.
    #[error("the connection broke")]
    Lost(#[source] hyper_util::client::legacy::Error),
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
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

    /// Sends a request and waits for the head of its answer.
    pub(crate) async fn send(
        &self,
        request: Request<OutBody>,
        within: Duration,
    ) -> Result<Response<Incoming>, Broken> {
        match tokio::time::timeout(within, self.client.request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) if error.is_connect() => Err(Broken::NotSent(error)),
            Ok(Err(error)) => Err(Broken::Lost(error)),
            Err(_) => Err(Broken::TimedOut(within)),
        }
    }
}

/// Looks a host up, and leaves out the addresses that it may not have.
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
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<_> = found
                .filter(|address| reach == Reach::Any || is_public(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(io::Error::other("the host has no public address"));
            }
            Ok(allowed.into_iter())
        })
    }
}

/// Whether an address is on the open internet: none of the owner's own network, this machine, or the
/// metadata service of a cloud.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_public_v4(mapped),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_benchmark = a == 198 && (18..20).contains(&b);
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || is_shared
        || is_benchmark)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // Only 2000::/3 is given out as global unicast; 64:ff9b::/96, ::1, fc00::/7 and fe80::/10 are not in it.
    address.segments()[0] & 0xe000 == 0x2000
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn an_address_of_ones_own_network_is_not_public() {
        let own = [
            "10.1.2.3",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "64:ff9b::a00:1",
            "::ffff:10.0.0.1",
        ];
        for address in own {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in ["8.8.8.8", "198.185.159.144", "2606:4700::1111"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

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
}

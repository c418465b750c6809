//! Which addresses a host may have, so that a name cannot lead a call into the owner's own network.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Name, Resolve, Resolving};
use url::{Host, Url};

/// Which addresses a host may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Public ones: a name that leads into the owner's own network is a trap.
    Public,
    /// Any, because the owner has configured the host: the sandbox is on this machine.
    Any,
}

impl Reach {
    /// Looks a host up, and leaves out the addresses that it may not have. The port is left open.
    pub async fn addresses(self, host: &str) -> io::Result<std::vec::IntoIter<SocketAddr>> {
        let found = tokio::net::lookup_host((host, 0)).await?;
        let allowed: Vec<_> = found
            .filter(|address| self == Self::Any || is_public(address.ip()))
            .collect();
        if allowed.is_empty() {
            return Err(io::Error::other("the host has no public address"));
        }
        Ok(allowed.into_iter())
    }

    /// Whether an address may be called as far as it shows: a name is judged when it is looked up, which
    /// nobody does with a literal address.
    pub fn admits(self, url: &Url) -> bool {
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(_)) | None => return true,
        };
        self == Self::Any || is_public(literal)
    }
}

impl Resolve for Reach {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = *self;
        Box::pin(async move {
            let addresses = reach.addresses(name.as_str()).await?;
            let addresses: reqwest::dns::Addrs = Box::new(addresses);
            Ok(addresses)
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
    let [a, b, ..] = address.segments();
    // Only 2000::/3 is given out as global unicast; 64:ff9b::/96, ::1, fc00::/7 and fe80::/10 are not in it.
    let is_unicast = a & 0xe000 == 0x2000;
    // Teredo and 6to4 carry an IPv4 address, which may be a private one.
    let is_tunnel = a == 0x2002 || (a == 0x2001 && b == 0);
    // What else IANA's registry of special-purpose addresses calls not globally reachable.
    let is_special = (a == 0x2001 && (b < 0x200 || b == 0xdb8)) || (a == 0x3fff && b < 0x1000);
    is_unicast && !is_tunnel && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_address_is_judged_by_itself_and_a_name_when_it_is_looked_up() {
        for (url, is_public) in [
            ("https://169.254.169.254/latest", false),
            ("https://[::1]:8443/", false),
            // The same as 127.0.0.1.
            ("https://2130706433/", false),
            ("https://8.8.8.8/", true),
            ("https://acme.vendor.example/", true),
        ] {
            let url = url.parse().unwrap();
            assert_eq!(Reach::Public.admits(&url), is_public, "{url}");
            assert!(Reach::Any.admits(&url), "{url}");
        }
    }

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
            // 10.0.0.1 through 6to4 and through Teredo.
            "2002:a00:1::1",
            "2001:0:a00:1::1",
            "2001:db8::1",
            "3fff::1",
        ];
        for address in own {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "8.8.8.8",
            "198.185.159.144",
            "2606:4700::1111",
            "2001:4860:4860::8888",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }
}

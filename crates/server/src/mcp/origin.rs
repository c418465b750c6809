//! Pages of other sites are kept away: a browser sends what they want with the cookies and the network of its user.

use http::{HeaderMap, StatusCode, header};
use url::{Host, Origin, Url};

use crate::error::ApiError;

/// Refuses what comes under another name than ours, or from another page than our own.
pub(super) fn check(headers: &HeaderMap, public_url: Option<&Url>) -> Result<(), ApiError> {
    let host = called_host(headers).ok_or_else(|| refused("send the `Host` that you call"))?;
    if !is_ours(&host, public_url) {
        return Err(refused(
            "this server does not know itself under that `Host`; its owner sets `public_url` to the address at which clients reach it",
        ));
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else {
        return Ok(());
    };
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| Url::parse(origin).ok());
    let is_own = origin.is_some_and(|origin| is_own(&origin, &host, public_url));
    if is_own && origins.next().is_none() {
        return Ok(());
    }
    Err(refused(
        "pages of other sites may not use this; a client that is no browser sends no `Origin`",
    ))
}

/// The host that is called, as the origin of a page there.
fn called_host(headers: &HeaderMap) -> Option<Url> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let url = Url::parse(&format!("http://{host}/")).ok()?;
    let is_bare = url.username().is_empty() && url.password().is_none() && url.path() == "/";
    is_bare.then_some(url)
}

/// Whether no stranger can have the name: our own, an address, or a name of the local network, which has no dot.
/// A page can bring its own name to point here, but none of these.
fn is_ours(called: &Url, public_url: Option<&Url>) -> bool {
    match called.host() {
        Some(Host::Domain(name)) => {
            !name.contains('.') || public_url.and_then(Url::host_str) == Some(name)
        }
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    }
}

/// A proxy before us may speak TLS, so a page at the called host is ours with either scheme.
fn is_own(origin: &Url, called: &Url, public_url: Option<&Url>) -> bool {
    let of = |url: &Url| match url.origin() {
        known @ Origin::Tuple(..) => Some(known),
        Origin::Opaque(_) => None,
    };
    let Some(found) = of(origin) else {
        return false;
    };
    public_url.and_then(of) == Some(found.clone()) || of(called) == Some(found)
}

fn refused(detail: &str) -> ApiError {
    ApiError::Input {
        status: StatusCode::FORBIDDEN,
        detail: detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(host: &str, origin: Option<&str>, public_url: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        let public_url = public_url.map(|url| url.parse().unwrap());
        check(&headers, public_url.as_ref()).is_ok()
    }

    #[test]
    fn a_client_that_is_no_browser_comes_in_under_our_names() {
        let shop = Some("https://portico.example/hub");
        for (host, public_url, lets) in [
            ("127.0.0.1:8080", None, true),
            ("[::1]:8080", None, true),
            ("192.168.1.7", None, true),
            ("localhost:8080", None, true),
            ("portico:8080", None, true),
            ("portico.example", shop, true),
            ("PORTICO.example:443", shop, true),
            ("portico.example", None, false),
            ("rebound.example", shop, false),
            ("a@b", None, false),
        ] {
            assert_eq!(verdict(host, None, public_url), lets, "{host}");
        }
    }

    #[test]
    fn a_browser_comes_in_from_our_own_page_only() {
        let shop = Some("https://portico.example/");
        for (host, origin, public_url, lets) in [
            ("portico.example", "https://portico.example", shop, true),
            ("127.0.0.1:8080", "https://portico.example", shop, true),
            ("127.0.0.1:8080", "http://127.0.0.1:8080", None, true),
            ("127.0.0.1:8080", "http://127.0.0.1:3000", None, false),
            ("127.0.0.1:8080", "https://evil.example", shop, false),
            ("127.0.0.1:8080", "null", None, false),
            ("rebound.example", "http://rebound.example", None, false),
        ] {
            assert_eq!(
                verdict(host, Some(origin), public_url),
                lets,
                "{host} {origin}"
            );
        }
    }
}

//! What the caller is given of a vendor's answer: all of it, but what concerns one hop alone.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{self, HeaderName};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};

use super::body::{BodyError, IDLE, Streamed};
use super::{APPROVAL_HEADER, DRY_RUN_HEADER};

/// Headers of one hop only, and those by which a vendor speaks to a browser or of its own host.
const NOT_PASSED: [HeaderName; 13] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::SET_COOKIE,
    header::STRICT_TRANSPORT_SECURITY,
    header::ALT_SVC,
    header::LOCATION,
    // These two are ours.
    HeaderName::from_static(APPROVAL_HEADER),
    HeaderName::from_static(DRY_RUN_HEADER),
];

/// Why an answer was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    TooLarge,
    Broken,
}

/// Takes out what is not for the caller.
pub(crate) fn clean(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&NOT_PASSED) {
        headers.remove(name);
    }
}

/// Lets a body pass, unless it stands still for too long.
pub(crate) fn streamed(body: Incoming) -> Streamed {
    let frames = futures_util::stream::unfold(Some(body), |body| async {
        let mut body = body?;
        match tokio::time::timeout(IDLE, body.frame()).await {
            Ok(None) => None,
            Ok(Some(Ok(frame))) => Some((Ok(frame), Some(body))),
            Ok(Some(Err(error))) => Some((Err(BodyError::from(error)), None)),
            Err(_) => Some((
                Err(BodyError::from("the vendor's answer stood still")),
                None,
            )),
        }
    });
    BodyExt::boxed_unsync(http_body_util::StreamBody::new(frames))
}

pub(crate) fn whole(bytes: Bytes) -> Streamed {
    Full::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// Reads a body to its end, unless it stands still for too long.
pub(crate) async fn read(mut body: Incoming, limit: usize) -> Result<Bytes, Unread> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(Unread::TooLarge);
    }
    let mut whole = BytesMut::with_capacity(announced);
    loop {
        let frame = tokio::time::timeout(IDLE, body.frame()).await;
        let Some(frame) = frame.map_err(|_| Unread::Broken)? else {
            return Ok(whole.freeze());
        };
        if let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() {
            whole.extend_from_slice(&data);
        }
        if whole.len() > limit {
            return Err(Unread::TooLarge);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_one_hop_and_cookies_are_taken_out() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, x-own"),
            ("x-own", "1"),
            ("set-cookie", "a=b"),
            ("x-contextid", "QX7"),
            ("content-type", "application/json"),
        ] {
            headers.append(name, value.parse().unwrap());
        }
        clean(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["content-type", "x-contextid"]);
    }
}

//! What the caller is given of a vendor's answer: all of it, but that links to further pages lead
//! through the gateway, so that no client takes its key to the vendor.

use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderName};
use http::{HeaderMap, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use super::body::{BodyError, IDLE, Streamed};

/// An answer whose links are to be changed is read up to this size.
const WHOLE_BYTES: usize = 8 * 1024 * 1024;

/// Headers of one hop only, and those by which a vendor speaks to a browser or of its own host.
const NOT_PASSED: [HeaderName; 11] = [
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
    let mut whole = BytesMut::new();
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

/// Reads an answer that may link to a further page, and turns the link to the gateway.
pub(crate) async fn with_links_home(
    response: Response<Incoming>,
    links: &Links<'_>,
) -> Result<Response<Streamed>, Unread> {
    let (mut parts, body) = response.into_parts();
    let body = read(body, WHOLE_BYTES).await?;
    let body = links.turned(body);
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Response::from_parts(parts, whole(body)))
}

/// Where the vendor is, and where the caller found us.
pub(crate) struct Links<'a> {
    pub(crate) vendor: &'a Url,
    /// Without a slash at its end: `https://hub.example/squarespace`.
    pub(crate) ours: &'a str,
    /// The vendor's path of this call: `/1.0/commerce/orders`.
    pub(crate) path: &'a str,
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    pagination: Option<Pagination<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pagination<'a> {
    #[serde(borrow)]
    next_page_url: Option<&'a RawValue>,
    next_page_cursor: Option<String>,
}

impl Links<'_> {
    /// The same bytes but for the link, so that no number and no order of members changes.
    fn turned(&self, body: Bytes) -> Bytes {
        let Ok(Page {
            pagination: Some(page),
        }) = serde_json::from_slice::<Page<'_>>(&body)
        else {
            return body;
        };
        let Some(raw) = page.next_page_url.map(RawValue::get) else {
            return body;
        };
        let Ok(Some(link)) = serde_json::from_str::<Option<String>>(raw) else {
            return body;
        };
        let ours = self.turn(&link, page.next_page_cursor.as_deref());
        let ours = serde_json::Value::from(ours).to_string();
        // The raw value is a part of the body, so its place is how far it begins from there.
        let start = raw.as_ptr().addr() - body.as_ptr().addr();
        let mut turned = Vec::with_capacity(body.len() + ours.len());
        turned.extend_from_slice(&body[..start]);
        turned.extend_from_slice(ours.as_bytes());
        turned.extend_from_slice(&body[start + raw.len()..]);
        turned.into()
    }

    /// A link that leads to another host than the vendor's is made anew out of the cursor.
    fn turn(&self, link: &str, cursor: Option<&str>) -> Option<String> {
        let resolved = self.vendor.join(link).ok();
        let of_vendor = resolved.filter(|link| link.origin() == self.vendor.origin());
        if let Some(link) = of_vendor {
            let prefix = self.vendor.path().trim_end_matches('/');
            let path = link.path().strip_prefix(prefix).unwrap_or(link.path());
            let query = link
                .query()
                .map_or(String::new(), |query| format!("?{query}"));
            return Some(format!("{}{path}{query}", self.ours));
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("cursor", cursor?);
        Some(format!("{}{}?{}", self.ours, self.path, query.finish()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(body: &str) -> String {
        let vendor = Url::parse("https://api.vendor.example/base/").unwrap();
        let links = Links {
            vendor: &vendor,
            ours: "https://hub.example/squarespace",
            path: "/1.0/commerce/orders",
        };
        let turned = links.turned(Bytes::copy_from_slice(body.as_bytes()));
        String::from_utf8(turned.to_vec()).unwrap()
    }

    #[test]
    fn an_absolute_link_leads_through_the_gateway_and_nothing_else_changes() {
        insta::assert_snapshot!(turned(r#"{"result": [{"n": 1.10}], "pagination": {"nextPageUrl" : "https://api.vendor.example/base/1.0/commerce/orders?cursor=a%2Fb", "hasNextPage": true}, "z": 1e3}"#), @r#"{"result": [{"n": 1.10}], "pagination": {"nextPageUrl" : "https://hub.example/squarespace/1.0/commerce/orders?cursor=a%2Fb", "hasNextPage": true}, "z": 1e3}"#);
    }

    #[test]
    fn a_relative_link_too() {
        insta::assert_snapshot!(turned(r#"{"pagination":{"nextPageUrl":"/v2/commerce/products?cursor=x"}}"#), @r#"{"pagination":{"nextPageUrl":"https://hub.example/squarespace/v2/commerce/products?cursor=x"}}"#);
    }

    #[test]
    fn a_link_to_another_host_is_made_anew_out_of_the_cursor() {
        insta::assert_snapshot!(turned(r#"{"pagination":{"nextPageUrl":"https://evil.example/steal","nextPageCursor":"a b"}}"#), @r#"{"pagination":{"nextPageUrl":"https://hub.example/squarespace/1.0/commerce/orders?cursor=a+b","nextPageCursor":"a b"}}"#);
        insta::assert_snapshot!(turned(r#"{"pagination":{"nextPageUrl":"//evil.example/steal"}}"#), @r#"{"pagination":{"nextPageUrl":null}}"#);
    }

    #[test]
    fn an_answer_without_a_link_stays_as_it_is() {
        for body in [
            r#"{"pagination":{"nextPageUrl":null}}"#,
            r#"{"products":[]}"#,
            "[1,2]",
            "not json",
        ] {
            assert_eq!(turned(body), body);
        }
    }

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

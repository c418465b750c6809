//! Links to further pages, which lead through the gateway, so that no client takes its key to the vendor.

use bytes::Bytes;
use memchr::memmem;
use url::Url;

/// The names of the members, as they stand in JSON. Quotes within a text are escaped there, so what stands
/// between two plain ones is a whole text.
const LINK: &[u8] = b"\"nextPageUrl\"";
const CURSOR: &[u8] = b"\"nextPageCursor\"";

/// The link to the next page is no text, so the answer is not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unturned;

impl Unturned {
    pub(super) const fn as_str(self) -> &'static str {
        "the link to its next page cannot be read"
    }
}

/// Where the vendor is, and where the caller found us.
pub(super) struct Links<'a> {
    pub(super) vendor: &'a Url,
    /// Without a slash at its end: `https://hub.example/squarespace`.
    pub(super) ours: &'a str,
    /// The vendor's path of this call: `/1.0/commerce/orders`.
    pub(super) path: &'a str,
}

impl Links<'_> {
    /// The same bytes but for the links, so that no number and no order of members changes. The page is
    /// not parsed: that would be the largest part of a call.
    pub(super) fn turned(&self, body: Bytes) -> Result<Bytes, Unturned> {
        let mut turned = Vec::new();
        let mut done = 0;
        for start in values(&body, LINK) {
            let (link, end) = text_at(&body, start).ok_or(Unturned)?;
            let Some(link) = link else { continue };
            let ours = serde_json::Value::from(self.turn(&link, || cursor(&body))).to_string();
            turned.extend_from_slice(&body[done..start]);
            turned.extend_from_slice(ours.as_bytes());
            done = end;
        }
        if done == 0 {
            return Ok(body);
        }
        turned.extend_from_slice(&body[done..]);
        Ok(turned.into())
    }

    /// A link that leads to another host than the vendor's is made anew out of the cursor.
    fn turn(&self, link: &str, cursor: impl FnOnce() -> Option<String>) -> Option<String> {
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
        query.append_pair("cursor", &cursor()?);
        Some(format!("{}{}?{}", self.ours, self.path, query.finish()))
    }
}

fn cursor(body: &[u8]) -> Option<String> {
    values(body, CURSOR).find_map(|start| text_at(body, start)?.0)
}

/// Where the values of all members of this name begin.
fn values<'a>(body: &'a [u8], name: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    memmem::find_iter(body, name).filter_map(move |at| {
        // What an escaped quote begins is the end of a longer text.
        if body[..at].ends_with(b"\\") {
            return None;
        }
        let colon = after_space(body, at + name.len());
        // Without a colon it is itself a value.
        (body.get(colon) == Some(&b':')).then(|| after_space(body, colon + 1))
    })
}

fn after_space(body: &[u8], from: usize) -> usize {
    let space = body[from..]
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace());
    from + space.count()
}

/// The text or null that begins here, and where it ends.
fn text_at(body: &[u8], start: usize) -> Option<(Option<String>, usize)> {
    let mut values = serde_json::Deserializer::from_slice(&body[start..]).into_iter();
    let text = values.next()?.ok()?;
    Some((text, start + values.byte_offset()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(body: &str) -> String {
        try_turned(body).unwrap()
    }

    fn try_turned(body: &str) -> Result<String, Unturned> {
        let vendor = Url::parse("https://api.vendor.example/base/").unwrap();
        let links = Links {
            vendor: &vendor,
            ours: "https://hub.example/squarespace",
            path: "/1.0/commerce/orders",
        };
        let turned = links.turned(Bytes::copy_from_slice(body.as_bytes()))?;
        Ok(String::from_utf8(turned.to_vec()).unwrap())
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
    fn every_link_is_turned_wherever_it_stands() {
        insta::assert_snapshot!(turned(r#"{"nextPageUrl":"/a","inner":[{"nextPageUrl": null},{"nextPageUrl"
            : "https:\/\/api.vendor.example\/base\/b"}],"z":1}"#), @r#"
        {"nextPageUrl":"https://hub.example/squarespace/a","inner":[{"nextPageUrl": null},{"nextPageUrl"
                    : "https://hub.example/squarespace/b"}],"z":1}
        "#);
        insta::assert_snapshot!(turned(r#"broken {"nextPageUrl":"https://api.vendor.example/base/b"} to the end"#), @r#"broken {"nextPageUrl":"https://hub.example/squarespace/b"} to the end"#);
    }

    #[test]
    fn a_text_that_reads_like_the_name_of_a_link_stays_as_it_is() {
        for body in [
            r#"{"name":"nextPageUrl","a":"nextPageUrl" , "b":["nextPageUrl"]}"#,
            r#"{"note":"say \"nextPageUrl\":\"https://api.vendor.example/\""}"#,
            r#"{"say \"nextPageUrl":"https://api.vendor.example/"}"#,
            r#"{"nextPageUrls":"https://api.vendor.example/"}"#,
        ] {
            assert_eq!(turned(body), body);
        }
    }

    #[test]
    fn a_link_that_is_no_text_keeps_the_answer_back() {
        for body in [
            r#"{"nextPageUrl":7}"#,
            r#"{"nextPageUrl":{"href":"https://api.vendor.example/"}}"#,
            r#"{"nextPageUrl":"https://api.vendor.example/"#,
            r#"{"nextPageUrl":"\x"}"#,
            r#"{"nextPageUrl":"#,
            r#"{"nextPageUrl":nu}"#,
        ] {
            assert_eq!(try_turned(body), Err(Unturned), "{body}");
        }
    }
}

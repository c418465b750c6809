//! Where Squarespace is, and how often it is called.

use serde::{Deserialize, Serialize};
use url::Url;

use super::key::{Key, Kind, Most};

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Squarespace {
    pub(crate) api_base: Url,
    pub(crate) login_base: Url,
    pub(crate) requests_per_minute: std::num::NonZeroU32,
}

impl Default for Squarespace {
    fn default() -> Self {
        let parse = |text: &str| text.parse().expect("the vendor's address is a URL");
        Self {
            api_base: parse("https://api.squarespace.com/"),
            login_base: parse("https://login.squarespace.com/"),
            requests_per_minute: std::num::NonZeroU32::new(300).expect("300 is not zero"),
        }
    }
}

pub(super) const KEYS: &[Key] = &[
    Key {
        name: "squarespace.api_base",
        kind: Kind::Url,
        unit: None,
        default: Some("https://api.squarespace.com/"),
        default_in_words: "",
        example: "http://127.0.0.1:9090/squarespace",
        about: "Where the Commerce API is; the sandbox's address for trials.",
    },
    Key {
        name: "squarespace.login_base",
        kind: Kind::Url,
        unit: None,
        default: Some("https://login.squarespace.com/"),
        default_in_words: "",
        example: "http://127.0.0.1:9090/squarespace-login",
        about: "Where tokens are renewed.",
    },
    Key {
        name: "squarespace.requests_per_minute",
        kind: Kind::WholeNumber(Some(Most {
            number: 300,
            why: "Squarespace takes 300 calls a minute for a site, and none for the next minute after more",
        })),
        unit: Some("requests per minute and site"),
        default: Some("300"),
        default_in_words: "",
        example: "120",
        about: "No sliding minute has more calls than this; 300 at most, which is the vendor's own limit and shared by all of a site's callers.",
    },
];

//! Where Squarespace is, as which app owners are asked there, and how often it is called.

use std::path::PathBuf;

use portico_engine::OAuthClient;
use serde::{Deserialize, Serialize};
use url::Url;

use super::key::{Key, Kind, Most};
use crate::failure::Failure;
use crate::secret::SecretSource;

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Squarespace {
    pub(crate) api_base: Url,
    pub(crate) login_base: Url,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret_file: Option<PathBuf>,
    pub(crate) requests_per_minute: std::num::NonZeroU32,
}

impl Default for Squarespace {
    fn default() -> Self {
        let parse = |text: &str| text.parse().expect("the vendor's address is a URL");
        Self {
            api_base: parse("https://api.squarespace.com/"),
            login_base: parse("https://login.squarespace.com/"),
            client_id: None,
            client_secret_file: None,
            requests_per_minute: std::num::NonZeroU32::new(300).expect("300 is not zero"),
        }
    }
}

impl Squarespace {
    /// The registered app, with its secret; `None` where there is none.
    pub(crate) fn app(&self) -> Result<Option<OAuthClient>, Failure> {
        match (&self.client_id, &self.client_secret_file) {
            (None, None) => Ok(None),
            (Some(id), Some(file)) => Ok(Some(OAuthClient {
                id: id.clone(),
                secret: SecretSource::File(file.clone()).read()?,
                redirect_uri: None,
            })),
            (Some(_), None) | (None, Some(_)) => Err(Failure::usage(
                "`squarespace.client_id` and `squarespace.client_secret_file` belong together: set both, or neither",
            )),
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
        about: "Where the Commerce API is; for trials with the sandbox its address and `/squarespace`, such as `http://127.0.0.1:9090/squarespace`. Kommo accounts may be at the same host and port, and otherwise at public `https://` addresses alone.",
    },
    Key {
        name: "squarespace.login_base",
        kind: Kind::Url,
        unit: None,
        default: Some("https://login.squarespace.com/"),
        default_in_words: "",
        example: "http://127.0.0.1:9090/squarespace-login",
        about: "Where owners consent and tokens are renewed.",
    },
    Key {
        name: "squarespace.client_id",
        kind: Kind::Text,
        unit: None,
        default: None,
        default_in_words: "none",
        example: "Vq3kXw0dZp7mTn5r",
        about: "The app that you registered with Squarespace, for connecting sites by their owners' consent. Its redirect address is `public_url` followed by `/oauth/callback`.",
    },
    Key {
        name: "squarespace.client_secret_file",
        kind: Kind::Path,
        unit: None,
        default: None,
        default_in_words: "none",
        example: "/etc/portico/squarespace-client-secret",
        about: "The secret of that app, in a file of its own that only Portico can read.",
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

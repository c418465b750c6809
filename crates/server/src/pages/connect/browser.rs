//! The token that binds a way to the vendor to the browser that began it.

use http::{HeaderMap, HeaderValue};
use portico_domain::Chance;
use secrecy::{ExposeSecret, SecretString};

use crate::pages::session;

const COOKIE: &str = "portico_browser";

/// As long as a page may wait for its owner.
const LASTS_SECONDS: u32 = 24 * 60 * 60;

const TOKEN_BYTES: usize = 32;

/// A browser that somebody connects a site with. It keeps its token, so that two pages in it do not
/// disturb each other.
pub(super) struct Browser(SecretString);

impl Browser {
    pub(super) fn new(chance: &Chance) -> Self {
        Self(hex::encode(chance.bytes::<TOKEN_BYTES>()).into())
    }

    /// The browser that sent these headers, if it was here before.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let token = session::cookie(headers, COOKIE)?;
        let is_ours =
            token.len() == 2 * TOKEN_BYTES && token.bytes().all(|b| b.is_ascii_hexdigit());
        is_ours.then(|| Self(token.into()))
    }

    pub(super) fn token(&self) -> &SecretString {
        &self.0
    }

    pub(super) fn into_token(self) -> SecretString {
        self.0
    }

    /// The vendor sends the browser back from another site, which `Lax` lets through and `Strict` does not.
    pub(super) fn cookie(&self, is_encrypted: bool) -> HeaderValue {
        let secure = if is_encrypted { "; Secure" } else { "" };
        let token = self.0.expose_secret();
        let cookie = format!(
            "{COOKIE}={token}; Path=/; Max-Age={LASTS_SECONDS}; HttpOnly; SameSite=Lax{secure}"
        );
        HeaderValue::try_from(cookie).expect("digits and letters are a header's value")
    }
}

//! OAuth: sending the owner to consent, and getting tokens.

use jiff::Timestamp;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use url::Url;
use wire::{Error, ExposeSecret, SecretString};

use crate::client::{Client, fetch};
use crate::id::WebsiteId;
use crate::money::optional_decimal;

/// An access token and what renews it.
///
/// The old refresh token dies when the new access token is first used: store the new pair before that.
#[derive(Clone, Debug)]
pub struct TokenPair {
    /// For the calls.
    pub access_token: SecretString,
    /// When the access token ends.
    pub access_expires_at: Timestamp,
    /// For the next pair; `None` without offline access.
    pub refresh_token: Option<SecretString>,
    /// When the refresh token ends.
    pub refresh_expires_at: Option<Timestamp>,
}

/// What to ask the owner of a website for.
#[derive(Clone, Debug)]
pub struct Consent<'a> {
    /// The registered client.
    pub client_id: &'a str,
    /// Where the owner comes back; exactly as registered.
    pub redirect_uri: &'a str,
    /// Such as `website.orders.read`.
    pub scopes: &'a [&'a str],
    /// Comes back unchanged.
    pub state: &'a str,
    /// The website to choose beforehand.
    pub website_id: Option<&'a WebsiteId>,
}

const TOKENS: &str = "POST /api/1/login/oauth/provider/tokens";

impl Client {
    /// The page where the owner consents, with offline access. `GET /api/1/login/oauth/provider/authorize`
    pub fn consent_url(&self, consent: &Consent<'_>) -> Url {
        let mut url = self.login_base().clone();
        url.path_segments_mut()
            .expect("the base address was checked when the client was made")
            .pop_if_empty()
            .extend(["api", "1", "login", "oauth", "provider", "authorize"]);
        url.query_pairs_mut()
            .append_pair("client_id", consent.client_id)
            .append_pair("redirect_uri", consent.redirect_uri)
            .append_pair("scope", &consent.scopes.join(","))
            .append_pair("state", consent.state)
            .append_pair("access_type", "offline")
            .extend_pairs(consent.website_id.map(|id| ("website_id", id.as_str())));
        url
    }

    /// Trades the code of a consent for tokens, within two minutes, once.
    /// `POST /api/1/login/oauth/provider/tokens`
    pub async fn exchange_code(
        &self,
        client_id: &str,
        client_secret: &SecretString,
        code: &SecretString,
        redirect_uri: &str,
    ) -> Result<TokenPair, Error> {
        let grant = Grant::AuthorizationCode {
            code: code.expose_secret(),
            redirect_uri,
        };
        self.tokens(client_id, client_secret, &grant).await
    }

    /// Trades a refresh token for a new pair; safe to send again until the new pair is used.
    /// `POST /api/1/login/oauth/provider/tokens`
    pub async fn refresh(
        &self,
        client_id: &str,
        client_secret: &SecretString,
        refresh_token: &SecretString,
    ) -> Result<TokenPair, Error> {
        let grant = Grant::RefreshToken {
            refresh_token: refresh_token.expose_secret(),
        };
        self.tokens(client_id, client_secret, &grant).await
    }

    async fn tokens(
        &self,
        client_id: &str,
        client_secret: &SecretString,
        grant: &Grant<'_>,
    ) -> Result<TokenPair, Error> {
        let call = self
            .login_call(TOKENS)
            .basic(client_id, client_secret)
            .json(grant);
        fetch::<Answer>(call).await.map(|answer| answer.0)
    }
}

#[derive(Serialize)]
#[serde(tag = "grant_type", rename_all = "snake_case")]
enum Grant<'a> {
    AuthorizationCode {
        code: &'a str,
        redirect_uri: &'a str,
    },
    RefreshToken {
        refresh_token: &'a str,
    },
}

/// Both names of the access token are sent today; the newer one counts.
#[derive(Deserialize)]
#[serde(try_from = "Wire")]
struct Answer(TokenPair);

#[derive(Deserialize)]
struct Wire {
    access_token: Option<String>,
    token: Option<String>,
    #[serde(deserialize_with = "optional_decimal")]
    access_token_expires_at: Option<Decimal>,
    refresh_token: Option<String>,
    #[serde(default, deserialize_with = "optional_decimal")]
    refresh_token_expires_at: Option<Decimal>,
}

impl TryFrom<Wire> for Answer {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let access_expires_at = wire.access_token_expires_at.and_then(moment);
        Ok(Self(TokenPair {
            access_token: wire
                .access_token
                .or(wire.token)
                .ok_or("no access token")?
                .into(),
            access_expires_at: access_expires_at.ok_or("no moment when the access token ends")?,
            refresh_token: wire.refresh_token.map(SecretString::from),
            refresh_expires_at: wire.refresh_token_expires_at.and_then(moment),
        }))
    }
}

/// The vendor writes moments as Unix seconds with a fraction, in text.
fn moment(seconds: Decimal) -> Option<Timestamp> {
    let milliseconds = (seconds * Decimal::ONE_THOUSAND).trunc().to_i64()?;
    Timestamp::from_millisecond(milliseconds).ok()
}

#[cfg(test)]
mod tests {
    use wire::ExposeSecret;

    use super::*;

    fn read(json: &str) -> Result<TokenPair, serde_json::Error> {
        serde_json::from_str::<Answer>(json).map(|answer| answer.0)
    }

    #[test]
    fn a_pair_is_read_with_moments_as_text_or_number() {
        let pair = read(
            r#"{"token":"T1|old","token_type":"bearer","access_token":"T1|a/b+c==","access_token_expires_at":"1782900000.421",
                "refresh_token":"1|r==","refresh_token_expires_at":1783503000}"#,
        )
        .unwrap();
        assert_eq!(pair.access_token.expose_secret(), "T1|a/b+c==");
        assert_eq!(pair.access_expires_at.as_millisecond(), 1_782_900_000_421);
        assert_eq!(pair.refresh_token.unwrap().expose_secret(), "1|r==");
        assert_eq!(pair.refresh_expires_at.unwrap().as_second(), 1_783_503_000);
    }

    #[test]
    fn a_pair_without_offline_access_has_no_refresh_token() {
        let pair =
            read(r#"{"token":"T1|only","access_token_expires_at":"1782900000.421"}"#).unwrap();
        assert_eq!(pair.access_token.expose_secret(), "T1|only");
        assert!(pair.refresh_token.is_none() && pair.refresh_expires_at.is_none());
    }

    #[test]
    fn a_pair_without_a_token_or_an_end_is_no_pair() {
        assert!(read(r#"{"access_token_expires_at":"1782900000.421"}"#).is_err());
        assert!(read(r#"{"access_token":"T1|a","access_token_expires_at":null}"#).is_err());
    }

    #[test]
    fn tokens_are_not_printed() {
        let pair =
            read(r#"{"access_token":"T1|a","access_token_expires_at":"1","refresh_token":"1|r"}"#)
                .unwrap();
        let shown = format!("{pair:?}");
        assert!(!shown.contains("T1|a") && !shown.contains("1|r"), "{shown}");
    }
}

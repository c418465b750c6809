//! OAuth: sending the owner to consent, getting tokens, and reading when a token ends.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;
use wire::{Error, ExposeSecret, SecretString, lenient};

use crate::client::{Client, fetch};

/// An access token and what renews it, once: the old refresh token is dead when this one arrives.
#[derive(Clone, Debug)]
pub struct TokenPair {
    /// For the calls.
    pub access_token: SecretString,
    /// How long the access token lives from now.
    pub expires_in: Duration,
    /// For the next pair.
    pub refresh_token: SecretString,
}

/// The registered integration.
#[derive(Clone, Copy, Debug)]
pub struct Integration<'a> {
    /// Its id.
    pub client_id: &'a str,
    /// Its secret.
    pub client_secret: &'a SecretString,
    /// Where owners come back; exactly as registered.
    pub redirect_uri: &'a str,
}

/// The page where an owner consents, on the vendor's common host. `GET /oauth`
pub fn consent_url(common_host: &Url, client_id: &str, state: &str) -> Url {
    let mut url = common_host.clone();
    url.set_path(&format!("{}/oauth", url.path().trim_end_matches('/')));
    url.query_pairs_mut()
        .append_pair("client_id", client_id)
        .append_pair("state", state);
    url
}

/// When a token ends, by its own claim, which is not checked; `None` where it makes no readable one.
pub fn token_expiry(token: &SecretString) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Claims {
        #[serde(deserialize_with = "lenient::integer")]
        exp: i64,
    }

    let claims = token.expose_secret().split('.').nth(1)?;
    let claims = BASE64_URL_SAFE_NO_PAD
        .decode(claims.trim_end_matches('='))
        .ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    Timestamp::from_second(claims.exp).ok()
}

impl Client {
    /// Trades the code of a consent for tokens, within twenty minutes, once. `POST /oauth2/access_token`
    pub async fn exchange_code(
        &self,
        integration: Integration<'_>,
        code: &SecretString,
    ) -> Result<TokenPair, Error> {
        self.tokens(
            integration,
            Grant::AuthorizationCode {
                code: code.expose_secret(),
            },
        )
        .await
    }

    /// Trades a refresh token for a new pair. `POST /oauth2/access_token`
    ///
    /// The old refresh token is dead at once: a lost answer costs the owner a new consent.
    pub async fn refresh(
        &self,
        integration: Integration<'_>,
        refresh_token: &SecretString,
    ) -> Result<TokenPair, Error> {
        self.tokens(
            integration,
            Grant::RefreshToken {
                refresh_token: refresh_token.expose_secret(),
            },
        )
        .await
    }

    async fn tokens(
        &self,
        integration: Integration<'_>,
        grant: Grant<'_>,
    ) -> Result<TokenPair, Error> {
        let body = Body {
            client_id: integration.client_id,
            client_secret: integration.client_secret.expose_secret(),
            redirect_uri: integration.redirect_uri,
            grant,
        };
        let answer: Answer = fetch(self.open_call("POST /oauth2/access_token").json(&body)).await?;
        Ok(TokenPair {
            access_token: answer.access_token.into(),
            expires_in: Duration::from_secs(answer.expires_in),
            refresh_token: answer.refresh_token.into(),
        })
    }
}

#[derive(Serialize)]
struct Body<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    redirect_uri: &'a str,
    #[serde(flatten)]
    grant: Grant<'a>,
}

#[derive(Serialize)]
#[serde(tag = "grant_type", rename_all = "snake_case")]
enum Grant<'a> {
    AuthorizationCode { code: &'a str },
    RefreshToken { refresh_token: &'a str },
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: u64,
    refresh_token: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> SecretString {
        format!("head.{}.signature", BASE64_URL_SAFE_NO_PAD.encode(claims)).into()
    }

    #[test]
    fn a_token_says_when_it_ends() {
        assert_eq!(
            token_expiry(&token(r#"{"exp":1752570000,"aud":"x"}"#)).map(|at| at.as_second()),
            Some(1_752_570_000)
        );
    }

    #[test]
    fn a_token_that_does_not_say_has_no_end() {
        assert_eq!(token_expiry(&token(r#"{"aud":"x"}"#)), None);
        assert_eq!(token_expiry(&"opaque".into()), None);
        assert_eq!(token_expiry(&"a.%%%.c".into()), None);
    }

    #[test]
    fn the_consent_page_gets_client_and_state() {
        let host = Url::parse("https://www.kommo.com/").unwrap();
        let url = consent_url(&host, "7f0a", "st&te");
        assert_eq!(
            url.as_str(),
            "https://www.kommo.com/oauth?client_id=7f0a&state=st%26te"
        );
    }

    #[test]
    fn a_grant_is_written_flat() {
        let body = Body {
            client_id: "c",
            client_secret: "s",
            redirect_uri: "r",
            grant: Grant::RefreshToken { refresh_token: "t" },
        };
        insta::assert_snapshot!(serde_json::to_string(&body).unwrap(), @r#"{"client_id":"c","client_secret":"s","redirect_uri":"r","grant_type":"refresh_token","refresh_token":"t"}"#);
    }
}

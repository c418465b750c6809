//! Tokens: the token endpoint with its rotation, and what a token is good for.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha256;

use super::answer::{Answer, Refusal, hal};
use super::{ACCOUNT_ID, Kommo, SUBDOMAIN};
use crate::ids::Ids;

const DAY_S: i64 = 86_400;
const CODE_LIFE_S: i64 = 20 * 60;
const REFRESH_LIFE_S: i64 = 90 * DAY_S;
const LONG_LIFE_S: i64 = 5 * 365 * DAY_S;
const REFUSAL_TYPE: &str = "https://developers.amocrm.ru/v3/errors/OAuthProblemJson";

/// The integration of the account and everything handed out to it.
#[derive(Debug)]
pub(super) struct Tokens {
    pub client_id: String,
    pub client_secret: String,
    pub redirect_uri: String,
    pub long_lived: String,
    pub first_refresh: String,
    key: [u8; 32],
    access: HashMap<String, i64>,
    refresh: HashMap<String, Spendable>,
    codes: HashMap<String, Spendable>,
}

/// Something that can be used once.
#[derive(Clone, Copy, Debug)]
struct Spendable {
    expires_at: i64,
    spent: bool,
}

#[derive(Deserialize)]
struct Exchange {
    client_id: String,
    client_secret: String,
    redirect_uri: String,
    #[serde(flatten)]
    grant: Grant,
}

#[derive(Deserialize)]
#[serde(tag = "grant_type", rename_all = "snake_case")]
enum Grant {
    AuthorizationCode { code: String },
    RefreshToken { refresh_token: String },
}

/// What the consent page is opened with.
#[derive(Deserialize)]
pub(super) struct Consent {
    client_id: String,
    #[serde(default)]
    state: String,
}

impl Tokens {
    pub(super) fn seeded(ids: &Ids, user: u64, now: i64) -> Self {
        let mut tokens = Self {
            client_id: ids.uuid(),
            client_secret: ids.token(64),
            redirect_uri: "https://portico.example.test/oauth/kommo".to_owned(),
            long_lived: String::new(),
            first_refresh: String::new(),
            key: ids.bytes(),
            access: HashMap::new(),
            refresh: HashMap::new(),
            codes: HashMap::new(),
        };
        tokens.long_lived = tokens.add_access(ids, user, now, LONG_LIFE_S);
        tokens.first_refresh = tokens.add_refresh(ids, now);
        tokens
    }

    pub(super) fn admits(&self, access_token: &str, now: i64) -> bool {
        self.access
            .get(access_token)
            .is_some_and(|expires_at| now < *expires_at)
    }

    /// A fresh authorization code, as the redirect after consent carries it.
    pub(super) fn add_code(&mut self, ids: &Ids, now: i64) -> String {
        let code = format!("def502{}{}", ids.hex24(), ids.hex24());
        self.codes.insert(
            code.clone(),
            Spendable {
                expires_at: now + CODE_LIFE_S,
                spent: false,
            },
        );
        code
    }

    fn add_refresh(&mut self, ids: &Ids, now: i64) -> String {
        let token = format!("def502{}{}{}", ids.hex24(), ids.hex24(), ids.hex24());
        self.refresh.insert(
            token.clone(),
            Spendable {
                expires_at: now + REFRESH_LIFE_S,
                spent: false,
            },
        );
        token
    }

    fn add_access(&mut self, ids: &Ids, user: u64, now: i64, life_s: i64) -> String {
        let token = self.jwt(ids, user, now, now + life_s);
        self.access.insert(token.clone(), now + life_s);
        token
    }

    fn jwt(&self, ids: &Ids, user: u64, now: i64, expires_at: i64) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = part(&json!({ "typ": "JWT", "alg": "HS256", "jti": ids.hex24() }));
        let claims = part(&json!({
            "aud": self.client_id, "jti": ids.hex24(), "iat": now, "nbf": now, "exp": expires_at, "sub": user.to_string(),
            "account_id": ACCOUNT_ID, "base_domain": "kommo.com", "api_domain": "api-g.kommo.com", "version": 2,
            "scopes": ["crm", "notifications"],
        }));
        let signed = format!("{header}.{claims}");
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(signed.as_bytes());
        format!(
            "{signed}.{}",
            URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
        )
    }
}

/// `POST /oauth2/access_token`
pub(super) async fn exchange(State(kommo): State<Arc<Kommo>>, body: Bytes) -> Answer {
    let asked: Exchange = serde_json::from_slice(&body).map_err(|cause| {
        refused(
            StatusCode::BAD_REQUEST,
            &format!("The request misses a parameter: {cause}"),
        )
    })?;
    let now = kommo.now();
    let mut state = kommo.held();
    let user = state.owner;
    let tokens = &mut state.tokens;
    if asked.client_id != tokens.client_id || asked.client_secret != tokens.client_secret {
        return Err(refused(
            StatusCode::UNAUTHORIZED,
            "Client authentication failed",
        ));
    }
    if asked.redirect_uri != tokens.redirect_uri {
        return Err(refused(
            StatusCode::BAD_REQUEST,
            "The redirect URI is not the registered one",
        ));
    }
    match asked.grant {
        Grant::AuthorizationCode { code } => {
            spend(&mut tokens.codes, &code, now).map_err(|_| {
                refused(
                    StatusCode::BAD_REQUEST,
                    "Authorization code is unknown, used or expired",
                )
            })?;
        }
        Grant::RefreshToken { refresh_token } => {
            spend(&mut tokens.refresh, &refresh_token, now)
                .map_err(|hint| refused(StatusCode::UNAUTHORIZED, hint))?;
        }
    }
    let ids = &kommo.world.ids;
    let access_token = tokens.add_access(ids, user, now, DAY_S);
    let refresh_token = tokens.add_refresh(ids, now);
    hal(&json!({
        "token_type": "Bearer", "expires_in": DAY_S, "server_time": now,
        "access_token": access_token, "refresh_token": refresh_token,
    }))
}

/// `GET /oauth`: the consent page, with a person behind it who agrees at once.
pub(super) async fn consent(
    State(kommo): State<Arc<Kommo>>,
    Query(asked): Query<Consent>,
    headers: HeaderMap,
) -> Response {
    let now = kommo.now();
    let mut state = kommo.held();
    if asked.client_id != state.tokens.client_id {
        return Refusal::not_found("Integration not found").into_response();
    }
    let Ok(mut address) = url::Url::parse(&state.tokens.redirect_uri) else {
        return Refusal::bad_request("The integration has no valid redirect URI").into_response();
    };
    let code = state.tokens.add_code(&kommo.world.ids, now);
    let host = headers
        .get(http::header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    address
        .query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("referer", host)
        .append_pair("state", &asked.state)
        .append_pair("client_id", &asked.client_id);
    Redirect::to(address.as_str()).into_response()
}

/// `GET /oauth2/account/subdomain` with an access token, `.../current/subdomain` with a refresh token.
pub(super) async fn subdomain(State(kommo): State<Arc<Kommo>>, headers: HeaderMap) -> Answer {
    let now = kommo.now();
    let state = kommo.held();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let by_access = header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let refresh = header("x-refresh-token").and_then(|token| state.tokens.refresh.get(token));
    if !by_access.is_some_and(|token| state.tokens.admits(token, now))
        && refresh.is_none_or(|token| token.spent)
    {
        return Err(Refusal::unauthorized());
    }
    hal(&json!({
        "id": ACCOUNT_ID, "subdomain": SUBDOMAIN, "domain": format!("{SUBDOMAIN}.kommo.com"), "top_level_domain": "com",
    }))
}

/// Uses something up; the hint says why it could not be.
fn spend(
    known: &mut HashMap<String, Spendable>,
    given: &str,
    now: i64,
) -> Result<(), &'static str> {
    match known.get_mut(given) {
        None => Err("Cannot decrypt the refresh token"),
        Some(found) if found.spent => Err("Token has been revoked"),
        Some(found) if now >= found.expires_at => Err("Token has expired"),
        Some(found) => {
            found.spent = true;
            Ok(())
        }
    }
}

fn refused(status: StatusCode, hint: &str) -> Refusal {
    let title = if status == StatusCode::UNAUTHORIZED {
        "Authorization error"
    } else {
        "Invalid request"
    };
    Refusal::new(status, "Check the request and the token")
        .with("hint", hint)
        .with("title", title)
        .with("type", REFUSAL_TYPE)
}

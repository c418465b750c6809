//! Who is logged in: sessions kept in memory, and the question whether a request has one.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};
use jiff::{SignedDuration, Timestamp};
use portico_domain::Chance;
use secrecy::{ExposeSecret, SecretString};

use crate::error::ApiError;
use crate::routes::Doors;
use crate::serve::Peer;

/// A login is good for a working day.
pub(crate) const LASTS: SignedDuration = SignedDuration::from_hours(12);

pub(crate) const COOKIE: &str = "portico_session";

/// The sessions of this process; a restart ends them.
#[derive(Default)]
pub(crate) struct Sessions {
    open: Mutex<HashMap<String, Session>>,
}

struct Session {
    /// Asked of the engine each time, so that a revoked key ends its sessions at once.
    key: SecretString,
    until: Timestamp,
}

impl Sessions {
    /// Opens a session for a key that was found to be good; answers with its token.
    pub(crate) fn open(&self, key: SecretString, chance: &Chance, now: Timestamp) -> String {
        let token = hex::encode(chance.bytes::<32>());
        let session = Session {
            key,
            until: now + LASTS,
        };
        let mut open = self.locked();
        open.retain(|_, session| session.until > now);
        open.insert(token.clone(), session);
        token
    }

    pub(crate) fn close(&self, token: &str) {
        self.locked().remove(token);
    }

    fn key(&self, token: &str, now: Timestamp) -> Option<SecretString> {
        let open = self.locked();
        let session = open.get(token).filter(|session| session.until > now)?;
        Some(session.key.clone())
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A person who may see the pages.
pub(crate) struct Visitor {
    /// False where the overview is open, so that there is nothing to log out of.
    pub(crate) is_logged_in: bool,
}

impl FromRequestParts<Doors> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, doors: &Doors) -> Result<Self, ApiError> {
        let now = doors.engine.now();
        let key = token(&parts.headers).and_then(|token| doors.sessions.key(token, now));
        if let Some(key) = key {
            match doors.engine.check_admin_key(key.expose_secret()).await {
                Ok(()) => return Ok(Self { is_logged_in: true }),
                Err(portico_engine::Error::Unauthorized) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if doors.settings.open_overview && is_local(parts) {
            return Ok(Self {
                is_logged_in: false,
            });
        }
        Err(ApiError::LoggedOut)
    }
}

/// The token of the session in the request's cookies.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, COOKIE)
}

/// The value of one of the request's cookies.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(name, value)| (name == wanted).then_some(value))
}

/// Whether the browser runs on this machine and was pointed at this machine: a page elsewhere whose
/// name was made to lead here still carries its own name.
fn is_local(parts: &Parts) -> bool {
    let from_here = parts
        .extensions
        .get::<Peer>()
        .is_some_and(|peer| peer.0.ip().to_canonical().is_loopback());
    let to_here = parts
        .headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .and_then(|host| host.parse::<http::uri::Authority>().ok())
        .is_some_and(|host| is_this_machine(host.host()));
    from_here && to_here
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

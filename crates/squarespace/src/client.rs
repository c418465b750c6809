//! The client: where the vendor is, and how long to wait for it.

use std::time::Duration;

use http::HeaderName;
use serde::de::DeserializeOwned;
use url::Url;
use wire::{Error, Http, Reach, Request, SecretString, Settings, SetupError};

use crate::error;

/// The longest answer that is read; a full page of large orders is far below.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;

/// The header that makes a write safe to send again.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A client of the Commerce API. Holds no credential; cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    api: Http,
    login: Http,
}

/// The vendor's two hosts.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// Where the API is.
    pub api: Url,
    /// Where OAuth is.
    pub login: Url,
}

/// How long to wait for the vendor.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a connection to stand.
    pub connect: Duration,
    /// For a whole call.
    pub call: Duration,
}

impl Default for Endpoints {
    fn default() -> Self {
        let parse = |url| Url::parse(url).expect("the vendor's addresses are constants that parse");
        Self {
            api: parse("https://api.squarespace.com"),
            login: parse("https://login.squarespace.com"),
        }
    }
}

impl Endpoints {
    /// Which addresses the host of the API may have.
    #[must_use]
    pub fn api_reach(&self) -> Reach {
        reach(&self.api, &Self::default().api)
    }

    fn login_reach(&self) -> Reach {
        reach(&self.login, &Self::default().login)
    }
}

/// The vendor's own host must be a public one; one that the owner has configured may be anywhere.
fn reach(configured: &Url, own: &Url) -> Reach {
    if configured.origin() == own.origin() {
        Reach::Public
    } else {
        Reach::Any
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            call: Duration::from_secs(30),
        }
    }
}

impl Client {
    /// Makes a client. The vendor demands a user agent of one's own.
    pub fn new(
        endpoints: Endpoints,
        user_agent: impl Into<String>,
        timeouts: Timeouts,
    ) -> Result<Self, SetupError> {
        let user_agent = user_agent.into();
        let client = |reach, base| {
            Http::new(Settings {
                reach,
                base,
                user_agent: user_agent.clone(),
                connect_timeout: timeouts.connect,
                timeout: timeouts.call,
                max_answer_bytes: MAX_ANSWER_BYTES,
            })
        };
        let api = client(endpoints.api_reach(), endpoints.api.clone())?;
        let login = client(endpoints.login_reach(), endpoints.login)?;
        Ok(Self { api, login })
    }

    /// Starts a call of the API.
    pub(crate) fn call(
        &self,
        operation: &'static str,
        ids: &[&str],
        token: &SecretString,
    ) -> Request {
        self.api.request(operation, ids).bearer(token)
    }

    /// Starts a call of the login host, which takes other credentials.
    pub(crate) fn login_call(&self, operation: &'static str) -> Request {
        self.login.request(operation, &[])
    }

    /// The login host's base address.
    pub(crate) fn login_base(&self) -> &Url {
        self.login.base()
    }
}

/// Sends a call and reads its answer.
pub(crate) async fn fetch<T: DeserializeOwned>(call: Request) -> Result<T, Error> {
    call.fetch().await.map_err(error::named)
}

/// Sends a call whose answer holds nothing.
pub(crate) async fn run(call: Request) -> Result<(), Error> {
    call.run().await.map_err(error::named)
}

/// Up to fifty ids as the one path segment that the vendor takes.
pub(crate) fn joined<Id: AsRef<str>>(ids: &[Id]) -> String {
    let ids: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
    ids.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_is_configured_opens_nothing_for_the_other() {
        let endpoints = Endpoints {
            api: "http://127.0.0.1:9090/squarespace".parse().unwrap(),
            ..Endpoints::default()
        };
        assert_eq!(endpoints.api_reach(), Reach::Any);
        assert_eq!(endpoints.login_reach(), Reach::Public);
        let with_path = Endpoints {
            api: "https://api.squarespace.com/v9".parse().unwrap(),
            ..Endpoints::default()
        };
        assert_eq!(with_path.api_reach(), Reach::Public);
    }
}

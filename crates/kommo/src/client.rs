//! The client: where the account is, and how long to wait for it.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;
use wire::{Error, Http, Reach, Request, SecretString, Settings, SetupError};

use crate::entity::Page;
use crate::envelope::{self, Envelope};
use crate::error::explained;

/// The longest answer that is read; a full page of wide cards is far below.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;

/// A client of one account. Holds no credential; cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    http: Http,
}

/// How long to wait for the vendor.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a connection to stand.
    pub connect: Duration,
    /// For a whole call; batches of fifty take the vendor a while.
    pub call: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            call: Duration::from_secs(60),
        }
    }
}

impl Client {
    /// Makes a client of the account at this address, such as `https://acme.kommo.com`, whose host may
    /// have the addresses of `reach`.
    pub fn new(
        base: Url,
        reach: Reach,
        user_agent: impl Into<String>,
        timeouts: Timeouts,
    ) -> Result<Self, SetupError> {
        let http = Http::new(Settings {
            base,
            reach,
            user_agent: user_agent.into(),
            connect_timeout: timeouts.connect,
            timeout: timeouts.call,
            max_answer_bytes: MAX_ANSWER_BYTES,
        })?;
        Ok(Self { http })
    }

    /// Starts a call with a token.
    pub(crate) fn call(
        &self,
        operation: &'static str,
        parameters: &[&str],
        token: &SecretString,
    ) -> Request {
        self.http.request(operation, parameters).bearer(token)
    }

    /// Starts a call that carries its credentials in the body.
    pub(crate) fn open_call(&self, operation: &'static str) -> Request {
        self.http.request(operation, &[])
    }
}

/// Reads an answer as it stands.
pub(crate) async fn fetch<T: DeserializeOwned>(call: Request) -> Result<T, Error> {
    call.fetch().await.map_err(explained)
}

/// Cares only that the call succeeded.
pub(crate) async fn run(call: Request) -> Result<(), Error> {
    call.run().await.map_err(explained)
}

/// Reads one page of the list that the answer embeds under this key; an answer without a body is an empty page.
pub(crate) async fn page<T: DeserializeOwned>(call: Request, key: &str) -> Result<Page<T>, Error> {
    let answer = call.send().await.map_err(explained)?;
    if answer.is_empty() {
        return Ok(Page {
            items: Vec::new(),
            has_next: false,
        });
    }
    let envelope: Envelope = answer.json()?;
    let has_next = envelope.has_next();
    match envelope.into_items(key) {
        Ok(items) => Ok(Page { items, has_next }),
        Err(error) => Err(answer.malformed(unreadable(key, &error))),
    }
}

/// Sends a batch and reads what was written, from the list that the answer embeds under this key.
pub(crate) async fn write<B, T>(call: Request, batch: &[B], key: &str) -> Result<Vec<T>, Error>
where
    B: Serialize,
    T: DeserializeOwned,
{
    page(call.json(batch), key).await.map(|page| page.items)
}

/// Reads one thing, at the root or embedded under this key; `None` where the answer has no body.
pub(crate) async fn one<T: DeserializeOwned>(call: Request, key: &str) -> Result<Option<T>, Error> {
    let answer = call.send().await.map_err(explained)?;
    if answer.is_empty() {
        return Ok(None);
    }
    envelope::root_or_first(answer.json()?, key)
        .map_err(|error| answer.malformed(unreadable(key, &error)))
}

/// Only the class of the error: its text may quote a value.
fn unreadable(key: &str, error: &serde_json::Error) -> String {
    format!(
        "the vendor's list of {key} is not what we know ({:?} error)",
        error.classify()
    )
}

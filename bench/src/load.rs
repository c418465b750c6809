//! Load on a door: the call that is sent, whom it is sent to, and two ways of sending it all the time.

pub(crate) mod closed;
pub(crate) mod open;

use std::path::PathBuf;

use anyhow::Result;
use bytes::Bytes;
use http::{HeaderName, Method, header};
use url::Url;

use crate::process::Process;

/// What is measured and what it is held against take turns so often.
pub(crate) const ROUNDS: usize = 3;

/// A call, the same in every byte each time, but for a number where its body has one.
#[derive(Clone)]
pub(crate) struct Call {
    method: Method,
    /// Below the base of its target.
    path: String,
    headers: Vec<(HeaderName, String)>,
    body: String,
}

/// Stands in a body for a number that no other call has.
pub(crate) const NUMBER: &str = "4040404040";

/// A call and the one who answers it.
#[derive(Clone)]
pub(crate) struct Target {
    /// The agent that calls; `None` where nothing is put on record.
    pub(crate) agent: Option<&'static str>,
    pub(crate) process: Process,
    pub(crate) base: Url,
    pub(crate) call: Call,
    /// What every answer holds that is right.
    pub(crate) answer: Bytes,
}

/// What is measured, and what it is held against.
pub(crate) struct Pair {
    pub(crate) peer: Target,
    pub(crate) own: Target,
}

/// For how long each load lasts, and where its files are.
pub(crate) struct Load {
    pub(crate) folder: PathBuf,
    pub(crate) seconds: u32,
}

impl Target {
    /// Whether an answer is the right one. An event has an identifier of its own around it.
    fn is_answered_by(&self, body: &[u8]) -> bool {
        if self.answer.is_empty() {
            return body.is_empty();
        }
        let mut parts = body.windows(self.answer.len());
        parts.any(|part| part == self.answer)
    }
}

impl Call {
    pub(crate) fn get(path: &str, key: &str) -> Self {
        Self {
            method: Method::GET,
            path: path.to_owned(),
            headers: vec![(header::AUTHORIZATION, format!("Bearer {key}"))],
            body: String::new(),
        }
    }

    pub(crate) fn post(path: &str, key: &str, body: String) -> Self {
        Self {
            method: Method::POST,
            body,
            ..Self::get(path, key)
        }
        .with(header::CONTENT_TYPE, "application/json")
    }

    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Makes the call once, and wants it done.
    pub(crate) async fn made(&self, base: &Url) -> Result<reqwest::Response> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let mut request = http.request(self.method.clone(), base.join(&self.path)?);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let answer = request.body(self.body.clone()).send().await?;
        Ok(answer.error_for_status()?)
    }
}

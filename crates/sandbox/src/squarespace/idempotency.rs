//! Idempotency keys: what succeeded under a key is not done again for two days.

use std::collections::HashMap;

use axum::http::HeaderMap;
use serde_json::Value;

use super::answer::Refusal;

/// How long a used key is remembered.
const KEY_LIFE_MS: i64 = 48 * 3_600_000;

/// The successes of one operation on one website, by their key.
#[derive(Debug, Default)]
pub(super) struct Replays(HashMap<String, Replay>);

/// A success that a repetition gets again.
#[derive(Debug)]
pub(super) struct Replay {
    pub(super) request: Value,
    pub(super) answer: Value,
    at: i64,
}

impl Replays {
    /// What succeeded under this key, after those that are too old were forgotten.
    pub(super) fn find(&mut self, now: i64, key: &str) -> Option<&Replay> {
        self.0.retain(|_, replay| replay.at + KEY_LIFE_MS > now);
        self.0.get(key)
    }

    pub(super) fn keep(&mut self, now: i64, key: String, request: Value, answer: Value) {
        let replay = Replay {
            request,
            answer,
            at: now,
        };
        self.0.insert(key, replay);
    }
}

/// Absent: the outer layer's shape, before the body is looked at. Malformed: the usual one.
pub(super) fn key(headers: &HeaderMap) -> Result<String, Refusal> {
    let Some(key) = headers.get("idempotency-key") else {
        return Err(
            Refusal::bad_request("Required header 'Idempotency-Key' is not present.")
                .into_problem(),
        );
    };
    let key = key.to_str().unwrap_or_default();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !(1..=64).contains(&key.len()) || !key.bytes().all(allowed) {
        return Err(Refusal::invalid(
            "The Idempotency-Key must have 1 to 64 letters, digits, dashes or underscores.",
        ));
    }
    Ok(key.to_owned())
}

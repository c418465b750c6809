//! Trying a call out: what would be sent, what it would change, and what is decided of it.

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{HeaderMap, Response};
use portico_domain::agent::{Decision, ValueChange};
use serde::Serialize;

use super::answer;
use super::body::Streamed;
use super::call::{Outgoing, Shown};
use super::refusal::Refusal;
use super::rights::{Asked, Ruling};
use crate::Error;

/// Asks for a dry run, and says in the answer that it was one.
pub const DRY_RUN_HEADER: &str = "portico-dry-run";

/// The answer to a call that was tried out.
#[derive(Serialize)]
struct DryRun<'a> {
    dry_run: bool,
    connection: &'a str,
    operation: &'static str,
    /// What the vendor would be sent, under its own path.
    request: Shown,
    changes: &'a [ValueChange],
    decision: Decided<'a>,
}

#[derive(Serialize)]
struct Decided<'a> {
    verdict: &'static str,
    because: &'a str,
}

/// Whether a caller asks for a dry run. What is neither yes nor no must not be sent by mistake.
pub(super) fn is_asked(headers: &HeaderMap) -> Result<bool, Refusal> {
    let mut said = headers
        .get_all(DRY_RUN_HEADER)
        .iter()
        .map(HeaderValue::as_bytes);
    match (said.next(), said.next()) {
        (None, _) | (Some(b"false"), None) => Ok(false),
        (Some(b"true"), None) => Ok(true),
        _ => Err(Refusal::Request(format!(
            "`{DRY_RUN_HEADER}` is `true` or `false`; nothing was sent"
        ))),
    }
}

/// What the caller is told instead of an answer of the vendor's.
pub(super) fn answer(
    asked: &Asked<'_>,
    outgoing: &Outgoing,
    ruling: &Ruling,
) -> Result<Response<Streamed>, Error> {
    let (verdict, because) = match &ruling.decision {
        Decision::Allow { because, .. } => ("allow", because),
        Decision::Ask { because, .. } => ("ask", because),
        Decision::Deny(denial) => ("deny", &denial.because),
    };
    let told = DryRun {
        dry_run: true,
        connection: &asked.connection.name,
        operation: outgoing.operation.id,
        request: outgoing.shown(asked.path),
        changes: &ruling.changes,
        decision: Decided { verdict, because },
    };
    let mut response = json(&told)?;
    let is_dry = HeaderValue::from_static("true");
    response.headers_mut().insert(DRY_RUN_HEADER, is_dry);
    Ok(response)
}

/// An answer of our own.
pub(super) fn json(told: &impl Serialize) -> Result<Response<Streamed>, Error> {
    let body = serde_json::to_vec(told).map_err(Error::internal)?;
    let mut response = Response::new(answer::whole(Bytes::from(body)));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_word_asks_for_a_dry_run_or_does_not() {
        let asked = |sent: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in sent {
                headers.append(DRY_RUN_HEADER, HeaderValue::from_static(value));
            }
            is_asked(&headers).ok()
        };
        assert_eq!(asked(&[]), Some(false));
        assert_eq!(asked(&["false"]), Some(false));
        assert_eq!(asked(&["true"]), Some(true));
        for unclear in [&["yes"][..], &["True"], &[""], &["true", "true"]] {
            assert_eq!(asked(unclear), None, "{unclear:?}");
        }
    }
}

//! The one error of a call to a vendor: what kind of failure, whether the call may have been done, how long to wait.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;

/// How much of a refused call's body is kept.
pub(crate) const KEPT_BODY_BYTES: usize = 64 * 1024;

/// A call that gave no usable answer.
///
/// `Display` and `Debug` are safe to log: neither shows the body, the credential or the query.
#[derive(Clone, thiserror::Error)]
#[error("{operation}: {message}")]
pub struct Error {
    /// What kind of failure it was.
    pub kind: Kind,
    /// The call, as method and path template: `GET /orders/{id}`.
    pub operation: &'static str,
    /// The status of the answer, where there was an answer.
    pub status: Option<u16>,
    /// How long the vendor asked us to wait.
    pub retry_after: Option<Duration>,
    /// What happened, safe to log: never holds any part of a body.
    pub message: String,
    /// The vendor's own id of the request, to quote to its support.
    pub request_id: Option<String>,
    outcome: Outcome,
    body: Bytes,
}

/// The kinds of failure, by what the caller can do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 429: wait, then go on.
    Throttled,
    /// 401: the credential is missing, wrong or stale.
    Unauthorized,
    /// 403 with a reason: the credential lacks the right.
    Forbidden,
    /// 403 without a readable reason: something in front of the API refuses us altogether.
    Blocked,
    /// 402: the account is not paid for.
    PaymentRequired,
    /// 404: no such thing.
    NotFound,
    /// 409: the state of the thing does not allow it, or another request is at work on it.
    Conflict,
    /// Any other refusal: the request itself is wrong and would be refused again.
    Rejected,
    /// 5xx, no connection, a time-out or a broken connection.
    Unavailable,
    /// A success that we cannot read.
    Malformed,
}

/// Whether the vendor may have done what it was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Certainly not done: it was refused, or never left.
    NotDone,
    /// Perhaps done: look before sending a write again.
    Unknown,
}

/// A client that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The base address cannot carry a path.
    #[error("`{0}` is not a base address: give an absolute http or https URL")]
    Base(url::Url),
    /// The base address is a literal one that is not public.
    #[error("`{0}` is no public address, and nothing else is called there")]
    Reach(url::Url),
    /// The HTTP client refused its settings, or the machine has no usable TLS roots.
    #[error("the HTTP client could not be made: {0}")]
    Http(#[from] reqwest::Error),
}

/// Everything but what an answer adds.
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) outcome: Outcome,
    pub(crate) message: String,
}

impl Error {
    /// Whether the vendor may have done what it was asked to do.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Whether the same call may succeed later without anyone changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind, Kind::Throttled | Kind::Unavailable)
    }

    /// The first 64 KiB of the answer's body. May hold personal data: never log it.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Reads the body as JSON; `None` where it is something else.
    pub fn body_as<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// What a failed answer says about the call, when something else than this crate's client read it.
    pub fn of_answer(operation: &'static str, head: &http::response::Parts, body: Bytes) -> Self {
        let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok();
        let mut error = Self::without_answer(operation, of_status(head.status, is_json));
        error.status = Some(head.status.as_u16());
        error.retry_after = crate::retry_after::read(&head.headers);
        error.with_body(body)
    }

    pub(crate) fn without_answer(operation: &'static str, failure: Failure) -> Self {
        Self {
            kind: failure.kind,
            operation,
            status: None,
            retry_after: None,
            message: failure.message,
            request_id: None,
            outcome: failure.outcome,
            body: Bytes::new(),
        }
    }

    pub(crate) fn with_body(mut self, body: Bytes) -> Self {
        self.body = body;
        self.body.truncate(KEPT_BODY_BYTES);
        self
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("operation", &self.operation)
            .field("status", &self.status)
            .field("retry_after", &self.retry_after)
            .field("message", &self.message)
            .field("request_id", &self.request_id)
            .field("outcome", &self.outcome)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

/// What a status that is no success says about the call.
pub(crate) fn of_status(status: http::StatusCode, body_is_json: bool) -> Failure {
    let (kind, outcome) = match status.as_u16() {
        401 => (Kind::Unauthorized, Outcome::NotDone),
        402 => (Kind::PaymentRequired, Outcome::NotDone),
        403 if body_is_json => (Kind::Forbidden, Outcome::NotDone),
        403 => (Kind::Blocked, Outcome::NotDone),
        404 => (Kind::NotFound, Outcome::NotDone),
        // A server that gave up waiting for us says nothing about what it had already taken.
        408 => (Kind::Unavailable, Outcome::Unknown),
        409 => (Kind::Conflict, Outcome::NotDone),
        429 => (Kind::Throttled, Outcome::NotDone),
        500..=599 => (Kind::Unavailable, Outcome::Unknown),
        _ => (Kind::Rejected, Outcome::NotDone),
    };
    let advice = if status.is_redirection() {
        ": redirects are not followed; check the base address"
    } else if kind == Kind::Blocked {
        " without a reason: something in front of the API refuses every call"
    } else {
        ""
    };
    Failure {
        kind,
        outcome,
        message: format!("the vendor answered {status}{advice}"),
    }
}

/// What a broken exchange says about the call.
pub(crate) fn of_transport(error: reqwest::Error) -> Failure {
    // The address goes first: its query may hold an e-mail address.
    let error = error.without_url();
    let never_left = error.is_connect() || error.is_builder();
    let outcome = if never_left {
        Outcome::NotDone
    } else {
        Outcome::Unknown
    };
    let kind = if error.is_builder() {
        Kind::Rejected
    } else {
        Kind::Unavailable
    };
    let what = if error.is_builder() {
        "the request could not be built"
    } else if error.is_connect() {
        "could not connect"
    } else if error.is_timeout() {
        "no answer in time"
    } else {
        "the connection broke"
    };
    Failure {
        kind,
        outcome,
        message: format!("{what} ({})", deepest_cause(&error)),
    }
}

fn deepest_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    fn kind_of(status: u16) -> (Kind, Outcome) {
        let failure = of_status(StatusCode::from_u16(status).unwrap(), true);
        (failure.kind, failure.outcome)
    }

    #[test]
    fn a_refusal_was_not_done_and_a_server_error_may_have_been() {
        assert_eq!(kind_of(400), (Kind::Rejected, Outcome::NotDone));
        assert_eq!(kind_of(401), (Kind::Unauthorized, Outcome::NotDone));
        assert_eq!(kind_of(402), (Kind::PaymentRequired, Outcome::NotDone));
        assert_eq!(kind_of(404), (Kind::NotFound, Outcome::NotDone));
        assert_eq!(kind_of(409), (Kind::Conflict, Outcome::NotDone));
        assert_eq!(kind_of(422), (Kind::Rejected, Outcome::NotDone));
        assert_eq!(kind_of(429), (Kind::Throttled, Outcome::NotDone));
        assert_eq!(kind_of(408), (Kind::Unavailable, Outcome::Unknown));
        assert_eq!(kind_of(500), (Kind::Unavailable, Outcome::Unknown));
        assert_eq!(kind_of(504), (Kind::Unavailable, Outcome::Unknown));
    }

    #[test]
    fn a_redirect_is_a_refusal_that_names_the_remedy() {
        let failure = of_status(StatusCode::MOVED_PERMANENTLY, false);
        assert_eq!(failure.kind, Kind::Rejected);
        assert!(
            failure.message.ends_with("check the base address"),
            "{}",
            failure.message
        );
    }

    #[test]
    fn a_forbidden_answer_is_a_block_unless_it_gives_a_reason_in_json() {
        assert_eq!(of_status(StatusCode::FORBIDDEN, true).kind, Kind::Forbidden);
        assert_eq!(of_status(StatusCode::FORBIDDEN, false).kind, Kind::Blocked);
    }

    #[test]
    fn neither_debug_nor_display_shows_the_body() {
        let failure = of_status(StatusCode::BAD_REQUEST, true);
        let error = Error::without_answer("POST /contacts", failure)
            .with_body(Bytes::from_static(br#"{"email":"mara@example.test"}"#));
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("mara"), "{shown}");
        assert!(shown.contains("29 bytes"), "{shown}");
        assert_eq!(error.body().len(), 29);
    }

    #[test]
    fn a_long_body_is_cut() {
        let error = Error::without_answer("GET /x", of_status(StatusCode::BAD_GATEWAY, false))
            .with_body(Bytes::from(vec![b'x'; KEPT_BODY_BYTES + 1]));
        assert_eq!(error.body().len(), KEPT_BODY_BYTES);
    }
}

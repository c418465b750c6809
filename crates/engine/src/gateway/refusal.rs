//! Why the gateway does not carry a call, in words that say what to do.

use std::sync::Arc;

use jiff::Timestamp;
use portico_domain::agent::{Agent, Area, Level};
use portico_domain::audit::MAY_BE_DONE;

use crate::Error;

/// A call that was not carried, or whose answer did not come.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("the key is missing or wrong; send `Authorization: Bearer ptc_agt_…`")]
    Key,

    #[error(
        "this key opens `/metrics` and nothing else; an administrator makes others with `portico agent add` or `portico key add`"
    )]
    MetricsKey,

    #[error(
        "all agents are stopped since {since:.0}; an administrator lets them call again with `portico agents start`"
    )]
    Stopped { agent: Arc<Agent>, since: Timestamp },

    #[error(
        "{method} {path} is no operation of {app}; `portico operations list` shows those that are, and `portico call` builds their paths"
    )]
    Operation {
        app: &'static str,
        method: String,
        path: String,
    },

    #[error("{path} does not take {method}; it takes {}", allowed.join(", "))]
    Method {
        method: String,
        path: String,
        allowed: Vec<&'static str>,
    },

    #[error(
        "there is no {app} connection that this key may use; add one with `portico connection add`, and grant it with `portico agent grant`"
    )]
    NoConnection { app: &'static str },

    #[error(
        "there is no {app} connection `{wanted}` that this key may use; `GET /connections` lists those that it may"
    )]
    UnknownConnection { app: &'static str, wanted: String },

    /// Nothing says which connection is meant, and the one that would be is not the caller's.
    #[error(
        "name the connection that is meant: without `Portico-Connection` a call goes to the oldest {app} connection, which this key may not use; `GET /connections` lists those that it may"
    )]
    Unnamed { app: &'static str },

    #[error(
        "`{agent}` may not {operation} at `{connection}`: {because}{}",
        remedy.in_words(agent, connection, operation)
    )]
    Denied {
        agent: String,
        operation: &'static str,
        connection: String,
        because: String,
        remedy: Remedy,
    },

    /// An agent has made as many calls as it may in a while.
    #[error("`{agent}` may not {operation} at `{connection}` before {until:.0}: {because}")]
    UsedUp {
        agent: String,
        operation: &'static str,
        connection: String,
        because: String,
        until: Timestamp,
        seconds: i64,
    },

    #[error(
        "{operation} takes no API key, and `{connection}` has one; `portico connection reauthorize {connection}` makes a link on which the owner of the site consents instead"
    )]
    NeedsOAuth {
        operation: &'static str,
        connection: String,
    },

    #[error(
        "{operation} is refused: this subscription is Portico's own, by which it learns what changes at `{connection}`; for a new secret use `portico connection rotate {connection}`"
    )]
    Own {
        operation: &'static str,
        connection: String,
    },

    /// The request cannot be sent as it is.
    #[error("{0}")]
    Request(String),

    #[error("the body is larger than the {limit} bytes that {operation} takes")]
    TooLarge { operation: &'static str, limit: u64 },

    #[error("send the body of {operation} as `{wanted}`")]
    MediaType {
        operation: &'static str,
        wanted: &'static str,
    },

    #[error("the body took too long to arrive; send it again")]
    TooSlow,

    /// The budget is used up for longer than a caller is kept waiting.
    #[error("the budget of `{connection}` is used up; the next call is possible at {until:.0}")]
    Busy {
        connection: String,
        until: Timestamp,
        seconds: i64,
    },

    /// Its calls that change values follow each other, and the one before is not over.
    #[error(
        "another call of `{agent}` is changing values at `{connection}`; send it again in a moment"
    )]
    InTurn { agent: String, connection: String },

    /// It is about to fill the audit.
    #[error(
        "`{agent}` makes too many calls that reach no vendor: refused, tried out, or asked about; make no more until {until:.0}, and look at what they were refused for"
    )]
    TooOften {
        agent: String,
        until: Timestamp,
        seconds: i64,
    },

    #[error(
        "{app} refused to have it taken back, with status {status}; look at what there is now, and change it by hand"
    )]
    NotTakenBack { app: &'static str, status: u16 },

    /// The vendor must not be called by anybody.
    #[error("{why}; the next call is possible at {until:.0}")]
    Waiting {
        why: String,
        until: Timestamp,
        seconds: i64,
    },

    /// Nothing was done at the vendor.
    #[error("{app} cannot be reached; nothing was sent, try again")]
    Unreachable { app: &'static str },

    #[error("{app} did not renew the token of `{connection}`, so the call was not made; try again")]
    NotRenewed {
        app: &'static str,
        connection: String,
    },

    /// The vendor wanted another token first, and a long body passes through only once.
    #[error(
        "the token of `{connection}` had to be renewed, and a body this long is not kept for a second attempt; nothing was done, send it again"
    )]
    NotHeld { connection: String },

    /// A read, or a write that may have been done.
    #[error("{app} did not answer {operation}{}", if *.may_be_done { "; it may have been done: look before you send it again" } else { "; try again" })]
    Unanswered {
        app: &'static str,
        operation: &'static str,
        may_be_done: bool,
    },

    #[error("{app} answered {operation} with something that cannot be passed on: {why}")]
    Answer {
        app: &'static str,
        operation: &'static str,
        why: &'static str,
    },

    #[error(transparent)]
    Engine(#[from] Error),
}

/// What an owner can do about a call that is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// A level that would open it.
    Level(Area, Level),
    /// To take away the rule that denies it: the connection's own, or else the one for all.
    Forget { is_of_connection: bool },
    /// No single command would do.
    None,
}

impl Remedy {
    /// The command, to go on with behind the reason.
    fn in_words(self, agent: &str, connection: &str, operation: &str) -> String {
        let (does, flags) = match self {
            Self::Level(area, needed) => (
                "grants it",
                format!("--connection {connection} --area {area}={needed}"),
            ),
            Self::Forget {
                is_of_connection: true,
            } => (
                "takes the rule away",
                format!("--connection {connection} --forget {operation}"),
            ),
            Self::Forget {
                is_of_connection: false,
            } => ("takes the rule away", format!("--forget {operation}")),
            Self::None => return String::new(),
        };
        format!("; the owner {does} with `portico agent grant \"{agent}\" {flags}`")
    }
}

impl Refusal {
    /// The same denial of what its caller asked for, where that hangs on whether another operation is open.
    pub(crate) fn named(mut self, asked: &'static str) -> Self {
        if let Self::Denied { operation, .. } | Self::UsedUp { operation, .. } = &mut self {
            *operation = asked;
        }
        self
    }

    /// Why, without anything that a caller or a vendor has said.
    pub(crate) fn on_record(&self) -> String {
        if let Self::Denied { because, .. } | Self::UsedUp { because, .. } = self {
            return because.clone();
        }
        let mut words = match self {
            Self::Request(_) => "it cannot be sent as it is, and its caller was told why",
            Self::TooLarge { .. } => "its body is too long",
            Self::MediaType { .. } => "its body is of another media type than it takes",
            Self::TooSlow => "its body took too long to arrive",
            Self::Key
            | Self::MetricsKey
            | Self::Stopped { .. }
            | Self::Operation { .. }
            | Self::Method { .. }
            | Self::NoConnection { .. }
            | Self::UnknownConnection { .. }
            | Self::Unnamed { .. }
            | Self::Denied { .. }
            | Self::UsedUp { .. }
            | Self::NeedsOAuth { .. }
            | Self::Own { .. }
            | Self::Busy { .. }
            | Self::InTurn { .. }
            | Self::TooOften { .. }
            | Self::NotTakenBack { .. }
            | Self::Waiting { .. }
            | Self::Unreachable { .. }
            | Self::NotRenewed { .. }
            | Self::NotHeld { .. }
            | Self::Unanswered { .. }
            | Self::Answer { .. }
            | Self::Engine(_) => self.reason().in_words(),
        }
        .to_owned();
        if let Self::Unanswered {
            may_be_done: true, ..
        } = self
        {
            words = format!("{words}; {MAY_BE_DONE}");
        }
        words
    }

    /// Whether nothing was sent for a reason that is over in a moment, whatever the call is.
    pub(crate) fn is_over_soon(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. }
                | Self::Waiting { .. }
                | Self::InTurn { .. }
                | Self::TooOften { .. }
                | Self::UsedUp { .. }
                | Self::NotRenewed { .. }
                | Self::Engine(Error::Unrecorded | Error::Waiting { .. })
        )
    }

    /// Whether the vendor may have done what was asked of it.
    pub(crate) fn may_be_done(&self) -> bool {
        if let Self::Unanswered { may_be_done, .. } = self {
            return *may_be_done;
        }
        matches!(self, Self::Answer { .. } | Self::Engine(Error::Internal(_)))
    }

    /// In how many seconds the same call may be carried, where that is known.
    #[must_use]
    pub fn retry_in_seconds(&self) -> Option<i64> {
        if let Self::Busy { seconds, .. }
        | Self::Waiting { seconds, .. }
        | Self::UsedUp { seconds, .. }
        | Self::TooOften { seconds, .. } = self
        {
            return Some(*seconds);
        }
        matches!(self, Self::InTurn { .. }).then_some(1)
    }

    /// A wait is told in seconds, too, as clients of a vendor read it.
    pub(super) fn with_seconds(self, now: Timestamp) -> Self {
        if let Self::Engine(Error::Waiting { until, why }) = self {
            let seconds = seconds_until(until, now);
            return Self::Waiting {
                why,
                until,
                seconds,
            };
        }
        self
    }
}

/// Whole seconds, after which the time has certainly come.
pub(crate) fn seconds_until(until: Timestamp, now: Timestamp) -> i64 {
    let wait = until.duration_since(now);
    let begun = i64::from(wait.subsec_nanos() > 0);
    (wait.as_secs() + begun).max(1)
}

impl From<portico_store::Error> for Refusal {
    fn from(error: portico_store::Error) -> Self {
        Self::Engine(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_begun_is_waited_for_and_a_time_gone_by_for_one() {
        let noon: Timestamp = "2026-01-02T12:00:00Z".parse().unwrap();
        for (until, seconds) in [
            ("2026-01-02T12:00:15Z", 15),
            ("2026-01-02T12:00:15.001Z", 16),
            ("2026-01-02T12:00:00.2Z", 1),
            ("2026-01-02T11:59:00Z", 1),
        ] {
            assert_eq!(seconds_until(until.parse().unwrap(), noon), seconds);
        }
    }
}

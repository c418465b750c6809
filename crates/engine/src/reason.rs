//! The kinds of failures: the words that answers tell programs, and that refused calls are counted by.

use crate::{Error, Refusal};

/// Why something was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Unauthorized,
    Denied,
    Limit,
    Stopped,
    NeedsOAuth,
    NotFound,
    NoConnection,
    Method,
    Request,
    Conflict,
    Connection,
    Budget,
    Waiting,
    Vendor,
    Unanswered,
    Unrecorded,
    Internal,
}

impl Reason {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::Denied => "denied",
            Self::Limit => "limit",
            Self::Stopped => "stopped",
            Self::NeedsOAuth => "needs-oauth",
            Self::NotFound => "not-found",
            Self::NoConnection => "no-connection",
            Self::Method => "method",
            Self::Request => "request",
            Self::Conflict => "conflict",
            Self::Connection => "connection",
            Self::Budget => "budget",
            Self::Waiting => "waiting",
            Self::Vendor => "vendor",
            Self::Unanswered => "unanswered",
            Self::Unrecorded => "unrecorded",
            Self::Internal => "internal",
        }
    }

    /// Whether it is the caller who has not the right, and not the call that cannot be carried.
    #[must_use]
    pub const fn is_of_rights(self) -> bool {
        matches!(self, Self::Denied | Self::Limit | Self::Stopped)
    }

    /// The same for people, on record: without anything that a caller or a vendor has said.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Unauthorized => "the key is wrong",
            Self::Denied => "it is not granted",
            Self::Limit => "its calls of this while are used up",
            Self::Stopped => "all agents are stopped",
            Self::NeedsOAuth => "the operation takes no API key",
            Self::NotFound => "there is no such thing",
            Self::NoConnection => "there is no connection that it may use",
            Self::Method => "the address does not take this method",
            Self::Request => "it cannot be used as it is",
            Self::Conflict => "it conflicts with what is there",
            Self::Connection => "the connection cannot be used",
            Self::Budget => "the budget is used up",
            Self::Waiting => "the vendor must not be called yet",
            Self::Vendor => "the vendor refused it or cannot be used",
            Self::Unanswered => "the vendor did not answer",
            Self::Unrecorded => "it could not be put on record",
            Self::Internal => "Portico failed",
        }
    }
}

impl Error {
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::NotFound(_) => Reason::NotFound,
            Self::Conflict(_) => Reason::Conflict,
            Self::Invalid(_) => Reason::Request,
            Self::Unauthorized => Reason::Unauthorized,
            Self::Waiting { .. } => Reason::Waiting,
            Self::Connection { .. } => Reason::Connection,
            Self::Vendor { .. } => Reason::Vendor,
            Self::Unrecorded => Reason::Unrecorded,
            Self::Internal(_) => Reason::Internal,
        }
    }
}

impl Refusal {
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Key => Reason::Unauthorized,
            Self::MetricsKey | Self::Denied { .. } => Reason::Denied,
            Self::UsedUp { .. } | Self::TooOften { .. } => Reason::Limit,
            Self::Stopped { .. } => Reason::Stopped,
            Self::NeedsOAuth { .. } => Reason::NeedsOAuth,
            Self::Operation { .. } | Self::UnknownConnection { .. } => Reason::NotFound,
            Self::NoConnection { .. } | Self::Unnamed { .. } => Reason::NoConnection,
            Self::Method { .. } => Reason::Method,
            Self::Request(_) | Self::TooLarge { .. } | Self::MediaType { .. } | Self::TooSlow => {
                Reason::Request
            }
            Self::Own { .. } | Self::InTurn { .. } => Reason::Conflict,
            Self::Busy { .. } => Reason::Budget,
            Self::Waiting { .. } => Reason::Waiting,
            Self::Unreachable { .. }
            | Self::NotRenewed { .. }
            | Self::NotHeld { .. }
            | Self::NotTakenBack { .. }
            | Self::Answer { .. } => Reason::Vendor,
            Self::Unanswered { .. } => Reason::Unanswered,
            Self::Engine(error) => error.reason(),
        }
    }
}

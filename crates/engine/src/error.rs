//! What can go wrong in a use case, in words the caller can act on.

use jiff::Timestamp;
use portico_domain::connection::Status;

/// A failed use case.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such {0}")]
    NotFound(String),

    /// The name or the thing is taken, or is in a state that does not allow it.
    #[error("{0}")]
    Conflict(String),

    /// The input cannot be used as it is.
    #[error("{0}")]
    Invalid(String),

    /// The key is missing or wrong.
    #[error("the key is missing or wrong; send `Authorization: Bearer ptc_adm_…`")]
    Unauthorized,

    /// Nobody may call the vendor before a time.
    #[error("{why}; the next call is possible at {until}")]
    Waiting { until: Timestamp, why: String },

    /// The connection cannot be used until a person has done something.
    #[error("connection `{name}`: {reason}; {remedy}")]
    Connection {
        name: String,
        status: Status,
        reason: String,
        remedy: String,
    },

    /// The vendor answered with an error, or not at all.
    #[error("connection `{name}`: {cause}")]
    Vendor {
        name: String,
        #[source]
        cause: Box<wire::Error>,
    },

    /// Nothing is done that cannot be put on record.
    #[error(
        "this was not done, because the database takes no records of the audit at the moment; see the log and the room that the database has, then try again"
    )]
    Unrecorded,

    /// Our fault or the machine's. The cause is logged, never shown.
    #[error("internal error, see the log")]
    Internal(#[source] anyhow::Error),
}

impl Error {
    /// An internal error with the place that it happened in.
    pub(crate) fn internal(why: impl Into<anyhow::Error>) -> Self {
        Self::Internal(why.into())
    }

    /// The same for another who asked for the same; the cause of an internal one stays with the first.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::NotFound(what) => Self::NotFound(what.clone()),
            Self::Conflict(why) => Self::Conflict(why.clone()),
            Self::Invalid(why) => Self::Invalid(why.clone()),
            Self::Unauthorized => Self::Unauthorized,
            Self::Unrecorded => Self::Unrecorded,
            Self::Waiting { until, why } => Self::Waiting {
                until: *until,
                why: why.clone(),
            },
            Self::Connection {
                name,
                status,
                reason,
                remedy,
            } => Self::Connection {
                name: name.clone(),
                status: *status,
                reason: reason.clone(),
                remedy: remedy.clone(),
            },
            Self::Vendor { name, cause } => Self::Vendor {
                name: name.clone(),
                cause: cause.clone(),
            },
            Self::Internal(cause) => Self::Internal(anyhow::anyhow!("as a moment ago: {cause:#}")),
        }
    }

    /// The vendor's own error, where there is one.
    #[must_use]
    pub fn vendor(&self) -> Option<&wire::Error> {
        match self {
            Self::Vendor { cause, .. } => Some(cause),
            Self::NotFound(_)
            | Self::Conflict(_)
            | Self::Invalid(_)
            | Self::Unauthorized
            | Self::Waiting { .. }
            | Self::Connection { .. }
            | Self::Unrecorded
            | Self::Internal(_) => None,
        }
    }
}

impl From<portico_store::Error> for Error {
    fn from(error: portico_store::Error) -> Self {
        Self::Internal(error.into())
    }
}

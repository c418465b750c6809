//! Why an owner's consent did not lead to a connection, in words for the owner.

use secrecy::SecretString;

use crate::audit::Recorded;
use crate::{Error, Reason};

/// What went wrong on the way.
#[derive(Debug, thiserror::Error)]
pub enum ConsentProblem {
    #[error(
        "this link is not known here; it may be incomplete, or a newer one has taken its place: ask whoever sent it for a new one"
    )]
    UnknownPage,

    #[error("this link was good for 24 hours and has expired; ask whoever sent it for a new one")]
    ExpiredPage,

    #[error("the site is connected, and this link has done its work")]
    Connected,

    #[error(
        "this answer belongs to no question that was asked here; open the link again and begin from there"
    )]
    UnknownState,

    #[error(
        "this answer was used already; if the site is not connected, open the link again and begin from there"
    )]
    UsedState,

    #[error("more than ten minutes have passed since you went to Squarespace; begin again")]
    ExpiredState,

    #[error(
        "you went to Squarespace with another browser; open the link in this one and begin again"
    )]
    OtherBrowser,

    #[error(
        "you chose not to connect the site, and nothing was changed; you can begin again at any time"
    )]
    Denied,

    #[error("Squarespace sent you back without its permission; begin again")]
    Refused,

    #[error(
        "Squarespace does not accept the permission any more: it is good for two minutes, and once; begin again"
    )]
    Code,

    #[error(
        "Squarespace does not accept the app that Portico is registered as; whoever runs this Portico must check `squarespace.client_id` and its secret"
    )]
    Client,

    #[error(
        "Squarespace did not answer, so that it is unknown whether it gave its permission; begin again, which does no harm"
    )]
    Unanswered,

    #[error(
        "the permission ends after half an hour and cannot be renewed; begin again, and if it stays so, ask Squarespace's support why the app has no offline access"
    )]
    NotLasting,

    #[error(
        "you chose another site than the one that is connected as `{name}`, which is {title}; begin again and choose that one, or connect the other under a name of its own"
    )]
    OtherAccount { name: String, title: String },

    #[error(transparent)]
    Engine(#[from] Error),
}

/// A way that did not lead to a connection.
#[derive(Debug)]
pub struct NotConnected {
    pub problem: ConsentProblem,
    /// What the address of the page ends with, where it is open still.
    pub again: Option<SecretString>,
}

impl Recorded for ConsentProblem {
    fn reason_on_record(&self) -> Reason {
        match self {
            Self::Engine(error) => error.reason(),
            Self::Denied | Self::Refused => Reason::Denied,
            Self::Connected => Reason::Conflict,
            Self::Unanswered => Reason::Unanswered,
            Self::UnknownPage
            | Self::ExpiredPage
            | Self::UnknownState
            | Self::UsedState
            | Self::ExpiredState
            | Self::OtherBrowser
            | Self::Code
            | Self::Client
            | Self::NotLasting
            | Self::OtherAccount { .. } => Reason::Request,
        }
    }
}

impl From<portico_store::Error> for ConsentProblem {
    fn from(error: portico_store::Error) -> Self {
        Self::Engine(error.into())
    }
}

impl From<Error> for NotConnected {
    fn from(error: Error) -> Self {
        ConsentProblem::from(error).into()
    }
}

impl From<ConsentProblem> for NotConnected {
    fn from(problem: ConsentProblem) -> Self {
        Self {
            problem,
            again: None,
        }
    }
}

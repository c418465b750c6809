//! Why a command ended badly, in words for people and as an exit code for scripts.

use std::fmt;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::Value;

/// The kinds of failure, each with an exit code of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Anything that has no code of its own.
    Failed,
    /// The command line, the configuration or an input cannot be used as it is.
    Usage,
    NotFound,
    /// A name is taken, or something is in a state that does not allow it.
    Conflict,
    /// A vendor refused, could not be reached, or must not be called for a while.
    Vendor,
}

/// A command that ended badly.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    message: String,
    answer: Option<Box<Refused>>,
}

/// What a vendor answered instead of doing what it was asked for, whole.
#[derive(Debug, Serialize)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) connection: Option<String>,
    /// Its text, where it is no JSON.
    pub(crate) body: Value,
}

/// A failure as `--json` shows it.
#[derive(Serialize)]
pub(crate) struct Shown<'a> {
    code: &'static str,
    message: &'a str,
    #[serde(flatten)]
    answer: Option<&'a Refused>,
}

impl Kind {
    pub(crate) fn exit_code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Conflict => 4,
            Self::Vendor => 5,
        })
    }

    /// The word that stands for it in `--json`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Vendor => "vendor",
        }
    }
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            answer: None,
        }
    }

    pub(crate) fn with_answer(self, answer: Refused) -> Self {
        Self {
            answer: Some(Box::new(answer)),
            ..self
        }
    }

    pub(crate) fn shown(&self) -> Shown<'_> {
        Shown {
            code: self.kind.word(),
            message: &self.message,
            answer: self.answer.as_deref(),
        }
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<portico_engine::Error> for Failure {
    fn from(error: portico_engine::Error) -> Self {
        use portico_engine::Error;

        let kind = match &error {
            // Whoever runs a command is the operator, and a command has no log to look into.
            Error::Internal(cause) => return of_cause(cause),
            Error::NotFound(_) => Kind::NotFound,
            Error::Conflict(_) => Kind::Conflict,
            Error::Invalid(_) => Kind::Usage,
            Error::Unauthorized | Error::Unrecorded => Kind::Failed,
            Error::Waiting { .. } | Error::Connection { .. } | Error::Vendor { .. } => Kind::Vendor,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<portico_engine::Refusal> for Failure {
    fn from(refusal: portico_engine::Refusal) -> Self {
        use portico_engine::Refusal;

        let kind = match refusal {
            Refusal::Engine(error) => return error.into(),
            Refusal::Operation { .. }
            | Refusal::Method { .. }
            | Refusal::NoConnection { .. }
            | Refusal::UnknownConnection { .. } => Kind::NotFound,
            Refusal::NeedsOAuth { .. } | Refusal::Own { .. } | Refusal::InTurn { .. } => {
                Kind::Conflict
            }
            Refusal::Request(_)
            | Refusal::TooLarge { .. }
            | Refusal::MediaType { .. }
            | Refusal::Unnamed { .. } => Kind::Usage,
            Refusal::Key
            | Refusal::MetricsKey
            | Refusal::Stopped { .. }
            | Refusal::Denied { .. }
            | Refusal::UsedUp { .. }
            | Refusal::TooSlow => Kind::Failed,
            Refusal::Busy { .. }
            | Refusal::TooOften { .. }
            | Refusal::NotTakenBack { .. }
            | Refusal::Waiting { .. }
            | Refusal::Unreachable { .. }
            | Refusal::NotRenewed { .. }
            | Refusal::NotHeld { .. }
            | Refusal::Unanswered { .. }
            | Refusal::Answer { .. } => Kind::Vendor,
        };
        Self::new(kind, of_command_line(&refusal))
    }
}

/// What a refusal says to whoever sends no header and no path.
fn of_command_line(refusal: &portico_engine::Refusal) -> String {
    use portico_engine::Refusal;

    if matches!(refusal, Refusal::Key) {
        return "the key is wrong or was revoked; --key-file takes that of an agent or of an administrator".to_owned();
    }
    if let Refusal::Unnamed { app } = refusal {
        return format!(
            "name the connection that is meant, with --connection: without it a call goes to the oldest {app} connection, which this key may not use"
        );
    }
    if let Refusal::UnknownConnection { app, wanted } = refusal {
        return format!(
            "there is no {app} connection `{wanted}` that this call may go to; `portico connection list` shows those that there are"
        );
    }
    refusal.to_string()
}

impl From<portico_store::Error> for Failure {
    fn from(error: portico_store::Error) -> Self {
        of_cause(&error.into())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        of_cause(&error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error.to_string())
    }
}

/// Everything that is known of it. A database that does not fit is one that was wrongly named.
fn of_cause(cause: &anyhow::Error) -> Failure {
    let kind = match cause.downcast_ref() {
        Some(portico_store::Error::Unsuitable(_)) => Kind::Usage,
        Some(_) | None => Kind::Failed,
    };
    Failure::new(kind, format!("{cause:#}"))
}

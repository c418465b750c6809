//! How a connection stands: what its credential is and may do, and what is left of its budget.

use std::fmt;

use jiff::Timestamp;
use portico_domain::connection::Status;
use portico_engine::{Balance, Condition, CredentialState};
use serde::Serialize;
use utoipa::ToSchema;

use super::ConnectionOut;

/// A connection with what is known of it without asking the vendor.
#[derive(Serialize, ToSchema)]
pub struct ConditionOut {
    #[serde(flatten)]
    pub connection: ConnectionOut,
    /// `null` while its owner has not consented.
    pub credential: Option<CredentialOut>,
    /// One sentence for each: what the credential was seen to do, and what it lacks for syncing.
    pub findings: Vec<String>,
    /// Why the owner's last try to consent did not lead to a connection; `null` where there is nothing to tell.
    pub consent_problem: Option<String>,
    /// `null` where there is no limit.
    pub budget: Option<BudgetOut>,
}

/// What a connection authenticates with, without the secret.
#[derive(Serialize, ToSchema)]
pub struct CredentialOut {
    /// `key`, which is an API key or a long-lived token, or `oauth`.
    #[schema(example = "oauth")]
    pub kind: &'static str,
    /// When the token was last renewed, or first given.
    pub renewed_at: Option<Timestamp>,
    /// When the present token ends; it is renewed before.
    pub expires_at: Option<Timestamp>,
    /// The vendor's scopes that the owner consented to; empty for keys, and for tokens that were obtained elsewhere.
    pub scopes: Vec<String>,
}

/// What is left of the calls that the vendor allows.
#[derive(Serialize, ToSchema)]
pub struct BudgetOut {
    /// So many calls may start at once now.
    pub calls: i64,
    /// In so many seconds one more may, when none is left.
    pub more_in_s: i64,
    /// So many calls start within any minute at most.
    pub per_minute: i64,
    /// Until then nothing is sent, because the vendor wants silence.
    pub stopped_until: Option<Timestamp>,
    /// Until then calls come at half the rate, because the vendor complained.
    pub slowed_until: Option<Timestamp>,
}

impl From<Condition> for ConditionOut {
    fn from(condition: Condition) -> Self {
        Self {
            connection: condition.connection.into(),
            credential: condition.credential.map(CredentialOut::from),
            findings: condition.findings,
            consent_problem: condition.consent_problem,
            budget: condition.budget.map(BudgetOut::from),
        }
    }
}

impl From<CredentialState> for CredentialOut {
    fn from(state: CredentialState) -> Self {
        match state {
            CredentialState::Key => Self {
                kind: "key",
                renewed_at: None,
                expires_at: None,
                scopes: Vec::new(),
            },
            CredentialState::OAuth {
                renewed_at,
                expires_at,
                scopes,
            } => Self {
                kind: "oauth",
                renewed_at: Some(renewed_at),
                expires_at,
                scopes,
            },
        }
    }
}

impl From<Balance> for BudgetOut {
    fn from(balance: Balance) -> Self {
        Self {
            calls: balance.left.calls,
            more_in_s: balance.left.more_in_s,
            per_minute: balance.left.per_minute,
            stopped_until: balance.stopped_until,
            slowed_until: balance.slowed_until,
        }
    }
}

impl fmt::Display for ConditionOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.connection)?;
        self.findings
            .iter()
            .try_for_each(|finding| write!(f, "\n  {finding}"))?;
        let scopes = self.credential.as_ref().map(|one| &one.scopes);
        if let Some(scopes) = scopes.filter(|scopes| !scopes.is_empty()) {
            write!(f, "\n  granted: {}", scopes.join(", "))?;
        }
        if let Some(renewed_at) = self.credential.as_ref().and_then(|one| one.renewed_at) {
            write!(f, "\n  token of {renewed_at:.0}")?;
        }
        if let Some(end) = self.credential.as_ref().and_then(|one| one.expires_at) {
            write!(f, ", ends {end:.0}")?;
            if self.connection.status == Status::Active.as_str() {
                f.write_str(" and is renewed before")?;
            }
        }
        if let Some(problem) = &self.consent_problem {
            write!(
                f,
                "\n  the owner's last try to consent failed because {problem}"
            )?;
        }
        match &self.budget {
            Some(budget) => write!(f, "\n  {budget}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for BudgetOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(until) = self.stopped_until {
            return write!(f, "budget: nothing until {until:.0}, as the vendor wants");
        }
        write!(
            f,
            "budget: {} calls now, {} a minute at most",
            self.calls, self.per_minute
        )?;
        match self.slowed_until {
            Some(until) => write!(
                f,
                "; half the rate until {until:.0}, as the vendor complained"
            ),
            None => Ok(()),
        }
    }
}

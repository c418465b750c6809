//! How a connection stands: its credential, what that may do, and what is left of its budget.

use jiff::Timestamp;
use portico_domain::connection::Connection;

use crate::budget::Balance;
use crate::credentials::Credential;
use crate::{Engine, Error, apps};

/// A connection with what is known of it without asking the vendor.
pub struct Condition {
    pub connection: Connection,
    /// None while its owner has not consented.
    pub credential: Option<CredentialState>,
    /// One sentence for each: what the credential was seen to do, and what it lacks for syncing.
    pub findings: Vec<String>,
    /// `None` where there is no limit.
    pub budget: Option<Balance>,
}

/// What a connection authenticates with, without the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialState {
    /// An API key or a long-lived token.
    Key,
    OAuth {
        renewed_at: Timestamp,
        /// Unknown until the first renewal of a token that was obtained elsewhere.
        expires_at: Option<Timestamp>,
    },
}

impl Engine {
    /// How a connection stands. Nothing is sent to the vendor.
    pub async fn condition(&self, name: &str) -> Result<Condition, Error> {
        let connection = self.connection_named(name).await?;
        let credential = match self.credential(&connection).await {
            Ok(credential) => Some(credential),
            Err(Error::Connection { .. }) => None,
            Err(error) => return Err(error),
        };
        let facts = apps::facts(connection.app);
        let (scope, pace) = (
            (facts.budget_scope)(&connection),
            (facts.pace)(&self.inner.paces),
        );
        Ok(Condition {
            findings: match &credential {
                Some(credential) => self.seen(&connection, credential)?,
                None => Vec::new(),
            },
            credential: credential.as_ref().map(CredentialState::of),
            budget: self.inner.budgets.balance(&scope, pace).await?,
            connection,
        })
    }

    /// The findings of the last trial, as far as they were kept.
    fn seen(&self, connection: &Connection, credential: &Credential) -> Result<Vec<String>, Error> {
        let client = (apps::facts(connection.app).client)(self, connection)?;
        let can_read = &connection.account.can_read;
        let rights = client.rights();
        let kept = rights.iter().filter_map(|right| {
            let area = right.area?;
            let is_granted = can_read.iter().any(|seen| seen == area);
            Some(if is_granted {
                right.granted
            } else {
                right.missing
            })
        });
        let mut findings: Vec<String> = kept.map(str::to_owned).collect();
        findings.extend(client.advice(credential, self.now()));
        Ok(findings)
    }
}

impl CredentialState {
    fn of(credential: &Credential) -> Self {
        match credential {
            Credential::Key(_) => Self::Key,
            Credential::OAuth {
                renewed_at,
                access_expires_at,
                ..
            } => Self::OAuth {
                renewed_at: *renewed_at,
                expires_at: *access_expires_at,
            },
        }
    }
}

//! How a connection stands: its credential, what that may do, and what is left of its budget.

use jiff::Timestamp;
use portico_domain::connection::{Connection, Status};

use crate::budget::Balance;
use crate::credentials::Credential;
use crate::{Engine, Error, apps};

/// A connection with what is known of it without asking the vendor.
pub struct Condition {
    pub connection: Connection,
    /// None while its owner has not consented.
    pub credential: Option<CredentialState>,
    /// One sentence for each: what the credential was seen to do, and what it lacks for the flows and
    /// agents that use the connection.
    pub findings: Vec<String>,
    /// Why the owner's last try to consent did not lead to a connection, while the page is open.
    pub consent_problem: Option<String>,
    /// `None` where there is no limit.
    pub budget: Option<Balance>,
}

/// What a connection authenticates with, without the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialState {
    /// An API key or a long-lived token.
    Key,
    OAuth {
        renewed_at: Timestamp,
        /// Unknown until the first renewal of a token that was obtained elsewhere.
        expires_at: Option<Timestamp>,
        /// What the owner consented to, in the vendor's words; empty where that is not known.
        scopes: Vec<String>,
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
        Ok(Condition {
            findings: match &credential {
                Some(credential) => self.findings(&connection, credential).await?,
                None => Vec::new(),
            },
            credential: credential.as_ref().map(CredentialState::of),
            consent_problem: self
                .open_page_of(&connection)
                .await?
                .and_then(|page| page.problem),
            budget: self.balance(&connection).await?,
            connection,
        })
    }

    /// What is left of a connection's budget; `None` where there is no limit.
    pub(crate) async fn balance(&self, connection: &Connection) -> Result<Option<Balance>, Error> {
        let facts = apps::facts(connection.app);
        let (scope, pace) = (
            (facts.budget_scope)(connection),
            (facts.pace)(&self.inner.paces),
        );
        self.inner.budgets.balance(&scope, pace).await
    }

    /// What the last trial found, as far as it was kept, and what that means for those who use it.
    async fn findings(
        &self,
        connection: &Connection,
        credential: &Credential,
    ) -> Result<Vec<String>, Error> {
        let client = (apps::facts(connection.app).client)(self, connection)?;
        let rights = client.rights();
        let kept = rights
            .iter()
            .filter_map(|right| Some(right.finding(right.was_seen(connection)?)));
        let mut findings: Vec<String> = kept.map(str::to_owned).collect();
        findings.extend(client.advice(credential, self.now()));
        findings.extend(renewable(connection, credential));
        findings.extend(self.lacks(connection, credential).await?);
        Ok(findings)
    }
}

/// How long a token pair that nobody uses can be renewed.
fn renewable(connection: &Connection, credential: &Credential) -> Option<String> {
    let is_lost = matches!(
        connection.status,
        Status::NeedsReauthorization | Status::Revoked
    );
    let Credential::OAuth { renewed_at, .. } = credential else {
        return None;
    };
    let until = *renewed_at + apps::facts(connection.app).renewable_for;
    let sentence =
        format!("the token can be renewed until {until:.0}, and is every day while Portico runs");
    (!is_lost).then_some(sentence)
}

impl CredentialState {
    fn of(credential: &Credential) -> Self {
        match credential {
            Credential::Key(_) => Self::Key,
            Credential::OAuth {
                renewed_at,
                access_expires_at,
                scopes,
                ..
            } => Self::OAuth {
                renewed_at: *renewed_at,
                expires_at: *access_expires_at,
                scopes: scopes.clone(),
            },
        }
    }
}

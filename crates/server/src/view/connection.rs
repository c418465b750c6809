//! A connection, and what its credential was seen to do.

mod condition;

use std::fmt;

use jiff::Timestamp;
use portico_domain::connection::{Account, Connection};
use portico_engine::{Removed, Rotated, Tested};
use serde::Serialize;
use utoipa::ToSchema;

pub use condition::{BudgetOut, ConditionOut, CredentialOut};

#[derive(Serialize, ToSchema)]
pub struct ConnectionsOut {
    pub connections: Vec<ConnectionOut>,
}

/// A connection and what its credential was seen to do.
#[derive(Serialize, ToSchema)]
pub struct TestedOut {
    pub connection: ConnectionOut,
    /// One sentence per finding, good or bad.
    pub findings: Vec<String>,
}

/// A connection that is gone.
#[derive(Serialize, ToSchema)]
pub struct RemovedOut {
    /// The name that it had, which is free.
    pub removed: String,
    /// By which it can be erased later.
    pub id: String,
    /// Nothing that was known of its account is left.
    pub erased: bool,
    /// What could not be done at the vendor, one sentence each.
    pub findings: Vec<String>,
}

/// A webhook subscription whose notifications are signed with a new secret.
#[derive(Serialize, ToSchema)]
pub struct RotatedOut {
    /// The connection that it belongs to.
    pub rotated: String,
    /// What the former secret has signed is taken until then.
    pub former_until: Timestamp,
}

/// One authorised link to one account of one app.
#[derive(Serialize, ToSchema)]
pub struct ConnectionOut {
    pub id: String,
    pub name: String,
    #[schema(example = "squarespace")]
    pub app: &'static str,
    #[schema(example = "ACTIVE")]
    pub status: &'static str,
    /// Why the status is not `ACTIVE`.
    pub reason: Option<String>,
    /// What helps.
    pub remedy: Option<String>,
    pub account: AccountOut,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What the vendor says about the account.
#[derive(Serialize, ToSchema)]
pub struct AccountOut {
    /// The vendor's own identifier of the site or the account.
    pub id: String,
    pub title: String,
    pub url: String,
    pub currency: String,
    pub country: Option<String>,
    pub time_zone: Option<String>,
    /// Which areas the credential was seen to read.
    pub can_read: Vec<String>,
    /// True for OAuth credentials, which may subscribe to notifications.
    pub oauth: bool,
}

impl fmt::Display for TestedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.connection)?;
        self.findings
            .iter()
            .try_for_each(|finding| write!(f, "\n  {finding}"))
    }
}

impl fmt::Display for RemovedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { removed, id, .. } = self;
        if self.erased {
            write!(
                f,
                "connection `{removed}` is removed, and nothing is left of it here"
            )?;
        } else {
            write!(
                f,
                "connection `{removed}` is removed and its credential wiped; connect the account again at any time, and what is known of it is taken up\n  \
                 to delete that as well: portico connection remove {id} --erase"
            )?;
        }
        self.findings
            .iter()
            .try_for_each(|finding| write!(f, "\n  {finding}"))
    }
}

impl fmt::Display for RotatedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the notifications from `{}` are signed with a new secret; what the former one has signed is taken until {}",
            self.rotated, self.former_until
        )
    }
}

impl fmt::Display for ConnectionOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let account = &self.account;
        write!(f, "{} ({}): {}", self.name, self.app, self.status)?;
        // Whose it is turns out when its owner has consented.
        if !account.id.is_empty() {
            write!(
                f,
                "\n  {}, {}, {}",
                account.title, account.url, account.currency
            )?;
        }
        [&self.reason, &self.remedy]
            .into_iter()
            .flatten()
            .try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl FromIterator<Connection> for ConnectionsOut {
    fn from_iter<I: IntoIterator<Item = Connection>>(connections: I) -> Self {
        Self {
            connections: connections.into_iter().map(ConnectionOut::from).collect(),
        }
    }
}

impl From<Tested> for TestedOut {
    fn from(tested: Tested) -> Self {
        Self {
            connection: tested.connection.into(),
            findings: tested.findings,
        }
    }
}

impl From<Removed> for RemovedOut {
    fn from(removed: Removed) -> Self {
        Self {
            removed: removed.name,
            id: removed.id.to_string(),
            erased: removed.erased,
            findings: removed.findings,
        }
    }
}

impl From<Rotated> for RotatedOut {
    fn from(rotated: Rotated) -> Self {
        Self {
            rotated: rotated.name,
            former_until: rotated.former_until,
        }
    }
}

impl From<Connection> for ConnectionOut {
    fn from(connection: Connection) -> Self {
        Self {
            id: connection.id.to_string(),
            name: connection.name,
            app: connection.app.as_str(),
            status: connection.status.as_str(),
            reason: connection.reason,
            remedy: connection.remedy,
            account: connection.account.into(),
            created_at: connection.created_at,
            updated_at: connection.updated_at,
        }
    }
}

impl From<Account> for AccountOut {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            title: account.title,
            url: account.url,
            currency: account.currency,
            country: account.country,
            time_zone: account.time_zone,
            can_read: account.can_read,
            oauth: account.oauth,
        }
    }
}

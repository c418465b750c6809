//! Credentials: sealed at rest, opened for one call, renewed before they die.

mod plain;
mod renewal;
mod sealed;

use jiff::{SignedDuration, Timestamp};
use portico_domain::ConnectionId;
use portico_domain::connection::{Connection, Status};
use portico_store::Tx;
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use zeroize::Zeroizing;

use crate::calls::reconnect_remedy;
use crate::{Engine, Error};
use plain::Plain;

pub(crate) use renewal::{Renewal, Renewals, is_refusal, renewal_goes_on};
pub(crate) use sealed::{Sealed, secrets_lock};

/// A token that dies within this time is renewed before it is used.
const REFRESH_MARGIN: SignedDuration = SignedDuration::from_mins(5);

pub(crate) const SECRET_NAME: &str = "credential";

/// What a connection authenticates with.
#[derive(Clone)]
pub(crate) enum Credential {
    /// An API key or a long-lived token.
    Key(SecretString),
    OAuth {
        client: OAuthClient,
        access_token: SecretString,
        /// Unknown for a token that was obtained elsewhere.
        access_expires_at: Option<Timestamp>,
        refresh_token: SecretString,
        renewed_at: Timestamp,
        /// What the owner has consented to, in the vendor's words; empty where that is not known.
        scopes: Vec<String>,
    },
}

/// The app registration that tokens belong to.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    pub id: String,
    pub secret: SecretString,
    /// As it is registered; some apps want it with every renewal.
    pub redirect_uri: Option<String>,
}

impl OAuthClient {
    /// Refuses what no vendor has ever given out, before one is asked.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.id.trim().is_empty() {
            return Err(Error::Invalid(
                "the client id is empty; give that of the app's registration".to_owned(),
            ));
        }
        let is_address = |text: &String| text.parse::<Url>().is_ok_and(|url| url.has_host());
        if self.redirect_uri.as_ref().is_none_or(is_address) {
            return Ok(());
        }
        Err(Error::Invalid(
            "the redirect address is none; give that of the registration as it stands there, such as https://example.com/callback".to_owned(),
        ))
    }
}

impl Credential {
    /// What goes into the `Authorization` header.
    pub(crate) fn token(&self) -> &SecretString {
        match self {
            Self::Key(key) => key,
            Self::OAuth { access_token, .. } => access_token,
        }
    }

    pub(crate) fn is_oauth(&self) -> bool {
        matches!(self, Self::OAuth { .. })
    }

    /// Whether an OAuth pair was renewed longer ago than this.
    pub(crate) fn is_older_than(&self, age: SignedDuration, now: Timestamp) -> bool {
        match self {
            Self::Key(_) => false,
            Self::OAuth { renewed_at, .. } => *renewed_at + age <= now,
        }
    }

    pub(crate) fn is_of_token(&self, token: &SecretString) -> bool {
        self.token().expose_secret() == token.expose_secret()
    }

    /// Whether the vendor should still accept the token.
    fn is_alive(&self, now: Timestamp) -> bool {
        match self {
            Self::Key(_) => true,
            Self::OAuth {
                access_expires_at, ..
            } => access_expires_at.is_none_or(|at| now < at),
        }
    }

    fn is_stale(&self, now: Timestamp) -> bool {
        match self {
            Self::Key(_) => false,
            Self::OAuth {
                access_expires_at, ..
            } => access_expires_at.is_some_and(|at| at <= now + REFRESH_MARGIN),
        }
    }
}

impl Engine {
    /// Opens the credential of a connection.
    pub(crate) async fn credential(&self, connection: &Connection) -> Result<Credential, Error> {
        let plain = self.secret(connection.id, SECRET_NAME).await?;
        let plain = plain.ok_or_else(|| no_credential(connection))?;
        let plain: Plain = serde_json::from_slice(&plain)
            .map_err(|why| portico_store::Error::json("credential", &why))?;
        Ok(plain.into())
    }

    /// Seals and stores a credential; it may be used once this has answered.
    pub(crate) async fn save_credential(
        &self,
        id: ConnectionId,
        credential: &Credential,
    ) -> Result<(), Error> {
        let sealed = self.seal_credential(id, credential).await?;
        let write = move |tx: &mut dyn Tx| sealed.write(tx);
        Ok(self.store().write(write).await?)
    }

    /// Seals a credential for a connection, to be written in a transaction of the caller's.
    pub(crate) async fn seal_credential(
        &self,
        id: ConnectionId,
        credential: &Credential,
    ) -> Result<Sealed, Error> {
        let plain = serde_json::to_vec(&Plain::from(credential)).map_err(Error::internal)?;
        self.seal(id, SECRET_NAME, Zeroizing::new(plain)).await
    }

    /// Refuses to start with credentials that cannot be opened, and says which.
    pub async fn check_master_key(&self) -> Result<(), Error> {
        for connection in self.connections().await? {
            if let Err(Error::Internal(_)) = self.credential(&connection).await {
                let wrong = crate::WrongMasterKey(connection.name.clone());
                return Err(Error::Invalid(wrong.to_string()));
            }
        }
        Ok(())
    }
}

fn no_credential(connection: &Connection) -> Error {
    Error::Connection {
        name: connection.name.clone(),
        status: Status::NeedsReauthorization,
        reason: "it has no credential".to_owned(),
        remedy: reconnect_remedy(connection),
    }
}

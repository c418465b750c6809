//! Credentials: sealed at rest, opened for one call, renewed before they die.
//!
//! A renewal is done by one caller at a time over all processes, and the new pair is durable before
//! it is used: the vendors kill the old refresh token when the new pair is first used.

use jiff::{SignedDuration, Timestamp};
use portico_domain::connection::{Connection, Status};
use portico_domain::{App, ConnectionId, Priority};
use portico_store::{Error as StoreError, Tx, connections, leases};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::calls::{reconnect_remedy, vendor_error};
use crate::{Engine, Error};

/// A token that dies within this time is renewed before it is used.
const REFRESH_MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// How long one process may take to renew a token before another tries, at least.
const RENEWAL_LEASE: SignedDuration = SignedDuration::from_secs(60);

/// How often, and how far apart, another process's renewal is waited for.
const WAIT_FOR_OTHER: std::time::Duration = std::time::Duration::from_millis(200);
const WAITS_FOR_OTHER: usize = 150;

const SECRET_NAME: &str = "credential";

/// What a connection authenticates with.
#[derive(Clone)]
pub enum Credential {
    /// An API key or a long-lived token.
    Key(SecretString),
    OAuth {
        client: OAuthClient,
        access_token: SecretString,
        /// Unknown for a token that was obtained elsewhere.
        access_expires_at: Option<Timestamp>,
        refresh_token: SecretString,
        renewed_at: Timestamp,
    },
}

/// The app registration that tokens belong to.
#[derive(Clone)]
pub struct OAuthClient {
    pub id: String,
    pub secret: SecretString,
    /// Kommo wants it with every renewal.
    pub redirect_uri: Option<String>,
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

    fn is_stale(&self, now: Timestamp) -> bool {
        match self {
            Self::Key(_) => false,
            Self::OAuth {
                access_expires_at, ..
            } => access_expires_at.is_some_and(|at| at <= now + REFRESH_MARGIN),
        }
    }
}

/// The right to replace the credential of a connection: one holder at a time over all processes.
pub(crate) struct Renewal {
    lease: String,
    fence: i64,
}

/// A sealed secret, ready to be written.
pub(crate) struct Sealed {
    id: ConnectionId,
    name: &'static str,
    sealed: Vec<u8>,
    /// The wrapped data key, of a connection that had none.
    new_data_key: Option<Vec<u8>>,
    at: Timestamp,
}

/// The text that is sealed.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Plain {
    Key {
        key: String,
    },
    OAuth {
        client_id: String,
        client_secret: String,
        redirect_uri: Option<String>,
        access_token: String,
        access_expires_at: Option<Timestamp>,
        refresh_token: String,
        renewed_at: Timestamp,
    },
}

impl Engine {
    /// The token for one call, renewed first when it is about to die.
    pub(crate) async fn token(&self, connection: &Connection) -> Result<SecretString, Error> {
        let credential = self.credential(connection).await?;
        if credential.is_stale(self.now()) {
            return self.renewed(connection, credential.token()).await;
        }
        Ok(credential.token().clone())
    }

    /// The token after a renewal; one that somebody else did meanwhile counts.
    pub(crate) async fn renewed(
        &self,
        connection: &Connection,
        stale: &SecretString,
    ) -> Result<SecretString, Error> {
        for _ in 0..WAITS_FOR_OTHER {
            let credential = self.credential(connection).await?;
            if !credential.is_of_token(stale) {
                return Ok(credential.token().clone());
            }
            if let Some(renewal) = self.take_renewal(connection).await? {
                let renewed = self.renew(connection, stale, &renewal).await;
                self.end_renewal(renewal).await?;
                return renewed;
            }
            pause(WAIT_FOR_OTHER).await;
        }
        Err(renewal_goes_on(connection))
    }

    /// Puts another credential in the place of a connection's, whatever it is by now.
    pub(crate) async fn replace_credential(
        &self,
        connection: &Connection,
        credential: &Credential,
    ) -> Result<(), Error> {
        for _ in 0..WAITS_FOR_OTHER {
            if let Some(renewal) = self.take_renewal(connection).await? {
                let saved = self.save_renewed(connection, credential, &renewal).await;
                self.end_renewal(renewal).await?;
                return saved;
            }
            pause(WAIT_FOR_OTHER).await;
        }
        Err(renewal_goes_on(connection))
    }

    async fn take_renewal(&self, connection: &Connection) -> Result<Option<Renewal>, Error> {
        let lease = format!("renew/{}", connection.id);
        let (name, now) = (lease.clone(), self.now());
        // Callers of one process exclude each other too, so the owner is this call's alone.
        let owner = hex::encode(self.inner.chance.bytes::<8>());
        let call = SignedDuration::try_from(self.inner.timeouts.call).unwrap_or(RENEWAL_LEASE);
        let until = now + RENEWAL_LEASE.max(call.saturating_mul(2));
        let take = move |tx: &mut dyn Tx| leases::take(tx, &name, &owner, until, now);
        let fence = self.store().write(take).await?;
        Ok(fence.map(|fence| Renewal { lease, fence }))
    }

    async fn end_renewal(&self, renewal: Renewal) -> Result<(), Error> {
        let release = move |tx: &mut dyn Tx| leases::release(tx, &renewal.lease, renewal.fence);
        Ok(self.store().write(release).await?)
    }

    async fn renew(
        &self,
        connection: &Connection,
        stale: &SecretString,
        renewal: &Renewal,
    ) -> Result<SecretString, Error> {
        let credential = self.credential(connection).await?;
        if !credential.is_of_token(stale) {
            // Somebody finished between our last look and the lease.
            return Ok(credential.token().clone());
        }
        let Credential::OAuth {
            client,
            refresh_token,
            ..
        } = credential
        else {
            let reason = format!("{} does not accept the key", connection.app.title());
            let remedy = reconnect_remedy(connection);
            return Err(self
                .cannot_use(connection, Status::NeedsReauthorization, reason, remedy)
                .await?);
        };
        let answer = self
            .ask_for_tokens(connection, &client, &refresh_token)
            .await;
        match answer {
            Ok(credential) => {
                let token = credential.token().clone();
                self.save_renewed(connection, &credential, renewal).await?;
                tracing::info!(connection.id = %connection.id, "Renewed the token of `{}`", connection.name);
                Ok(token)
            }
            Err(error) if !is_refusal(&error) => Err(error),
            Err(error) => {
                tracing::warn!(connection.id = %connection.id, error = %error, "Renewal was refused");
                let reason = "the vendor refused to renew the token".to_owned();
                let remedy = reconnect_remedy(connection);
                Err(self
                    .cannot_use(connection, Status::NeedsReauthorization, reason, remedy)
                    .await?)
            }
        }
    }

    /// Saves only while the right to renew is ours: a holder that was slow overwrites nothing.
    async fn save_renewed(
        &self,
        connection: &Connection,
        credential: &Credential,
        renewal: &Renewal,
    ) -> Result<(), Error> {
        let sealed = self.seal_credential(connection.id, credential).await?;
        let (lease, fence) = (renewal.lease.clone(), renewal.fence);
        let save = move |tx: &mut dyn Tx| {
            let is_ours = leases::hold(tx, &lease, fence)?;
            if is_ours {
                sealed.write(tx)?;
            }
            Ok(is_ours)
        };
        if self.store().write(save).await? {
            return Ok(());
        }
        Err(renewal_goes_on(connection))
    }

    /// Trades the refresh token for a new pair.
    pub(crate) async fn ask_for_tokens(
        &self,
        connection: &Connection,
        client: &OAuthClient,
        refresh_token: &SecretString,
    ) -> Result<Credential, Error> {
        self.permit(connection, Priority::Live).await?;
        let now = self.now();
        let vendor = vendor_error(connection);
        match connection.app {
            App::Squarespace => {
                let pair = self
                    .inner
                    .squarespace
                    .refresh(&client.id, &client.secret, refresh_token)
                    .await
                    .map_err(vendor)?;
                Ok(Credential::OAuth {
                    client: client.clone(),
                    access_token: pair.access_token,
                    access_expires_at: Some(pair.access_expires_at),
                    refresh_token: pair.refresh_token.unwrap_or_else(|| refresh_token.clone()),
                    renewed_at: now,
                })
            }
            App::Kommo => {
                let integration = kommo::oauth::Integration {
                    client_id: &client.id,
                    client_secret: &client.secret,
                    redirect_uri: client.redirect_uri.as_deref().unwrap_or_default(),
                };
                let pair = self
                    .kommo_of(connection)?
                    .refresh(integration, refresh_token)
                    .await
                    .map_err(vendor)?;
                let lives = SignedDuration::try_from(pair.expires_in).unwrap_or_default();
                Ok(Credential::OAuth {
                    client: client.clone(),
                    access_token: pair.access_token,
                    access_expires_at: Some(now + lives),
                    refresh_token: pair.refresh_token,
                    renewed_at: now,
                })
            }
        }
    }

    /// Opens the credential of a connection.
    pub(crate) async fn credential(&self, connection: &Connection) -> Result<Credential, Error> {
        let plain = self.secret(connection.id, SECRET_NAME).await?;
        let plain = plain.ok_or_else(|| Error::Connection {
            name: connection.name.clone(),
            reason: "it has no credential".to_owned(),
            remedy: reconnect_remedy(connection),
        })?;
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

    async fn seal_credential(
        &self,
        id: ConnectionId,
        credential: &Credential,
    ) -> Result<Sealed, Error> {
        let plain = serde_json::to_vec(&Plain::from(credential)).map_err(Error::internal)?;
        self.seal(id, SECRET_NAME, Zeroizing::new(plain)).await
    }

    /// Opens a secret of a connection; `None` when there is none of that name.
    pub(crate) async fn secret(
        &self,
        id: ConnectionId,
        name: &'static str,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let read = move |tx: &mut dyn Tx| {
            Ok((
                connections::data_key(tx, id)?,
                connections::secret(tx, id, name)?,
            ))
        };
        let (Some(wrapped), Some(sealed)) = self.store().read(read).await? else {
            return Ok(None);
        };
        let key = self.inner.master_key.data_key(id, &wrapped);
        let opened = key.and_then(|key| key.open(id, name, &sealed));
        opened
            .map(Some)
            .ok_or_else(|| Error::internal(crate::WrongMasterKey(id.to_string())))
    }

    /// Seals and stores a secret of a connection.
    pub(crate) async fn save_secret(
        &self,
        id: ConnectionId,
        name: &'static str,
        plain: Zeroizing<Vec<u8>>,
    ) -> Result<(), Error> {
        let sealed = self.seal(id, name, plain).await?;
        let write = move |tx: &mut dyn Tx| sealed.write(tx);
        Ok(self.store().write(write).await?)
    }

    async fn seal(
        &self,
        id: ConnectionId,
        name: &'static str,
        plain: Zeroizing<Vec<u8>>,
    ) -> Result<Sealed, Error> {
        let read = move |tx: &mut dyn Tx| connections::data_key(tx, id);
        let wrapped = self.store().read(read).await?;
        let chance = &self.inner.chance;
        let (key, new_data_key) = match wrapped {
            Some(wrapped) => {
                let key = self.inner.master_key.data_key(id, &wrapped);
                let wrong = || Error::internal(crate::WrongMasterKey(id.to_string()));
                (key.ok_or_else(wrong)?, None)
            }
            None => {
                let (key, wrapped) = self.inner.master_key.new_data_key(id, chance);
                (key, Some(wrapped))
            }
        };
        Ok(Sealed {
            id,
            name,
            sealed: key.seal(id, name, &plain, chance),
            new_data_key,
            at: self.now(),
        })
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

impl Sealed {
    fn write(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        if let Some(wrapped) = &self.new_data_key {
            connections::add_data_key(tx, self.id, wrapped, self.at)?;
        }
        connections::save_secret(tx, self.id, self.name, &self.sealed, self.at)
    }
}

impl From<Plain> for Credential {
    fn from(plain: Plain) -> Self {
        match plain {
            Plain::Key { key } => Self::Key(key.into()),
            Plain::OAuth {
                client_id,
                client_secret,
                redirect_uri,
                access_token,
                access_expires_at,
                refresh_token,
                renewed_at,
            } => Self::OAuth {
                client: OAuthClient {
                    id: client_id,
                    secret: client_secret.into(),
                    redirect_uri,
                },
                access_token: access_token.into(),
                access_expires_at,
                refresh_token: refresh_token.into(),
                renewed_at,
            },
        }
    }
}

impl From<&Credential> for Plain {
    fn from(credential: &Credential) -> Self {
        let text = |secret: &SecretString| secret.expose_secret().to_owned();
        match credential {
            Credential::Key(key) => Self::Key { key: text(key) },
            Credential::OAuth {
                client,
                access_token,
                access_expires_at,
                refresh_token,
                renewed_at,
            } => Self::OAuth {
                client_id: client.id.clone(),
                client_secret: text(&client.secret),
                redirect_uri: client.redirect_uri.clone(),
                access_token: text(access_token),
                access_expires_at: *access_expires_at,
                refresh_token: text(refresh_token),
                renewed_at: *renewed_at,
            },
        }
    }
}

fn renewal_goes_on(connection: &Connection) -> Error {
    Error::Conflict(format!(
        "the token of connection `{}` is being renewed by another process that does not finish; try again",
        connection.name
    ))
}

/// Any refusal but "later" is final; where the outcome is unknown the old token still works.
fn is_refusal(error: &Error) -> bool {
    error
        .vendor()
        .is_some_and(|cause| !cause.is_transient() && cause.outcome() == wire::Outcome::NotDone)
}

#[expect(
    clippy::disallowed_methods,
    reason = "waits for another process, whose time is the machine's"
)]
async fn pause(time: std::time::Duration) {
    tokio::time::sleep(time).await;
}

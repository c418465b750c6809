//! Renewing tokens: by one caller at a time over all processes, and the new pair is durable before it
//! is used, since the vendors kill the old refresh token when the new pair is first used.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;
use portico_domain::connection::{Connection, Status};
use portico_domain::{ConnectionId, Priority};
use portico_store::{Error as StoreError, Tx, leases};
use secrecy::SecretString;
use wire::observed;

use super::{Credential, OAuthClient, no_credential};
use crate::apps;
use crate::calls::{reconnect_remedy, vendor_error};
use crate::metrics::Renewed;
use crate::{Engine, Error};

/// How long one process may take to renew a token before another tries, at least.
const RENEWAL_LEASE: SignedDuration = SignedDuration::from_secs(60);

/// How often, and how far apart, another process's renewal is waited for.
const WAIT_FOR_OTHER: std::time::Duration = std::time::Duration::from_millis(200);
const WAITS_FOR_OTHER: usize = 150;

/// The right to replace the credential of a connection: one holder at a time over all processes.
#[derive(Clone)]
pub(crate) struct Renewal {
    lease: String,
    fence: i64,
}

impl Renewal {
    /// Whether the right is still ours, and keeps it so until the transaction ends.
    pub(crate) fn hold(&self, tx: &mut dyn Tx) -> Result<bool, StoreError> {
        leases::hold(tx, &self.lease, self.fence)
    }
}

/// Who renews in this process; those of other processes are kept apart by the lease.
#[derive(Default)]
pub(crate) struct Renewals(Mutex<HashMap<ConnectionId, Arc<tokio::sync::Mutex<()>>>>);

impl Renewals {
    fn of(&self, connection: ConnectionId) -> Arc<tokio::sync::Mutex<()>> {
        let mut renewals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(renewals.entry(connection).or_default())
    }
}

impl Engine {
    /// The token for one call, renewed first when it is about to die.
    pub(crate) async fn token(&self, connection: &Connection) -> Result<SecretString, Error> {
        let now = self.now();
        let read = async {
            self.credential(connection)
                .await
                .map(|read| Some(Arc::new(read)))
        };
        let recent = &self.inner.recent_credentials;
        let credential = recent
            .or_read(self.store(), now, connection.id, read)
            .await?
            .ok_or_else(|| no_credential(connection))?;
        if credential.is_stale(now) {
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
        // One caller of this process asks the others, the rest wait for its answer.
        let renewal_here = self.inner.renewals.of(connection.id);
        let _first = renewal_here.lock().await;
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
        let renewal = self.renewal(connection).await?;
        let saved = self.save_renewed(connection, credential, &renewal).await;
        self.end_renewal(renewal).await?;
        saved
    }

    /// Waits for the right to replace a connection's credential; give it back with `end_renewal`.
    pub(crate) async fn renewal(&self, connection: &Connection) -> Result<Renewal, Error> {
        for _ in 0..WAITS_FOR_OTHER {
            if let Some(renewal) = self.take_renewal(connection).await? {
                return Ok(renewal);
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

    pub(crate) async fn end_renewal(&self, renewal: Renewal) -> Result<(), Error> {
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
            return Err(self.is_lost(connection, reason).await?);
        };
        let answer = self
            .ask_for_tokens(connection, &client, &refresh_token)
            .await;
        match answer {
            Ok(credential) => {
                let token = credential.token().clone();
                self.save_renewed(connection, &credential, renewal).await?;
                tracing::info!(connection.id = %connection.id, "Renewed the token of `{}`", connection.name);
                self.counters().renewed(connection, Renewed::Yes);
                Ok(token)
            }
            Err(error) if !is_refusal(&error) => {
                self.counters().renewed(connection, Renewed::NotNow);
                Err(error)
            }
            Err(error) => {
                self.counters().renewed(connection, Renewed::Refused);
                tracing::warn!(connection.id = %connection.id, error = %error, "Renewal was refused");
                let reason = format!("{} refused to renew the token", connection.app.title());
                Err(self.is_lost(connection, reason).await?)
            }
        }
    }

    async fn is_lost(&self, connection: &Connection, reason: String) -> Result<Error, Error> {
        let remedy = reconnect_remedy(connection);
        self.cannot_use(connection, Status::NeedsReauthorization, reason, remedy)
            .await
    }

    /// Saves only while the right to renew is ours: a holder that was slow overwrites nothing.
    async fn save_renewed(
        &self,
        connection: &Connection,
        credential: &Credential,
        renewal: &Renewal,
    ) -> Result<(), Error> {
        let sealed = self.seal_credential(connection.id, credential).await?;
        let renewal = renewal.clone();
        let save = move |tx: &mut dyn Tx| {
            let is_ours = renewal.hold(tx)?;
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
        let vendor = (apps::facts(connection.app).client)(self, connection)?;
        let renewal = vendor.renew(client, refresh_token, now);
        let pair = observed(self.observer(connection), renewal)
            .await
            .map_err(vendor_error(connection))?;
        Ok(Credential::OAuth {
            client: client.clone(),
            access_token: pair.access_token,
            access_expires_at: Some(pair.access_expires_at),
            refresh_token: pair.refresh_token,
            renewed_at: now,
        })
    }
}

pub(crate) fn renewal_goes_on(connection: &Connection) -> Error {
    Error::Conflict(format!(
        "the token of connection `{}` is being renewed by another process that does not finish; try again",
        connection.name
    ))
}

/// Any refusal but "later" is final; where the outcome is unknown the old token still works.
pub(crate) fn is_refusal(error: &Error) -> bool {
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

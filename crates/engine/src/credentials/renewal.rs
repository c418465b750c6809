//! Renewing tokens: by one caller at a time over all processes, and the new pair is durable before it
//! is used, since the vendors kill the old refresh token when the new pair is first used.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use portico_domain::connection::{Connection, Status};
use portico_domain::{ConnectionId, Priority};
use portico_store::{Error as StoreError, Tx, connections, leases};
use secrecy::{ExposeSecret, SecretString};
use tracing::Instrument;
use wire::observed;

use super::{Credential, OAuthClient, no_credential, secrets_lock};
use crate::apps;
use crate::calls::{reconnect_remedy, vendor_error};
use crate::metrics::Renewed;
use crate::{Engine, Error};

/// How long one process may take to renew a token before another tries, at least.
const RENEWAL_LEASE: SignedDuration = SignedDuration::from_secs(60);

/// How often, and how far apart, another process's renewal is waited for.
const WAIT_FOR_OTHER: std::time::Duration = std::time::Duration::from_millis(200);
const WAITS_FOR_OTHER: usize = 150;

/// How long a failure answers whoever asks for the same, before the vendor is asked again.
const FAILURE_LASTS: SignedDuration = SignedDuration::from_secs(3);

/// How long a renewal waits for its turn in the budget: all callers of the connection wait with it.
const PATIENCE: SignedDuration = SignedDuration::from_secs(10);

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
pub(crate) struct Renewals(Mutex<HashMap<ConnectionId, Turn>>);

/// Whoever holds it renews a connection's token, and leaves behind what came of that.
type Turn = Arc<tokio::sync::Mutex<Option<Failure>>>;

impl Renewals {
    fn of(&self, connection: ConnectionId) -> Turn {
        let mut renewals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(renewals.entry(connection).or_default())
    }
}

/// Why a token was not renewed a moment ago.
struct Failure {
    stale: SecretString,
    until: Timestamp,
    error: Error,
}

impl Failure {
    fn answers(&self, stale: &SecretString, now: Timestamp) -> bool {
        now < self.until && self.stale.expose_secret() == stale.expose_secret()
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
        if !credential.is_stale(now) {
            return Ok(credential.token().clone());
        }
        match self.renewed(connection, credential.token()).await {
            // Until its end it is as good as ever, and there is time to try again.
            Err(error) if !is_final(&error) && credential.is_alive(self.now()) => {
                Ok(credential.token().clone())
            }
            renewed => renewed,
        }
    }

    /// The token after a renewal; one that somebody else did meanwhile counts, and so does a failure of
    /// a moment ago.
    pub(crate) async fn renewed(
        &self,
        connection: &Connection,
        stale: &SecretString,
    ) -> Result<SecretString, Error> {
        // One caller of this process asks the others, the rest wait for its answer.
        let mut last_failure = self.inner.renewals.of(connection.id).lock_owned().await;
        let credential = self.credential(connection).await?;
        if !credential.is_of_token(stale) {
            return Ok(credential.token().clone());
        }
        let now = self.now();
        let failure = last_failure.as_ref();
        if let Some(failure) = failure.filter(|failure| failure.answers(stale, now)) {
            return Err(failure.error.again());
        }
        let (engine, connection, stale) = (self.clone(), connection.clone(), stale.clone());
        let renewal = async move {
            let renewed = engine.renew_in_turn(&connection, &stale).await;
            *last_failure = renewed.as_ref().err().map(|error| Failure {
                stale,
                until: engine.now() + FAILURE_LASTS,
                error: error.again(),
            });
            renewed
        };
        // Apart, because a caller that hangs up must take neither the vendor's answer nor the lease with it.
        let renewal = tokio::spawn(renewal.in_current_span());
        renewal.await.map_err(Error::internal)?
    }

    /// Renews when no other process does, whose renewal counts too.
    async fn renew_in_turn(
        &self,
        connection: &Connection,
        stale: &SecretString,
    ) -> Result<SecretString, Error> {
        for _ in 0..WAITS_FOR_OTHER {
            if let Some(renewal) = self.take_renewal(connection).await? {
                let renewed = self.renew(connection, stale, &renewal).await;
                self.end_renewal(renewal).await;
                return renewed;
            }
            pause(WAIT_FOR_OTHER).await;
            let credential = self.credential(connection).await?;
            if !credential.is_of_token(stale) {
                return Ok(credential.token().clone());
            }
        }
        Err(renewal_goes_on(connection, self.now()))
    }

    /// Puts another credential in the place of a connection's, whatever it is by now; false, and nothing
    /// is written, when the connection leads to another account by then.
    pub(crate) async fn replace_credential(
        &self,
        connection: &Connection,
        credential: &Credential,
    ) -> Result<bool, Error> {
        let renewal = self.renewal(connection).await?;
        let replaced = self.replace_in_turn(connection, credential, &renewal).await;
        self.end_renewal(renewal).await;
        replaced
    }

    async fn replace_in_turn(
        &self,
        connection: &Connection,
        credential: &Credential,
        renewal: &Renewal,
    ) -> Result<bool, Error> {
        let sealed = self.seal_credential(connection.id, credential).await?;
        let (known, renewal, now) = (connection.clone(), renewal.clone(), self.now());
        let replace = move |tx: &mut dyn Tx| {
            if !renewal.hold(tx)? {
                return Ok(Err(renewal_goes_on(&known, now)));
            }
            tx.lock(&secrets_lock(known.id))?;
            let there = connections::connection(tx, known.id)?;
            let is_same = there.is_some_and(|there| there.account.id == known.account.id);
            if is_same {
                sealed.write(tx)?;
            }
            Ok(Ok(is_same))
        };
        self.store().write(replace).await?
    }

    /// Waits for the right to replace a connection's credential; give it back with `end_renewal`.
    pub(crate) async fn renewal(&self, connection: &Connection) -> Result<Renewal, Error> {
        for _ in 0..WAITS_FOR_OTHER {
            if let Some(renewal) = self.take_renewal(connection).await? {
                return Ok(renewal);
            }
            pause(WAIT_FOR_OTHER).await;
        }
        Err(renewal_goes_on(connection, self.now()))
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

    /// Gives the right back. What was done with it is done, so a failure is only logged.
    pub(crate) async fn end_renewal(&self, renewal: Renewal) {
        let lease = renewal.lease.clone();
        let release = move |tx: &mut dyn Tx| leases::release(tx, &renewal.lease, renewal.fence);
        if let Err(error) = self.store().write(release).await {
            tracing::warn!(error = %error, "Cannot give back the lease `{lease}`, which ends by itself in a while");
        }
    }

    async fn renew(
        &self,
        connection: &Connection,
        stale: &SecretString,
        renewal: &Renewal,
    ) -> Result<SecretString, Error> {
        let credential = self.credential(connection).await?;
        if !credential.is_of_token(stale) {
            // Another process finished while the lease was waited for.
            return Ok(credential.token().clone());
        }
        self.not_lost_since(connection).await?;
        let Credential::OAuth {
            client,
            refresh_token,
            scopes,
            ..
        } = credential
        else {
            let reason = format!("{} does not accept the key", connection.app.title());
            return Err(self.is_lost(connection, reason).await?);
        };
        let answer = self
            .ask_for_tokens(connection, &client, &refresh_token, scopes)
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
                tracing::warn!(connection.id = %connection.id, error = %error, "The token of `{}` was not renewed", connection.name);
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

    /// Another process, or another caller, may have learnt that the credential is dead.
    async fn not_lost_since(&self, connection: &Connection) -> Result<(), Error> {
        let there = self.connection(connection.id).await?;
        let is_lost = matches!(there.status, Status::NeedsReauthorization | Status::Revoked);
        // A person who tries a lost credential knows that it was lost.
        if is_lost && there.updated_at != connection.updated_at {
            return self.usable(&there);
        }
        Ok(())
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
        Err(renewal_goes_on(connection, self.now()))
    }

    /// Trades the refresh token for a new pair, which is for the same scopes.
    pub(crate) async fn ask_for_tokens(
        &self,
        connection: &Connection,
        client: &OAuthClient,
        refresh_token: &SecretString,
        scopes: Vec<String>,
    ) -> Result<Credential, Error> {
        self.permit_within(connection, Priority::Live, PATIENCE)
            .await?;
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
            scopes,
        })
    }
}

pub(crate) fn renewal_goes_on(connection: &Connection, now: Timestamp) -> Error {
    Error::Waiting {
        until: now + FAILURE_LASTS,
        why: format!(
            "another process renews the token of connection `{}` and does not finish",
            connection.name
        ),
    }
}

/// Whether a person must act before the credential can be used.
fn is_final(error: &Error) -> bool {
    matches!(error, Error::Connection { .. } | Error::NotFound(_))
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

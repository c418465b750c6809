//! A new secret for a site's subscription, while what the former one has signed is on its way.

use jiff::{SignedDuration, Timestamp};
use portico_domain::audit::Action;
use portico_domain::connection::Connection;
use portico_domain::{App, Priority};
use portico_store::{Tx, sites};
use squarespace::SubscriptionId;
use wire::{ExposeSecret, Kind, Outcome, SecretString};
use zeroize::Zeroizing;

use super::turn::Turn;
use crate::hooks::{FORMER_HOOK_SECRETS, FormerSecret, HOOK_SECRET};
use crate::{Engine, Error};

/// The vendor repeats a notification for so long, with the signature that it had at first.
const FORMER_TAKEN: SignedDuration = SignedDuration::from_hours(48);

/// Each is tried for a wrong signature, so they must not become many.
const FORMER_KEPT: usize = 8;

/// What became of the secret of a subscription.
#[derive(Clone, Debug)]
pub struct Rotated {
    pub name: String,
    /// What the former secret has signed is taken until then.
    pub former_until: Timestamp,
}

impl Engine {
    /// Gives the subscription of a site a new secret, and goes on taking what the present one has signed.
    ///
    /// The vendor forgets the present secret at once. Until the new one is here the subscription counts as
    /// none of ours, so that after an answer that never came the next sweep replaces it.
    pub async fn rotate_hook_secret(&self, name: &str) -> Result<Rotated, Error> {
        let connection = self.connection_named(name).await?;
        let name = connection.name.clone();
        let work = async {
            check_may_rotate(&connection)?;
            self.usable(&connection)?;
            let turn = self.take_turn(&connection).await?;
            let rotated = self.rotate_in_turn(&connection, &turn).await;
            self.end_turn(turn).await;
            rotated
        };
        self.on_record(Action::RotateHookSecret, &name, work).await
    }

    async fn rotate_in_turn(&self, connection: &Connection, turn: &Turn) -> Result<Rotated, Error> {
        let subscription = self.known_subscription(connection).await?;
        let former_until = self.keep_former(connection, turn).await?;
        let (client, id) = (
            &self.inner.squarespace,
            &SubscriptionId::from(&*subscription),
        );
        let answer = self
            .call(connection, Priority::Person, |token| async move {
                client.rotate_webhook_secret(id, &token).await
            })
            .await;
        match answer {
            Ok(secret) => {
                self.keep_new(connection, turn, subscription, &secret)
                    .await?
            }
            Err(error) => {
                if is_as_it_was(&error) {
                    self.know_again(connection, turn, subscription).await?;
                }
                return Err(error);
            }
        }
        tracing::info!(connection.id = %connection.id, "The notifications from `{}` are signed with a new secret", connection.name);
        Ok(Rotated {
            name: connection.name.clone(),
            former_until,
        })
    }

    async fn known_subscription(&self, connection: &Connection) -> Result<String, Error> {
        let id = connection.id;
        let read = move |tx: &mut dyn Tx| sites::site(tx, id);
        let site = self.store().read(read).await?;
        site.and_then(|site| site.subscription_id).ok_or_else(|| {
            Error::Conflict(format!(
                "the site of connection `{}` sends no notifications that could be signed: that takes `public_url` and a flow, and is looked after with each sweep",
                connection.name
            ))
        })
    }

    /// Puts the present secret among the former ones, and notes that the subscription is about to have
    /// one that we do not know.
    async fn keep_former(&self, connection: &Connection, turn: &Turn) -> Result<Timestamp, Error> {
        let (id, now) = (connection.id, self.now());
        let until = now + FORMER_TAKEN;
        let present = self.hook_secret(id).await?;
        let mut former = self.former_hook_secrets(id).await?;
        former.retain(|one| one.until > now);
        former.extend(present.map(|secret| FormerSecret { secret, until }));
        former.drain(..former.len().saturating_sub(FORMER_KEPT));
        let former = self.seal(id, FORMER_HOOK_SECRETS, FormerSecret::text(&former)?);
        let former = former.await?;
        let write = move |tx: &mut dyn Tx| {
            former.write(tx)?;
            sites::save_subscription(tx, id, None, now)?;
            sites::forget_subscription_check(tx, id)
        };
        self.write_in_turn(connection, turn, write).await?;
        Ok(until)
    }

    async fn keep_new(
        &self,
        connection: &Connection,
        turn: &Turn,
        subscription: String,
        secret: &SecretString,
    ) -> Result<(), Error> {
        let (id, now) = (connection.id, self.now());
        let secret = Zeroizing::new(secret.expose_secret().as_bytes().to_vec());
        let secret = self.seal(id, HOOK_SECRET, secret).await?;
        let write = move |tx: &mut dyn Tx| {
            secret.write(tx)?;
            sites::save_subscription(tx, id, Some(&subscription), now)
        };
        self.write_in_turn(connection, turn, write).await
    }

    async fn know_again(
        &self,
        connection: &Connection,
        turn: &Turn,
        subscription: String,
    ) -> Result<(), Error> {
        let (id, now) = (connection.id, self.now());
        let write =
            move |tx: &mut dyn Tx| sites::save_subscription(tx, id, Some(&subscription), now);
        self.write_in_turn(connection, turn, write).await
    }
}

fn check_may_rotate(connection: &Connection) -> Result<(), Error> {
    let name = &connection.name;
    let why = if connection.app != App::Squarespace {
        format!(
            "connection `{name}` is of {}, which signs no notifications; rotate the secret of a Squarespace site",
            connection.app.title()
        )
    } else if !connection.account.oauth {
        format!(
            "connection `{name}` has an API key, with which Squarespace sends no notifications; authorise it by OAuth: `portico connection reauthorize {name}`"
        )
    } else {
        return Ok(());
    };
    Err(Error::Conflict(why))
}

/// Whether the subscription is certainly there and has the secret that it had.
fn is_as_it_was(error: &Error) -> bool {
    match error {
        Error::Vendor { cause, .. } => {
            cause.outcome() == Outcome::NotDone && cause.kind != Kind::NotFound
        }
        Error::Waiting { .. } | Error::Connection { .. } => true,
        Error::NotFound(_)
        | Error::Conflict(_)
        | Error::Invalid(_)
        | Error::Unauthorized
        | Error::Unrecorded
        | Error::Internal(_) => false,
    }
}

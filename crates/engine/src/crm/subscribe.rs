//! Having the CRM tell of its contacts, so that the index stays warm between sweeps.

use jiff::SignedDuration;
use kommo::Event;
use portico_domain::Priority;
use portico_domain::connection::Connection;
use portico_store::crms::Crm;
use portico_store::{Tx, crms};
use wire::Kind;
use zeroize::Zeroizing;

use crate::hooks::HOOK_SECRET;
use crate::{Engine, Error};

/// How often it is tried again where it failed or the plan refused it.
const TRY_EVERY: SignedDuration = SignedDuration::from_hours(1);

impl Engine {
    /// Tries again now and then to have an account tell of its contacts.
    ///
    /// A failure is only told: without notifications the contacts are swept.
    pub(super) async fn look_after_crm_subscription(&self, crm: &Connection, state: &Crm) {
        let tried = state.subscribe_tried_at;
        if tried.is_some_and(|at| at > self.now() - TRY_EVERY) {
            return;
        }
        if let Err(error) = self.subscribe_crm(crm).await {
            tracing::warn!(connection.id = %crm.id, error = %error, "No notifications from `{}`: its contacts are swept", crm.name);
        }
    }

    /// Subscribes to contact events where the plan allows it and we can be reached.
    ///
    /// Safe to run twice: what was subscribed at this address before is replaced.
    pub(crate) async fn subscribe_crm(&self, crm: &Connection) -> Result<bool, Error> {
        let Some(address) = self.hook_url(crm) else {
            return Ok(false);
        };
        let (id, now) = (crm.id, self.now());
        let read = move |tx: &mut dyn Tx| crms::crm(tx, id);
        let state = self.store().read(read).await?.unwrap_or_default();
        if state.subscribed_to.as_ref() == Some(&address) {
            return Ok(true);
        }
        let try_now = move |tx: &mut dyn Tx| crms::save_subscription(tx, id, None, now);
        self.store().write(try_now).await?;
        let secret = self.crm_hook_secret(crm).await?;
        let destination = &format!("{address}/{}", *secret);
        let events = &[
            Event::AddContact,
            Event::UpdateContact,
            Event::DeleteContact,
        ];
        let client = &self.kommo_of(crm)?;
        let answer = self
            .call(crm, Priority::Person, |token| async move {
                client.subscribe_webhook(destination, events, &token).await
            })
            .await;
        match answer {
            Ok(_) => {
                let write =
                    move |tx: &mut dyn Tx| crms::save_subscription(tx, id, Some(&address), now);
                self.store().write(write).await?;
                Ok(true)
            }
            // The plan has no webhooks: sweeps keep the index warm.
            Err(Error::Vendor { cause, .. }) if is_refused_by_plan(&cause) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The secret part of the address. Kept before it is told, since a delivery may arrive before the
    /// answer does; and kept for the next attempt, which then leaves no stray.
    async fn crm_hook_secret(&self, crm: &Connection) -> Result<Zeroizing<String>, Error> {
        if let Some(known) = self.secret(crm.id, HOOK_SECRET).await? {
            return Ok(Zeroizing::new(String::from_utf8_lossy(&known).into_owned()));
        }
        let secret = Zeroizing::new(hex::encode(self.inner.chance.bytes::<24>()));
        let kept = Zeroizing::new(secret.as_bytes().to_vec());
        self.save_secret(crm.id, HOOK_SECRET, kept).await?;
        Ok(secret)
    }
}

fn is_refused_by_plan(cause: &wire::Error) -> bool {
    matches!(
        cause.kind,
        Kind::Forbidden | Kind::PaymentRequired | Kind::Rejected
    )
}

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

/// How often it is checked that the subscription is there and switched on: the vendor switches one off
/// that failed for long, people delete it, and nothing tells of either.
const CHECK_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// What the contact index lives on.
const EVENTS: [Event; 3] = [
    Event::AddContact,
    Event::UpdateContact,
    Event::DeleteContact,
];

/// What an account has at an address of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subscribed {
    Nothing,
    /// It was switched off, or tells of something else.
    Useless,
    Working,
}

impl Engine {
    /// Checks now and then that an account still tells of its contacts, and subscribes anew if not.
    ///
    /// A failure is only told: without notifications the contacts are swept.
    pub(super) async fn look_after_crm_subscription(&self, crm: &Connection, state: &Crm) {
        let checked = state.subscribe_tried_at;
        if checked.is_some_and(|at| at > self.now() - CHECK_EVERY) {
            return;
        }
        if let Err(error) = self.subscribe_crm(crm).await {
            tracing::warn!(connection.id = %crm.id, error = %error, "No notifications from `{}`: its contacts are swept", crm.name);
        }
    }

    /// Subscribes to contact events where the plan allows it and we can be reached.
    ///
    /// Safe to run twice: a subscription that works is kept, and any other at this address is replaced.
    pub(crate) async fn subscribe_crm(&self, crm: &Connection) -> Result<bool, Error> {
        let Some(address) = self.hook_url(crm) else {
            return Ok(false);
        };
        match self.keep_subscribed(crm, &address).await {
            Ok(()) => Ok(true),
            // The smallest plan has no webhooks: sweeps keep the index warm.
            Err(Error::Vendor { cause, .. }) if is_refused_by_plan(&cause) => {
                tracing::info!(connection.id = %crm.id, error = %cause, "`{}` lets us have no webhooks: its contacts are swept", crm.name);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Ends what the account sends to us, in use or not.
    ///
    /// Safe to run twice: what is no longer there counts as ended.
    pub(crate) async fn unsubscribe_crm(&self, crm: &Connection) -> Result<(), Error> {
        let id = crm.id;
        let read = move |tx: &mut dyn Tx| crms::crm(tx, id);
        let known = self.store().read(read).await?;
        let known = known.and_then(|state| state.subscribed_to);
        // Kept before anything is subscribed to, so without it nothing is.
        let Some(secret) = self.secret(id, HOOK_SECRET).await? else {
            return Ok(());
        };
        let secret = Zeroizing::new(String::from_utf8_lossy(&secret).into_owned());
        // A lost answer may have left one at the present address that is not known.
        let present = self.hook_url(crm).filter(|url| known.as_ref() != Some(url));
        for (address, is_known) in known
            .iter()
            .map(|url| (url, true))
            .chain(present.iter().map(|url| (url, false)))
        {
            let ended = self
                .end_webhook(crm, &format!("{address}/{}", *secret))
                .await;
            match ended {
                Err(Error::Vendor { cause, .. }) if !is_known && is_refused_by_plan(&cause) => {}
                ended => ended?,
            }
        }
        Ok(())
    }

    async fn end_webhook(&self, crm: &Connection, destination: &str) -> Result<(), Error> {
        let client = &self.kommo_of(crm)?;
        let ended = self
            .call(crm, Priority::Person, |token| async move {
                client.unsubscribe_webhook(destination, &token).await
            })
            .await;
        match ended {
            Err(Error::Vendor { cause, .. }) if cause.kind == Kind::NotFound => Ok(()),
            ended => ended,
        }
    }

    async fn keep_subscribed(&self, crm: &Connection, address: &str) -> Result<(), Error> {
        let (id, now) = (crm.id, self.now());
        let read = move |tx: &mut dyn Tx| crms::crm(tx, id);
        let state = self.store().read(read).await?.unwrap_or_default();
        let known = state.subscribed_to.filter(|known| known == address);
        let save = move |address: Option<String>| {
            move |tx: &mut dyn Tx| crms::save_subscription(tx, id, address.as_deref(), now)
        };
        self.store().write(save(known.clone())).await?;
        let destination = format!("{address}/{}", *self.crm_hook_secret(crm).await?);
        let there = self.subscribed_at(crm, &destination).await?;
        if there != Subscribed::Working {
            if known.is_some() {
                tracing::warn!(connection.id = %crm.id, "`{}` no longer tells of its contacts: subscribing anew", crm.name);
            }
            // Written before the call: should that fail, the account counts as one that tells nothing.
            self.store().write(save(None)).await?;
            self.subscribe_anew(crm, there, &destination).await?;
        }
        let address = Some(address.to_owned());
        Ok(self.store().write(save(address)).await?)
    }

    async fn subscribed_at(
        &self,
        crm: &Connection,
        destination: &str,
    ) -> Result<Subscribed, Error> {
        let client = &self.kommo_of(crm)?;
        let there = self
            .call(crm, Priority::Person, |token| async move {
                client.webhooks(Some(destination), &token).await
            })
            .await?;
        let mut ours = there
            .items
            .iter()
            .filter(|one| one.destination == destination);
        Ok(match ours.next() {
            None => Subscribed::Nothing,
            Some(one)
                if one.disabled || !EVENTS.iter().all(|event| one.settings.contains(event)) =>
            {
                Subscribed::Useless
            }
            Some(_) => Subscribed::Working,
        })
    }

    /// What is of no use is deleted first: what the vendor does with a second subscription at the same
    /// address is not documented, and it does not switch the first on again.
    async fn subscribe_anew(
        &self,
        crm: &Connection,
        there: Subscribed,
        destination: &str,
    ) -> Result<(), Error> {
        let client = &self.kommo_of(crm)?;
        if there == Subscribed::Useless {
            self.end_webhook(crm, destination).await?;
        }
        self.call(crm, Priority::Person, |token| async move {
            client.subscribe_webhook(destination, &EVENTS, &token).await
        })
        .await
        .map(drop)
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

/// A right that a plan or a user lacks is refused with a 403; no other refusal speaks of the plan.
fn is_refused_by_plan(cause: &wire::Error) -> bool {
    cause.kind == Kind::Forbidden
}

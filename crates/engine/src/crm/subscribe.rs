//! Having the CRM tell of its contacts, so that the index stays warm between sweeps.

use kommo::Event;
use portico_domain::Priority;
use portico_domain::connection::Connection;
use wire::Kind;
use zeroize::Zeroizing;

use crate::hooks::HOOK_SECRET;
use crate::{Engine, Error};

impl Engine {
    /// Subscribes to contact events where the plan allows it and we can be reached.
    ///
    /// Safe to run twice: what was subscribed at this address before is replaced.
    pub(crate) async fn subscribe_crm(&self, crm: &Connection) -> Result<bool, Error> {
        let Some(address) = self.hook_url(crm) else {
            return Ok(false);
        };
        if self.secret(crm.id, HOOK_SECRET).await?.is_some() {
            return Ok(true);
        }
        let secret = hex::encode(self.inner.chance.bytes::<24>());
        let destination = &format!("{address}/{secret}");
        let events = &[
            Event::AddContact,
            Event::UpdateContact,
            Event::DeleteContact,
        ];
        let client = &self.kommo_of(crm)?;
        // Stored first: a delivery may arrive before the answer does.
        self.save_secret(crm.id, HOOK_SECRET, Zeroizing::new(secret.into_bytes()))
            .await?;
        let answer = self
            .call(crm, Priority::Person, |token| async move {
                client.subscribe_webhook(destination, events, &token).await
            })
            .await;
        match answer {
            Ok(_) => Ok(true),
            // The plan has no webhooks: sweeps keep the index warm.
            Err(Error::Vendor { cause, .. }) if is_refused_by_plan(&cause) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn is_refused_by_plan(cause: &wire::Error) -> bool {
    matches!(
        cause.kind,
        Kind::Forbidden | Kind::PaymentRequired | Kind::Rejected
    )
}

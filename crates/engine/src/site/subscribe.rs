//! Subscribing to a site's notifications, so that orders arrive within a second.

use portico_domain::Priority;
use portico_domain::connection::Connection;
use portico_store::{Tx, sites};
use squarespace::webhook::Topic;
use wire::ExposeSecret;
use zeroize::Zeroizing;

use crate::hooks::HOOK_SECRET;
use crate::{Engine, Error};

impl Engine {
    /// Subscribes to order notifications where the credential may and we can be reached.
    ///
    /// Safe to run twice: a subscription of ours that points here and whose secret we do not have
    /// is a stray of a lost answer, and is deleted first.
    pub(crate) async fn subscribe_site(&self, connection: &Connection) -> Result<bool, Error> {
        let Some(endpoint) = self
            .hook_url(connection)
            .filter(|_| connection.account.oauth)
        else {
            return Ok(false);
        };
        let id = connection.id;
        let read = move |tx: &mut dyn Tx| sites::site(tx, id);
        let site = self.store().read(read).await?;
        if site.is_some_and(|site| site.subscription_id.is_some()) {
            return Ok(true);
        }
        self.delete_strays(connection, &endpoint).await?;
        let (client, endpoint) = (&self.inner.squarespace, endpoint.as_str());
        let topics = [
            Topic::OrderCreate,
            Topic::OrderUpdate,
            Topic::ExtensionUninstall,
        ];
        let topics = &topics;
        let made = self
            .call(connection, Priority::Person, |token| async move {
                client
                    .create_webhook_subscription(endpoint, topics, &token)
                    .await
            })
            .await?;
        let secret = made.secret.expose_secret().as_bytes().to_vec();
        self.save_secret(id, HOOK_SECRET, Zeroizing::new(secret))
            .await?;
        let subscription = made.subscription.id.to_string();
        let write = move |tx: &mut dyn Tx| sites::save_subscription(tx, id, Some(&subscription));
        self.store().write(write).await?;
        Ok(true)
    }

    async fn delete_strays(&self, connection: &Connection, endpoint: &str) -> Result<(), Error> {
        let client = &self.inner.squarespace;
        let there = self
            .call(connection, Priority::Person, |token| async move {
                client.webhook_subscriptions(&token).await
            })
            .await?;
        for stray in there.iter().filter(|one| one.endpoint_url == endpoint) {
            let stray = &stray.id;
            self.call(connection, Priority::Person, |token| async move {
                client.delete_webhook_subscription(stray, &token).await
            })
            .await?;
        }
        Ok(())
    }

    /// Where the vendor reaches us for a connection; `None` when we cannot be reached.
    pub(crate) fn hook_url(&self, connection: &Connection) -> Option<String> {
        let base = self
            .inner
            .public_url
            .as_ref()?
            .as_str()
            .trim_end_matches('/');
        Some(format!("{base}/hooks/{}/{}", connection.app, connection.id))
    }
}

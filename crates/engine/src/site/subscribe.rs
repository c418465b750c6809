//! Subscribing to a site's notifications, so that orders arrive within a second.

mod rotate;
mod turn;

use jiff::SignedDuration;
use portico_domain::Priority;
use portico_domain::connection::Connection;
use portico_store::sites::Site;
use portico_store::{Tx, sites};
use squarespace::WebhookSubscription;
use squarespace::subscription::WebhookSubscriptionPatch;
use squarespace::webhook::Topic;
use wire::{ExposeSecret, Kind};
use zeroize::Zeroizing;

pub use rotate::Rotated;
use turn::Turn;

use crate::hooks::HOOK_SECRET;
use crate::{Engine, Error};

/// How often it is checked that the subscription is still there: a vendor drops one that failed
/// for long, and nothing tells of it.
const CHECK_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// What a site is asked to tell.
static TOPICS: [Topic; 3] = [
    Topic::OrderCreate,
    Topic::OrderUpdate,
    Topic::ExtensionUninstall,
];

impl Engine {
    /// Checks now and then that a site still tells of its orders, and subscribes anew if not.
    ///
    /// A failure is only told: without notifications the orders are swept.
    pub(super) async fn look_after_subscription(&self, connection: &Connection, site: &Site) {
        // The first sweep leaves it to the setting up of the flow, which is under way.
        let is_fresh = site
            .subscription_checked_at
            .is_some_and(|at| at > self.now() - CHECK_EVERY);
        if site.swept_until.is_none() || is_fresh {
            return;
        }
        if let Err(error) = self.subscribe_site(connection).await {
            tracing::warn!(connection.id = %connection.id, error = %error, "Cannot check the notifications from `{}`: its orders are swept", connection.name);
        }
    }

    /// Subscribes to order notifications where the credential may and we can be reached.
    ///
    /// Safe to run twice: a subscription that is there is kept. One of ours whose secret we do not
    /// have is a stray of a lost answer, and is deleted.
    pub(crate) async fn subscribe_site(&self, connection: &Connection) -> Result<bool, Error> {
        let Some(endpoint) = self
            .hook_url(connection)
            .filter(|_| connection.account.oauth)
        else {
            return Ok(false);
        };
        let turn = self.take_turn(connection).await?;
        let subscribed = self.subscribe_in_turn(connection, &endpoint, &turn).await;
        self.end_turn(turn).await;
        subscribed.map(|()| true)
    }

    async fn subscribe_in_turn(
        &self,
        connection: &Connection,
        endpoint: &str,
        turn: &Turn,
    ) -> Result<(), Error> {
        let (id, now) = (connection.id, self.now());
        let read = move |tx: &mut dyn Tx| sites::site(tx, id);
        let known = self.store().read(read).await?;
        let known = known.and_then(|site| site.subscription_id);
        let is_there = self
            .keep_only(connection, known.as_deref(), endpoint)
            .await?;
        let kept = known.filter(|_| is_there);
        // Written before another is made: should that fail, the site counts as one that tells nothing.
        let write = move |tx: &mut dyn Tx| sites::save_subscription(tx, id, kept.as_deref(), now);
        self.write_in_turn(connection, turn, write).await?;
        if is_there {
            return Ok(());
        }
        self.make_subscription(connection, endpoint, turn).await
    }

    /// Ends what the site tells us, the subscription that is known and every other that points here.
    ///
    /// Safe to run twice: what is no longer there counts as ended.
    pub(crate) async fn unsubscribe_site(&self, connection: &Connection) -> Result<(), Error> {
        let id = connection.id;
        let read = move |tx: &mut dyn Tx| sites::site(tx, id);
        let Some(site) = self.store().read(read).await? else {
            // No flow has ever followed it.
            return Ok(());
        };
        if site.subscription_id.is_none() && !connection.account.oauth {
            return Ok(());
        }
        let endpoint = self.hook_url(connection);
        let client = &self.inner.squarespace;
        let there = self
            .call(connection, Priority::Person, |token| async move {
                client.webhook_subscriptions(&token).await
            })
            .await?;
        for one in there {
            let is_known = site.subscription_id.as_deref() == Some(one.id.as_str());
            if is_known || endpoint.as_ref() == Some(&one.endpoint_url) {
                self.end_subscription(connection, &one).await?;
            }
        }
        Ok(())
    }

    async fn end_subscription(
        &self,
        connection: &Connection,
        one: &WebhookSubscription,
    ) -> Result<(), Error> {
        let client = &self.inner.squarespace;
        let ended = self
            .call(connection, Priority::Person, |token| async move {
                client.delete_webhook_subscription(&one.id, &token).await
            })
            .await;
        match ended {
            Err(Error::Vendor { cause, .. }) if cause.kind == Kind::NotFound => Ok(()),
            ended => ended,
        }
    }

    async fn make_subscription(
        &self,
        connection: &Connection,
        endpoint: &str,
        turn: &Turn,
    ) -> Result<(), Error> {
        let client = &self.inner.squarespace;
        let made = self
            .call(connection, Priority::Person, |token| async move {
                client
                    .create_webhook_subscription(endpoint, &TOPICS, &token)
                    .await
            })
            .await?;
        let secret = made.secret.expose_secret().as_bytes().to_vec();
        let (id, now) = (connection.id, self.now());
        let secret = self.seal(id, HOOK_SECRET, Zeroizing::new(secret)).await?;
        let made = made.subscription.id.to_string();
        let write = move |tx: &mut dyn Tx| {
            secret.write(tx)?;
            sites::save_subscription(tx, id, Some(&made), now)
        };
        self.write_in_turn(connection, turn, write).await
    }

    /// Deletes what points here and is not the subscription we know; says whether that is there, which
    /// is made whole.
    async fn keep_only(
        &self,
        connection: &Connection,
        known: Option<&str>,
        endpoint: &str,
    ) -> Result<bool, Error> {
        let client = &self.inner.squarespace;
        let there = self
            .call(connection, Priority::Person, |token| async move {
                client.webhook_subscriptions(&token).await
            })
            .await?;
        let is_known = |one: &WebhookSubscription| Some(one.id.as_str()) == known;
        let points_here = |one: &WebhookSubscription| one.endpoint_url == endpoint;
        for stray in there.iter().filter(|one| is_known(one) != points_here(one)) {
            self.end_subscription(connection, stray).await?;
        }
        let ours = there.iter().find(|one| is_known(one) && points_here(one));
        if let Some(ours) = ours {
            self.make_whole(connection, ours).await?;
        }
        Ok(ours.is_some())
    }

    /// Asks for all topics again where somebody has changed them, or an older Portico asked for fewer.
    async fn make_whole(
        &self,
        connection: &Connection,
        ours: &WebhookSubscription,
    ) -> Result<(), Error> {
        let is_whole = ours.topics.len() == TOPICS.len()
            && TOPICS.iter().all(|topic| ours.topics.contains(topic));
        if is_whole {
            return Ok(());
        }
        let client = &self.inner.squarespace;
        let patch = &WebhookSubscriptionPatch {
            topics: Some(TOPICS.to_vec()),
            ..WebhookSubscriptionPatch::default()
        };
        self.call(connection, Priority::Person, |token| async move {
            let updated = client.update_webhook_subscription(&ours.id, patch, &token);
            updated.await.map(drop)
        })
        .await
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

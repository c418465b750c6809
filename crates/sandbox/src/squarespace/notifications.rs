//! Notifications to subscribers: the envelope, the signature and what repeated failure leads to.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde_json::Value;
use sha2::Sha256;

use super::site::Site;
use super::subscriptions::{Subscription, needed_for};
use super::{APP, Squarespace, time};
use crate::delivery::{Attempt, Outgoing, Verdict};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// The vendor tries for up to 48 hours and publishes no schedule; this one is ours.
const SCHEDULE_MS: &[i64] = &[
    MINUTE_MS,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    6 * HOUR_MS,
    12 * HOUR_MS,
    24 * HOUR_MS,
    48 * HOUR_MS,
];

const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    id: String,
    website_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscriptions_id: Option<&'a str>,
    topic: &'a str,
    created_on: String,
    data: Value,
}

impl Squarespace {
    /// Sends a notification to every subscriber of the topic whose app may still see what it tells.
    pub(super) fn notify(&self, site: &Site, topic: &str, data: Value) {
        let subscribers = site
            .subscriptions
            .iter()
            .filter(|subscription| subscription.topics.iter().any(|t| t == topic))
            .filter(|_| is_covered(site, topic));
        for subscription in subscribers {
            self.world
                .deliveries
                .send(self.notification(subscription, topic, data.clone()));
        }
    }

    /// A signed notification, ready to be sent.
    pub(super) fn notification(
        &self,
        subscription: &Subscription,
        topic: &str,
        data: Value,
    ) -> Outgoing {
        let now = self.world.clock.now_ms();
        let schemas_spelling = self.flag("subscriptions_id");
        let id = Some(subscription.id.as_str());
        let envelope = Envelope {
            id: self.world.traffic_ids.hex24(),
            website_id: &subscription.website_id,
            subscription_id: id.filter(|_| !schemas_spelling),
            subscriptions_id: id.filter(|_| schemas_spelling),
            topic,
            created_on: match self.choice("notification_created_on").as_str() {
                "minutes" => time::iso_minutes(now),
                _ => time::iso_seconds(now),
            },
            data,
        };
        let body = serde_json::to_vec(&envelope).expect("an envelope holds only texts");
        let headers = vec![
            ("user-agent", "Squarespace/1.0".to_owned()),
            ("content-type", "application/json".to_owned()),
            (
                "squarespace-signature",
                sign(&self.signing_key(subscription), &body),
            ),
        ];
        Outgoing {
            app: APP,
            subscription: subscription.id.clone(),
            url: subscription.endpoint_url.clone(),
            headers,
            body: Bytes::from(body),
            timeout: TIMEOUT,
            schedule_ms: SCHEDULE_MS,
            on_result: self.judge(subscription),
        }
    }

    fn signing_key(&self, subscription: &Subscription) -> Vec<u8> {
        if self.flag("wrong_signature") {
            return b"a key that no subscription has".to_vec();
        }
        let old = subscription
            .old_secret
            .as_ref()
            .filter(|_| self.flag("old_secret"));
        old.unwrap_or(&subscription.secret).to_vec()
    }

    /// Any 2xx is success; everything else is tried again, and counted once no attempt is left.
    fn judge(&self, subscription: &Subscription) -> Arc<dyn Fn(&Attempt) -> Verdict + Send + Sync> {
        let shop = self.me.clone();
        let id = subscription.id.clone();
        Arc::new(move |attempt| {
            let delivered = attempt
                .status
                .is_some_and(|status| (200..300).contains(&status));
            if let Some(shop) = shop.upgrade()
                && (delivered || attempt.last)
            {
                shop.count_outcome(&id, delivered);
            }
            tracing::debug!(attempt.number, ?attempt.status, "a notification was attempted");
            if delivered {
                Verdict::Done
            } else {
                Verdict::Retry
            }
        })
    }

    /// Drops a subscription whose notifications failed too often in a row.
    fn count_outcome(&self, id: &str, delivered: bool) {
        let most = self.number("drop_subscription_after");
        let mut state = self.lock();
        for site in &mut state.sites {
            for subscription in site
                .subscriptions
                .iter_mut()
                .filter(|subscription| subscription.id == id)
            {
                subscription.failed_in_a_row = if delivered {
                    0
                } else {
                    subscription.failed_in_a_row + 1
                };
            }
            site.subscriptions.retain(|subscription| {
                let kept = most <= 0 || subscription.failed_in_a_row < most;
                if !kept {
                    self.world
                        .deliveries
                        .drop_subscription(APP, &subscription.id);
                }
                kept
            });
        }
    }
}

/// A new consent may allow less than the one that the subscription was made under.
fn is_covered(site: &Site, topic: &str) -> bool {
    let Some((granted, (area, level))) = site.granted.as_ref().zip(needed_for(topic)) else {
        return true;
    };
    granted.get(&area).is_some_and(|has| *has >= level)
}

/// Lower-case hexadecimal HMAC-SHA256 of the raw body under the decoded secret.
fn sign(secret: &[u8], body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::sign;

    const SECRET: &str = "8F14E45FCEEA167A5A36DEDD4BEA2543C9F0F895FB98AB9159F51FD0297E236D";
    const THIN: &str = r#"{"id":"66b2f0c1a4d3e57f90ab12cd","websiteId":"64a1c0ffee5eed0012345678","subscriptionId":"0d9b6f52-6c0e-4b7e-9f55-3f2a6f1f6c11","topic":"order.create","createdOn":"2026-05-14T09:30:00.125Z","data":{"orderId":"66b2f0be8e21aa5d7c001234"}}"#;
    const FAT: &str = r#"{"id":"66b2f0c1a4d3e57f90ab12ce","websiteId":"64a1c0ffee5eed0012345678","subscriptionId":"0d9b6f52-6c0e-4b7e-9f55-3f2a6f1f6c11","topic":"contact.update","createdOn":"2026-05-14T09:31+00:00","data":{"id":"64a7e3d2c8f1b95e30a14d2b","firstName":"Zoë","lastName":"Ünal","locale":"de-CH"}}"#;

    #[test]
    fn signatures_match_the_published_recipe() {
        let key = hex::decode(SECRET).unwrap();

        assert_eq!(
            sign(&key, THIN.as_bytes()),
            "a8eec68da594aa606e81131edaa48dcdc4cd2853b75bcd3907872254525c4c74"
        );
        assert_eq!(
            sign(&key, FAT.as_bytes()),
            "56d581995be16d484bf9a35baa575d3668285d9b28e4ce1fd3b938550900a084"
        );
        assert_eq!(
            sign(&key, b""),
            "3fdb5213ea50e708de6fbfacd518b26bf3686b1da7cf316a2b57af556ea1eb1b"
        );
    }

    #[test]
    fn the_hexadecimal_text_itself_is_another_key() {
        assert_eq!(
            sign(SECRET.as_bytes(), THIN.as_bytes()),
            "783cfa0c1173e3427ec5e6e159c26ce81eca5a86f0b9653fe87b06a37131b512"
        );
    }
}

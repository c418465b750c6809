//! Webhook subscriptions. All calls need an OAuth access token: the vendor refuses API keys here.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, fetch, run};
use crate::id::{SubscriptionId, WebsiteId};
use crate::webhook::Topic;

/// Where the vendor sends which notifications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookSubscription {
    /// The id of the subscription.
    pub id: SubscriptionId,
    /// Where notifications go.
    pub endpoint_url: String,
    /// Which notifications go there.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub topics: Vec<Topic>,
    /// When it was made.
    #[serde(default)]
    pub created_on: Option<Timestamp>,
    /// When it last changed.
    #[serde(default)]
    pub updated_on: Option<Timestamp>,
    /// The OAuth client that owns it.
    #[serde(default)]
    pub client_id: Option<String>,
    /// The website that it is about.
    #[serde(default)]
    pub website_id: Option<WebsiteId>,
}

/// A subscription with its secret, which the vendor tells only once.
#[derive(Clone, Debug)]
pub struct NewWebhookSubscription {
    /// The subscription.
    pub subscription: WebhookSubscription,
    /// The key of its signatures, in hex.
    pub secret: SecretString,
}

/// What to change about a subscription; `None` leaves it alone.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookSubscriptionPatch {
    /// Where notifications shall go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_url: Option<String>,
    /// The whole list of notifications that shall go there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topics: Option<Vec<Topic>>,
}

impl Client {
    /// Lists all subscriptions, without secrets. `GET /1.0/webhook_subscriptions`
    pub async fn webhook_subscriptions(
        &self,
        token: &SecretString,
    ) -> Result<Vec<WebhookSubscription>, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Envelope {
            #[serde(default, deserialize_with = "lenient::or_default")]
            webhook_subscriptions: Vec<WebhookSubscription>,
        }

        let call = self.call("GET /1.0/webhook_subscriptions", &[], token);
        fetch::<Envelope>(call)
            .await
            .map(|envelope| envelope.webhook_subscriptions)
    }

    /// Makes a subscription. `POST /1.0/webhook_subscriptions`
    ///
    /// Sent again after a lost answer it makes a second one: list and delete strays first.
    pub async fn create_webhook_subscription(
        &self,
        endpoint_url: &str,
        topics: &[Topic],
        token: &SecretString,
    ) -> Result<NewWebhookSubscription, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            endpoint_url: &'a str,
            topics: &'a [Topic],
        }

        #[derive(Deserialize)]
        struct Answer {
            #[serde(flatten)]
            subscription: WebhookSubscription,
            secret: String,
        }

        let call = self.call("POST /1.0/webhook_subscriptions", &[], token);
        let answer: Answer = fetch(call.json(&Body {
            endpoint_url,
            topics,
        }))
        .await?;
        Ok(NewWebhookSubscription {
            subscription: answer.subscription,
            secret: answer.secret.into(),
        })
    }

    /// Reads one subscription. `GET /1.0/webhook_subscriptions/{subscriptionId}`
    pub async fn webhook_subscription(
        &self,
        id: &SubscriptionId,
        token: &SecretString,
    ) -> Result<WebhookSubscription, Error> {
        fetch(self.call(
            "GET /1.0/webhook_subscriptions/{subscriptionId}",
            &[id.as_str()],
            token,
        ))
        .await
    }

    /// Changes a subscription. `POST /1.0/webhook_subscriptions/{subscriptionId}`
    pub async fn update_webhook_subscription(
        &self,
        id: &SubscriptionId,
        patch: &WebhookSubscriptionPatch,
        token: &SecretString,
    ) -> Result<WebhookSubscription, Error> {
        fetch(
            self.call(
                "POST /1.0/webhook_subscriptions/{subscriptionId}",
                &[id.as_str()],
                token,
            )
            .json(patch),
        )
        .await
    }

    /// Ends a subscription. `DELETE /1.0/webhook_subscriptions/{subscriptionId}`
    pub async fn delete_webhook_subscription(
        &self,
        id: &SubscriptionId,
        token: &SecretString,
    ) -> Result<(), Error> {
        run(self.call(
            "DELETE /1.0/webhook_subscriptions/{subscriptionId}",
            &[id.as_str()],
            token,
        ))
        .await
    }

    /// Gives a subscription a new secret; the old one is dead at once.
    /// `POST /1.0/webhook_subscriptions/{subscriptionId}/actions/rotateSecret`
    pub async fn rotate_webhook_secret(
        &self,
        id: &SubscriptionId,
        token: &SecretString,
    ) -> Result<SecretString, Error> {
        #[derive(Deserialize)]
        struct Answer {
            secret: String,
        }

        let call = self.call(
            "POST /1.0/webhook_subscriptions/{subscriptionId}/actions/rotateSecret",
            &[id.as_str()],
            token,
        );
        fetch::<Answer>(call)
            .await
            .map(|answer| answer.secret.into())
    }

    /// Has the vendor send one made-up notification, and tells what our endpoint answered; `None` where it
    /// was not reached. `POST /1.0/webhook_subscriptions/{subscriptionId}/actions/sendTestNotification`
    pub async fn send_test_notification(
        &self,
        id: &SubscriptionId,
        topic: &Topic,
        token: &SecretString,
    ) -> Result<Option<u16>, Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            topic: &'a Topic,
        }

        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            #[serde(default)]
            status_code: Option<u16>,
        }

        let operation =
            "POST /1.0/webhook_subscriptions/{subscriptionId}/actions/sendTestNotification";
        let answer: Answer = fetch(
            self.call(operation, &[id.as_str()], token)
                .json(&Body { topic }),
        )
        .await?;
        Ok(answer.status_code.filter(|status| *status != 0))
    }
}

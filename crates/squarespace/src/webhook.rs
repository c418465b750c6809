//! Notifications as they come in: checking the signature, then reading.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;
use wire::{ExposeSecret, SecretString};

use crate::id::{NotificationId, OrderId, SubscriptionId, WebsiteId};

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "squarespace-signature";

/// Whether the signature is the subscription's own for exactly these bytes.
///
/// The body must be as it came: not parsed, not written again. The comparison takes constant time.
pub fn verify(secret_hex: &SecretString, signature_header: &str, body: &[u8]) -> bool {
    let Ok(key) = hex::decode(secret_hex.expose_secret()) else {
        return false;
    };
    let Ok(signature) = hex::decode(signature_header.trim()) else {
        return false;
    };
    // A secret that is missing must not become a key that everybody knows.
    if key.is_empty() {
        return false;
    }
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(&key) else {
        return false;
    };
    mac.chain_update(body).verify_slice(&signature).is_ok()
}

/// One notification. It says that something changed, hardly ever what. Its `Debug` leaves the data out.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(from = "Wire")]
pub struct Notification {
    /// The same on each repeat.
    pub id: NotificationId,
    /// The website that it is about.
    pub website_id: WebsiteId,
    /// The subscription that it is sent for.
    pub subscription_id: Option<SubscriptionId>,
    /// What happened.
    pub topic: Topic,
    /// When the vendor made it; says nothing about order.
    pub created_on: Timestamp,
    /// What it happened to.
    pub data: Value,
}

wire::debug_only!(Notification {
    id,
    website_id,
    subscription_id,
    topic,
    created_on
});

wire::open_enum! {
    /// What notifications are about.
    pub enum Topic {
        OrderCreate = "order.create",
        OrderUpdate = "order.update",
        ContactCreate = "contact.create",
        ContactUpdate = "contact.update",
        ContactDelete = "contact.delete",
        AddressCreate = "address.create",
        AddressUpdate = "address.update",
        AddressDelete = "address.delete",
        ExtensionUninstall = "extension.uninstall",
    }
}

wire::open_enum! {
    /// How an order changed. Changes of payment, notes and addresses are not told.
    pub enum OrderUpdate {
        Fulfilled = "FULFILLED",
        Refunded = "REFUNDED",
        Canceled = "CANCELED",
        MarkedPending = "MARKED_PENDING",
        EmailUpdated = "EMAIL_UPDATED",
    }
}

impl Notification {
    /// Reads a notification whose signature was checked.
    pub fn parse(body: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body)
    }

    /// The order that it is about.
    pub fn order_id(&self) -> Option<OrderId> {
        self.data.get("orderId")?.as_str().map(OrderId::from)
    }

    /// How the order changed.
    pub fn update(&self) -> Option<OrderUpdate> {
        self.data.get("update")?.as_str().map(OrderUpdate::from)
    }
}

/// The vendor's texts and its schema differ in the name of one field.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    id: NotificationId,
    website_id: WebsiteId,
    subscription_id: Option<SubscriptionId>,
    subscriptions_id: Option<SubscriptionId>,
    topic: Topic,
    created_on: Timestamp,
    #[serde(default)]
    data: Value,
}

impl From<Wire> for Notification {
    fn from(wire: Wire) -> Self {
        Self {
            id: wire.id,
            website_id: wire.website_id,
            subscription_id: wire.subscription_id.or(wire.subscriptions_id),
            topic: wire.topic,
            created_on: wire.created_on,
            data: wire.data,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "8F14E45FCEEA167A5A36DEDD4BEA2543C9F0F895FB98AB9159F51FD0297E236D";
    const ORDER: &str = r#"{"id":"66b2f0c1a4d3e57f90ab12cd","websiteId":"64a1c0ffee5eed0012345678","subscriptionId":"0d9b6f52-6c0e-4b7e-9f55-3f2a6f1f6c11","topic":"order.create","createdOn":"2026-05-14T09:30:00.125Z","data":{"orderId":"66b2f0be8e21aa5d7c001234"}}"#;
    const CONTACT: &str = r#"{"id":"66b2f0c1a4d3e57f90ab12ce","websiteId":"64a1c0ffee5eed0012345678","subscriptionId":"0d9b6f52-6c0e-4b7e-9f55-3f2a6f1f6c11","topic":"contact.update","createdOn":"2026-05-14T09:31+00:00","data":{"id":"64a7e3d2c8f1b95e30a14d2b","firstName":"Zoë","lastName":"Ünal","locale":"de-CH"}}"#;
    const ORDER_SIGNATURE: &str =
        "a8eec68da594aa606e81131edaa48dcdc4cd2853b75bcd3907872254525c4c74";

    fn holds(secret: &str, signature: &str, body: &str) -> bool {
        verify(&SecretString::from(secret), signature, body.as_bytes())
    }

    #[test]
    fn the_vendors_signatures_hold_in_either_case() {
        assert!(holds(SECRET, ORDER_SIGNATURE, ORDER));
        assert!(holds(
            &SECRET.to_lowercase(),
            &ORDER_SIGNATURE.to_uppercase(),
            ORDER
        ));
        assert!(holds(
            SECRET,
            "56d581995be16d484bf9a35baa575d3668285d9b28e4ce1fd3b938550900a084",
            CONTACT
        ));
        assert!(holds(
            SECRET,
            "3fdb5213ea50e708de6fbfacd518b26bf3686b1da7cf316a2b57af556ea1eb1b",
            ""
        ));
    }

    #[test]
    fn a_signature_with_the_hex_text_as_key_does_not_hold() {
        assert!(!holds(
            SECRET,
            "783cfa0c1173e3427ec5e6e159c26ce81eca5a86f0b9653fe87b06a37131b512",
            ORDER
        ));
        assert!(!holds(
            SECRET,
            "c5d97548557c466835f85b9d9f2e64b9754dea289e798a697db19b8bf7604a9e",
            ORDER
        ));
    }

    #[test]
    fn what_is_changed_or_unreadable_does_not_hold() {
        assert!(!holds(
            SECRET,
            ORDER_SIGNATURE,
            &ORDER.replace("1234\"}", "1235\"}")
        ));
        assert!(!holds(SECRET, &ORDER_SIGNATURE[..62], ORDER));
        assert!(!holds(SECRET, "sha256=a8ee", ORDER));
        assert!(!holds(SECRET, "", ORDER));
        assert!(!holds("no hex", ORDER_SIGNATURE, ORDER));
    }

    #[test]
    fn an_empty_secret_signs_nothing() {
        let of_empty_key = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
        assert!(!holds("", of_empty_key, ""));
    }

    #[test]
    fn an_order_notification_names_its_order() {
        let notification = Notification::parse(ORDER.as_bytes()).unwrap();
        assert_eq!(notification.topic, Topic::OrderCreate);
        assert_eq!(
            notification.order_id(),
            Some("66b2f0be8e21aa5d7c001234".into())
        );
        assert_eq!(notification.update(), None);
        assert_eq!(
            notification.created_on.to_string(),
            "2026-05-14T09:30:00.125Z"
        );
    }

    #[test]
    fn an_unknown_update_of_an_order_is_kept() {
        let body = ORDER
            .replace("order.create", "order.update")
            .replace("\"}}", "\",\"update\":\"SPLIT\"}}");
        let notification = Notification::parse(body.as_bytes()).unwrap();
        assert_eq!(
            notification.update(),
            Some(OrderUpdate::Other("SPLIT".to_owned()))
        );
    }

    #[test]
    fn a_moment_without_seconds_and_the_other_spelling_of_the_subscription_are_read() {
        let body = CONTACT.replace("subscriptionId", "subscriptionsId");
        let notification = Notification::parse(body.as_bytes()).unwrap();
        assert_eq!(notification.created_on.to_string(), "2026-05-14T09:31:00Z");
        assert_eq!(
            notification.subscription_id,
            Some("0d9b6f52-6c0e-4b7e-9f55-3f2a6f1f6c11".into())
        );
    }

    #[test]
    fn the_data_of_a_notification_is_not_printed() {
        let notification = Notification::parse(CONTACT.as_bytes()).unwrap();
        assert!(!format!("{notification:?}").contains("Zoë"));
    }
}

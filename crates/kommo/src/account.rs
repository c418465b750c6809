//! The account that a token belongs to.

use serde::{Deserialize, Serialize};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, fetch};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The same id as in webhooks.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// What its owner calls it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// Its name under the vendor's domain; the owner may change it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub subdomain: String,
    /// The user that the token acts as.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub current_user_id: Option<i64>,
    /// The ISO 3166 code of its country.
    #[serde(default)]
    pub country: Option<String>,
    /// The ISO 4217 code that prices are in.
    #[serde(default)]
    pub currency: Option<String>,
    /// Whether incoming leads wait to be accepted.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_unsorted_on: bool,
    /// Whether lost leads have reasons.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_loss_reason_enabled: bool,
    /// Whether lists can be filtered by values of custom fields.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_api_filter_enabled: bool,
}

impl Client {
    /// The account of the token, and whether it can filter by custom fields. `GET /api/v4/account`
    pub async fn account(&self, token: &SecretString) -> Result<Account, Error> {
        fetch(
            self.call("GET /api/v4/account", &[], token)
                .query("with", "is_api_filter_enabled"),
        )
        .await
    }
}

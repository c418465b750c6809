//! The ways in which a site gets goods to its buyers, which discounts on shipping name.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, fetch};
use crate::id::FulfillmentOptionId;

/// A way in which goods get to buyers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FulfillmentOption {
    /// The id of the way.
    pub id: FulfillmentOptionId,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// What kind it is; the kinds are not published.
    #[serde(default)]
    pub r#type: Option<String>,
    /// The services of a carrier that it offers; what they hold is not published.
    #[serde(default)]
    pub available_services: Value,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Client {
    /// Lists the site's ways of fulfilment. `GET /v1/fulfillments/fulfillment-options`
    pub async fn fulfillment_options(
        &self,
        token: &SecretString,
    ) -> Result<Vec<FulfillmentOption>, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Envelope {
            #[serde(default, deserialize_with = "lenient::or_default")]
            fulfillment_options: Vec<FulfillmentOption>,
        }

        let call = self.call("GET /v1/fulfillments/fulfillment-options", &[], token);
        fetch::<Envelope>(call)
            .await
            .map(|envelope| envelope.fulfillment_options)
    }
}

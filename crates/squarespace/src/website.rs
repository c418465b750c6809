//! The website that a credential belongs to, and the person who gave it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, fetch};
use crate::id::{MemberId, WebsiteId};

/// The profile of a website.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Website {
    /// The same id as in notifications.
    pub id: WebsiteId,
    /// The name of the site under the vendor's domain.
    #[serde(default)]
    pub site_id: Option<String>,
    /// The title that visitors see.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub title: String,
    /// The address that visitors use.
    #[serde(default)]
    pub url: Option<String>,
    /// The ISO 4217 code that the site sells in.
    #[serde(default)]
    pub currency: Option<String>,
    /// Which units weights and sizes are in.
    #[serde(default)]
    pub measurement_standard: Option<MeasurementStandard>,
    /// Such as `en-US`.
    #[serde(default)]
    pub language: Option<String>,
    /// Where the site says it is.
    #[serde(default)]
    pub location: Option<Location>,
    /// The IANA name of the site's time zone.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

wire::open_enum! {
    /// Units of weights and sizes: pounds and inches, or kilograms and centimetres.
    pub enum MeasurementStandard {
        Imperial = "IMPERIAL",
        Metric = "METRIC",
    }
}

/// Where a site says it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The country's ISO 3166 code.
    #[serde(default)]
    pub country: Option<String>,
    /// The region or state.
    #[serde(default)]
    pub region: Option<String>,
}

/// The person who gave an OAuth token. Its `Debug` leaves out all that is about the person.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The id of the person.
    pub id: MemberId,
    /// The e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// The first name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(default)]
    pub last_name: Option<String>,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

wire::debug_only!(Member { id });

impl Client {
    /// The website of the credential; any valid credential may read it. `GET /1.0/authorization/website`
    pub async fn website(&self, token: &SecretString) -> Result<Website, Error> {
        fetch(self.call("GET /1.0/authorization/website", &[], token)).await
    }
    /// The person who gave the token, which must be of OAuth. `GET /1.0/authorization/member`
    pub async fn member(&self, token: &SecretString) -> Result<Member, Error> {
        fetch(self.call("GET /1.0/authorization/member", &[], token)).await
    }
}

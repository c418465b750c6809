//! What contacts ordered and donated in all.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, fetch};
use crate::id::ContactId;
use crate::money::Money;

/// Totals of one person. The vendor computes them with a delay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionsSummary {
    /// How many orders.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub order_count: i64,
    /// How many donations.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub donation_count: i64,
    /// When the first order was placed.
    #[serde(default)]
    pub first_order_submitted_on: Option<Timestamp>,
    /// When the last order was placed.
    #[serde(default)]
    pub last_order_submitted_on: Option<Timestamp>,
    /// When the first donation was made.
    #[serde(default)]
    pub first_donation_submitted_on: Option<Timestamp>,
    /// When the last donation was made.
    #[serde(default)]
    pub last_donation_submitted_on: Option<Timestamp>,
    /// All orders together.
    #[serde(default)]
    pub total_order_amount: Option<Money>,
    /// All that was given back.
    #[serde(default)]
    pub total_refund_amount: Option<Money>,
    /// All donations together.
    #[serde(default)]
    pub total_donation_amount: Option<Money>,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The totals of one contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContactSummary {
    /// The contact.
    pub contact_id: ContactId,
    /// Its totals.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub transactions_summary: TransactionsSummary,
}

impl Client {
    /// Reads the totals of up to 1000 contacts. `POST /v1/analytics/transaction-summaries`
    pub async fn transactions_summaries(
        &self,
        contacts: &[ContactId],
        token: &SecretString,
    ) -> Result<Vec<ContactSummary>, Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            contact_ids: &'a [ContactId],
            group_by: &'static str,
        }

        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Envelope {
            #[serde(default, deserialize_with = "lenient::or_default")]
            transactions_summary_wrappers: Vec<ContactSummary>,
        }

        let call = self.call("POST /v1/analytics/transaction-summaries", &[], token);
        fetch::<Envelope>(call.json(&Body {
            contact_ids: contacts,
            group_by: "contactId",
        }))
        .await
        .map(|envelope| envelope.transactions_summary_wrappers)
    }
}

//! Leads: deals, as they are read.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, one, page};
use crate::entity::{Order, Page, Paging, each, seconds};
use crate::field_value::StoredField;
use crate::pipeline::LossReason;
use crate::tag::Tag;
use crate::unix;

/// A lead. Its `Debug` leaves out its name and its values.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Lead {
    /// The id.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// The name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// The price in whole units; where the vendor has cents, they are cut off here.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub price: Option<Decimal>,
    /// The price with cents, where the account has them.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub price_with_minor_units: Option<Decimal>,
    /// The stage.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub status_id: Option<i64>,
    /// The pipeline.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub pipeline_id: Option<i64>,
    /// Who looks after it.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub responsible_user_id: Option<i64>,
    /// Why it was lost.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub loss_reason_id: Option<i64>,
    /// Who made it; 0 is a robot.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub created_by: Option<i64>,
    /// Who changed it last; 0 is a robot.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub updated_by: Option<i64>,
    /// When it was made.
    #[serde(default, with = "unix")]
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    #[serde(default, with = "unix")]
    pub updated_at: Option<Timestamp>,
    /// When it was won or lost.
    #[serde(default, with = "unix")]
    pub closed_at: Option<Timestamp>,
    /// Whether it is in the bin.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_deleted: bool,
    /// The values of its custom fields.
    #[serde(default, deserialize_with = "lenient::list_or_map")]
    pub custom_fields_values: Vec<StoredField>,
    /// Tags, contacts and the loss reason.
    #[serde(
        rename = "_embedded",
        default,
        deserialize_with = "lenient::object_or_default"
    )]
    pub embedded: LeadParts,
}

wire::debug_only!(Lead {
    id,
    status_id,
    pipeline_id,
    updated_at,
    is_deleted
});

/// What a lead holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadParts {
    /// Its tags.
    #[serde(default, deserialize_with = "lenient::list_or_map")]
    pub tags: Vec<Tag>,
    /// Its contacts; only where asked for.
    #[serde(default, deserialize_with = "lenient::list_or_map")]
    pub contacts: Vec<LeadContact>,
    /// Why it was lost; only where asked for.
    #[serde(default, deserialize_with = "lenient::one_or_many")]
    pub loss_reason: Vec<LossReason>,
}

/// A contact of a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadContact {
    /// The contact.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// Whether it is the lead's main one.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_main: bool,
}

/// Which leads to list.
#[derive(Clone, Debug, Default)]
pub struct LeadsQuery {
    /// Which page, how long.
    pub paging: Paging,
    /// These leads.
    pub ids: Vec<i64>,
    /// Changed then or later.
    pub updated_from: Option<Timestamp>,
    /// Changed then or earlier.
    pub updated_to: Option<Timestamp>,
    /// Text found anywhere in a card. Compare what comes back: parts of words match too.
    pub query: Option<String>,
    /// With their contacts.
    pub with_contacts: bool,
    /// What the list is sorted by.
    pub order: Option<Order>,
}

impl Client {
    /// Lists leads. `GET /api/v4/leads`
    pub async fn leads(
        &self,
        query: &LeadsQuery,
        token: &SecretString,
    ) -> Result<Page<Lead>, Error> {
        let call = query
            .paging
            .apply(self.call("GET /api/v4/leads", &[], token));
        let call = each(call, "filter[id][]", &query.ids)
            .query_if("filter[updated_at][from]", seconds(query.updated_from))
            .query_if("filter[updated_at][to]", seconds(query.updated_to))
            .query_if("query", query.query.as_deref())
            .query_if("with", query.with_contacts.then_some("contacts"));
        let call = match query.order {
            Some(order) => call.query(order.parameter(), "asc"),
            None => call,
        };
        page(call, "leads").await
    }

    /// Reads one lead with its contacts and loss reason; `None` where there is none. `GET /api/v4/leads/{id}`
    pub async fn lead(&self, id: i64, token: &SecretString) -> Result<Option<Lead>, Error> {
        let call = self.call("GET /api/v4/leads/{id}", &[&id.to_string()], token);
        one(call.query("with", "contacts,loss_reason"), "leads").await
    }
}

/// A decimal, written as a number or as text.
fn optional_decimal<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Decimal>, D::Error> {
    let Some(text) = lenient::optional_text(deserializer)? else {
        return Ok(None);
    };
    let parsed = Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text));
    parsed.map(Some).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Lead {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_lead_is_read_with_nothing_set() {
        let lead = read(
            r#"{"id":8800010,"name":"Order 1042","price":0,"status_id":142,"pipeline_id":710001,"loss_reason_id":null,
                "created_by":0,"created_at":1752570000,"updated_at":"1752580000","closed_at":null,"is_deleted":false,
                "custom_fields_values":null,"score":null,"_links":{"self":{"href":"https://acme.kommo.com/api/v4/leads/8800010"}},
                "_embedded":{"tags":[],"companies":[]}}"#,
        );
        assert_eq!(
            (lead.id, lead.status_id, lead.pipeline_id),
            (8_800_010, Some(142), Some(710_001))
        );
        assert_eq!(
            lead.updated_at.map(|at| at.as_second()),
            Some(1_752_580_000)
        );
        assert!(lead.custom_fields_values.is_empty() && lead.embedded.contacts.is_empty());
    }

    #[test]
    fn a_loss_reason_is_an_object_or_a_list_of_one() {
        let one = read(r#"{"id":"1","_embedded":{"loss_reason":{"id":5,"name":"Refunded"}}}"#);
        let list = read(r#"{"id":1,"_embedded":{"loss_reason":[{"id":5,"name":"Refunded"}]}}"#);
        assert_eq!(one, list);
        assert_eq!(one.embedded.loss_reason[0].name, "Refunded");
        assert_eq!(
            read(r#"{"id":1,"_embedded":[]}"#).embedded,
            LeadParts::default()
        );
    }

    #[test]
    fn a_price_keeps_its_cents() {
        let lead = read(r#"{"id":1,"price":1289,"price_with_minor_units":1289.9}"#);
        assert_eq!(lead.price, Some(Decimal::from(1289)));
        assert_eq!(lead.price_with_minor_units, Some(Decimal::new(12899, 1)));
    }

    #[test]
    fn the_name_of_a_lead_is_not_printed() {
        let shown = format!("{:?}", read(r#"{"id":1,"name":"Order of Mara Lund"}"#));
        assert!(!shown.contains("Mara"), "{shown}");
    }
}

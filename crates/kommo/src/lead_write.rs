//! Leads: deals, as they are written.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, fetch, write};
use crate::contact::NewContact;
use crate::entity::Written;
use crate::field_value::FieldValue;
use crate::lead::LeadContact;
use crate::tag::TagRef;
use crate::unix;

/// A lead to make, for contacts that there are.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NewLead {
    /// What it says.
    #[serde(flatten)]
    pub fields: LeadFields,
    /// Its tags and contacts.
    #[serde(rename = "_embedded")]
    pub embedded: NewLeadParts,
}

/// What a new lead shall hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewLeadParts {
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagRef>,
    /// Its contacts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<LeadContact>,
}

/// A lead to make together with its contact.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ComplexLead {
    /// What it says; at most 40 custom fields.
    #[serde(flatten)]
    pub fields: LeadFields,
    /// Its tags and its contact.
    #[serde(rename = "_embedded")]
    pub embedded: ComplexLeadParts,
}

/// What a new lead shall hold together with its contact.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ComplexLeadParts {
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagRef>,
    /// Its contact; at most one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<ComplexContact>,
}

/// The contact of a lead that is made together with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ComplexContact {
    /// One that there is.
    Existing {
        /// Which one.
        id: i64,
    },
    /// A new one.
    New(Box<NewContact>),
}

/// What became of a lead that was made together with its contact.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ComplexResult {
    /// The lead, new or found.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// Its contact.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub contact_id: Option<i64>,
    /// What the request called it; more than one where several were merged.
    #[serde(
        default,
        rename = "request_id",
        deserialize_with = "lenient::one_or_many"
    )]
    pub request_ids: Vec<String>,
    /// Whether the vendor's control of duplicates merged it into a lead that there was.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub merged: bool,
}

/// A lead to change: only what is named here.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LeadPatch {
    /// Which one.
    pub id: i64,
    /// What it shall say.
    #[serde(flatten)]
    pub fields: LeadFields,
    /// Tags to put on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags_to_add: Vec<TagRef>,
    /// Tags to take off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags_to_delete: Vec<TagRef>,
}

/// What a lead says; what is left out is left alone. Its `Debug` leaves out its name and its values.
#[derive(Clone, Default, PartialEq, Serialize)]
pub struct LeadFields {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The price in whole units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<i64>,
    /// The stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_id: Option<i64>,
    /// The pipeline; always beside [`WON`](crate::pipeline::WON) and [`LOST`](crate::pipeline::LOST).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline_id: Option<i64>,
    /// Who looks after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible_user_id: Option<i64>,
    /// Why it was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss_reason_id: Option<i64>,
    /// Who made it; 0 is a robot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<i64>,
    /// Who changes it; 0 is a robot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<i64>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none", with = "unix")]
    pub created_at: Option<Timestamp>,
    /// When it was won or lost.
    #[serde(skip_serializing_if = "Option::is_none", with = "unix")]
    pub closed_at: Option<Timestamp>,
    /// The values of its custom fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub custom_fields_values: Vec<FieldValue>,
    /// What the answer shall call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

wire::debug_only!(LeadFields {
    status_id,
    pipeline_id,
    custom_fields_values,
    request_id
});

impl Client {
    /// Makes leads, up to 250. `POST /api/v4/leads`
    pub async fn create_leads(
        &self,
        leads: &[NewLead],
        token: &SecretString,
    ) -> Result<Vec<Written>, Error> {
        write(self.call("POST /api/v4/leads", &[], token), leads, "leads").await
    }

    /// Makes leads together with their contacts, up to 50. `POST /api/v4/leads/complex`
    ///
    /// One buyer must not come twice in a batch: the vendor would make two contacts.
    pub async fn create_leads_complex(
        &self,
        leads: &[ComplexLead],
        token: &SecretString,
    ) -> Result<Vec<ComplexResult>, Error> {
        fetch(
            self.call("POST /api/v4/leads/complex", &[], token)
                .json(leads),
        )
        .await
    }

    /// Changes leads, up to 250. `PATCH /api/v4/leads`
    pub async fn update_leads(
        &self,
        patches: &[LeadPatch],
        token: &SecretString,
    ) -> Result<Vec<Written>, Error> {
        write(
            self.call("PATCH /api/v4/leads", &[], token),
            patches,
            "leads",
        )
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::{ContactFields, NewContactParts};

    fn fields() -> LeadFields {
        LeadFields {
            name: Some("Order 1042".to_owned()),
            price: Some(1290),
            created_at: Some("2025-07-15T09:00:00Z".parse().unwrap()),
            custom_fields_values: vec![FieldValue::plain(660_001, "64f0c2")],
            request_id: Some("ord-1042".to_owned()),
            ..LeadFields::default()
        }
    }

    #[test]
    fn a_new_lead_for_a_known_contact() {
        let contacts = vec![LeadContact {
            id: 5_550_001,
            is_main: true,
        }];
        let tags = vec![TagRef::Name("cat: prints".to_owned()), TagRef::Id(9)];
        let lead = NewLead {
            fields: fields(),
            embedded: NewLeadParts { tags, contacts },
        };
        insta::assert_snapshot!(serde_json::to_string(&lead).unwrap(), @r#"{"name":"Order 1042","price":1290,"created_at":1752570000,"custom_fields_values":[{"field_id":660001,"values":[{"value":"64f0c2"}]}],"request_id":"ord-1042","_embedded":{"tags":[{"name":"cat: prints"},{"id":9}],"contacts":[{"id":5550001,"is_main":true}]}}"#);
    }

    #[test]
    fn a_new_lead_with_its_new_contact() {
        let contact = NewContact {
            fields: ContactFields {
                first_name: Some("Mara".to_owned()),
                ..ContactFields::default()
            },
            embedded: NewContactParts {
                tags: vec![TagRef::Name("buyer: new".to_owned())],
            },
        };
        let contacts = vec![ComplexContact::New(Box::new(contact))];
        let lead = ComplexLead {
            fields: LeadFields {
                price: Some(5),
                ..LeadFields::default()
            },
            embedded: ComplexLeadParts {
                contacts,
                ..ComplexLeadParts::default()
            },
        };
        insta::assert_snapshot!(serde_json::to_string(&lead).unwrap(), @r#"{"price":5,"_embedded":{"contacts":[{"first_name":"Mara","_embedded":{"tags":[{"name":"buyer: new"}]}}]}}"#);
        let known = ComplexContact::Existing { id: 7 };
        insta::assert_snapshot!(serde_json::to_string(&known).unwrap(), @r#"{"id":7}"#);
    }

    #[test]
    fn a_patch_names_only_what_changes() {
        let patch = LeadPatch {
            id: 8_800_010,
            fields: LeadFields {
                status_id: Some(143),
                pipeline_id: Some(710_001),
                ..LeadFields::default()
            },
            tags_to_add: vec![TagRef::Name("refund: full".to_owned())],
            tags_to_delete: Vec::new(),
        };
        insta::assert_snapshot!(serde_json::to_string(&patch).unwrap(), @r#"{"id":8800010,"status_id":143,"pipeline_id":710001,"tags_to_add":[{"name":"refund: full"}]}"#);
    }

    #[test]
    fn the_request_id_of_a_result_is_text_or_a_list() {
        let results: Vec<ComplexResult> = serde_json::from_str(
            r#"[{"id":1,"contact_id":5,"company_id":null,"request_id":["a","b"],"merged":true},{"id":"2","contact_id":null,"request_id":"c"}]"#,
        )
        .unwrap();
        assert_eq!(
            (results[0].request_ids.as_slice(), results[0].merged),
            (["a".to_owned(), "b".to_owned()].as_slice(), true)
        );
        assert_eq!(
            (results[1].request_ids.as_slice(), results[1].contact_id),
            (["c".to_owned()].as_slice(), None)
        );
    }

    #[test]
    fn nothing_about_the_buyer_is_printed() {
        let shown = format!(
            "{:?}",
            NewLead {
                fields: fields(),
                ..NewLead::default()
            }
        );
        assert!(
            !shown.contains("Order 1042") && !shown.contains("64f0c2"),
            "{shown}"
        );
    }
}

//! Contacts: people.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, one, page, write};
use crate::entity::{Order, Page, Paging, Written, each, seconds};
use crate::field_value::{FieldValue, StoredField, texts};
use crate::tag::{Tag, TagRef};
use crate::unix;

/// A contact. Its `Debug` leaves out who that is.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// The id.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// The full name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// The first name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(default)]
    pub last_name: Option<String>,
    /// Who looks after it.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub responsible_user_id: Option<i64>,
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
    /// Whether it is in the bin.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_deleted: bool,
    /// Whether it waits behind an incoming lead.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_unsorted: bool,
    /// The values of its custom fields, e-mail and phone among them.
    #[serde(default, deserialize_with = "lenient::list_or_map")]
    pub custom_fields_values: Vec<StoredField>,
    /// Tags and linked leads.
    #[serde(
        rename = "_embedded",
        default,
        deserialize_with = "lenient::object_or_default"
    )]
    pub embedded: ContactParts,
}

wire::debug_only!(Contact {
    id,
    updated_at,
    is_deleted,
    is_unsorted
});

/// What a contact holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactParts {
    /// Its tags.
    #[serde(default, deserialize_with = "lenient::list_or_map")]
    pub tags: Vec<Tag>,
    /// Its leads; only where asked for.
    #[serde(default, deserialize_with = "lenient::list_or_map")]
    pub leads: Vec<LeadOfContact>,
}

/// A lead that a contact belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadOfContact {
    /// The lead.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
}

/// Which contacts to list.
#[derive(Clone, Debug, Default)]
pub struct ContactsQuery {
    /// Which page, how long.
    pub paging: Paging,
    /// Text found anywhere in a card. Compare what comes back: parts of words match too.
    pub query: Option<String>,
    /// These contacts.
    pub ids: Vec<i64>,
    /// Changed in that second or later.
    pub updated_from: Option<Timestamp>,
    /// Changed in that second or before.
    pub updated_to: Option<Timestamp>,
    /// Sorted by this; the vendor promises no order otherwise.
    pub order: Option<Order>,
    /// With their leads.
    pub with_leads: bool,
}

/// A contact to make. Its `Debug` leaves out who that is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NewContact {
    /// What it says.
    #[serde(flatten)]
    pub fields: ContactFields,
    /// Its tags.
    #[serde(rename = "_embedded")]
    pub embedded: NewContactParts,
}

/// What a new contact shall hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewContactParts {
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagRef>,
}

/// A contact to change: only what is named here.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ContactPatch {
    /// Which one.
    pub id: i64,
    /// What it shall say.
    #[serde(flatten)]
    pub fields: ContactFields,
    /// Tags to put on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags_to_add: Vec<TagRef>,
    /// Tags to take off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags_to_delete: Vec<TagRef>,
}

/// What a contact says; what is left out is left alone. Its `Debug` leaves out who that is.
#[derive(Clone, Default, PartialEq, Serialize)]
pub struct ContactFields {
    /// The full name; not beside first and last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The first name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Who looks after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible_user_id: Option<i64>,
    /// Who made it; 0 is a robot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<i64>,
    /// Who changes it; 0 is a robot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<i64>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none", with = "unix")]
    pub created_at: Option<Timestamp>,
    /// The values of its custom fields, e-mail and phone among them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub custom_fields_values: Vec<FieldValue>,
    /// What the answer shall call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

wire::debug_only!(ContactFields {
    custom_fields_values,
    request_id
});

impl Contact {
    /// All its e-mail addresses, as typed.
    pub fn emails(&self) -> Vec<String> {
        texts(&self.custom_fields_values, "EMAIL")
    }

    /// All its phone numbers, as typed.
    pub fn phones(&self) -> Vec<String> {
        texts(&self.custom_fields_values, "PHONE")
    }
}

impl Client {
    /// Lists contacts. `GET /api/v4/contacts`
    pub async fn contacts(
        &self,
        query: &ContactsQuery,
        token: &SecretString,
    ) -> Result<Page<Contact>, Error> {
        let call = query
            .paging
            .apply(self.call("GET /api/v4/contacts", &[], token));
        let call = each(call, "filter[id][]", &query.ids)
            .query_if("query", query.query.as_deref())
            .query_if("filter[updated_at][from]", seconds(query.updated_from))
            .query_if("filter[updated_at][to]", seconds(query.updated_to))
            .query_if("with", query.with_leads.then_some("leads"));
        let call = match query.order {
            Some(order) => call.query(order.parameter(), "asc"),
            None => call,
        };
        page(call, KEY).await
    }

    /// Reads one contact with its leads; `None` where there is none. `GET /api/v4/contacts/{id}`
    pub async fn contact(&self, id: i64, token: &SecretString) -> Result<Option<Contact>, Error> {
        one(
            self.call("GET /api/v4/contacts/{id}", &[&id.to_string()], token)
                .query("with", "leads"),
            KEY,
        )
        .await
    }

    /// Makes contacts, up to 250. `POST /api/v4/contacts`
    pub async fn create_contacts(
        &self,
        contacts: &[NewContact],
        token: &SecretString,
    ) -> Result<Vec<Written>, Error> {
        write(
            self.call("POST /api/v4/contacts", &[], token),
            contacts,
            KEY,
        )
        .await
    }

    /// Changes contacts, up to 250. `PATCH /api/v4/contacts`
    pub async fn update_contacts(
        &self,
        patches: &[ContactPatch],
        token: &SecretString,
    ) -> Result<Vec<Written>, Error> {
        write(
            self.call("PATCH /api/v4/contacts", &[], token),
            patches,
            KEY,
        )
        .await
    }
}

const KEY: &str = "contacts";

#[cfg(test)]
mod tests {
    use super::*;

    const CONTACT: &str = r#"{"id":5550001,"name":"Mara Lund","first_name":"Mara","last_name":"Lund","updated_at":1752580000,
        "custom_fields_values":[
            {"field_id":1,"field_code":"EMAIL","field_type":"multitext","values":[{"value":"mara@example.test","enum_code":"WORK"},{"value":"m@example.test"}]},
            {"field_id":2,"field_code":"PHONE","field_type":"multitext","values":[{"value":4720123456,"enum_code":"MOB"}]},
            {"field_id":3,"field_code":null,"values":[{"value":{"city":"Oslo"}}]}],
        "_embedded":{"tags":null,"leads":[{"id":"7","_links":[]}],"companies":[]}}"#;

    #[test]
    fn all_addresses_and_numbers_are_found_by_code() {
        let contact: Contact = serde_json::from_str(CONTACT).unwrap();
        assert_eq!(contact.emails(), ["mara@example.test", "m@example.test"]);
        assert_eq!(contact.phones(), ["4720123456"]);
        assert_eq!(contact.embedded.leads, [LeadOfContact { id: 7 }]);
    }

    #[test]
    fn the_person_is_not_printed() {
        let contact: Contact = serde_json::from_str(CONTACT).unwrap();
        let shown = format!("{contact:?} {:?}", contact.custom_fields_values);
        for personal in ["Mara", "mara", "m@", "47201", "Oslo"] {
            assert!(!shown.contains(personal), "{shown}");
        }
    }
}

//! Making contacts, changing and deleting them.

use serde::Serialize;
use wire::{Error, SecretString};

use crate::client::{Client, fetch, run};
use crate::contact::{Contact, OneContact};
use crate::id::ContactId;

/// A contact to make. Its `Debug` leaves out all that is about the person.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewContact {
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// Language and country, such as `en-US`.
    pub locale: String,
    /// The e-mail address.
    pub primary_email: NewEmail,
}

wire::debug_only!(NewContact { locale });

/// An e-mail address to add. Its `Debug` leaves the address out.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewEmail {
    /// The address; a conflict where another contact of the site has it.
    pub email: String,
    /// Whether the person agreed to marketing mail; left out, not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepts_marketing: Option<bool>,
}

wire::debug_only!(NewEmail { accepts_marketing });

/// What to change about a contact; `None` leaves it alone, `Some(None)` clears it, where the vendor lets it be
/// cleared. Its `Debug` leaves out all that is about the person.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContactPatch {
    /// The first name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<Option<String>>,
    /// The last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<Option<String>>,
    /// Language and country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<Option<String>>,
    /// The e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_email: Option<Option<EmailPatch>>,
}

wire::debug_only!(ContactPatch { locale });

/// What to change about an e-mail address; `None` leaves it alone. Its `Debug` leaves the address out.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailPatch {
    /// The address; a conflict where another contact of the site has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the person agrees to marketing mail, which the person must have asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepts_marketing: Option<bool>,
}

wire::debug_only!(EmailPatch { accepts_marketing });

const MERGE_PATCH: &str = "application/merge-patch+json";

impl Client {
    /// Makes a contact. `POST /v1/contacts`
    ///
    /// Sent again after a lost answer it is a conflict: the e-mail address is taken by then.
    pub async fn create_contact(
        &self,
        contact: &NewContact,
        token: &SecretString,
    ) -> Result<Contact, Error> {
        let call = self.call("POST /v1/contacts", &[], token);
        fetch::<OneContact>(call.json(contact))
            .await
            .map(|one| one.contact)
    }

    /// Changes a contact. `PATCH /v1/contacts/{contactId}`
    pub async fn patch_contact(
        &self,
        id: &ContactId,
        patch: &ContactPatch,
        token: &SecretString,
    ) -> Result<Contact, Error> {
        let call = self.call("PATCH /v1/contacts/{contactId}", &[id.as_str()], token);
        let call = call
            .header(http::header::CONTENT_TYPE, MERGE_PATCH)
            .json(patch);
        fetch::<OneContact>(call).await.map(|one| one.contact)
    }

    /// Deletes a contact with its address book, for good. `DELETE /v1/contacts/{contactId}`
    pub async fn delete_contact(&self, id: &ContactId, token: &SecretString) -> Result<(), Error> {
        run(self.call("DELETE /v1/contacts/{contactId}", &[id.as_str()], token)).await
    }
}

//! Contacts: the people that a site knows, and reading them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wire::{Error, SecretString, lenient};

use crate::address_book::AddressBookEntry;
use crate::client::{Client, fetch};
use crate::id::ContactId;
use crate::page::{Cursor, Pagination};

/// A person that the site knows. Its `Debug` leaves out all that is about the person.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// The id of the contact; an order of the person names it as its customer.
    pub id: ContactId,
    /// When it was made.
    #[serde(default)]
    pub created_on: Option<Timestamp>,
    /// The first name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(default)]
    pub last_name: Option<String>,
    /// Language and country, such as `en-US`.
    #[serde(default)]
    pub locale: Option<String>,
    /// The e-mail address.
    #[serde(default)]
    pub primary_email: Option<PrimaryEmail>,
    /// The entry of the address book that things are sent to.
    #[serde(default)]
    pub default_shipping_address: Option<AddressBookEntry>,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

wire::debug_only!(Contact { id, created_on });

/// An e-mail address, and whether it may be used for marketing. Its `Debug` leaves the address out.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrimaryEmail {
    /// The address; no other contact of the site has it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub email: String,
    /// When it was added.
    #[serde(default)]
    pub created_on: Option<Timestamp>,
    /// Whether it may be used for marketing.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub accepts_marketing: MarketingConsent,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

wire::debug_only!(PrimaryEmail {
    created_on,
    accepts_marketing
});

/// Whether a person wants marketing mail, and since when. To be written, it is a mere yes or no.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MarketingConsent {
    /// Whether.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub accepts_marketing: bool,
    /// When the person said yes; an estimate in the answer to a change.
    #[serde(default)]
    pub joined_on: Option<Timestamp>,
    /// When the person said no.
    #[serde(default)]
    pub left_on: Option<Timestamp>,
}

/// A page of contacts.
#[derive(Clone, Debug)]
pub struct ContactPage {
    /// The contacts.
    pub contacts: Vec<Contact>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

/// The page as the vendor writes it.
#[derive(Deserialize)]
pub(crate) struct Contacts {
    #[serde(default, deserialize_with = "lenient::or_default")]
    contacts: Vec<Contact>,
    #[serde(default)]
    pagination: Pagination,
}

/// One contact as the vendor writes it.
#[derive(Deserialize)]
pub(crate) struct OneContact {
    pub(crate) contact: Contact,
}

impl From<Contacts> for ContactPage {
    fn from(page: Contacts) -> Self {
        Self {
            contacts: page.contacts,
            next: page.pagination.next(),
        }
    }
}

impl Client {
    /// Lists contacts in no known order, fifty at a time or as many as are asked for, up to 1000.
    /// `GET /v1/contacts`
    pub async fn contacts(
        &self,
        page_size: Option<u16>,
        cursor: Option<&Cursor>,
        token: &SecretString,
    ) -> Result<ContactPage, Error> {
        let call = self
            .call("GET /v1/contacts", &[], token)
            .query_if("pageSize", page_size.map(|size| size.to_string()))
            .query_if("cursor", cursor.map(Cursor::as_str));
        fetch::<Contacts>(call).await.map(ContactPage::from)
    }

    /// Reads one contact. `GET /v1/contacts/{contactId}`
    pub async fn contact(&self, id: &ContactId, token: &SecretString) -> Result<Contact, Error> {
        let call = self.call("GET /v1/contacts/{contactId}", &[id.as_str()], token);
        fetch::<OneContact>(call).await.map(|one| one.contact)
    }
}

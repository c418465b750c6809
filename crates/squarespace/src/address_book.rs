//! The address books of contacts.

use serde::{Deserialize, Serialize};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, fetch, run};
use crate::id::{AddressBookEntryId, ContactId};
use crate::page::{Cursor, Pagination};

/// An address of a contact. Its `Debug` leaves out where it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddressBookEntry {
    /// The id of the entry.
    pub id: AddressBookEntryId,
    /// Whether things are sent to it; one entry is, where there are any.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub default_shipping: bool,
    /// The address.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub address: ContactAddress,
}

wire::debug_only!(AddressBookEntry {
    id,
    default_shipping
});

/// An address as contacts have it; those of orders have other names. Its `Debug` shows the country alone.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContactAddress {
    /// The ISO 3166 code of the country, two letters; nothing can be written without it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub country_code: String,
    /// The first name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Street and number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line1: Option<String>,
    /// Flat, floor, company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// The city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The state or region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// The phone number as typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
}

wire::debug_only!(ContactAddress { country_code });

/// A page of an address book.
#[derive(Clone, Debug)]
pub struct AddressBookPage {
    /// The addresses.
    pub entries: Vec<AddressBookEntry>,
    /// The entry that things are sent to; on later pages only where it is on the page.
    pub default_shipping: Option<AddressBookEntryId>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

/// A whole address to write. Its `Debug` leaves out where it is.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewAddressBookEntry {
    /// Whether things shall be sent to it. The first address is the default whatever this says, and the default
    /// stays the default until another one becomes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_shipping: Option<bool>,
    /// The address.
    pub address: ContactAddress,
}

wire::debug_only!(NewAddressBookEntry { default_shipping });

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OneEntry {
    address_book_entry: AddressBookEntry,
}

impl Client {
    /// Lists the addresses of a contact, of which there are up to fifty.
    /// `GET /v1/contacts/{contactId}/address-book`
    pub async fn address_book(
        &self,
        contact: &ContactId,
        page_size: Option<u16>,
        cursor: Option<&Cursor>,
        token: &SecretString,
    ) -> Result<AddressBookPage, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Envelope {
            address_book: Book,
            #[serde(default)]
            pagination: Pagination,
        }

        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Book {
            #[serde(default, deserialize_with = "lenient::or_default")]
            address_book_entries: Vec<AddressBookEntry>,
            #[serde(default)]
            default_shipping_address_id: Option<AddressBookEntryId>,
        }

        let operation = "GET /v1/contacts/{contactId}/address-book";
        let call = self
            .call(operation, &[contact.as_str()], token)
            .query_if("pageSize", page_size.map(|size| size.to_string()))
            .query_if("cursor", cursor.map(Cursor::as_str));
        let envelope: Envelope = fetch(call).await?;
        Ok(AddressBookPage {
            entries: envelope.address_book.address_book_entries,
            default_shipping: envelope.address_book.default_shipping_address_id,
            next: envelope.pagination.next(),
        })
    }

    /// Adds an address to a contact. `POST /v1/contacts/{contactId}/address-book`
    ///
    /// Sent again after a lost answer it adds the address twice.
    pub async fn create_address_book_entry(
        &self,
        contact: &ContactId,
        entry: &NewAddressBookEntry,
        token: &SecretString,
    ) -> Result<AddressBookEntry, Error> {
        let operation = "POST /v1/contacts/{contactId}/address-book";
        let call = self.call(operation, &[contact.as_str()], token);
        fetch::<OneEntry>(call.json(entry))
            .await
            .map(|one| one.address_book_entry)
    }

    /// Reads one address of a contact. `GET /v1/contacts/{contactId}/address-book/{addressBookEntryId}`
    pub async fn address_book_entry(
        &self,
        contact: &ContactId,
        id: &AddressBookEntryId,
        token: &SecretString,
    ) -> Result<AddressBookEntry, Error> {
        let operation = "GET /v1/contacts/{contactId}/address-book/{addressBookEntryId}";
        let call = self.call(operation, &[contact.as_str(), id.as_str()], token);
        fetch::<OneEntry>(call)
            .await
            .map(|one| one.address_book_entry)
    }

    /// Replaces an address of a contact: what is `None` is erased.
    /// `PUT /v1/contacts/{contactId}/address-book/{addressBookEntryId}`
    pub async fn replace_address_book_entry(
        &self,
        contact: &ContactId,
        id: &AddressBookEntryId,
        entry: &NewAddressBookEntry,
        token: &SecretString,
    ) -> Result<AddressBookEntry, Error> {
        let operation = "PUT /v1/contacts/{contactId}/address-book/{addressBookEntryId}";
        let call = self.call(operation, &[contact.as_str(), id.as_str()], token);
        fetch::<OneEntry>(call.json(entry))
            .await
            .map(|one| one.address_book_entry)
    }

    /// Deletes an address of a contact, for good; where it was the default, another one becomes it.
    /// `DELETE /v1/contacts/{contactId}/address-book/{addressBookEntryId}`
    pub async fn delete_address_book_entry(
        &self,
        contact: &ContactId,
        id: &AddressBookEntryId,
        token: &SecretString,
    ) -> Result<(), Error> {
        let operation = "DELETE /v1/contacts/{contactId}/address-book/{addressBookEntryId}";
        run(self.call(operation, &[contact.as_str(), id.as_str()], token)).await
    }
}

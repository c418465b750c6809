//! What notifications tell about contacts and their addresses: the whole of it, unlike those about orders.

use serde_json::{Value, json};

use super::{Contact, Entry};
use crate::ids::Ids;
use crate::squarespace::site::Site;
use crate::squarespace::{Squarespace, time};

/// What happened.
pub(super) enum News<'a> {
    ContactCreated(&'a Contact),
    ContactUpdated(&'a Contact),
    ContactDeleted {
        id: &'a str,
    },
    AddressCreated {
        contact_id: &'a str,
        entry: &'a Entry,
    },
    AddressUpdated {
        contact_id: &'a str,
        entry: &'a Entry,
    },
    AddressDeleted {
        contact_id: &'a str,
        entry_id: &'a str,
    },
}

impl Squarespace {
    pub(super) fn tell(&self, site: &Site, now: i64, news: &News<'_>) {
        self.notify(site, news.topic(), news.data(now));
    }
}

impl News<'_> {
    fn topic(&self) -> &'static str {
        match self {
            Self::ContactCreated(_) => "contact.create",
            Self::ContactUpdated(_) => "contact.update",
            Self::ContactDeleted { .. } => "contact.delete",
            Self::AddressCreated { .. } => "address.create",
            Self::AddressUpdated { .. } => "address.update",
            Self::AddressDeleted { .. } => "address.delete",
        }
    }

    fn data(&self, now: i64) -> Value {
        let now = time::iso_seconds(now);
        match self {
            Self::ContactCreated(contact) | Self::ContactUpdated(contact) => contact.shown(),
            Self::ContactDeleted { id } => json!({ "id": id, "deletedOn": now }),
            Self::AddressCreated { contact_id, entry } => json!({
                "contactId": contact_id,
                "addressBookEntries": [entry],
                "createdOn": now,
            }),
            Self::AddressUpdated { contact_id, entry } => json!({
                "contactId": contact_id,
                "addressBookEntries": [entry],
                "createdOn": time::iso_seconds(entry.created_ms),
                "updatedOn": now,
            }),
            Self::AddressDeleted {
                contact_id,
                entry_id,
            } => json!({
                "contactId": contact_id,
                "addressBookEntryIds": [entry_id],
                "deletedOn": now,
            }),
        }
    }
}

/// Data of the topic's shape about a contact that does not exist.
pub(in crate::squarespace) fn dummy_data(ids: &Ids, now: i64, topic: &str) -> Value {
    let mut contact = Contact::new(ids, now);
    contact.first_name = Some("Test".to_owned());
    contact.last_name = Some("Contact".to_owned());
    contact.set_email("test@example.com", now);
    let entry = Entry::dummy(ids, now);
    let (contact_id, entry_id) = (contact.id.as_str(), entry.id.as_str());
    let news = match topic {
        "contact.delete" => News::ContactDeleted { id: contact_id },
        "address.create" => News::AddressCreated {
            contact_id,
            entry: &entry,
        },
        "address.update" => News::AddressUpdated {
            contact_id,
            entry: &entry,
        },
        "address.delete" => News::AddressDeleted {
            contact_id,
            entry_id,
        },
        _ => News::ContactUpdated(&contact),
    };
    news.data(now)
}

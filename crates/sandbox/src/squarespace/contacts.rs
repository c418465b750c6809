//! Contacts: the people of a website, with their marketing consent and their addresses.
//!
//! The routes are in `api` and `address_book`; what orders do to contacts is in `buyers`.

mod address_book;
mod api;
mod bodies;
mod buyers;
mod countries;
mod news;
mod query;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::Router;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) use self::address_book::{AddressBook, Entry, order_address};
pub(super) use self::buyers::{buyer_of, donor, settle};
pub(super) use self::news::dummy_data;

use super::Squarespace;
use super::shelf::Object;
use super::time;
use crate::ids::Ids;

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    api::routes().merge(address_book::routes())
}

/// The contacts of a website.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    by_id: BTreeMap<String, Contact>,
    /// Ids by lower-case e-mail.
    by_email: HashMap<String, String>,
}

/// A contact; its members are written as the vendor writes them, the rest shows elsewhere.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Contact {
    pub(super) id: String,
    pub(super) created_on: String,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    locale: Option<String>,
    primary_email: Option<Email>,
    #[serde(skip)]
    pub(super) address_book: AddressBook,
    /// Whether the person can log in on the website; profiles show it.
    #[serde(skip_serializing)]
    pub(super) has_account: bool,
    /// The person left the list, so that no API call may put the address back on it.
    #[serde(skip)]
    unsubscribed: bool,
}

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct Email {
    email: String,
    created_on: String,
    accepts_marketing: Consent,
}

/// An object when read, although a boolean is sent.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct Consent {
    accepts_marketing: bool,
    joined_on: Option<String>,
    left_on: Option<String>,
}

impl Contacts {
    pub(super) fn all(&self) -> impl Iterator<Item = &Contact> {
        self.by_id.values()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Contact> {
        self.by_id.get(id)
    }

    fn get_mut(&mut self, id: &str) -> Option<&mut Contact> {
        self.by_id.get_mut(id)
    }

    /// The contact with this e-mail, in whatever letter case.
    pub(super) fn id_of(&self, email: &str) -> Option<&str> {
        self.by_email.get(&email.to_lowercase()).map(String::as_str)
    }

    /// Puts a contact in, or replaces the one with its id.
    pub(super) fn put(&mut self, contact: Contact) {
        self.forget_email(&contact.id);
        if let Some(email) = contact.email() {
            self.by_email
                .insert(email.to_lowercase(), contact.id.clone());
        }
        self.by_id.insert(contact.id.clone(), contact);
    }

    /// Takes a contact out with its addresses; orders keep its id.
    fn remove(&mut self, id: &str) -> Option<Contact> {
        self.forget_email(id);
        self.by_id.remove(id)
    }

    /// Takes a person off the list for good; `None` when there is no such contact or no e-mail.
    pub(super) fn unsubscribe(&mut self, id: &str, now: i64) -> Option<Value> {
        let contact = self.by_id.get_mut(id)?;
        contact.unsubscribed = true;
        contact
            .primary_email
            .as_mut()?
            .accepts_marketing
            .set(false, now);
        Some(contact.shown())
    }

    fn forget_email(&mut self, id: &str) {
        let known = self.by_id.get(id).and_then(Contact::email);
        if let Some(email) = known.map(str::to_lowercase) {
            self.by_email.remove(&email);
        }
    }
}

impl Contact {
    /// A contact whose dates begin now.
    fn new(ids: &Ids, now: i64) -> Self {
        Self {
            id: ids.hex24(),
            created_on: time::iso_micros(now),
            ..Self::default()
        }
    }

    /// Reads a contact from the vendor's own JSON, whatever it lacks filled in.
    pub(super) fn loaded(ids: &Ids, now: i64, sent: &Object) -> Result<Self, serde_json::Error> {
        let mut contact = Self::deserialize(Value::Object(sent.clone()))?;
        if contact.id.is_empty() {
            contact.id = ids.hex24();
        }
        if contact.created_on.is_empty() {
            contact.created_on = time::iso_micros(now);
        }
        if let Some(email) = &mut contact.primary_email
            && email.created_on.is_empty()
        {
            email.created_on.clone_from(&contact.created_on);
        }
        if let Some(entry) = sent
            .get("defaultShippingAddress")
            .filter(|it| !it.is_null())
        {
            contact.address_book.load(ids, Entry::deserialize(entry)?);
        }
        Ok(contact)
    }

    pub(super) fn email(&self) -> Option<&str> {
        self.primary_email
            .as_ref()
            .map(|email| email.email.as_str())
    }

    pub(super) fn accepts_marketing(&self) -> bool {
        self.consent()
            .is_some_and(|consent| consent.accepts_marketing)
    }

    pub(super) fn created_ms(&self) -> i64 {
        time::read_utc(&self.created_on).unwrap_or_default()
    }

    /// The contact as it is written.
    pub(super) fn shown(&self) -> Value {
        let mut shown = json!(self);
        shown["defaultShippingAddress"] = json!(self.address_book.default_entry());
        shown
    }

    fn consent(&self) -> Option<&Consent> {
        self.primary_email
            .as_ref()
            .map(|email| &email.accepts_marketing)
    }

    fn joined_ms(&self) -> Option<i64> {
        time::read_utc(self.consent()?.joined_on.as_deref()?)
    }

    fn set_email(&mut self, email: &str, now: i64) {
        match &mut self.primary_email {
            Some(known) if known.email == email => {}
            Some(known) => {
                email.clone_into(&mut known.email);
                known.created_on = time::iso_micros(now);
            }
            None => {
                self.primary_email = Some(Email {
                    email: email.to_owned(),
                    created_on: time::iso_micros(now),
                    accepts_marketing: Consent::default(),
                });
            }
        }
    }
}

impl Consent {
    fn set(&mut self, accepts: bool, now: i64) {
        if accepts == self.accepts_marketing {
            return;
        }
        self.accepts_marketing = accepts;
        let date = Some(time::iso(now));
        if accepts {
            self.joined_on = date;
            self.left_on = None;
        } else {
            self.left_on = date;
        }
    }
}

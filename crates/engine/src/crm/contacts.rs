//! The contact index: listed once, then kept warm by notifications and by sweeps of what changed.

mod second;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use kommo::{Contact, ContactsQuery, Order, Page};
use portico_domain::Priority;
use portico_domain::buyer::{BuyerKey, Phone};
use portico_domain::change::KnownContact;
use portico_domain::connection::Connection;
use portico_domain::work::Queue;
use portico_store::contacts::Contact as IndexRow;
use portico_store::work::Claim;
use portico_store::{Tx, contacts, crms, work};

use super::provision::{ADDRESS_CODE, CUSTOMER_CODE};
use crate::site::connection_touch;
use crate::{Engine, Error, Step};

/// The vendor tells times to the second.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// How often changes are asked for, whether or not the account's plan has notifications.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_mins(10);

/// The vendor's clock is not ours.
const OVERLAP: SignedDuration = SignedDuration::from_mins(1);

impl Engine {
    /// Lists an account's contacts, or what changed since the last time, and sets the next time.
    ///
    /// Safe to run twice: the index holds each contact as it was told last.
    pub(crate) async fn index_contacts(&self, claim: &Claim) -> Result<(), Error> {
        let crm = self.connection_of_claim(claim).await?;
        let id = crm.id;
        let read = move |tx: &mut dyn Tx| crms::crm(tx, id);
        let Some(state) = self.store().read(read).await? else {
            return Ok(());
        };
        if state.contacts_read {
            self.sweep_contacts(&crm, Priority::History).await?;
            self.look_after_crm_subscription(&crm, &state).await;
        } else {
            self.list_contacts(&crm, &state, claim).await?;
        }
        let now = self.now();
        let write = move |tx: &mut dyn Tx| {
            let next = connection_touch(Queue::IndexContacts, id, now + SWEEP_EVERY);
            work::touch(tx, &[next], now)?;
            // Deals that came meanwhile have waited for the index.
            work::hurry(tx, Queue::SyncDeal, &id.to_string(), now)
        };
        Ok(self.store().write(write).await?)
    }

    async fn list_contacts(
        &self,
        crm: &Connection,
        state: &crms::Crm,
        claim: &Claim,
    ) -> Result<(), Error> {
        let id = crm.id;
        let since = match state.contacts_since {
            Some(since) if state.contacts_cursor > 0 => since,
            Some(_) | None => self.now(),
        };
        let mut from =
            Timestamp::from_second(state.contacts_cursor).unwrap_or(Timestamp::UNIX_EPOCH);
        loop {
            let next = self.index_from(crm, from, Priority::History).await?;
            let (cursor, claim) = (next.unwrap_or(from).as_second(), claim.clone());
            let write = move |tx: &mut dyn Tx| {
                work::hold_fence(tx, &claim)?;
                crms::save_listing(tx, id, cursor, next.is_none(), since)
            };
            self.store().write(write).await?;
            let Some(next) = next else {
                return Ok(());
            };
            self.inner.steps.reached(Step::ContactsPageStored);
            from = next;
        }
    }

    /// Asks for what changed since the last time; one call when nothing did.
    pub(crate) async fn sweep_contacts(
        &self,
        crm: &Connection,
        lane: Priority,
    ) -> Result<(), Error> {
        let (id, now) = (crm.id, self.now());
        let read = move |tx: &mut dyn Tx| crms::crm(tx, id);
        let state = self.store().read(read).await?.unwrap_or_default();
        let mut from = Some(state.contacts_since.unwrap_or(crm.created_at) - OVERLAP);
        while let Some(changed) = from {
            from = self.index_from(crm, changed, lane).await?;
        }
        let write = move |tx: &mut dyn Tx| crms::save_swept(tx, id, now);
        Ok(self.store().write(write).await?)
    }

    /// Puts the contacts that changed in a second or later into the index, as many as one page holds;
    /// answers the second to go on from while there are more.
    ///
    /// The place in the list is a time and not the number of a page: a contact that is deleted
    /// meanwhile would move all behind it up, and the first of the next page out of sight.
    async fn index_from(
        &self,
        crm: &Connection,
        from: Timestamp,
        lane: Priority,
    ) -> Result<Option<Timestamp>, Error> {
        let query = ContactsQuery {
            updated_from: (from > Timestamp::UNIX_EPOCH).then_some(from),
            order: Some(Order::UpdatedAt),
            ..ContactsQuery::default()
        };
        let page = self.index_page(crm, &query, lane).await?;
        if !page.has_next {
            return Ok(None);
        }
        match page.items.last().and_then(|contact| contact.updated_at) {
            Some(last) if last > from => Ok(Some(last)),
            Some(_) | None => {
                self.index_second(crm, from, lane).await?;
                Ok(Some(from + SECOND))
            }
        }
    }

    /// Asks the account for one buyer. The vendor's search is loose, so what it finds is put into
    /// the index, where keys are compared exactly.
    pub(crate) async fn search_contact(
        &self,
        crm: &Connection,
        key: &BuyerKey,
        lane: Priority,
    ) -> Result<(), Error> {
        let query = ContactsQuery {
            query: Some(search_text(key)),
            ..ContactsQuery::default()
        };
        self.index_page(crm, &query, lane).await.map(drop)
    }

    /// Puts one page of contacts into the index, and answers it.
    async fn index_page(
        &self,
        crm: &Connection,
        query: &ContactsQuery,
        lane: Priority,
    ) -> Result<Page<Contact>, Error> {
        let client = &self.kommo_of(crm)?;
        let page = self
            .call(crm, lane, |token| async move {
                client.contacts(query, &token).await
            })
            .await?;
        let (id, country, now) = (crm.id, crm.account.country.as_deref(), self.now());
        let (deleted, kept): (Vec<&Contact>, Vec<&Contact>) =
            page.items.iter().partition(|contact| contact.is_deleted);
        let deleted: Vec<i64> = deleted.into_iter().map(|contact| contact.id).collect();
        let kept: Vec<IndexRow> = kept
            .into_iter()
            .map(|contact| index_row(contact, country, now))
            .collect();
        let write = move |tx: &mut dyn Tx| {
            for contact in &deleted {
                contacts::remove(tx, id, *contact)?;
            }
            contacts::save(tx, id, &kept.iter().collect::<Vec<_>>())
        };
        self.store().write(write).await?;
        Ok(page)
    }
}

/// The last digits of a telephone number find it in whatever form it was typed.
fn search_text(key: &BuyerKey) -> String {
    const DIGITS: usize = 9;
    if key.is_email() {
        return key.as_str().to_owned();
    }
    let from = key.as_str().len().saturating_sub(DIGITS);
    key.as_str()[from..].to_owned()
}

/// A contact as the index keeps it.
fn index_row(contact: &Contact, country: Option<&str>, now: Timestamp) -> IndexRow {
    let emails = contact.emails();
    let phones = contact.phones();
    let has_field = |code: &str| {
        contact
            .custom_fields_values
            .iter()
            .any(|field| field.field_code.as_deref() == Some(code) && !field.values.is_empty())
    };
    let tags: BTreeSet<String> = contact
        .embedded
        .tags
        .iter()
        .map(|tag| tag.name.clone())
        .collect();
    IndexRow {
        id: contact.id,
        keys: keys(&emails, &phones, country),
        known: KnownContact {
            has_name: !contact.name.trim().is_empty(),
            has_email: !emails.is_empty(),
            has_phone: !phones.is_empty(),
            has_address: has_field(ADDRESS_CODE),
            has_customer_id: has_field(CUSTOMER_CODE),
            tags,
        },
        updated_at: contact.updated_at.unwrap_or(now),
    }
}

/// What identifies a contact with these addresses and numbers.
pub(crate) fn keys(emails: &[String], phones: &[String], country: Option<&str>) -> Vec<BuyerKey> {
    let emails = emails.iter().filter_map(|email| BuyerKey::of_email(email));
    let phones = phones
        .iter()
        .filter_map(|phone| Phone::read(phone, country)?.key());
    emails
        .chain(phones)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

//! Deals whose create was sent, or was about to be, and whose answer we do not have: they are looked
//! for twice, apart in time, before anything is sent again.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use kommo::{Lead, LeadsQuery, Paging};
use portico_domain::field::Field;
use portico_store::{Tx, contacts, deals, events, work};

use super::create::{StoredDeal, store_deal};
use super::run::{Item, Made, Run, blank};
use crate::{Engine, Error, Step};

/// The vendor's clock is not ours.
const CLOCK_MARGIN: SignedDuration = SignedDuration::from_mins(10);

/// Between the two looks: a request that timed out here may still be at work there.
pub(super) const BETWEEN_LOOKS: SignedDuration = SignedDuration::from_secs(10);

/// Looks before a create is sent again.
pub(super) const LOOKS: i64 = 2;

impl Engine {
    /// Adopts the deals that are found, and lets those be created anew that were looked for twice.
    pub(super) async fn find_lost_deals(
        &self,
        run: &mut Run,
        planned: &[Item],
    ) -> Result<(), Error> {
        let (lost, early): (Vec<Item>, Vec<Item>) = run
            .open(planned)
            .filter(|item| item.record.intent_at.is_some() && item.record.lead_id.is_none())
            .cloned()
            .partition(|item| self.now() >= next_look(item.record.looked_at));
        // A touch may bring an order back before its time; the looks are apart all the same.
        for item in early {
            run.look_again(&item.key, next_look(item.record.looked_at));
        }
        let Some(since) = lost.iter().filter_map(|item| item.record.intent_at).min() else {
            return Ok(());
        };
        let found = self.deals_since(run, since - CLOCK_MARGIN, &lost).await?;
        for item in lost {
            match found.get(&item.key) {
                Some(lead) => self.adopt(run, &item, lead).await?,
                None => self.note_look(run, &item).await?,
            }
        }
        Ok(())
    }

    /// The deals changed since a time that belong to these orders, by work key.
    async fn deals_since(
        &self,
        run: &Run,
        since: Timestamp,
        lost: &[Item],
    ) -> Result<HashMap<String, Lead>, Error> {
        let client = &self.kommo_of(&run.crm)?;
        let mut found = HashMap::new();
        for page in 1.. {
            let query = &LeadsQuery {
                paging: Paging::page(page),
                updated_from: Some(since),
                with_contacts: true,
                order_by_id: true,
                ..LeadsQuery::default()
            };
            let answer = self
                .call(&run.crm, run.lane, |token| async move {
                    client.leads(query, &token).await
                })
                .await?;
            for lead in answer.items {
                if let Some(item) = lost.iter().find(|item| is_of(&lead, item)) {
                    found.entry(item.key.clone()).or_insert(lead);
                }
            }
            if !answer.has_next {
                break;
            }
        }
        Ok(found)
    }

    async fn adopt(&self, run: &mut Run, item: &Item, lead: &Lead) -> Result<(), Error> {
        let contact = lead
            .embedded
            .contacts
            .iter()
            .max_by_key(|contact| contact.is_main);
        let made = Made {
            lead_id: lead.id,
            contact_id: contact.map(|contact| contact.id),
            applied: blank(&item.wanted),
        };
        let stored = StoredDeal::new(
            run,
            item,
            made.clone(),
            "found after a lost answer, nothing was sent twice",
        );
        let (claim, now) = (run.claim.clone(), self.now());
        let write = move |tx: &mut dyn Tx| {
            work::hold_fence(tx, &claim)?;
            store_deal(tx, &stored, now)
        };
        self.store().write(write).await?;
        self.inner.steps.reached(Step::LostAdopted);
        self.remember_contact(run, item, made.contact_id).await?;
        run.made.insert(item.key.clone(), made);
        Ok(())
    }

    async fn note_look(&self, run: &mut Run, item: &Item) -> Result<(), Error> {
        let looks = item.record.looks + 1;
        let (flow, site, order) = (item.flow.id, item.flow.site, item.order.id.clone());
        let (claim, now) = (run.claim.clone(), self.now());
        let last = looks >= LOOKS;
        let write = move |tx: &mut dyn Tx| {
            work::hold_fence(tx, &claim)?;
            if last {
                let text = "no deal came of the lost create: it is sent again";
                events::add(tx, site, &order, text, now)?;
                return deals::forget_intent(tx, flow, &order);
            }
            deals::looked(tx, flow, &order, now)
        };
        self.store().write(write).await?;
        if last {
            self.inner.steps.reached(Step::IntentForgotten);
        } else {
            run.look_again(&item.key, next_look(Some(now)));
        }
        Ok(())
    }

    /// Puts the contact of a found deal into the index, with what we had sent for it.
    async fn remember_contact(
        &self,
        run: &mut Run,
        item: &Item,
        contact_id: Option<i64>,
    ) -> Result<(), Error> {
        let (Some(contact_id), Some(buyer)) = (contact_id, item.buyer.clone()) else {
            return Ok(());
        };
        run.contacts.insert(buyer, contact_id);
        let row = super::create::contact_row(item, contact_id);
        let crm = run.crm.id;
        let write = move |tx: &mut dyn Tx| match contacts::known(tx, crm, [row.id])?.pop().flatten()
        {
            Some(_) => Ok(()),
            None => contacts::save(tx, crm, &[&row]),
        };
        Ok(self.store().write(write).await?)
    }
}

/// When what was looked for may be looked for again.
pub(super) fn next_look(looked_at: Option<Timestamp>) -> Timestamp {
    looked_at.map_or(Timestamp::UNIX_EPOCH, |at| at + BETWEEN_LOOKS)
}

/// A deal carries its order's identifier in a field; an account that lost the field still shows the
/// order's number and site in the name.
fn is_of(lead: &Lead, item: &Item) -> bool {
    let code = Field::OrderId.facts().code;
    let field = lead
        .custom_fields_values
        .iter()
        .find(|field| field.field_code.as_deref() == Some(code));
    match field.and_then(|field| field.values.first()) {
        Some(value) => value.text().as_deref() == Some(item.order.id.as_str()),
        None => lead.name == item.wanted.name,
    }
}

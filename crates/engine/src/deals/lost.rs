//! Deals whose create was sent, or was about to be, and whose answer we do not have: they are looked
//! for twice, apart in time, before anything is sent again.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use kommo::{Lead, LeadsQuery, Order, Paging};
use portico_domain::field::Field;
use portico_store::{Tx, deals, events, work};

use super::keep::{StoredDeal, contact_row};
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
            .filter(|item| item.record.is_uncertain())
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
        let (mut from, mut page) = (since, 1);
        loop {
            let query = &LeadsQuery {
                paging: Paging::page(page),
                updated_from: Some(from),
                with_contacts: true,
                order: Some(Order::UpdatedAt),
                ..LeadsQuery::default()
            };
            let answer = self
                .call(&run.crm, run.lane, |token| async move {
                    client.leads(query, &token).await
                })
                .await?;
            // A time and not the number of a page: a deal that is deleted meanwhile moves all behind it
            // up. Only what changed in one second and fills more than a page is turned by number.
            match answer.items.last().and_then(|lead| lead.updated_at) {
                Some(last) if last > from => (from, page) = (last, 1),
                Some(_) | None => page += 1,
            }
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
        let mut stored = StoredDeal::new(
            run,
            item,
            made.clone(),
            "found after a lost answer, nothing was sent twice",
        );
        // With the deal, or the buyer's next order would make a second contact.
        if let (Some(id), Some(buyer)) = (made.contact_id, &item.buyer) {
            stored.new_contact = Some(contact_row(item, id));
            run.contacts.insert(buyer.clone(), id);
        }
        run.made.insert(item.key.clone(), made);
        self.store_deals(run, vec![stored]).await?;
        self.inner.steps.reached(Step::LostAdopted);
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

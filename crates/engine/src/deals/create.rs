//! Creating deals: new buyers together with their contact, known buyers by their contact's number.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use kommo::lead::LeadContact;
use kommo::lead_write::{ComplexLeadParts, NewLeadParts};
use kommo::{ComplexContact, ComplexLead, ComplexResult, NewLead, Written};
use portico_domain::buyer::BuyerKey;
use portico_store::work::Outcome;
use portico_store::{Error as StoreError, Tx, deals};
use secrecy::SecretString;

use super::bulk::BulkWrite;
use super::keep::{StoredDeal, contact_row};
use super::lost::BETWEEN_LOOKS;
use super::render::{self, Unsayable};
use super::run::{self, Item, Made, Run, blank};
use crate::{Engine, Error, Step};

/// The vendor takes so many deals with contacts in one call.
const COMPLEX_LIMIT: usize = 50;

/// The vendor takes so many plain cards in one call.
pub(super) const PLAIN_LIMIT: usize = 250;

impl Engine {
    /// Creates the deals that are not there.
    ///
    /// Two orders of one new buyer never go together: the first makes the contact, and the others
    /// follow as orders of a known one.
    pub(super) async fn create_deals(&self, run: &mut Run, planned: &[Item]) -> Result<(), Error> {
        let missing: Vec<Item> = run
            .open(planned)
            .filter(|item| !run.made.contains_key(&item.key))
            .cloned()
            .collect();
        let missing = self.leave_skipped(run, missing).await?;
        let missing = self.leave_uncertain(run, missing).await?;
        let (first_of_buyer, others) = split(run, missing);
        self.write_all::<WithContact>(run, first_of_buyer).await?;
        let mut known = Vec::new();
        for item in others {
            let contact = item
                .buyer
                .as_ref()
                .and_then(|buyer| run.contacts.get(buyer).copied());
            match contact {
                Some(contact) => known.push(OfContact { item, contact }),
                // The buyer's first order failed, so this one waits for it.
                None => run.wait_for_buyer(&item.key, self.retry_at(item.attempts)),
            }
        }
        self.write_all::<OfKnown>(run, known).await
    }
}

impl Engine {
    /// Ends the orders that should get no deal, and of which by now is known that they have none.
    async fn leave_skipped(&self, run: &mut Run, missing: Vec<Item>) -> Result<Vec<Item>, Error> {
        let mut wanted = Vec::new();
        for item in missing {
            let Some(reason) = &item.skip else {
                wanted.push(item);
                continue;
            };
            let order = item.order.id.clone();
            self.note_skip(&item.flow, &order, &item.record, reason.clone())
                .await?;
            run.decide(&item.key, Outcome::Done);
        }
        Ok(wanted)
    }

    /// Puts off the orders of buyers whose contact another order is making with an unknown end: they
    /// would make a second one.
    async fn leave_uncertain(&self, run: &mut Run, missing: Vec<Item>) -> Result<Vec<Item>, Error> {
        let crm = run.crm.id;
        let read = move |tx: &mut dyn Tx| deals::uncertain_buyers(tx, crm);
        let uncertain = self.store().read(read).await?;
        let (waiting, free): (Vec<_>, Vec<_>) = missing.into_iter().partition(|item| {
            item.buyer.as_ref().is_some_and(|buyer| {
                !run.contacts.contains_key(buyer)
                    && uncertain
                        .iter()
                        .any(|(other, order)| other == buyer && *order != item.order.id)
            })
        });
        for item in waiting {
            // The other order is looked for that often; this one goes on soon after it is settled.
            run.wait_for_buyer(&item.key, self.now() + BETWEEN_LOOKS);
        }
        Ok(free)
    }
}

/// Those whose contact is to be made with them, and those who have one or get one from the first.
fn split(run: &Run, missing: Vec<Item>) -> (Vec<Item>, Vec<Item>) {
    let mut new_buyers: BTreeSet<BuyerKey> = BTreeSet::new();
    missing.into_iter().partition(|item| match &item.buyer {
        None => true,
        Some(buyer) => !run.contacts.contains_key(buyer) && new_buyers.insert(buyer.clone()),
    })
}

/// On the timeline of an order whose new deal the vendor did not keep.
const MERGED: &str = "the CRM's duplicate control merged it into this deal, which was there before";

/// A deal with a new contact.
struct WithContact;

impl BulkWrite for WithContact {
    type Item = Item;
    type Body = ComplexLead;
    type Answer = Vec<ComplexResult>;

    const LIMIT: usize = COMPLEX_LIMIT;
    const NAME: &'static str = "creating the deal with its contact";
    const INTENDED: Option<Step> = Some(Step::CreateIntended);
    const ANSWERED: Step = Step::CreateAnswered;

    fn planned(item: &Item) -> &run::Planned {
        item
    }

    fn render(run: &Run, item: &Item, request_id: String) -> Result<ComplexLead, Unsayable> {
        let contact = render::new_contact(&item.person, &item.wanted, &run.facts);
        Ok(ComplexLead {
            fields: render::new_deal(&item.wanted, &run.facts, request_id)?,
            embedded: ComplexLeadParts {
                tags: render::tags(item.wanted.tags.iter()),
                contacts: vec![ComplexContact::New(Box::new(contact))],
            },
        })
    }

    fn intend(tx: &mut dyn Tx, item: &Item, at: Option<Timestamp>) -> Result<(), StoreError> {
        intend(tx, item, at)
    }

    async fn send(
        client: &kommo::Client,
        bodies: &[ComplexLead],
        token: &SecretString,
    ) -> Result<Self::Answer, wire::Error> {
        client.create_leads_complex(bodies, token).await
    }

    async fn store(
        engine: &Engine,
        run: &mut Run,
        items: &[Item],
        answer: Self::Answer,
    ) -> Result<(), Error> {
        let by_request: HashMap<&str, &ComplexResult> = answer
            .iter()
            .flat_map(|result| {
                result
                    .request_ids
                    .iter()
                    .map(move |id| (id.as_str(), result))
            })
            .collect();
        let mut stored = Vec::new();
        for (n, item) in items.iter().enumerate() {
            let Some(result) = by_request.get(n.to_string().as_str()) else {
                run.answer_is_missing(&item.key, engine.retry_at(item.attempts));
                continue;
            };
            let (how, applied) = if result.merged {
                // What the merging took over is not documented, so everything is sent.
                (MERGED, blank(&item.wanted))
            } else {
                ("new buyer, contact made", item.wanted.clone())
            };
            let made = Made {
                lead_id: result.id,
                contact_id: result.contact_id,
                applied,
            };
            let mut deal = StoredDeal::new(run, item, made.clone(), how);
            deal.new_contact = result.contact_id.map(|id| contact_row(item, id));
            deal.is_merged = result.merged;
            stored.push(deal);
            if let (Some(buyer), Some(contact)) = (&item.buyer, result.contact_id) {
                run.contacts.insert(buyer.clone(), contact);
            }
            run.made.insert(item.key.clone(), made);
        }
        engine.store_deals(run, stored).await
    }
}

/// An order of a buyer who has a contact.
#[derive(Clone)]
struct OfContact {
    item: Item,
    contact: i64,
}

/// A deal of a known contact.
struct OfKnown;

impl BulkWrite for OfKnown {
    type Item = OfContact;
    type Body = NewLead;
    type Answer = Vec<Written>;

    const LIMIT: usize = PLAIN_LIMIT;
    const NAME: &'static str = "creating the deal";
    const INTENDED: Option<Step> = Some(Step::CreateIntended);
    const ANSWERED: Step = Step::CreateAnswered;

    fn planned(of: &OfContact) -> &run::Planned {
        &of.item
    }

    fn contact(of: &OfContact) -> Option<i64> {
        Some(of.contact)
    }

    fn render(run: &Run, of: &OfContact, request_id: String) -> Result<NewLead, Unsayable> {
        Ok(NewLead {
            fields: render::new_deal(&of.item.wanted, &run.facts, request_id)?,
            embedded: NewLeadParts {
                tags: render::tags(of.item.wanted.tags.iter()),
                contacts: vec![LeadContact {
                    id: of.contact,
                    is_main: true,
                }],
            },
        })
    }

    fn intend(tx: &mut dyn Tx, of: &OfContact, at: Option<Timestamp>) -> Result<(), StoreError> {
        intend(tx, &of.item, at)
    }

    async fn send(
        client: &kommo::Client,
        bodies: &[NewLead],
        token: &SecretString,
    ) -> Result<Self::Answer, wire::Error> {
        client.create_leads(bodies, token).await
    }

    async fn store(
        engine: &Engine,
        run: &mut Run,
        items: &[OfContact],
        answer: Self::Answer,
    ) -> Result<(), Error> {
        let by_request: HashMap<&str, i64> = answer
            .iter()
            .filter_map(|written| Some((written.request_id.as_deref()?, written.id)))
            .collect();
        let mut stored = Vec::new();
        for (n, of) in items.iter().enumerate() {
            let Some(lead_id) = by_request.get(n.to_string().as_str()) else {
                run.answer_is_missing(&of.item.key, engine.retry_at(of.item.attempts));
                continue;
            };
            let made = Made {
                lead_id: *lead_id,
                contact_id: Some(of.contact),
                applied: of.item.wanted.clone(),
            };
            stored.push(StoredDeal::new(run, &of.item, made.clone(), "known buyer"));
            run.made.insert(of.item.key.clone(), made);
        }
        engine.store_deals(run, stored).await
    }
}

fn intend(tx: &mut dyn Tx, item: &Item, at: Option<Timestamp>) -> Result<(), StoreError> {
    match at {
        Some(at) => deals::intend(tx, item.flow.id, &item.order.id, at),
        None => deals::forget_intent(tx, item.flow.id, &item.order.id),
    }
}

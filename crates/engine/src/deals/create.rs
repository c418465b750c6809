//! Creating deals: new buyers together with their contact, known buyers by their contact's number.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use kommo::lead::LeadContact;
use kommo::lead_write::{ComplexLeadParts, NewLeadParts};
use kommo::{ComplexContact, ComplexLead, ComplexResult, NewLead, Written};
use portico_domain::buyer::BuyerKey;
use portico_domain::change::KnownContact;
use portico_domain::deal::Deal;
use portico_domain::flow::FlowId;
use portico_domain::note::{self, Note};
use portico_domain::{ConnectionId, Priority};
use portico_store::contacts::Contact as IndexRow;
use portico_store::work::Outcome;
use portico_store::{Error as StoreError, Tx, contacts, deal_notes, deals, events, flows, work};
use secrecy::SecretString;

use super::bulk::BulkWrite;
use super::lost::BETWEEN_LOOKS;
use super::render::{self, Unsayable};
use super::run::{self, Item, Made, Run, blank};
use crate::site::deal_touch;
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

/// A made or found deal on its way into the database.
#[derive(Clone)]
pub(super) struct StoredDeal {
    key: String,
    flow: FlowId,
    site: ConnectionId,
    order_id: String,
    made: Made,
    applied: Deal,
    notes: Vec<Note>,
    event: String,
    pub(super) new_contact: Option<IndexRow>,
    /// The CRM put it into a deal that was there: perhaps another order's.
    is_merged: bool,
}

impl StoredDeal {
    pub(super) fn new(run: &Run, item: &Item, made: Made, how: &str) -> Self {
        let lines = match item.order.lines.len() {
            1 => "1 line item".to_owned(),
            many => format!("{many} line items"),
        };
        let tags: Vec<&str> = item.wanted.tags.iter().map(String::as_str).collect();
        let event = format!(
            "deal {} in {}: {how}; {lines}; tags {}",
            made.lead_id,
            item.wanted.pipeline,
            if tags.is_empty() {
                "none".to_owned()
            } else {
                tags.join(", ")
            },
        );
        Self {
            key: item.key.clone(),
            flow: item.flow.id,
            site: item.flow.site,
            order_id: item.order.id.clone(),
            applied: made.applied.clone(),
            made,
            notes: note::of_items(&item.order, &run.facts.currency),
            event,
            new_contact: None,
            is_merged: false,
        }
    }
}

/// Keeps a deal with the notes that are to be made on it.
fn store_deal(tx: &mut dyn Tx, stored: &StoredDeal, now: Timestamp) -> Result<(), StoreError> {
    let (flow, order) = (stored.flow, stored.order_id.as_str());
    let made = &stored.made;
    let ids = (made.lead_id, made.contact_id);
    deals::made(tx, flow, order, ids, &stored.applied)?;
    for note in &stored.notes {
        deal_notes::plan(tx, flow, order, note, now)?;
    }
    events::add(tx, stored.site, order, &stored.event, now)
}

/// The index row of a contact that we made for an order; whatever the CRM tells of it is newer.
pub(super) fn contact_row(item: &Item, id: i64) -> IndexRow {
    let buyer = &item.person.buyer;
    let phone = buyer.phone.as_ref().and_then(|phone| phone.key());
    let email = buyer.email.as_deref().and_then(BuyerKey::of_email);
    IndexRow {
        id,
        keys: email.into_iter().chain(phone).collect(),
        known: KnownContact {
            has_name: true,
            has_email: buyer.email.is_some(),
            has_phone: buyer.phone.is_some(),
            has_address: item.person.address.is_some(),
            has_customer_id: buyer.customer_id.is_some(),
            tags: item.wanted.contact_tags.clone(),
        },
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

/// Two orders in one deal.
struct Shared {
    key: String,
    lead_id: i64,
    /// The number of the order that had the deal first.
    other: String,
}

impl Engine {
    /// Keeps the deals of one call. What the CRM merged into another order's deal is not kept as this
    /// order's: what is sent for one would overwrite the other.
    pub(super) async fn store_deals(
        &self,
        run: &mut Run,
        stored: Vec<StoredDeal>,
    ) -> Result<(), Error> {
        let (claim, crm, now) = (run.claim.clone(), run.crm.id, self.now());
        let write = move |tx: &mut dyn Tx| {
            work::hold_fence(tx, &claim)?;
            let mut all_shared = Vec::new();
            for deal in &stored {
                match shared(tx, crm, deal, now)? {
                    Some(shared) => all_shared.push(shared),
                    None => store_deal(tx, deal, now)?,
                }
            }
            let new: Vec<&IndexRow> = stored
                .iter()
                .filter_map(|deal| deal.new_contact.as_ref())
                .collect();
            contacts::save(tx, crm, &new)?;
            Ok(all_shared)
        };
        let all_shared = self.store().write(write).await?;
        self.inner.steps.reached(Step::CreateStored);
        for Shared {
            key,
            lead_id,
            other,
        } in all_shared
        {
            run.made.remove(&key);
            run.hold(
                &key,
                format!("the CRM's duplicate control merged it into deal {lead_id} of order #{other}, whose values it has overwritten"),
                "switch off Duplicate control for this integration in the settings of the CRM's pipeline; \
                 then retry: it gets a deal of its own, and the other deal has its values back"
                    .to_owned(),
            );
        }
        Ok(())
    }
}

/// When a deal is another order's, ends this order's intent and has the other's values sent again.
fn shared(
    tx: &mut dyn Tx,
    crm: ConnectionId,
    deal: &StoredDeal,
    now: Timestamp,
) -> Result<Option<Shared>, StoreError> {
    if !deal.is_merged {
        return Ok(None);
    }
    let (lead_id, own) = (deal.made.lead_id, (deal.flow, deal.order_id.as_str()));
    let Some((flow, order, number)) = deals::other_of_lead(tx, crm, lead_id, own)? else {
        return Ok(None);
    };
    deals::forget_intent(tx, deal.flow, &deal.order_id)?;
    let text = format!("the CRM merged it into deal {lead_id} of order #{number}");
    events::add(tx, deal.site, &deal.order_id, &text, now)?;
    deals::forget_applied(tx, flow, &order)?;
    if let Some(flow) = flows::flow(tx, flow)? {
        let again = deal_touch(&flow, &order, Priority::Live, now);
        work::touch(tx, &[again], now)?;
    }
    Ok(Some(Shared {
        key: deal.key.clone(),
        lead_id,
        other: number,
    }))
}

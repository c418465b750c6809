//! Keeping deals that were made or found: the deal, the notes to come, the contact, the timeline.

use jiff::Timestamp;
use portico_domain::audit::{DealWritten, What};
use portico_domain::buyer::BuyerKey;
use portico_domain::change::KnownContact;
use portico_domain::deal::Deal;
use portico_domain::flow::FlowId;
use portico_domain::note::{self, Note};
use portico_domain::{ConnectionId, Priority};
use portico_store::contacts::Contact as IndexRow;
use portico_store::{Error as StoreError, Tx, contacts, deal_notes, deals, events, flows, work};

use super::run::{Item, Made, Run};
use crate::site::deal_touch;
use crate::{Engine, Error, Step};

/// A made or found deal on its way into the database.
#[derive(Clone)]
pub(super) struct StoredDeal {
    key: String,
    flow: FlowId,
    flow_name: String,
    site: ConnectionId,
    order_id: String,
    made: Made,
    applied: Deal,
    notes: Vec<Note>,
    event: String,
    pub(super) new_contact: Option<IndexRow>,
    /// The CRM put it into a deal that was there: perhaps another order's.
    pub(super) is_merged: bool,
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
            flow_name: item.flow.name.clone(),
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
        for deal in &stored {
            let written = DealWritten {
                flow: deal.flow_name.clone(),
                connection: run.crm.name.clone(),
                order: deal.order_id.clone(),
                deal: deal.made.lead_id,
                is_new: !deal.is_merged,
            };
            self.note(now, What::Deal(written));
        }
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

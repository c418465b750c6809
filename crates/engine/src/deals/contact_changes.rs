//! Keeping contacts as the shop knows them: what is empty is filled, tags are added, nothing is
//! overwritten.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kommo::{ContactPatch, Written};
use portico_domain::change::{self, ContactChange, KnownContact};
use portico_store::{Error as StoreError, Tx, contacts, work};
use secrecy::SecretString;

use super::bulk::BulkWrite;
use super::create::PLAIN_LIMIT;
use super::render::{self, Unsayable};
use super::run::{self, Item, Run};
use crate::{Engine, Error, Step};

/// What is to be sent for one contact, out of all orders of the batch that are its.
#[derive(Clone)]
struct Changed {
    contact: i64,
    /// The order whose person fills what is empty.
    item: Item,
    change: ContactChange,
}

impl Engine {
    /// Fills and tags the contacts of the batch's deals.
    pub(super) async fn change_contacts(
        &self,
        run: &mut Run,
        planned: &[Item],
    ) -> Result<(), Error> {
        let mut of_contact: BTreeMap<i64, Vec<Item>> = BTreeMap::new();
        for item in run.open(planned) {
            let contact = run.made.get(&item.key).and_then(|made| made.contact_id);
            if let Some(contact) = contact {
                of_contact.entry(contact).or_default().push(item.clone());
            }
        }
        let crm = run.crm.id;
        let read = move |tx: &mut dyn Tx| {
            let known = contacts::known(tx, crm, of_contact.keys().copied())?;
            // A contact that is not in the index is none that we know enough of to touch.
            let changed = of_contact
                .iter()
                .zip(known)
                .filter_map(|((contact, items), known)| of_one(*contact, items, &known?));
            Ok(changed.collect::<Vec<_>>())
        };
        let changed = self.store().read(read).await?;
        self.write_all::<Changes>(run, changed).await
    }
}

/// The change of one contact; `None` when it is as it should be.
fn of_one(contact: i64, items: &[Item], known: &KnownContact) -> Option<Changed> {
    let tags: BTreeSet<String> = items
        .iter()
        .flat_map(|item| item.wanted.contact_tags.iter().cloned())
        .collect();
    // The latest order knows the person best.
    let item = items.iter().max_by_key(|item| item.order.created_at)?;
    let change = change::of_contact(known, &item.person, &tags);
    (!change.is_empty()).then(|| Changed {
        contact,
        item: item.clone(),
        change,
    })
}

/// Changes of contacts.
struct Changes;

impl BulkWrite for Changes {
    type Item = Changed;
    type Body = ContactPatch;
    type Answer = Vec<Written>;

    const LIMIT: usize = PLAIN_LIMIT;
    const NAME: &'static str = "changing the contact";
    const INTENDED: Option<Step> = None;
    const ANSWERED: Step = Step::ContactsAnswered;

    fn planned(changed: &Changed) -> &run::Planned {
        &changed.item
    }

    fn contact(changed: &Changed) -> Option<i64> {
        Some(changed.contact)
    }

    fn render(run: &Run, changed: &Changed, request_id: String) -> Result<ContactPatch, Unsayable> {
        let mut fields = render::contact_fields(&changed.change, &changed.item.person, &run.facts);
        fields.request_id = Some(request_id);
        Ok(ContactPatch {
            id: changed.contact,
            fields,
            tags_to_add: render::tags(changed.change.add_tags.iter()),
            tags_to_delete: Vec::new(),
        })
    }

    fn intend(_: &mut dyn Tx, _: &Changed, _: Option<Timestamp>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn send(
        client: &kommo::Client,
        bodies: &[ContactPatch],
        token: &SecretString,
    ) -> Result<Self::Answer, wire::Error> {
        client.update_contacts(bodies, token).await
    }

    async fn store(
        engine: &Engine,
        run: &mut Run,
        items: &[Changed],
        _: Self::Answer,
    ) -> Result<(), Error> {
        let (claim, crm) = (run.claim.clone(), run.crm.id);
        let items = items.to_vec();
        let write = move |tx: &mut dyn Tx| {
            work::hold_fence(tx, &claim)?;
            let contacts = items.iter().map(|changed| changed.contact);
            let known = contacts::known(tx, crm, contacts)?;
            for (changed, known) in items.iter().zip(known) {
                if let Some(known) = known {
                    let known = after(known, &changed.change);
                    contacts::save_known(tx, crm, changed.contact, &known)?;
                }
            }
            Ok(())
        };
        Ok(engine.store().write(write).await?)
    }
}

/// What the contact has after a change.
fn after(mut known: KnownContact, change: &ContactChange) -> KnownContact {
    known.has_name |= change.name;
    known.has_email |= change.email;
    known.has_phone |= change.phone;
    known.has_address |= change.address;
    known.has_customer_id |= change.customer_id;
    known.tags.extend(change.add_tags.iter().cloned());
    known
}

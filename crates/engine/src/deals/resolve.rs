//! Who the buyers of new deals are: the index answers without a call, and only a miss is confirmed.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use portico_domain::Priority;
use portico_domain::buyer::BuyerKey;
use portico_store::{Tx, contacts, crms};

use super::run::{Item, Run};
use crate::{Engine, Error};

/// A history import believes the index for so long after its last sweep: each sweep would find
/// little but the contacts that the import itself has just made.
const BELIEVED_BY_HISTORY: SignedDuration = SignedDuration::from_mins(5);

impl Engine {
    /// Finds the contact of every buyer whose deal is to be created.
    ///
    /// One unknown buyer of a live order is asked for by name, which also finds what the index has
    /// missed; several are confirmed by one look at what changed since the index was swept.
    pub(super) async fn resolve_contacts(
        &self,
        run: &mut Run,
        planned: &[Item],
    ) -> Result<(), Error> {
        let mut live = BTreeSet::new();
        let mut buyers = BTreeSet::new();
        for item in run
            .open(planned)
            .filter(|item| !run.made.contains_key(&item.key))
        {
            let Some(buyer) = &item.buyer else { continue };
            buyers.insert(buyer.clone());
            if item.priority < Priority::History {
                live.insert(buyer.clone());
            }
        }
        let unknown = self.look_up(run, buyers).await?;
        if unknown.is_empty() {
            return Ok(());
        }
        let live: Vec<&BuyerKey> = unknown.intersection(&live).collect();
        match live.as_slice() {
            [] if self.index_is_believed(run).await? => return Ok(()),
            [buyer] => self.search_contact(&run.crm, buyer, run.lane).await?,
            _ => self.sweep_contacts(&run.crm, run.lane).await?,
        }
        self.look_up(run, unknown).await.map(drop)
    }

    async fn index_is_believed(&self, run: &Run) -> Result<bool, Error> {
        let (crm, oldest) = (run.crm.id, self.now() - BELIEVED_BY_HISTORY);
        let read = move |tx: &mut dyn Tx| crms::crm(tx, crm);
        let state = self.store().read(read).await?;
        let swept = state.and_then(|crm| crm.contacts_since);
        Ok(swept.is_some_and(|swept| swept >= oldest))
    }

    /// Takes what the index knows into the run, and answers whom it does not know.
    async fn look_up(
        &self,
        run: &mut Run,
        buyers: BTreeSet<BuyerKey>,
    ) -> Result<BTreeSet<BuyerKey>, Error> {
        let crm = run.crm.id;
        let read = move |tx: &mut dyn Tx| {
            let found = contacts::with_keys(tx, crm, &buyers)?;
            Ok(buyers.iter().cloned().zip(found).collect::<Vec<_>>())
        };
        let mut unknown = BTreeSet::new();
        for (buyer, found) in self.store().read(read).await? {
            // Several contacts of one address are for people to merge; the oldest is used meanwhile.
            match found.first() {
                Some(contact) => {
                    run.contacts.insert(buyer, *contact);
                }
                None => {
                    unknown.insert(buyer);
                }
            }
        }
        Ok(unknown)
    }
}

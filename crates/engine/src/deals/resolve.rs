//! Who the buyers of new deals are: the index answers without a call, and only a miss is confirmed.

use std::collections::BTreeSet;

use portico_domain::Priority;
use portico_domain::buyer::BuyerKey;
use portico_store::{Tx, contacts};

use super::run::{Item, Run};
use crate::{Engine, Error};

impl Engine {
    /// Finds the contact of every buyer whose deal is to be created.
    ///
    /// One unknown buyer is asked for by name, which also finds what the index has missed; several
    /// are confirmed by one look at what changed since the index was swept.
    pub(super) async fn resolve_contacts(
        &self,
        run: &mut Run,
        planned: &[Item],
    ) -> Result<(), Error> {
        let buyers: BTreeSet<BuyerKey> = run
            .open(planned)
            .filter(|item| !run.made.contains_key(&item.key))
            .filter_map(|item| item.buyer.clone())
            .collect();
        let unknown = self.look_up(run, buyers).await?;
        if unknown.is_empty() {
            return Ok(());
        }
        match unknown.first().filter(|_| unknown.len() == 1) {
            Some(buyer) => self.search_contact(&run.crm, buyer, Priority::Live).await?,
            None => self.sweep_contacts(&run.crm, Priority::Live).await?,
        }
        self.look_up(run, unknown).await.map(drop)
    }

    /// Takes what the index knows into the run, and answers whom it does not know.
    async fn look_up(
        &self,
        run: &mut Run,
        buyers: BTreeSet<BuyerKey>,
    ) -> Result<BTreeSet<BuyerKey>, Error> {
        let crm = run.crm.id;
        let read = move |tx: &mut dyn Tx| {
            buyers
                .iter()
                .map(|buyer| Ok((buyer.clone(), contacts::with_key(tx, crm, buyer)?)))
                .collect::<Result<Vec<_>, portico_store::Error>>()
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

//! The difference between what was applied last and what is wanted now: only that is sent.

use std::collections::{BTreeMap, BTreeSet};

use crate::buyer::Buyer;
use crate::deal::{Deal, Stage};
use crate::field::Field;
use crate::order::{Address, Order};
use crate::tag::{self, TagDelta};

/// What must be sent for a deal that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DealChange {
    pub name: Option<String>,
    pub price: Option<i64>,
    /// A value of `None` clears the field.
    pub fields: BTreeMap<Field, Option<String>>,
    pub tags: TagDelta,
    pub stage: Option<Stage>,
}

impl DealChange {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Compares a deal with how it was applied last.
///
/// What a person changed in the CRM since then is not looked at: a part of the deal is sent only
/// when the shop's side of it changed, and a field in `theirs` is never sent again. The pipeline is
/// chosen once; later only the stage within it moves, and only when the order gives a new reason.
#[must_use]
pub fn of_deal(applied: &Deal, wanted: &Deal, theirs: &BTreeSet<Field>) -> DealChange {
    let fields = applied.fields.keys().chain(wanted.fields.keys());
    let changed = fields
        .filter(|field| !theirs.contains(field))
        .filter(|field| applied.fields.get(field) != wanted.fields.get(field))
        .map(|field| (*field, wanted.fields.get(field).cloned()))
        .collect();
    DealChange {
        name: (applied.name != wanted.name).then(|| wanted.name.clone()),
        price: wanted.price.filter(|price| applied.price != Some(*price)),
        fields: changed,
        tags: tag::delta(&applied.tags, &wanted.tags),
        stage: (applied.stage != wanted.stage).then(|| wanted.stage.clone()),
    }
}

/// The person as the shop knows it, for a contact.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    pub buyer: Buyer,
    pub address: Option<Address>,
}

impl Person {
    #[must_use]
    pub fn of(order: &Order) -> Self {
        let address = [&order.shipping, &order.billing]
            .into_iter()
            .flatten()
            .find(|address| !address.is_empty());
        Self {
            buyer: order.buyer.clone(),
            address: address.cloned(),
        }
    }
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person(..)")
    }
}

/// What is known of a contact without asking the CRM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownContact {
    pub has_name: bool,
    pub has_email: bool,
    pub has_phone: bool,
    pub has_address: bool,
    pub has_customer_id: bool,
    pub tags: BTreeSet<String>,
}

/// What must be sent for a contact that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactChange {
    pub name: bool,
    pub email: bool,
    pub phone: bool,
    pub address: bool,
    pub customer_id: bool,
    pub add_tags: Vec<String>,
}

impl ContactChange {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Fills what is empty and adds tags; nothing that stands there is overwritten or taken away,
/// since another order or a person may be the reason for it.
#[must_use]
pub fn of_contact(known: &KnownContact, person: &Person, tags: &BTreeSet<String>) -> ContactChange {
    let buyer = &person.buyer;
    ContactChange {
        name: !known.has_name && !buyer.full_name().is_empty(),
        email: !known.has_email && buyer.email.is_some(),
        phone: !known.has_phone && buyer.phone.is_some(),
        address: !known.has_address && person.address.is_some(),
        customer_id: !known.has_customer_id && buyer.customer_id.is_some(),
        add_tags: tags.difference(&known.tags).cloned().collect(),
    }
}

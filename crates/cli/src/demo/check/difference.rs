//! Where the two sides differ, in sentences.

use std::collections::BTreeSet;

use super::crm::{Contact, Crm, Deal};
use super::shops::{Buyer, Order, Shops};

/// Whether an order has its one deal, as it must be.
pub(super) fn of_order(order: &Order, deals: &[&Deal]) -> Vec<String> {
    let name = &order.name;
    match deals {
        [] => vec![format!("{name} has no deal")],
        [deal] => of_deal(order, deal),
        several => {
            let ids: Vec<&str> = several.iter().map(|deal| deal.id.as_str()).collect();
            vec![format!(
                "{name} has {} deals: {}",
                ids.len(),
                ids.join(", ")
            )]
        }
    }
}

/// Deals that belong to no order.
pub(super) fn strays(shops: &Shops, crm: &Crm) -> Vec<String> {
    let ordered: BTreeSet<&str> = shops.orders.iter().map(|order| order.id.as_str()).collect();
    crm.deals
        .iter()
        .filter(|deal| !ordered.contains(deal.order_id.as_str()))
        .map(|deal| format!("deal {} belongs to no order", deal.id))
        .collect()
}

/// Whether every buyer has one contact, with its deals, and nobody else has any.
pub(super) fn of_buyers(shops: &Shops, crm: &Crm) -> Vec<String> {
    let mut differences = Vec::new();
    for (email, buyer) in &shops.buyers {
        let contacts: Vec<&Contact> = crm
            .contacts
            .iter()
            .filter(|contact| contact.emails.contains(email))
            .collect();
        match contacts.as_slice() {
            [contact] => {
                differences.extend(of_contact(email, buyer, contact));
                differences.extend(deals_elsewhere(email, contact, shops, crm));
            }
            others => differences.push(format!("{email} has {} contacts, not one", others.len())),
        }
    }
    let stranger = |contact: &&Contact| {
        let known = |email: &String| shops.buyers.contains_key(email);
        !contact.emails.iter().any(known)
    };
    let strangers = crm.contacts.iter().filter(stranger);
    differences.extend(strangers.map(|contact| format!("contact {} never bought", contact.id)));
    differences
}

fn of_deal(order: &Order, deal: &Deal) -> Vec<String> {
    let mut differences = Vec::new();
    for (fact, expected) in &order.facts {
        let held = deal.facts.get(fact).map_or("", String::as_str);
        if held != expected {
            differences.push(format!(
                "{}: {fact} must be `{expected}`, and deal {} has `{held}`",
                order.name, deal.id
            ));
        }
    }
    for (kind, must_say) in &order.notes {
        let Some((_, note)) = deal.notes.iter().find(|(of, _)| of == kind) else {
            continue;
        };
        let missing = must_say
            .iter()
            .filter(|words| !note.contains(words.as_str()));
        differences.extend(missing.map(|words| {
            format!(
                "{}: the note `{kind}` of deal {} lacks `{words}`",
                order.name, deal.id
            )
        }));
    }
    differences
}

fn of_contact(email: &str, buyer: &Buyer, contact: &Contact) -> Vec<String> {
    let mut differences = Vec::new();
    if !buyer.names.contains(&contact.name) {
        differences.push(format!(
            "contact {} of {email} is called `{}`",
            contact.id, contact.name
        ));
    }
    for tag in buyer.tags.symmetric_difference(&contact.tags) {
        let which = if buyer.tags.contains(tag) {
            "lacks"
        } else {
            "must not have"
        };
        differences.push(format!(
            "contact {} of {email} {which} the tag `{tag}`",
            contact.id
        ));
    }
    differences
}

/// Deals of a buyer that hang on somebody else's contact, or on several.
fn deals_elsewhere(email: &str, contact: &Contact, shops: &Shops, crm: &Crm) -> Vec<String> {
    let of_buyer = shops.orders.iter().filter(|order| order.buyer == email);
    of_buyer
        .flat_map(|order| crm.deals_of(&order.id))
        .filter(|deal| deal.contact_ids != [contact.id.as_str()])
        .map(|deal| {
            format!(
                "deal {} must hang on contact {} of {email} alone",
                deal.id, contact.id
            )
        })
        .collect()
}

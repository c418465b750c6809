//! What orders and donations do to contacts: whoever leaves an e-mail is one.

use serde_json::Value;

use super::Contact;
use super::address_book::Address;
use crate::ids::Ids;
use crate::squarespace::shelf::{Object, text};
use crate::squarespace::site::{Buyer, Site};
use crate::squarespace::time;

/// The contact of an order, made when there is none with its e-mail; it learns names and the address.
///
/// An order that names a contact already makes a contact of that id.
pub(in crate::squarespace) fn buyer_of(
    site: &mut Site,
    ids: &Ids,
    now: i64,
    order: &Object,
) -> Option<String> {
    let named = order.get("customerId").and_then(Value::as_str);
    let email = text(order, "customerEmail");
    if email.is_empty() {
        return named.map(str::to_owned);
    }
    let now = time::read_utc(text(order, "createdOn")).unwrap_or(now);
    let mut contact = known_or_new(site, ids, now, email, named);
    let address = |name: &str| order.get(name).and_then(Address::of_order);
    let shipping = address("shippingAddress");
    let person = address("billingAddress").or_else(|| shipping.clone());
    if let Some(person) = person {
        contact.first_name = contact.first_name.or(person.first_name);
        contact.last_name = contact.last_name.or(person.last_name);
    }
    if let Some(shipping) = shipping {
        contact.address_book.learn(ids, now, shipping);
    }
    let id = contact.id.clone();
    site.contacts.put(contact);
    Some(id)
}

/// The contact of a donation, made when there is none with this e-mail.
pub(in crate::squarespace) fn donor(
    site: &mut Site,
    ids: &Ids,
    now: i64,
    email: &str,
    (first_name, last_name): (Option<String>, Option<String>),
) {
    let mut contact = known_or_new(site, ids, now, email, None);
    contact.first_name = contact.first_name.or(first_name);
    contact.last_name = contact.last_name.or(last_name);
    site.contacts.put(contact);
}

/// Makes a contact of a person who has been known since before the world began.
pub(in crate::squarespace) fn settle(
    site: &mut Site,
    ids: &Ids,
    at: i64,
    buyer: &Buyer,
    place: usize,
) {
    let mut contact = known_or_new(site, ids, at, buyer.email, None);
    contact.first_name = Some(buyer.first_name.to_owned());
    contact.last_name = Some(buyer.last_name.to_owned());
    // Two of three want mail, and every other one has an account.
    contact.has_account = place.is_multiple_of(2);
    if let Some(email) = &mut contact.primary_email {
        email.accepts_marketing.set(!place.is_multiple_of(3), at);
    }
    if let Some(address) = Address::of_order(&buyer.address()) {
        contact.address_book.learn(ids, at, address);
    }
    site.contacts.put(contact);
}

fn known_or_new(site: &Site, ids: &Ids, now: i64, email: &str, named: Option<&str>) -> Contact {
    let known = site.contacts.id_of(email).or(named);
    if let Some(contact) = known.and_then(|id| site.contacts.get(id)) {
        return contact.clone();
    }
    let mut contact = Contact {
        locale: site.profile["language"].as_str().map(str::to_owned),
        ..Contact::new(ids, now)
    };
    if let Some(named) = named {
        named.clone_into(&mut contact.id);
    }
    contact.set_email(email, now);
    contact
}

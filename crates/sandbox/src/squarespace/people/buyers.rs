//! What people do who buy, give and read mail.

use serde::Deserialize;
use serde_json::Value;

use super::{ById, Done, read, website};
use crate::control::ControlError;
use crate::squarespace::{Squarespace, State, contacts, document, money, time};

#[derive(Deserialize)]
struct Donate {
    website_id: Option<String>,
    email: String,
    amount: Value,
    first_name: Option<String>,
    last_name: Option<String>,
    /// ISO 8601 in UTC; now when absent.
    at: Option<String>,
}

/// A donation is no order: it shows only in its transaction document, and nobody is told.
pub(super) fn donate(shop: &Squarespace, state: &mut State, body: &Value) -> Done {
    let wanted: Donate = read(body)?;
    let amount = money::parse(&wanted.amount)
        .filter(|amount| *amount > 0.into())
        .ok_or_else(|| ControlError::bad_request("`amount` must be a decimal number above zero"))?;
    let now = match &wanted.at {
        None => shop.world.clock.now_ms(),
        Some(at) => time::read_utc(at)
            .ok_or_else(|| ControlError::bad_request("`at` must be ISO 8601 in UTC"))?,
    };
    let site = website(state, wanted.website_id.as_deref())?;
    let ids = &shop.world.ids;
    let name = (wanted.first_name, wanted.last_name);
    contacts::donor(site, ids, now, &wanted.email, name);
    let document = document::open_donation(site, ids, now, &wanted.email, amount);
    Ok(Value::Object(document))
}

/// A person leaves the marketing list by the link in a mail; no API call can put the address back.
pub(super) fn unsubscribe(shop: &Squarespace, state: &mut State, body: &Value) -> Done {
    let ById { id } = read(body)?;
    let now = shop.world.clock.now_ms();
    let mut sites = state.sites.iter_mut();
    let site = sites.find(|site| site.contacts.get(&id).is_some());
    let left = site.and_then(|site| {
        let contact = site.contacts.unsubscribe(&id, now)?;
        shop.notify(site, "contact.update", contact.clone());
        Some(contact)
    });
    left.ok_or_else(|| {
        ControlError::not_found(format!("no contact `{id}` with an e-mail on any website"))
    })
}

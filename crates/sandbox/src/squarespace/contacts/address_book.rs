//! Address books: at most fifty entries a contact, and exactly one default whenever there are any.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::routing::get;
use axum::{Extension, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::{no_such_contact, page_size};
use super::news::News;
use super::{Contact, bodies};
use crate::ids::Ids;
use crate::squarespace::Squarespace;
use crate::squarespace::access::{Caller, Level};
use crate::squarespace::answer::{Refusal, Reply};
use crate::squarespace::door::json_body;
use crate::squarespace::query::Query;
use crate::squarespace::ranking::{Key, Ranking};
use crate::squarespace::site::Site;

const MOST: usize = 50;

/// The entries of one contact, oldest first.
#[derive(Clone, Debug, Default)]
pub(in crate::squarespace) struct AddressBook(Vec<Entry>);

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::squarespace) struct Entry {
    pub(super) id: String,
    pub(super) default_shipping: bool,
    pub(in crate::squarespace) address: Address,
    /// Notifications tell it, the resource does not.
    #[serde(skip)]
    pub(super) created_ms: i64,
}

/// An address of a contact, whose members have other names than those of an order's address.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::squarespace) struct Address {
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    line1: Option<String>,
    line2: Option<String>,
    city: Option<String>,
    region: Option<String>,
    postal_code: Option<String>,
    country_code: Option<String>,
    phone_number: Option<String>,
}

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new()
        .route(
            "/v1/contacts/{contact_id}/address-book",
            get(list).post(create),
        )
        .route(
            "/v1/contacts/{contact_id}/address-book/{entry_id}",
            get(show).put(replace).delete(remove),
        )
}

/// `GET /v1/contacts/{contactId}/address-book`: the default entry comes first.
async fn list(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(contact_id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Reply, Refusal> {
    caller.may_contacts(Level::Read)?;
    let query = Query::read(query.as_deref());
    let size = page_size(&shop, &query)?;
    let ranking = match query.cursor(&[])? {
        Some(cursor) => Ranking::<()>::resume(cursor)?,
        None => Ranking::first((), false),
    };
    shop.on_site(&caller, |site| {
        let book = &contact(site, &contact_id)?.address_book;
        let rank = |(place, entry): (usize, &Entry)| {
            let key = if entry.default_shipping {
                Key::Nothing
            } else {
                Key::number(i64::try_from(place).ok())
            };
            ((key, entry.id.clone()), entry.clone())
        };
        let first_page = !ranking.continues();
        let entries = book.0.iter().enumerate().map(rank).collect();
        let path = format!("/v1/contacts/{contact_id}/address-book");
        let (entries, pagination) = ranking.page(&shop, &caller, &path, size, entries);
        let default_id = book
            .default_entry()
            .filter(|default| first_page || entries.iter().any(|entry| entry.id == default.id))
            .map(|default| &default.id);
        let book = json!({ "addressBookEntries": entries, "defaultShippingAddressId": default_id });
        Ok(Reply::ok(
            json!({ "addressBook": book, "pagination": pagination }),
        ))
    })
}

/// `POST /v1/contacts/{contactId}/address-book`
async fn create(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(contact_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    caller.may_contacts(Level::Write)?;
    let request = json_body(&headers, &body)?;
    let sent = sent(&shop, &request)?;
    shop.on_site(&caller, |site| {
        let book = &mut contact_mut(site, &contact_id)?.address_book;
        if book.0.len() >= MOST {
            let message = format!("A contact can have at most {MOST} addresses.");
            return Err(Refusal::unacceptable("ENTITY_LIMIT_REACHED", message));
        }
        let entry = book.add(&shop.world.ids, caller.now_ms, sent);
        let news = News::AddressCreated {
            contact_id: &contact_id,
            entry: &entry,
        };
        shop.tell(site, caller.now_ms, &news);
        Ok(Reply::created(json!({ "addressBookEntry": entry })))
    })
}

/// `GET /v1/contacts/{contactId}/address-book/{entryId}`
async fn show(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path((contact_id, entry_id)): Path<(String, String)>,
) -> Result<Reply, Refusal> {
    caller.may_contacts(Level::Read)?;
    shop.on_site(&caller, |site| {
        let book = &contact(site, &contact_id)?.address_book;
        let entry = book.get(&entry_id).ok_or_else(no_such_entry)?;
        Ok(Reply::ok(json!({ "addressBookEntry": entry })))
    })
}

/// `PUT /v1/contacts/{contactId}/address-book/{entryId}`: what is not sent is gone.
async fn replace(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path((contact_id, entry_id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    caller.may_contacts(Level::Write)?;
    let request = json_body(&headers, &body)?;
    let sent = sent(&shop, &request)?;
    shop.on_site(&caller, |site| {
        let book = &mut contact_mut(site, &contact_id)?.address_book;
        let entry = book.replace(&entry_id, sent).ok_or_else(no_such_entry)?;
        let news = News::AddressUpdated {
            contact_id: &contact_id,
            entry: &entry,
        };
        shop.tell(site, caller.now_ms, &news);
        Ok(Reply::ok(json!({ "addressBookEntry": entry })))
    })
}

/// `DELETE /v1/contacts/{contactId}/address-book/{entryId}`
async fn remove(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path((contact_id, entry_id)): Path<(String, String)>,
) -> Result<Reply, Refusal> {
    caller.may_contacts(Level::Write)?;
    shop.on_site(&caller, |site| {
        let book = &mut contact_mut(site, &contact_id)?.address_book;
        if !book.remove(&entry_id) {
            return Err(no_such_entry());
        }
        let news = News::AddressDeleted {
            contact_id: &contact_id,
            entry_id: &entry_id,
        };
        shop.tell(site, caller.now_ms, &news);
        Ok(Reply::Done)
    })
}

/// An entry of a contact in the form of an order's address.
pub(in crate::squarespace) fn order_address(address: &Address) -> Value {
    json!({
        "firstName": address.first_name,
        "lastName": address.last_name,
        "address1": address.line1,
        "address2": address.line2,
        "city": address.city,
        "state": address.region,
        "countryCode": address.country_code,
        "postalCode": address.postal_code,
        "phone": address.phone_number,
    })
}

impl Address {
    /// An order's address in the form of contacts; `None` without a country, which contacts demand.
    pub(super) fn of_order(address: &Value) -> Option<Self> {
        let text = |name: &str| {
            let text = address[name].as_str().filter(|text| !text.is_empty());
            text.map(str::to_owned)
        };
        Some(Self {
            first_name: text("firstName"),
            last_name: text("lastName"),
            line1: text("address1"),
            line2: text("address2"),
            city: text("city"),
            region: text("state"),
            postal_code: text("postalCode"),
            country_code: Some(text("countryCode")?),
            phone_number: text("phone"),
        })
    }
}

impl Entry {
    /// An entry of nobody, for notifications that only try the way.
    pub(super) fn dummy(ids: &Ids, now: i64) -> Self {
        Self {
            id: ids.hex24(),
            default_shipping: true,
            address: Address {
                line1: Some("1 Test Street".to_owned()),
                country_code: Some("US".to_owned()),
                ..Address::default()
            },
            created_ms: now,
        }
    }
}

impl AddressBook {
    pub(in crate::squarespace) fn default_entry(&self) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.default_shipping)
    }

    /// Adds an address that is not in the book yet, as a checkout does.
    pub(super) fn learn(&mut self, ids: &Ids, now: i64, address: Address) {
        let known = self.0.iter().any(|entry| entry.address == address);
        if !known && self.0.len() < MOST {
            let entry = Entry {
                address,
                ..Entry::default()
            };
            self.add(ids, now, entry);
        }
    }

    /// Puts an entry in as the default, under its own id where it has one.
    pub(super) fn load(&mut self, ids: &Ids, mut entry: Entry) {
        if entry.id.is_empty() {
            entry.id = ids.hex24();
        }
        let id = entry.id.clone();
        self.0.push(entry);
        self.make_default(&id);
    }

    fn get(&self, id: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.id == id)
    }

    /// The first entry becomes the default even when it is not asked for.
    fn add(&mut self, ids: &Ids, now: i64, sent: Entry) -> Entry {
        let id = ids.hex24();
        let wanted = sent.default_shipping || self.0.is_empty();
        let mut entry = Entry {
            id: id.clone(),
            default_shipping: false,
            created_ms: now,
            ..sent
        };
        self.0.push(entry.clone());
        if wanted {
            self.make_default(&id);
            entry.default_shipping = true;
        }
        entry
    }

    /// Switching the default off has no effect, since there must be one.
    fn replace(&mut self, id: &str, sent: Entry) -> Option<Entry> {
        let entry = self.0.iter_mut().find(|entry| entry.id == id)?;
        entry.address = sent.address;
        if sent.default_shipping {
            self.make_default(id);
        }
        self.get(id).cloned()
    }

    /// When the default goes, the oldest entry takes its place.
    fn remove(&mut self, id: &str) -> bool {
        let Some(place) = self.0.iter().position(|entry| entry.id == id) else {
            return false;
        };
        let removed = self.0.remove(place);
        if let Some(oldest) = self.0.first_mut().filter(|_| removed.default_shipping) {
            oldest.default_shipping = true;
        }
        true
    }

    fn make_default(&mut self, id: &str) {
        for entry in &mut self.0 {
            entry.default_shipping = entry.id == id;
        }
    }
}

fn sent(shop: &Squarespace, request: &Value) -> Result<Entry, Refusal> {
    shop.strictness("").check(request, bodies::ENTRY)?;
    let mut known = request.clone();
    // A null flag counts as absent, which serde would refuse.
    if let Some(members) = known.as_object_mut() {
        members.retain(|name, value| name != "id" && !value.is_null());
    }
    Entry::deserialize(known).map_err(|_| Refusal::bad_request("The request body cannot be read."))
}

fn contact<'a>(site: &'a Site, id: &str) -> Result<&'a Contact, Refusal> {
    site.contacts.get(id).ok_or_else(no_such_contact)
}

fn contact_mut<'a>(site: &'a mut Site, id: &str) -> Result<&'a mut Contact, Refusal> {
    site.contacts.get_mut(id).ok_or_else(no_such_contact)
}

fn no_such_entry() -> Refusal {
    Refusal::not_found("The address book entry was not found.")
}

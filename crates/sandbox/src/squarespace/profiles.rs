//! Profiles 1.0: contacts with what they bought, in the older form that is read only.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::routing::get;
use axum::{Extension, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Squarespace;
use super::access::{Area, Caller, Level};
use super::answer::{Refusal, Reply};
use super::contacts::{Contact, order_address};
use super::paging::{all_of, page_size};
use super::query::Query;
use super::ranking::{Key, Ranking};
use super::site::Site;
use super::summaries::Summaries;

const PATH: &str = "/1.0/profiles";
const KEY: &str = "profiles";
const FILTERS: &[&str] = &["filter", "email", "sortField", "sortDirection"];
const SORT_FIELDS: &[&str] = &["createdOn", "id", "email", "lastName"];

/// The second word is the vendor's own.
const SORT_DIRECTIONS: &[&str] = &["asc", "dsc"];

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new()
        .route("/1.0/profiles", get(list))
        .route("/1.0/profiles/", get(list))
        .route("/1.0/profiles/{ids}", get(show))
}

#[derive(Debug, Deserialize, Serialize)]
struct Filter {
    email: Option<String>,
    is_customer: bool,
    has_account: bool,
    sort_field: String,
}

/// `GET /1.0/profiles`
async fn list(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Reply, Refusal> {
    caller.may(Area::Profiles, Level::Read)?;
    let query = Query::read(query.as_deref());
    let ranking = match query.cursor(FILTERS)? {
        Some(cursor) => Ranking::resume(cursor)?,
        None => {
            let direction = query.word("sortDirection", SORT_DIRECTIONS)?;
            Ranking::first(filter(&query)?, direction != Some("asc"))
        }
    };
    Ok(shop.on_site(&caller, |site| {
        let summaries = Summaries::of(&shop, site, caller.now_ms);
        let found = with_email(site)
            .filter(|(contact, _)| ranking.filter.matches(&summaries, contact))
            .map(|(contact, email)| {
                let rank = (ranking.filter.key(contact, email), contact.id.clone());
                (rank, profile(&summaries, contact, email))
            })
            .collect();
        let (profiles, pagination) = ranking.page(&shop, &caller, PATH, page_size(&shop), found);
        Reply::ok(json!({ KEY: profiles, "pagination": pagination }))
    }))
}

/// `GET /1.0/profiles/{ids}`
async fn show(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(ids): Path<String>,
) -> Result<Reply, Refusal> {
    caller.may(Area::Profiles, Level::Read)?;
    shop.on_site(&caller, |site| {
        let summaries = Summaries::of(&shop, site, caller.now_ms);
        all_of(&ids, KEY, |id| {
            let contact = site.contacts.get(id)?;
            Some(profile(&summaries, contact, contact.email()?))
        })
    })
}

/// Every profile has an e-mail.
fn with_email(site: &Site) -> impl Iterator<Item = (&Contact, &str)> {
    let contacts = site.contacts.all();
    contacts.filter_map(|contact| Some((contact, contact.email()?)))
}

fn profile(summaries: &Summaries, contact: &Contact, email: &str) -> Value {
    let address = contact.address_book.default_entry();
    json!({
        "id": contact.id,
        "firstName": contact.first_name,
        "lastName": contact.last_name,
        "email": email,
        "hasAccount": contact.has_account,
        "isCustomer": summaries.of_contact(&contact.id).is_customer(),
        "createdOn": contact.created_on,
        "acceptsMarketing": contact.accepts_marketing(),
        "address": address.map(|entry| order_address(&entry.address)),
        "transactionsSummary": summaries.shown(&contact.id),
    })
}

/// Reads `filter=name,value;name,value` and its other spelling, the parameter `email`.
fn filter(query: &Query) -> Result<Filter, Refusal> {
    let sort_field = query.word("sortField", SORT_FIELDS)?.unwrap_or("id");
    let mut filter = Filter {
        email: query.get("email").map(str::to_owned),
        is_customer: false,
        has_account: false,
        sort_field: sort_field.to_owned(),
    };
    let parts = query.get("filter").unwrap_or_default().split(';');
    for part in parts.filter(|part| !part.is_empty()) {
        match part.split_once(',') {
            Some(("email", email)) => filter.email = Some(email.to_owned()),
            Some(("isCustomer", "true")) => filter.is_customer = true,
            Some(("hasAccount", "true")) => filter.has_account = true,
            _ => {
                return Err(Refusal::invalid(format!(
                    "'filter' has an invalid part: {part}."
                )));
            }
        }
    }
    if filter.email.is_some() && (filter.is_customer || filter.has_account) {
        return Err(Refusal::invalid(
            "'filter' cannot combine email with other filters.",
        ));
    }
    Ok(filter)
}

impl Filter {
    fn matches(&self, summaries: &Summaries, contact: &Contact) -> bool {
        let same = |wanted: &String| {
            contact
                .email()
                .is_some_and(|email| email.eq_ignore_ascii_case(wanted))
        };
        self.email.as_ref().is_none_or(same)
            && (!self.has_account || contact.has_account)
            && (!self.is_customer || summaries.of_contact(&contact.id).is_customer())
    }

    fn key(&self, contact: &Contact, email: &str) -> Key {
        match self.sort_field.as_str() {
            "createdOn" => Key::number(Some(contact.created_ms())),
            "email" => Key::text(Some(email)),
            "lastName" => Key::text(contact.last_name.as_deref()),
            _ => Key::Nothing,
        }
    }
}

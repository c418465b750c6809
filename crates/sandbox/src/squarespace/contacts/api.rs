//! Contacts v1: list, create, read, patch, delete and query.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde_json::{Value, json};

use super::news::News;
use super::query::{Question, answer_page};
use super::{Contact, bodies};
use crate::squarespace::access::{Caller, Level};
use crate::squarespace::answer::{Refusal, Reply};
use crate::squarespace::door::{json_body, patch_body};
use crate::squarespace::query::Query;
use crate::squarespace::ranking::Ranking;
use crate::squarespace::site::Site;
use crate::squarespace::{Squarespace, paging};

const LARGEST_PAGE: i64 = 1_000;

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new()
        .route("/v1/contacts", get(list).post(create))
        .route("/v1/contacts/query", post(query))
        .route(
            "/v1/contacts/{contact_id}",
            get(show).patch(patch).delete(remove),
        )
}

/// `GET /v1/contacts`: the page size may accompany a cursor.
async fn list(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Reply, Refusal> {
    caller.may_contacts(Level::Read)?;
    let query = Query::read(query.as_deref());
    let size = page_size(&shop, &query)?;
    let ranking = match query.cursor(&[])? {
        Some(cursor) => Ranking::resume(cursor)?,
        None => Ranking::first(Question::everybody(), false),
    };
    Ok(shop.on_site(&caller, |site| {
        answer_page(&shop, &caller, site, ranking, size)
    }))
}

/// `POST /v1/contacts`
async fn create(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    caller.may_contacts(Level::Write)?;
    let request = json_body(&headers, &body)?;
    shop.strictness("").check(&request, bodies::CREATE)?;
    shop.on_site(&caller, |site| {
        check_email_is_free(site, &request, None)?;
        let mut contact = Contact::new(&shop.world.ids, caller.now_ms);
        contact.change(&request, caller.now_ms)?;
        let shown = contact.shown();
        shop.tell(site, caller.now_ms, &News::ContactCreated(&contact));
        site.contacts.put(contact);
        Ok(Reply::created(json!({ "contact": shown })))
    })
}

/// `POST /v1/contacts/query`: reads, although it is a POST.
async fn query(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    let refuses_reading_keys = shop.flag("contact_query_needs_writing_key");
    let level = match caller.client_id {
        None if refuses_reading_keys => Level::Write,
        None | Some(_) => Level::Read,
    };
    caller.may_contacts(level)?;
    let request = json_body(&headers, &body)?;
    shop.strictness("").check(&request, bodies::QUERY)?;
    let size = request["pageSize"]
        .as_u64()
        .and_then(|size| usize::try_from(size).ok())
        .unwrap_or_else(|| paging::page_size(&shop));
    let ranking = match request["cursor"]
        .as_str()
        .filter(|cursor| !cursor.is_empty())
    {
        Some(cursor) => Ranking::resume(cursor)?,
        None => {
            let descending = request["sortDirection"] == "DESCENDING";
            let question = Question::read(&request, shop.flag("literal_date_filters"));
            Ranking::first(question, descending)
        }
    };
    Ok(shop.on_site(&caller, |site| {
        answer_page(&shop, &caller, site, ranking, size)
    }))
}

/// `GET /v1/contacts/{contactId}`
async fn show(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Reply, Refusal> {
    caller.may_contacts(Level::Read)?;
    shop.on_site(&caller, |site| {
        let contact = site.contacts.get(&id).ok_or_else(no_such_contact)?;
        Ok(Reply::ok(json!({ "contact": contact.shown() })))
    })
}

/// `PATCH /v1/contacts/{contactId}`: a merge patch.
async fn patch(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    caller.may_contacts(Level::Write)?;
    let request = patch_body(&headers, &body, shop.flag("strict_merge_patch"))?;
    shop.strictness("").check(&request, bodies::PATCH)?;
    shop.on_site(&caller, |site| {
        let mut contact = site.contacts.get(&id).ok_or_else(no_such_contact)?.clone();
        check_email_is_free(site, &request, Some(&id))?;
        contact.change(&request, caller.now_ms)?;
        let shown = contact.shown();
        shop.tell(site, caller.now_ms, &News::ContactUpdated(&contact));
        site.contacts.put(contact);
        Ok(Reply::ok(json!({ "contact": shown })))
    })
}

/// `DELETE /v1/contacts/{contactId}`
async fn remove(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Reply, Refusal> {
    caller.may_contacts(Level::Write)?;
    shop.on_site(&caller, |site| {
        site.contacts.remove(&id).ok_or_else(no_such_contact)?;
        shop.tell(site, caller.now_ms, &News::ContactDeleted { id: &id });
        Ok(Reply::Done)
    })
}

/// How many items a page of contacts or addresses is asked to have.
pub(super) fn page_size(shop: &Squarespace, query: &Query) -> Result<usize, Refusal> {
    let asked = query.whole("pageSize", 0, LARGEST_PAGE)?;
    let asked = asked.and_then(|size| usize::try_from(size).ok());
    Ok(asked.unwrap_or_else(|| paging::page_size(shop)))
}

pub(super) fn no_such_contact() -> Refusal {
    Refusal::not_found("The contact was not found.")
}

fn check_email_is_free(site: &Site, request: &Value, own_id: Option<&str>) -> Result<(), Refusal> {
    let wanted = request["primaryEmail"]["email"].as_str();
    let holder = wanted.and_then(|email| site.contacts.id_of(email));
    if holder.is_some_and(|holder| Some(holder) != own_id) {
        let message = "A contact with this email address already exists.";
        return Err(Refusal::conflict(Some("DUPLICATE_USER_CONFLICT"), message));
    }
    Ok(())
}

impl Contact {
    /// Applies a checked body: what is absent stays, null clears.
    fn change(&mut self, request: &Value, now: i64) -> Result<(), Refusal> {
        let texts = [
            ("firstName", &mut self.first_name),
            ("lastName", &mut self.last_name),
            ("locale", &mut self.locale),
        ];
        for (name, text) in texts {
            if let Some(sent) = request.get(name) {
                *text = sent.as_str().map(str::to_owned);
            }
        }
        let email = &request["primaryEmail"];
        if let Some(email) = email["email"].as_str() {
            self.set_email(email, now);
        }
        let Some(accepts) = email["acceptsMarketing"].as_bool() else {
            return Ok(());
        };
        if accepts && self.unsubscribed {
            return Err(Refusal::unacceptable(
                "PROFILE_CANNOT_ACCEPT_MARKETING",
                "The contact has left the marketing list and cannot be put back on it.",
            ));
        }
        let email = self
            .primary_email
            .as_mut()
            .ok_or_else(|| Refusal::missing("primaryEmail.email is required."))?;
        email.accepts_marketing.set(accepts, now);
        Ok(())
    }
}

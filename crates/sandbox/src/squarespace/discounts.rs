//! Discounts v1: what takes something off an order, for a code or by itself.
//!
//! What a body may hold is in `bodies`, what a checkout takes off in `offers`.

mod bodies;
mod offers;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::routing::get;
use axum::{Extension, Router};
use serde_json::{Value, json};

pub(super) use self::offers::{Basket, Offer};

use super::access::{Area, Caller, Level};
use super::answer::{Refusal, Reply};
use super::door::json_body;
use super::order::fill;
use super::query::Query;
use super::ranking::Key;
use super::shelf::{Object, text};
use super::site::Site;
use super::{Squarespace, money, time};
use crate::ids::Ids;

const CRITERIA: &[&str] = &["ANY_ORDER", "CART_TOTAL", "PRODUCT", "BUY_X_GET_Y"];
const TEMPLATES: &[&str] = &[
    "FIXED_AMOUNT",
    "PERCENTAGE",
    "BUY_X_GET_Y_FIXED_AMOUNT",
    "BUY_X_GET_Y_PERCENTAGE",
    "FREE_SHIPPING",
];
const TRIGGERS: &[&str] = &["AUTO", "CODE"];
const STATUSES: &[&str] = &["ALL", "ACTIVE", "EXPIRED", "SCHEDULED"];
const SORT_FIELDS: &[&str] = &["CREATED_ON", "PROMO_CODE", "USES_COUNT"];
const DIRECTIONS: &[&str] = &["ASCENDING", "DESCENDING"];
const LARGEST_PAGE: i64 = 1_000;
const USUAL_PAGE: i64 = 50;

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new()
        .route("/v1/commerce/discounts", get(list).post(create))
        .route(
            "/v1/commerce/discounts/{id}",
            get(show).put(replace).delete(remove),
        )
}

/// `GET /v1/commerce/discounts`: a window by offset and limit, without a cursor.
async fn list(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Reply, Refusal> {
    caller.may(Area::Discounts, Level::Read)?;
    let query = Query::read(query.as_deref());
    let question = Question::read(&query)?;
    let count = |number: i64| usize::try_from(number).unwrap_or_default();
    let offset = count(query.whole("offset", 0, i32::MAX.into())?.unwrap_or(0));
    let limit = query.whole("limit", 1, LARGEST_PAGE)?;
    let limit = count(limit.unwrap_or(USUAL_PAGE));
    Ok(shop.on_site(&caller, |site| {
        let shown = site.discounts.iter().map(|it| shown(it, caller.now_ms));
        let mut found: Vec<(Key, Object)> = shown
            .filter(|discount| question.matches(discount))
            .map(|discount| (question.key(&discount), discount))
            .collect();
        // They are kept in the order of their creation, which a stable sort leaves alone.
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        if question.descending {
            found.reverse();
        }
        let page: Vec<&Object> = found
            .iter()
            .skip(offset)
            .take(limit)
            .map(|(_, discount)| discount)
            .collect();
        Reply::ok(json!({
            "discounts": page,
            "hasNextPage": found.len() > offset.saturating_add(limit),
            "hasPreviousPage": offset > 0 && !found.is_empty(),
        }))
    }))
}

/// `POST /v1/commerce/discounts`
async fn create(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    caller.may(Area::Discounts, Level::Write)?;
    let request = json_body(&headers, &body)?;
    bodies::check(shop.strictness(""), &request)?;
    shop.on_site(&caller, |site| {
        check_conflicts(site, &request, None)?;
        let discount = made(site, &shop.world.ids, &request);
        site.discounts.push(discount.clone());
        Ok(Reply::created(envelope(&discount, caller.now_ms)))
    })
}

/// `GET /v1/commerce/discounts/{id}`
async fn show(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Reply, Refusal> {
    caller.may(Area::Discounts, Level::Read)?;
    shop.on_site(&caller, |site| {
        let discount = &site.discounts[place_of(site, &id)?];
        Ok(Reply::ok(envelope(discount, caller.now_ms)))
    })
}

/// `PUT /v1/commerce/discounts/{id}`: what is not sent goes back to its default.
async fn replace(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    caller.may(Area::Discounts, Level::Write)?;
    let request = json_body(&headers, &body)?;
    bodies::check(shop.strictness(""), &request)?;
    shop.on_site(&caller, |site| {
        let place = place_of(site, &id)?;
        check_conflicts(site, &request, Some(&id))?;
        let mut discount = complete(site, &request);
        for name in ["id", "numberOfUses", "lastRedeemedAt"] {
            discount.insert(name.to_owned(), site.discounts[place][name].clone());
        }
        site.discounts[place] = discount.clone();
        Ok(Reply::ok(envelope(&discount, caller.now_ms)))
    })
}

/// `DELETE /v1/commerce/discounts/{id}`
async fn remove(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Reply, Refusal> {
    caller.may(Area::Discounts, Level::Write)?;
    shop.on_site(&caller, |site| {
        let place = place_of(site, &id)?;
        site.discounts.remove(place);
        Ok(Reply::Done)
    })
}

/// A new discount with an id of its own.
pub(super) fn made(site: &Site, ids: &Ids, request: &Value) -> Object {
    let mut discount = complete(site, request);
    discount.insert("id".to_owned(), json!(ids.hex24()));
    discount.insert("numberOfUses".to_owned(), json!(0));
    discount.insert("lastRedeemedAt".to_owned(), Value::Null);
    discount
}

/// The discount as it is written: its status follows from the time.
pub(super) fn shown(discount: &Object, now: i64) -> Object {
    let mut shown = discount.clone();
    shown.insert("status".to_owned(), json!(status(discount, now)));
    shown
}

fn envelope(discount: &Object, now: i64) -> Value {
    json!({ "discount": shown(discount, now) })
}

fn status(discount: &Object, now: i64) -> &'static str {
    let date = |name| time::read_utc(text(discount, name));
    if date("validFrom").is_some_and(|from| now < from) {
        "SCHEDULED"
    } else if date("validTo").is_some_and(|to| to <= now) {
        "EXPIRED"
    } else {
        "ACTIVE"
    }
}

/// The members of a checked body with what they default to, in the vendor's form of numbers.
fn complete(site: &Site, request: &Value) -> Object {
    let mut discount = request.as_object().cloned().unwrap_or_default();
    discount.retain(|_, value| !value.is_null());
    let defaults = [
        ("validTo", Value::Null),
        ("isLimitedUses", json!(false)),
        ("maxUsesAllowed", Value::Null),
        ("isOncePerCustomer", json!(false)),
        ("subscriptionOptions", json!({ "type": "EXCLUDED" })),
        ("paymentPlanOptions", json!({ "type": "NONE" })),
        ("websiteId", json!(site.id)),
    ];
    for (name, value) in defaults {
        fill(&mut discount, name, value);
    }
    for part in ["criteria", "template"] {
        let members = discount.get_mut(part).and_then(Value::as_object_mut);
        for (name, value) in members.into_iter().flatten() {
            if name.ends_with("ercentage")
                && let Some(number) = value.as_str().and_then(|text| text.parse::<f64>().ok())
            {
                *value = whole_or_fraction(number);
            } else if let Some(amount) = money::read(value) {
                *value = money::wire(amount, &site.currency);
            }
        }
    }
    discount
}

/// 10 rather than 10.0.
fn whole_or_fraction(number: f64) -> Value {
    if number.fract() == 0.0 {
        json!(number as i64)
    } else {
        json!(number)
    }
}

/// What a well-formed body may still run into: another currency, or another discount with its code.
fn check_conflicts(site: &Site, request: &Value, own_id: Option<&str>) -> Result<(), Refusal> {
    for part in ["criteria", "template"] {
        let members = request[part].as_object().into_iter().flatten();
        for (name, value) in members {
            let sent = value["currency"].as_str();
            if sent.is_some_and(|sent| sent != site.currency) {
                let message = format!("{part}.{name} must be in {}.", site.currency);
                return Err(Refusal::conflict(Some("CURRENCY_MISMATCH"), message));
            }
        }
    }
    let Some(code) = request["trigger"]["promoCode"].as_str() else {
        return Ok(());
    };
    let mut others = site
        .discounts
        .iter()
        .filter(|other| Some(text(other, "id")) != own_id);
    if others.any(|other| has_code(other, code)) {
        let message = format!("The promo code {code} is used by another discount.");
        return Err(Refusal::conflict(Some("PROMO_CODE_CONFLICT"), message));
    }
    Ok(())
}

fn has_code(discount: &Object, code: &str) -> bool {
    discount["trigger"]["promoCode"]
        .as_str()
        .is_some_and(|other| other.eq_ignore_ascii_case(code))
}

fn place_of(site: &Site, id: &str) -> Result<usize, Refusal> {
    let mut discounts = site.discounts.iter();
    discounts
        .position(|discount| text(discount, "id") == id)
        .ok_or_else(|| Refusal::not_found("The discount was not found."))
}

/// The filters of the list and what it is sorted by.
struct Question {
    search: String,
    status: Option<String>,
    criteria: Option<Vec<String>>,
    template: Option<Vec<String>>,
    trigger: Option<Vec<String>>,
    limited_use_only: bool,
    sort_by: String,
    descending: bool,
}

impl Question {
    fn read(query: &Query) -> Result<Self, Refusal> {
        let status = query.word("status", STATUSES)?;
        let sort_by = query.word("sortBy", SORT_FIELDS)?;
        Ok(Self {
            search: query.get("search").unwrap_or_default().to_lowercase(),
            status: status.filter(|word| *word != "ALL").map(str::to_owned),
            criteria: query.words("criteria", CRITERIA)?,
            template: query.words("template", TEMPLATES)?,
            trigger: query.words("trigger", TRIGGERS)?,
            limited_use_only: query.flag("limitedUseOnly")?,
            sort_by: sort_by.unwrap_or("CREATED_ON").to_owned(),
            descending: query.word("sortDirection", DIRECTIONS)? != Some("ASCENDING"),
        })
    }

    fn matches(&self, discount: &Object) -> bool {
        let is_one_of = |words: &Option<Vec<String>>, part: &str| {
            let kind = discount[part]["type"].as_str().unwrap_or_default();
            words
                .as_ref()
                .is_none_or(|words| words.iter().any(|word| word == kind))
        };
        let code = discount["trigger"]["promoCode"].as_str();
        let searched = format!("{}\n{}", text(discount, "name"), code.unwrap_or_default());
        searched.to_lowercase().contains(&self.search)
            && self
                .status
                .as_ref()
                .is_none_or(|status| text(discount, "status") == status)
            && is_one_of(&self.criteria, "criteria")
            && is_one_of(&self.template, "template")
            && is_one_of(&self.trigger, "trigger")
            && (!self.limited_use_only || discount["isLimitedUses"] == true)
    }

    fn key(&self, discount: &Object) -> Key {
        match self.sort_by.as_str() {
            "PROMO_CODE" => Key::text(discount["trigger"]["promoCode"].as_str()),
            "USES_COUNT" => Key::number(discount["numberOfUses"].as_i64()),
            _ => Key::Nothing,
        }
    }
}

//! Analytics v1: what contacts bought and gave, by contact.

use std::collections::HashSet;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Extension, Router};
use serde_json::{Value, json};

use super::Squarespace;
use super::access::{Caller, Level};
use super::answer::{Refusal, Reply};
use super::door::json_body;
use super::shape::{ANY, Kind, Member, needed};
use super::summaries::Summaries;

const BODY: &[Member] = &[
    needed(
        "contactIds",
        Kind::Texts {
            most: 1_000,
            longest: ANY,
            distinct: false,
        },
    ),
    needed("groupBy", Kind::Word(&["contactId"])),
];

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new().route("/v1/analytics/transaction-summaries", post(summaries))
}

/// `POST /v1/analytics/transaction-summaries`: reads, although it is a POST.
async fn summaries(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    caller.may_contacts(Level::Read)?;
    let request = json_body(&headers, &body)?;
    shop.strictness("").check(&request, BODY)?;
    let ids = request["contactIds"].as_array().into_iter().flatten();
    let mut seen = HashSet::new();
    let ids: Vec<&str> = ids
        .filter_map(Value::as_str)
        .filter(|id| seen.insert(*id))
        .collect();
    if ids.is_empty() {
        return Err(Refusal::invalid("contactIds must not be empty."));
    }
    Ok(shop.on_site(&caller, |site| {
        let summaries = Summaries::of(&shop, site, caller.now_ms);
        let wrapped: Vec<Value> = ids
            .into_iter()
            .map(|id| json!({ "contactId": id, "transactionsSummary": summaries.shown(id) }))
            .collect();
        Reply::ok(json!({ "transactionsSummaryWrappers": wrapped }))
    }))
}

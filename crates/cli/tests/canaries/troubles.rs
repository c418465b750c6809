//! Every way in which a vendor refuses or fails, in answers that quote what must not be seen.

use serde_json::{Value, json};

use crate::relay::{Answer, Scripted};

const ORDER: (&str, &str) = ("GET", "/squarespace/1.0/commerce/orders/");
const CONTACTS: (&str, &str) = ("GET", "/kommo/api/v4/contacts");
const DEALS: (&str, &str) = ("POST", "/kommo/api/v4/leads");
const NOTES: (&str, &str) = ("POST", "/kommo/api/v4/leads/notes");

/// Troubles of reading orders, one for each of as many orders.
pub(crate) fn of_orders(quoted: &str) -> Vec<Scripted> {
    of_reading(ORDER, quoted)
}

/// Troubles of looking for a buyer, one for each of as many new ones.
pub(crate) fn of_contacts(quoted: &str) -> Vec<Scripted> {
    of_reading(CONTACTS, quoted)
}

/// Troubles of writing deals.
pub(crate) fn of_deals(quoted: &str) -> Vec<Scripted> {
    vec![
        met_by(DEALS, Answer::LostBehind(page(quoted))),
        met_by(NOTES, Answer::Json(400, refusal(400, quoted))),
    ]
}

/// The vendors ask for silence, the CRM first: for a while no order gets its deal.
pub(crate) fn of_haste(quoted: &str) -> [Scripted; 2] {
    [CONTACTS, ORDER].map(|call| met_by(call, Answer::Json(429, refusal(429, quoted))))
}

/// Squarespace refuses to renew a token.
pub(crate) fn no_renewal(quoted: &str) -> Vec<Scripted> {
    let renewal = ("POST", "/squarespace-login/");
    vec![
        met_by(ORDER, Answer::Json(401, refusal(401, quoted))),
        met_by(
            renewal,
            Answer::Json(
                400,
                json!({"error": "invalid_grant", "error_description": quoted}),
            ),
        ),
    ]
}

/// The CRM does not like one value, and says which.
pub(crate) fn refused_value(text: String) -> Scripted {
    met_by(DEALS, Answer::RefuseHolding(text))
}

/// Any call of a vendor with a credential that it does not know.
pub(crate) fn unknown_credential(path: &'static str, quoted: &str) -> Scripted {
    met_by(("GET", path), Answer::Json(401, refusal(401, quoted)))
}

fn of_reading(call: (&'static str, &'static str), quoted: &str) -> Vec<Scripted> {
    let with_reasons = [500, 400, 401, 402, 403, 404, 409]
        .map(|status| Answer::Json(status, refusal(status, quoted)));
    let pages = [200, 502, 403].map(|status| Answer::Html(status, page(quoted)));
    let of_another_shape = Answer::Json(200, json!({"id": [quoted], "_embedded": quoted}));
    let answers = with_reasons
        .into_iter()
        .chain(pages)
        .chain([of_another_shape]);
    answers.map(|answer| met_by(call, answer)).collect()
}

fn met_by((method, path): (&'static str, &'static str), answer: Answer) -> Scripted {
    Scripted {
        method,
        path,
        answer,
    }
}

/// The members of both vendors' refusals that are free text.
fn refusal(status: u16, quoted: &str) -> Value {
    json!({
        "type": "INVALID_REQUEST_ERROR", "subtype": null, "message": quoted, "details": [quoted],
        "title": quoted, "status": status, "detail": quoted, "hint": quoted,
    })
}

fn page(quoted: &str) -> String {
    format!("<!doctype html><title>{quoted}</title><p>{quoted}</p>")
}

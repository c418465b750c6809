//! Every way in which a vendor refuses or fails, in answers that quote what must not be seen.

use serde_json::{Value, json};

use crate::relay::{Answer, Scripted};

pub(crate) const ORDER: (&str, &str) = ("GET", "/squarespace/1.0/commerce/orders/");
const CONTACTS: (&str, &str) = ("GET", "/kommo/api/v4/contacts");
const DEALS: (&str, &str) = ("POST", "/kommo/api/v4/leads");
const NOTES: (&str, &str) = ("POST", "/kommo/api/v4/leads/notes");

/// Troubles that pass, each with the new order that meets it.
pub(crate) fn passing(quoted: &str) -> Vec<Scripted> {
    let mut troubles = Vec::new();
    for call in [ORDER, CONTACTS] {
        for status in [500, 400, 401, 402, 403, 404, 409, 429] {
            troubles.push(met_by(call, Answer::Json(status, refusal(status, quoted))));
        }
        for status in [200, 502, 403] {
            troubles.push(met_by(call, Answer::Html(status, page(quoted))));
        }
        troubles.push(met_by(
            call,
            Answer::Json(200, json!({"id": [quoted], "_embedded": quoted})),
        ));
    }
    troubles.push(met_by(DEALS, Answer::LostBehind(page(quoted))));
    troubles.push(met_by(NOTES, Answer::Json(400, refusal(400, quoted))));
    troubles
}

/// Squarespace refuses to renew a token.
pub(crate) fn no_renewal(quoted: &str) -> [Scripted; 2] {
    let renewal = ("POST", "/squarespace-login/");
    [
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

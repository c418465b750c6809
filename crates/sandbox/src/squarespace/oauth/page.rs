//! The consent page in HTML, for people and for tests that drive a browser.

use std::fmt::Write;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{Parameters, Request};
use crate::squarespace::State;

const STYLE: &str = include_str!("page.css");

/// What each scope lets an app do, in words for the owner.
const IN_WORDS: &[(&str, &str)] = &[
    ("website.orders", "Import orders and mark them as fulfilled"),
    ("website.orders.read", "See orders"),
    ("website.transactions.read", "See payments and donations"),
    ("website.inventory", "See and change stock"),
    ("website.inventory.read", "See stock"),
    ("website.products", "See and change products"),
    ("website.products.read", "See products"),
    (
        "website.contacts",
        "See and change contacts and their addresses",
    ),
    ("website.contacts.read", "See contacts and their addresses"),
    ("website.discounts", "See and change discounts"),
    ("website.discounts.read", "See discounts"),
    (
        "website.profiles",
        "See profiles, and see and change contacts",
    ),
    ("website.profiles.read", "See profiles and contacts"),
];

/// Asks the owner; the form carries on all that the app sent.
pub(super) fn question(state: &State, request: &Request, sent: &Parameters) -> Response {
    let mut form = String::new();
    for (name, value) in &sent.0 {
        form += &format!(
            "<input type=\"hidden\" name=\"{}\" value=\"{}\">\n",
            escape(name),
            escape(value)
        );
    }
    form += &websites(state, request);
    let permissions = request.scopes.iter().map(|scope| {
        let words = IN_WORDS.iter().find(|(name, _)| name == scope);
        let words = words.map_or(scope.as_str(), |(_, words)| words);
        format!("<li>{words} <code>{scope}</code></li>\n")
    });
    let permissions: String = permissions.collect();
    let body = format!(
        "<h1>Connect an app to your website</h1>\n\
         <p>The app <code>{}</code> asks to be let in. You will return to <strong>{}</strong>.</p>\n\
         <form method=\"post\">\n{form}<h2>It may then</h2>\n<ul>\n{permissions}</ul>\n\
         <p class=\"choice\"><button name=\"decision\" value=\"allow\">Allow</button>\n\
         <button name=\"decision\" value=\"deny\" class=\"quiet\">Deny</button></p>\n</form>\n",
        escape(&request.client_id),
        escape(request.redirect_uri.host_str().unwrap_or_default()),
    );
    written(StatusCode::OK, &body)
}

/// Says why nobody is asked.
pub(super) fn refusal(problem: &str) -> Response {
    let body = format!(
        "<h1>This app cannot be connected</h1>\n<p role=\"alert\">{}</p>\n\
         <p>Go back to the app and try again.</p>\n",
        escape(problem)
    );
    written(StatusCode::BAD_REQUEST, &body)
}

/// One choice for each website of the account.
fn websites(state: &State, request: &Request) -> String {
    let chosen = request.website_id.as_deref();
    let chosen = chosen.or_else(|| state.sites.first().map(|site| site.id.as_str()));
    let mut fieldset = String::from("<fieldset>\n<legend>Website</legend>\n");
    for site in &state.sites {
        let checked = if Some(site.id.as_str()) == chosen {
            " checked"
        } else {
            ""
        };
        let title = escape(site.profile["title"].as_str().unwrap_or_default());
        writeln!(
            fieldset,
            "<label><input type=\"radio\" name=\"chosen_website\" value=\"{}\"{checked}> {title}</label>",
            escape(&site.id)
        )
        .expect("writing into a text does not fail");
    }
    fieldset += "</fieldset>\n";
    fieldset
}

fn written(status: StatusCode, body: &str) -> Response {
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Connect an app</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <main>\n{body}</main>\n</body>\n</html>\n"
    );
    // The inline style is named by its digest, so that nothing else can run.
    let digest = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (status, headers, page).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

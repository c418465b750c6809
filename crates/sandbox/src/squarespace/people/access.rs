//! What the owner does about apps and about the website itself.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{ById, Done, place, read, website};
use crate::control::ControlError;
use crate::squarespace::access::TokenKind;
use crate::squarespace::oauth::{Decision, Parameters};
use crate::squarespace::site::Site;
use crate::squarespace::{APP, Squarespace, State};

#[derive(Deserialize)]
struct Authorize {
    /// The address that the app sends the browser to.
    url: String,
    website_id: Option<String>,
    #[serde(default)]
    deny: bool,
}

/// Decides on the consent page; answers where the browser goes.
pub(super) fn authorize(shop: &Squarespace, state: &mut State, body: &Value) -> Done {
    let wanted: Authorize = read(body)?;
    let (_, query) = wanted.url.split_once('?').unwrap_or_default();
    let decision = if wanted.deny {
        Decision::Deny
    } else {
        Decision::Allow(wanted.website_id.as_deref())
    };
    let parameters = Parameters::read(query.as_bytes());
    let back = shop
        .decide(state, &parameters, &decision)
        .map_err(ControlError::bad_request)?;
    Ok(json!({ "location": back }))
}

#[derive(Deserialize)]
struct RegisterApp {
    redirect_uris: Vec<String>,
}

/// Says where the app may send the browser back to; an empty list means anywhere.
pub(super) fn register_app(_: &Squarespace, state: &mut State, body: &Value) -> Done {
    let RegisterApp { redirect_uris } = read(body)?;
    state.access.redirect_uris.clone_from(&redirect_uris);
    Ok(json!({ "client_id": state.access.client_id, "redirect_uris": redirect_uris }))
}

#[derive(Deserialize)]
struct ExpireTokens {
    website_id: Option<String>,
    kind: TokenKind,
}

/// Ends tokens before their time, without a word to anybody.
pub(super) fn expire_tokens(_: &Squarespace, state: &mut State, body: &Value) -> Done {
    let wanted: ExpireTokens = read(body)?;
    let place = place(state, wanted.website_id.as_deref())?;
    state.access.expire(place, wanted.kind);
    Ok(json!({ "website_id": state.sites[place].id }))
}

#[derive(Deserialize)]
struct Website {
    website_id: Option<String>,
}

/// Disconnects the extension: it is told last, then its tokens and subscriptions are gone.
pub(super) fn uninstall(shop: &Squarespace, state: &mut State, body: &Value) -> Done {
    let Website { website_id } = read(body)?;
    let place = place(state, website_id.as_deref())?;
    let client_id = state.access.client_id.clone();
    let site = &mut state.sites[place];
    shop.notify(
        site,
        "extension.uninstall",
        json!({ "clientId": client_id }),
    );
    site.subscriptions
        .retain(|subscription| subscription.client_id != client_id);
    let website_id = site.id.clone();
    state.access.revoke(place, &client_id);
    Ok(json!({ "website_id": website_id, "client_id": client_id }))
}

#[derive(Deserialize)]
struct ExpireSite {
    website_id: Option<String>,
    /// False renews the website.
    #[serde(default = "yes")]
    expired: bool,
}

fn yes() -> bool {
    true
}

pub(super) fn expire_site(_: &Squarespace, state: &mut State, body: &Value) -> Done {
    let wanted: ExpireSite = read(body)?;
    let site = website(state, wanted.website_id.as_deref())?;
    site.expired = wanted.expired;
    Ok(json!({ "website_id": site.id, "expired": site.expired }))
}

#[derive(Deserialize)]
struct TokenPair {
    website_id: Option<String>,
    /// Comma-separated; all scopes when absent.
    scopes: Option<String>,
}

pub(super) fn token_pair(shop: &Squarespace, state: &mut State, body: &Value) -> Done {
    let wanted: TokenPair = read(body)?;
    let place = place(state, wanted.website_id.as_deref())?;
    let now = shop.world.clock.now_ms();
    Ok(state
        .access
        .issue_pair(&shop.world.ids, now, place, wanted.scopes.as_deref()))
}

/// What the vendor itself does after repeated failures, without a word.
pub(super) fn drop_subscription(shop: &Squarespace, state: &mut State, body: &Value) -> Done {
    let ById { id } = read(body)?;
    let held = |site: &Site| {
        site.subscriptions
            .iter()
            .any(|subscription| subscription.id == id)
    };
    let site = state.sites.iter_mut().find(|site| held(site));
    let site = site
        .ok_or_else(|| ControlError::not_found(format!("no subscription `{id}` on any website")))?;
    site.subscriptions
        .retain(|subscription| subscription.id != id);
    shop.world.deliveries.drop_subscription(APP, &id);
    Ok(json!({ "id": id }))
}

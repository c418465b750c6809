//! OAuth: the page where the owner of a website lets an app in, or does not.
//!
//! The token endpoint that takes the code is in `tokens`, what was granted in `access`.

mod page;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use url::Url;

use super::Squarespace;
use super::access::{Consent, KNOWN_SCOPES, permissions_of};

pub(super) fn routes() -> Router<Arc<Squarespace>> {
    Router::new().route(
        "/api/1/login/oauth/provider/authorize",
        get(show).post(decide),
    )
}

/// What an app asks for, checked.
struct Request {
    client_id: String,
    redirect_uri: Url,
    scopes: Vec<String>,
    state: String,
    /// Whether a refresh token is wanted.
    offline: bool,
    /// The website that is chosen beforehand.
    website_id: Option<String>,
}

/// What the owner answers.
pub(super) enum Decision<'a> {
    /// On the website with this id; on the one chosen beforehand, else the first, when absent.
    Allow(Option<&'a str>),
    Deny,
}

/// `GET /api/1/login/oauth/provider/authorize`: the page, unless a switch decides in place of a person.
async fn show(State(shop): State<Arc<Squarespace>>, RawQuery(query): RawQuery) -> Response {
    let parameters = Parameters::read(query.unwrap_or_default().as_bytes());
    let decision = match shop.choice("consent").as_str() {
        "allow" => Decision::Allow(None),
        "deny" => Decision::Deny,
        _ => return ask(&shop, &parameters),
    };
    redirect(shop.decide(&mut shop.lock(), &parameters, &decision))
}

fn ask(shop: &Squarespace, parameters: &Parameters) -> Response {
    let state = shop.lock();
    match Request::read(shop, &state, parameters) {
        Ok(request) => page::question(&state, &request, parameters),
        Err(problem) => page::refusal(&problem),
    }
}

/// `POST /api/1/login/oauth/provider/authorize`: the form of the page, `decision` beside what the app asked.
async fn decide(State(shop): State<Arc<Squarespace>>, body: Bytes) -> Response {
    let parameters = Parameters::read(&body);
    let decision = match parameters.get("decision") {
        "allow" => {
            Decision::Allow(Some(parameters.get("chosen_website")).filter(|id| !id.is_empty()))
        }
        "deny" => Decision::Deny,
        _ => return page::refusal("The decision must be allow or deny."),
    };
    redirect(shop.decide(&mut shop.lock(), &parameters, &decision))
}

impl Squarespace {
    /// Where the browser goes after the decision; the text says why it cannot go anywhere.
    pub(super) fn decide(
        &self,
        state: &mut super::State,
        parameters: &Parameters,
        decision: &Decision<'_>,
    ) -> Result<Url, String> {
        let request = Request::read(self, state, parameters)?;
        let (name, value) = match decision {
            Decision::Deny => ("error", "access_denied".to_owned()),
            Decision::Allow(chosen) => {
                let website_id = chosen.or(request.website_id.as_deref());
                let site = match website_id {
                    None => 0,
                    Some(id) => place_of(state, id)?,
                };
                let consent = Consent {
                    site,
                    scopes: request.scopes.join(","),
                    redirect_uri: parameters.get("redirect_uri").to_owned(),
                    offline: request.offline,
                };
                let now = self.world.clock.now_ms();
                state.sites[site].granted = Some(permissions_of(&consent.scopes));
                (
                    "code",
                    state.access.issue_code(&self.world.ids, now, consent),
                )
            }
        };
        let mut back = request.redirect_uri;
        back.query_pairs_mut()
            .append_pair(name, &value)
            .append_pair("state", &request.state);
        Ok(back)
    }
}

/// The parameters of a query or a form by their names.
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    pub(super) fn read(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The value, empty when it is absent.
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }
}

impl Request {
    /// A request that cannot be trusted must not send the browser anywhere, so its refusal is a page.
    fn read(shop: &Squarespace, state: &super::State, sent: &Parameters) -> Result<Self, String> {
        if sent.get("client_id") != state.access.client_id {
            return Err("The client_id is missing or unknown.".to_owned());
        }
        let redirect_uri = sent.get("redirect_uri");
        let parsed = Url::parse(redirect_uri)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or("The redirect_uri is missing or no absolute address.")?;
        if !state.access.is_registered(redirect_uri) {
            return Err("The redirect_uri is not one that the app registered.".to_owned());
        }
        if sent.get("state").is_empty() {
            return Err("The state is missing.".to_owned());
        }
        let website_id = Some(sent.get("website_id")).filter(|id| !id.is_empty());
        if let Some(id) = website_id {
            place_of(state, id)?;
        }
        Ok(Self {
            client_id: sent.get("client_id").to_owned(),
            redirect_uri: parsed,
            scopes: scopes(sent.get("scope"), shop.flag("lenient_scopes"))?,
            state: sent.get("state").to_owned(),
            offline: sent.get("access_type") == "offline",
            website_id: website_id.map(str::to_owned),
        })
    }
}

/// Scopes are separated by commas; lenience takes blanks too and passes over unknown names.
fn scopes(text: &str, lenient: bool) -> Result<Vec<String>, String> {
    let separates = |letter: char| letter == ',' || (lenient && letter.is_whitespace());
    let names = text.split(separates).filter(|name| !name.is_empty());
    let mut known = Vec::new();
    for name in names {
        if KNOWN_SCOPES.contains(&name) {
            known.push(name.to_owned());
        } else if !lenient {
            return Err(format!(
                "The scope `{name}` is unknown: scopes are separated by commas."
            ));
        }
    }
    if known.is_empty() {
        return Err("The scope is missing.".to_owned());
    }
    Ok(known)
}

fn place_of(state: &super::State, website_id: &str) -> Result<usize, String> {
    let mut sites = state.sites.iter();
    sites
        .position(|site| site.id == website_id)
        .ok_or_else(|| format!("The account has no website `{website_id}`."))
}

fn redirect(outcome: Result<Url, String>) -> Response {
    match outcome {
        Ok(back) => Redirect::to(back.as_str()).into_response(),
        Err(problem) => page::refusal(&problem),
    }
}

#[cfg(test)]
mod tests {
    use super::scopes;

    #[test]
    fn scopes_are_separated_by_commas() {
        let list = "website.orders,website.orders.read";
        assert_eq!(scopes(list, false).unwrap().len(), 2);
        assert!(scopes("website.orders website.orders.read", false).is_err());
        assert!(scopes("website.orders.write", false).is_err());
        assert!(scopes("", false).is_err());
        assert_eq!(
            scopes("website.orders website.pages", true).unwrap(),
            ["website.orders"]
        );
    }
}

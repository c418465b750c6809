//! Connecting by consent, as the owner of a site sees it: what is asked for, and the way to the vendor.

pub(crate) mod answer;
mod browser;
mod outcome;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, header};
use jiff::Timestamp;
use portico_domain::connection::Connection;
use portico_engine::{Ask, ConsentPage, ConsentProblem, Engine};
use secrecy::SecretString;

use super::login::refuse_other_origins;
use crate::extract::Path;
use crate::gateway::own_base;
use crate::layers::LeadsAway;
use browser::Browser;
use outcome::Failed;

#[derive(Template)]
#[template(path = "connect/ask.html")]
struct Question {
    connection: Connection,
    reasons: Vec<Reason>,
    expires_at: Timestamp,
    /// Whether it was tried before; why it failed was told then, and may be the operator's matter.
    is_another_try: bool,
}

/// A reason, and what is asked for because of it.
struct Reason {
    why: &'static str,
    what: Vec<&'static str>,
}

/// `GET /connect/{session}`
pub(crate) async fn page(
    State(engine): State<Engine>,
    Path(session): Path<SecretString>,
) -> Result<Response, Failed> {
    let page = engine.consent_page(&session).await?;
    if page.is_connected {
        return Err(ConsentProblem::Connected.into());
    }
    let mut response = super::show(&Question::from(page));
    response.extensions_mut().insert(LeadsAway);
    Ok(response)
}

/// `GET /connect`: the end of the address got lost on the way.
pub(crate) async fn incomplete() -> Failed {
    ConsentProblem::UnknownPage.into()
}

/// `POST /connect/{session}`: on to the vendor.
pub(crate) async fn leave(
    State(engine): State<Engine>,
    Path(session): Path<SecretString>,
    headers: HeaderMap,
) -> Result<Response, Failed> {
    if refuse_other_origins(&headers).is_err() {
        return Ok(outcome::forged());
    }
    let base = own_base(&engine, &headers);
    let browser = Browser::of(&headers).unwrap_or_else(|| Browser::new(engine.chance()));
    let redirect_uri = format!("{base}/oauth/callback");
    let vendor = engine
        .consent_link(&session, browser.token(), redirect_uri)
        .await?;
    let cookie = browser.cookie(base.starts_with("https://"));
    Ok((
        [(header::SET_COOKIE, cookie)],
        Redirect::to(vendor.as_str()),
    )
        .into_response())
}

impl Question {
    /// The account that is to be connected again, where it is known.
    fn known_account(&self) -> Option<&str> {
        Some(self.connection.account.title.as_str()).filter(|title| !title.is_empty())
    }

    fn shown_end(&self) -> String {
        self.expires_at.strftime("%-d %B %Y, %H:%M UTC").to_string()
    }
}

impl From<ConsentPage> for Question {
    fn from(page: ConsentPage) -> Self {
        Self {
            connection: page.connection,
            reasons: reasons(&page.asks),
            expires_at: page.expires_at,
            is_another_try: page.problem.is_some(),
        }
    }
}

/// What is asked for one reason stands together.
fn reasons(asks: &[Ask]) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for ask in asks {
        match reasons.iter_mut().find(|reason| reason.why == ask.why) {
            Some(reason) => reason.what.push(ask.what),
            None => reasons.push(Reason {
                why: ask.why,
                what: vec![ask.what],
            }),
        }
    }
    reasons
}

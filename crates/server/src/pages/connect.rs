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
use crate::error::ApiError;
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
    /// Why the last try did not lead to a connection.
    problem: Option<String>,
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

/// `POST /connect/{session}`: on to the vendor.
pub(crate) async fn leave(
    State(engine): State<Engine>,
    Path(session): Path<SecretString>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    refuse_other_origins(&headers)?;
    let base = own_base(&engine, &headers);
    let browser = Browser::of(&headers).unwrap_or_else(|| Browser::new(engine.chance()));
    let redirect_uri = format!("{base}/oauth/callback");
    let vendor = engine
        .consent_link(&session, browser.token(), redirect_uri)
        .await
        .map_err(Failed::from)?;
    let cookie = browser.cookie(base.starts_with("https://"));
    Ok((
        [(header::SET_COOKIE, cookie)],
        Redirect::to(vendor.as_str()),
    )
        .into_response())
}

/// Why nobody is sent to the vendor.
pub(crate) enum Refused {
    Form(ApiError),
    Page(Failed),
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
            problem: page.problem,
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

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self::Form(error)
    }
}

impl From<Failed> for Refused {
    fn from(failed: Failed) -> Self {
        Self::Page(failed)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Form(error) => error.into_response(),
            Self::Page(failed) => failed.into_response(),
        }
    }
}

//! The way back from the vendor: what it answered, and what is connected by it.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use portico_engine::{ConsentAnswer, ConsentProblem, Engine};
use secrecy::SecretString;
use serde::Deserialize;

use super::browser::Browser;
use super::outcome::{self, Failed};
use crate::extract::Query;

/// What the vendor lets the browser bring.
#[derive(Deserialize)]
pub(crate) struct Brought {
    code: Option<SecretString>,
    state: Option<SecretString>,
    error: Option<String>,
}

/// `GET /oauth/callback`
pub(crate) async fn callback(
    State(engine): State<Engine>,
    headers: HeaderMap,
    Query(brought): Query<Brought>,
) -> Result<Response, Failed> {
    let state = brought.state.ok_or(ConsentProblem::UnknownState)?;
    let code = match (brought.code, brought.error) {
        (Some(code), None) => Ok(code),
        (_, error) => Err(error.unwrap_or_default()),
    };
    let answer = ConsentAnswer {
        state,
        browser: Browser::of(&headers).map(Browser::into_token),
        code,
    };
    let tested = engine.finish_consent(answer).await?;
    let findings = engine.findings_for_owner(&tested.connection)?;
    Ok(outcome::connected(tested.connection, findings))
}

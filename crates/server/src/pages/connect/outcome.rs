//! What came of it: the site is connected, or it is not, and what to do then.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use portico_engine::{ConsentProblem, NotConnected, Tested};
use secrecy::ExposeSecret;

use crate::error::ApiError;
use crate::pages::show;

#[derive(Template)]
#[template(path = "connect/connected.html")]
struct Connected {
    tested: Tested,
}

#[derive(Template)]
#[template(path = "connect/was_connected.html")]
struct WasConnected;

#[derive(Template)]
#[template(path = "connect/not_connected.html")]
struct Failure {
    problem: String,
    /// What the address of the page ends with, where it is open still.
    again: Option<String>,
}

/// A page that says why nothing was connected.
pub(crate) struct Failed(NotConnected);

pub(super) fn connected(tested: Tested) -> Response {
    show(&Connected { tested })
}

impl<E: Into<NotConnected>> From<E> for Failed {
    fn from(why: E) -> Self {
        Self(why.into())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let NotConnected { problem, again } = self.0;
        if matches!(problem, ConsentProblem::Connected) {
            return show(&WasConnected);
        }
        let mut page = show(&Failure {
            problem: problem.to_string(),
            again: again.map(|session| session.expose_secret().to_owned()),
        });
        if let ConsentProblem::Engine(error) = problem {
            // With the cause that is logged and not shown.
            let (parts, _) = ApiError::from(error).into_response().into_parts();
            *page.status_mut() = parts.status;
            page.extensions_mut().extend(parts.extensions);
        } else {
            *page.status_mut() = status(&problem);
        }
        page
    }
}

fn status(problem: &ConsentProblem) -> StatusCode {
    match problem {
        ConsentProblem::Connected => StatusCode::OK,
        ConsentProblem::UnknownPage => StatusCode::NOT_FOUND,
        ConsentProblem::ExpiredPage => StatusCode::GONE,
        ConsentProblem::OtherBrowser => StatusCode::FORBIDDEN,
        ConsentProblem::OtherAccount { .. } => StatusCode::CONFLICT,
        ConsentProblem::UnknownState
        | ConsentProblem::UsedState
        | ConsentProblem::ExpiredState
        | ConsentProblem::Denied
        | ConsentProblem::Refused
        | ConsentProblem::Code => StatusCode::BAD_REQUEST,
        ConsentProblem::Client | ConsentProblem::Unanswered | ConsentProblem::NotLasting => {
            StatusCode::BAD_GATEWAY
        }
        ConsentProblem::Engine(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

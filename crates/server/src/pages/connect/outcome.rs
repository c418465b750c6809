//! What came of it: the site is connected, or it is not, and what to do then.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use portico_domain::connection::Connection;
use portico_engine::{ConsentProblem, Error, NotConnected};
use secrecy::ExposeSecret;

use crate::error::ApiError;
use crate::pages::show;

#[derive(Template)]
#[template(path = "connect/connected.html")]
struct Connected {
    connection: Connection,
    findings: Vec<String>,
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
    /// Whether the owner must find the way back alone.
    needs_link: bool,
}

/// A page that says why nothing was connected.
pub(crate) struct Failed(NotConnected);

pub(super) fn connected(connection: Connection, findings: Vec<String>) -> Response {
    show(&Connected {
        connection,
        findings,
    })
}

/// For a form that did not come from our page.
pub(super) fn forged() -> Response {
    let mut page = show(&Failure {
        problem: "your browser does not say that this came from the page of your link".to_owned(),
        again: None,
        needs_link: true,
    });
    *page.status_mut() = StatusCode::FORBIDDEN;
    page
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
            problem: for_owner(&problem),
            needs_link: again.is_none() && is_link_good(&problem),
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

/// What the owner can do about it: names and commands of the operator are left out.
fn for_owner(problem: &ConsentProblem) -> String {
    let ConsentProblem::Engine(error) = problem else {
        return problem.to_string();
    };
    let words = match error {
        Error::Conflict(_) => {
            "this site is connected here already, or is being connected at this moment; the one who runs this Portico can say which"
        }
        Error::Connection { .. } => {
            "what you gave is kept, and the site could not be looked at yet; the one who runs this Portico can try again without you"
        }
        Error::Waiting { .. } => {
            "Squarespace wants to be left alone for a while; begin again in some minutes"
        }
        Error::Vendor { .. } => {
            "Squarespace did not let Portico look at the site; begin again, and if it stays so, tell the one who runs this Portico"
        }
        Error::Invalid(_)
        | Error::NotFound(_)
        | Error::Unauthorized
        | Error::Unrecorded
        | Error::Internal(_) => {
            "this did not work, and the reason lies here; the one who runs this Portico can find it in the log"
        }
    };
    words.to_owned()
}

/// Whether the link that the owner has leads on, though this answer did not.
fn is_link_good(problem: &ConsentProblem) -> bool {
    matches!(
        problem,
        ConsentProblem::UnknownState | ConsentProblem::UsedState | ConsentProblem::OtherBrowser
    )
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

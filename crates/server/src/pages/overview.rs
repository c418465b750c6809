//! The overview: what needs somebody, how connections and flows are, what happens now.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use portico_domain::connection::{Connection, Status};
use portico_engine::{Engine, Overview};

use super::prose;
use super::session::Visitor;
use crate::error::ApiError;

/// The whole page.
#[derive(Template)]
#[template(path = "overview.html")]
struct Page {
    is_logged_in: bool,
    state: Fragment,
}

/// The part that changes, which the page asks for again and again.
#[derive(Template)]
#[template(path = "overview/state.html")]
struct Fragment {
    overview: Overview,
}

/// `GET /`
pub(crate) async fn page(
    State(engine): State<Engine>,
    visitor: Result<Visitor, ApiError>,
) -> Result<Response, ApiError> {
    let visitor = match visitor {
        Ok(visitor) => visitor,
        Err(ApiError::LoggedOut) => return Ok(Redirect::to("/login").into_response()),
        Err(error) => return Err(error),
    };
    let overview = engine.overview().await?;
    Ok(super::show(&Page {
        is_logged_in: visitor.is_logged_in,
        state: Fragment { overview },
    }))
}

/// `GET /overview`: the part of the page that changes.
pub(crate) async fn fragment(
    State(engine): State<Engine>,
    _: Visitor,
) -> Result<Response, ApiError> {
    let overview = engine.overview().await?;
    Ok(super::show(&Fragment { overview }))
}

impl Fragment {
    /// Connections that somebody must look after.
    fn unusable(&self) -> impl Iterator<Item = &Connection> {
        let all = self.overview.connections.iter();
        all.filter(|connection| connection.status != Status::Active)
    }

    /// How many calls of agents wait for a person.
    fn asking(&self) -> usize {
        usize::try_from(self.overview.asking).unwrap_or(usize::MAX)
    }

    /// Whether more of them wait than are shown.
    fn is_more_asked(&self) -> bool {
        self.asking() > self.overview.first_asking.len()
    }

    /// How many things need somebody.
    fn needs(&self) -> usize {
        let warned = self.overview.flows.iter();
        let warned = warned.filter(|health| health.view.flow.warning.is_some());
        let stopped = usize::from(self.overview.agents_stopped_at.is_some());
        stopped
            + self.asking()
            + self.unusable().count()
            + warned.count()
            + self.overview.stuck.len()
    }
}

/// A time as the page shows it before the script puts it into the reader's own zone.
fn shown(time: &Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

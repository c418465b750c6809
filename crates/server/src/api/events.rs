//! Events: what happens to orders, as one stream that can be followed.

use axum::Json as Answer;
use axum::extract::State;
use jiff::Timestamp;
use portico_engine::{Engine, Happening};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::refusals::{Always, OfQuery};
use crate::error::ApiError;
use crate::extract::Query;

/// Lists what happened after a place in the stream, oldest first, up to 500 events
#[utoipa::path(
    get,
    path = "/events",
    operation_id = "list_events",
    tag = "overview",
    params(EventsQuery),
    responses((status = 200, description = "What happened", body = EventsOut), Always, OfQuery)
)]
pub(crate) async fn list(
    State(engine): State<Engine>,
    Query(query): Query<EventsQuery>,
) -> Result<Answer<EventsOut>, ApiError> {
    let events = engine.events_after(query.after).await?;
    let next = events.last().map_or(query.after, |event| event.place);
    let events = events.into_iter().map(EventOut::from).collect();
    Ok(Answer(EventsOut { events, next }))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// The `next` of the answer before; from the beginning without it.
    #[serde(default)]
    #[param(value_type = i64, default = 0)]
    after: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct EventsOut {
    events: Vec<EventOut>,
    /// What to give as `after` to go on from here.
    next: i64,
}

/// A line of an order's timeline.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventOut {
    place: i64,
    at: Timestamp,
    /// The short name of the Squarespace connection.
    site: String,
    order_id: String,
    /// Unknown until the order was read.
    order_number: Option<String>,
    text: String,
}

impl From<Happening> for EventOut {
    fn from(event: Happening) -> Self {
        Self {
            place: event.place,
            at: event.at,
            site: event.site,
            order_id: event.order_id,
            order_number: event.order_number,
            text: event.text,
        }
    }
}

//! The API's description of itself: OpenAPI 3.1, made from the handlers.

use std::sync::Arc;

use axum::extract::State;
use http::header;
use utoipa::openapi::OpenApi as Described;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::error::Problem;
use crate::routes::Doors;

/// What is said of the API as a whole.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Portico admin API",
        description = "Connects Squarespace sites and Kommo accounts, sets up the flows between them, and shows what became of every order.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "connections", description = "Links to the accounts of vendors"),
        (name = "flows", description = "Which site's orders become deals in which account"),
        (name = "orders", description = "One order across all systems"),
        (name = "work", description = "What is to be done, what is held and why, putting it back, and letting it be"),
        (name = "agents", description = "Programs that call vendors through the gateway, and what each may do"),
        (name = "approvals", description = "Calls of agents that wait for a person, who agrees or refuses"),
        (name = "audit", description = "What was called and changed, on record so that nothing can be altered unseen"),
        (name = "operations", description = "What can be called through the gateway"),
        (name = "keys", description = "Who may use this API and log in"),
        (name = "overview", description = "The whole at a glance, and what happens"),
    ),
    components(schemas(Problem)),
    security(("admin_key" = [])),
    modifiers(&AdminKey)
)]
pub(crate) struct Base;

/// The document as it is sent.
#[derive(Clone)]
pub(crate) struct Document(Arc<str>);

impl Document {
    pub(crate) fn of(described: &Described) -> Self {
        let text = described
            .to_pretty_json()
            .expect("a document of plain values is JSON");
        Self(text.into())
    }
}

/// Describes this API
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "show_document",
    tag = "overview",
    security(()),
    responses((status = 200, description = "This document", content_type = "application/json"))
)]
pub(crate) async fn show(
    State(doors): State<Doors>,
) -> ([(header::HeaderName, &'static str); 1], String) {
    let Document(text) = doors.document;
    (
        [(header::CONTENT_TYPE, "application/json")],
        text.to_string(),
    )
}

struct AdminKey;

impl Modify for AdminKey {
    fn modify(&self, described: &mut Described) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("ptc_adm_…")
            .description(Some(
                "An administration key, which `portico init` and `portico key add` make",
            ))
            .build();
        described
            .components
            .get_or_insert_default()
            .add_security_scheme("admin_key", SecurityScheme::Http(scheme));
    }
}

//! The admin API, `/v1`: all of its routes on one screen, behind the administration key.

mod agents;
mod approvals;
mod audit;
mod connections;
mod document;
mod events;
mod flows;
mod keys;
mod operations;
mod orders;
mod overview;
mod refusals;
mod work;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http::HeaderMap;
use http::request::Parts;
use portico_domain::audit::Actor;
use portico_engine::{Caller, Engine, Error, Refusal};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use document::Document;

use crate::error::ApiError;
use crate::gateway::bearer;
use crate::routes::{Doors, no_such_page, wrong_method};

/// The routes below `/v1`, and the document that describes them.
pub(crate) fn routes(engine: &Engine) -> (Router<Doors>, Document) {
    let described = OpenApiRouter::with_openapi(document::Base::openapi())
        .nest("/v1", guarded().merge(for_agents()).merge(open()))
        .into_openapi();
    let routes = Router::from(guarded())
        .fallback(no_such_page)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(engine.clone(), require_key))
        .merge(
            Router::from(for_agents())
                .method_not_allowed_fallback(wrong_method)
                .layer(from_fn_with_state(engine.clone(), require_any_key)),
        )
        .merge(Router::from(open()));
    (routes, Document::of(&described))
}

fn guarded() -> OpenApiRouter<Doors> {
    OpenApiRouter::new()
        .routes(routes!(connections::list, connections::create))
        .routes(routes!(connections::show, connections::remove))
        .routes(routes!(connections::test))
        .routes(routes!(connections::reconnect))
        .routes(routes!(connections::rotate))
        .routes(routes!(flows::list, flows::create))
        .routes(routes!(flows::plan))
        .routes(routes!(flows::show, flows::update, flows::remove))
        .routes(routes!(flows::plan_update))
        .routes(routes!(flows::progress))
        .routes(routes!(flows::repair))
        .routes(routes!(flows::pause))
        .routes(routes!(flows::resume))
        .routes(routes!(flows::backfill))
        .routes(routes!(agents::list, agents::add))
        .routes(routes!(agents::stop))
        .routes(routes!(agents::start))
        .routes(routes!(agents::show, agents::revoke))
        .routes(routes!(agents::replace_grants, agents::set_grants))
        .routes(routes!(approvals::list))
        .routes(routes!(approvals::approve))
        .routes(routes!(approvals::refuse))
        .routes(routes!(audit::list))
        .routes(routes!(audit::show))
        .routes(routes!(audit::undo))
        .routes(routes!(audit::verify))
        .routes(routes!(audit::export))
        .routes(routes!(agents::rotate))
        .routes(routes!(orders::show))
        .routes(routes!(work::list))
        .routes(routes!(work::retry))
        .routes(routes!(work::retry_all))
        .routes(routes!(work::dismiss))
        .routes(routes!(overview::show))
        .routes(routes!(events::list))
        .routes(routes!(keys::list, keys::add))
        .routes(routes!(keys::revoke))
}

/// The engine, for the administrator whose key a request has.
pub(crate) struct Acting(pub(crate) Engine);

impl FromRequestParts<Doors> for Acting {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, doors: &Doors) -> Result<Self, ApiError> {
        let actor = parts.extensions.get::<Actor>().cloned();
        let actor = actor.ok_or(Error::Unauthorized)?;
        Ok(Self(doors.engine.acting_as(actor)))
    }
}

/// What agents may read too: what they could call, and what became of calls that a person was asked about.
fn for_agents() -> OpenApiRouter<Doors> {
    OpenApiRouter::new()
        .routes(routes!(operations::list))
        .routes(routes!(operations::show))
        .routes(routes!(approvals::show))
}

/// What may be read without a key.
fn open() -> OpenApiRouter<Doors> {
    OpenApiRouter::new().routes(routes!(document::show))
}

/// Lets nobody in without the administration key.
async fn require_key(
    State(engine): State<Engine>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    match caller(&engine, request.headers()).await? {
        caller @ Caller::Administrator(_) => {
            request.extensions_mut().insert(caller.actor());
            Ok(next.run(request).await)
        }
        Caller::Agent(agent) => Err(ApiError::ForAdministrators(agent.name.clone())),
    }
}

/// Lets in administrators and agents.
async fn require_any_key(
    State(engine): State<Engine>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let caller = caller(&engine, request.headers()).await?;
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

async fn caller(engine: &Engine, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let key = bearer(headers).ok_or(Error::Unauthorized)?;
    match engine.caller(&key).await {
        Ok(caller) => Ok(caller),
        Err(Refusal::Key) => Err(Error::Unauthorized.into()),
        Err(other) => Err(other.into()),
    }
}

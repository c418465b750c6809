//! All calls of the emulated API on one screen.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post};
use http::StatusCode;

use super::answer::Refusal;
use super::call::{Call, Ids, no_route};
use super::state::Entity;
use super::{
    Kommo, account, cards, complex, door, fields, links, notes, pipelines, tags, tokens, unsorted,
    webhooks,
};

type Routes = Router<Arc<Kommo>>;

/// The account's host with everything it serves.
pub(super) fn all(kommo: &Arc<Kommo>) -> Router {
    let cards = Entity::ALL
        .into_iter()
        .fold(Routes::new(), |routes, entity| routes.merge(of(entity)));
    let api = cards
        .merge(of_leads())
        .route("/api/v4/account", get(account::show))
        .route("/api/v4/users", get(account::users))
        .route("/api/v4/users/{id}", get(account::user))
        .route(
            "/api/v4/webhooks",
            get(webhooks::list)
                .post(webhooks::create)
                .delete(webhooks::remove),
        )
        .layer(from_fn_with_state(Arc::clone(kommo), door::admit));
    Routes::new()
        .route("/oauth", get(tokens::consent))
        .route("/oauth2/access_token", post(tokens::exchange))
        .route("/oauth2/account/subdomain", get(tokens::subdomain))
        .route("/oauth2/account/current/subdomain", get(tokens::subdomain))
        .merge(api)
        .fallback(nowhere)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Arc::clone(kommo), door::count))
        .with_state(Arc::clone(kommo))
}

fn of_leads() -> Routes {
    Routes::new()
        .route("/api/v4/leads/complex", post(complex::create))
        .route(
            "/api/v4/leads/pipelines",
            get(pipelines::list).post(pipelines::create),
        )
        .route(
            "/api/v4/leads/pipelines/{id}",
            get(pipelines::show)
                .patch(pipelines::update)
                .delete(pipelines::remove),
        )
        .route(
            "/api/v4/leads/pipelines/{id}/statuses",
            get(pipelines::list_statuses).post(pipelines::create_statuses),
        )
        .route(
            "/api/v4/leads/pipelines/{id}/statuses/{status_id}",
            get(pipelines::show_status)
                .patch(pipelines::update_status)
                .delete(pipelines::remove_status),
        )
        .route("/api/v4/leads/loss_reasons", get(account::loss_reasons))
        .route("/api/v4/leads/loss_reasons/{id}", get(account::loss_reason))
        .route("/api/v4/leads/unsorted", get(unsorted::list))
        .route("/api/v4/leads/unsorted/summary", get(unsorted::summary))
        .route("/api/v4/leads/unsorted/forms", post(unsorted::create_forms))
        .route("/api/v4/leads/unsorted/{uid}", get(unsorted::show))
        .route(
            "/api/v4/leads/unsorted/{uid}/accept",
            post(unsorted::accept),
        )
        .route(
            "/api/v4/leads/unsorted/{uid}/decline",
            delete(unsorted::decline),
        )
}

/// The calls that leads, contacts and companies have alike.
fn of(e: Entity) -> Routes {
    let at = |path: &str| format!("/api/v4/{}{path}", e.word());
    let cards = Routes::new()
        .route(
            &at(""),
            get(move |call: Call| cards::list(e, call))
                .post(move |call: Call| cards::create(e, call))
                .patch(move |call: Call| cards::update_many(e, call)),
        )
        .route(
            &at("/{id}"),
            get(move |id: Ids<1>, call: Call| cards::show(e, id, call))
                .patch(move |id: Ids<1>, call: Call| cards::update(e, id, call)),
        )
        .route(
            &at("/tags"),
            get(move |call: Call| tags::list(e, call))
                .post(move |call: Call| tags::create(e, call)),
        );
    cards
        .merge(fields_of(e))
        .merge(links_of(e))
        .merge(notes_of(e))
}

fn fields_of(e: Entity) -> Routes {
    let at = |path: &str| format!("/api/v4/{}/custom_fields{path}", e.word());
    Routes::new()
        .route(
            &at(""),
            get(move |call: Call| fields::list(e, call))
                .post(move |call: Call| fields::create(e, call))
                .patch(move |call: Call| fields::update_many(e, call)),
        )
        .route(
            &at("/{id}"),
            get(move |id: Ids<1>, call: Call| fields::show(e, id, call))
                .patch(move |id: Ids<1>, call: Call| fields::update(e, id, call))
                .delete(move |id: Ids<1>, call: Call| fields::remove(e, id, call)),
        )
        .route(
            &at("/groups"),
            get(move |call: Call| account::groups(e, call))
                .post(move |call: Call| account::create_groups(e, call)),
        )
        .route(
            &at("/groups/{id}"),
            get(move |id, call: Call| account::group(e, id, call))
                .patch(move |id, call: Call| account::update_group(e, id, call))
                .delete(move |id, call: Call| account::remove_group(e, id, call)),
        )
}

fn links_of(e: Entity) -> Routes {
    let at = |path: &str| format!("/api/v4/{}{path}", e.word());
    Routes::new()
        .route(
            &at("/links"),
            get(move |call: Call| links::list_of_many(e, call)),
        )
        .route(
            &at("/link"),
            post(move |call: Call| links::link_many(e, call)),
        )
        .route(
            &at("/unlink"),
            post(move |call: Call| links::unlink_many(e, call)),
        )
        .route(
            &at("/{id}/links"),
            get(move |id: Ids<1>, call: Call| links::list_of_one(e, id, call)),
        )
        .route(
            &at("/{id}/link"),
            post(move |id: Ids<1>, call: Call| links::link_one(e, id, call)),
        )
        .route(
            &at("/{id}/unlink"),
            post(move |id: Ids<1>, call: Call| links::unlink_one(e, id, call)),
        )
}

fn notes_of(e: Entity) -> Routes {
    let at = |path: &str| format!("/api/v4/{}{path}", e.word());
    Routes::new()
        .route(
            &at("/notes"),
            get(move |call: Call| notes::list_all(e, call))
                .post(move |call: Call| notes::create_many(e, call))
                .patch(move |call: Call| notes::update_many(e, call)),
        )
        .route(
            &at("/notes/{note_id}"),
            get(move |id: Ids<1>, call: Call| notes::show(e, id, call))
                .patch(move |id: Ids<1>, call: Call| notes::update(e, id, call)),
        )
        .route(
            &at("/notes/{note_id}/pin"),
            post(move |id: Ids<1>, call: Call| notes::pin(e, id, call)),
        )
        .route(
            &at("/notes/{note_id}/unpin"),
            post(move |id: Ids<1>, call: Call| notes::unpin(e, id, call)),
        )
        .route(
            &at("/{id}/notes"),
            get(move |id: Ids<1>, call: Call| notes::list_of_card(e, id, call))
                .post(move |id: Ids<1>, call: Call| notes::create_on_card(e, id, call)),
        )
        .route(
            &at("/{id}/notes/{note_id}"),
            get(move |ids: Ids<2>, call: Call| notes::show_of_card(e, ids, call)),
        )
}

async fn nowhere(request: axum::extract::Request) -> Refusal {
    no_route(&request.into_parts().0)
}

async fn wrong_method() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
}

//! The Kommo API v4 emulated: one account with its pipelines, cards, notes, tags, fields and webhooks.
//!
//! Read `routes` for the calls, `state` for what the account holds, then a resource's module. Every
//! write reads its whole body into drafts that cannot be refused any more, and only then saves them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use self::answer::{Answer, Refusal};
use self::cards::Look;
use self::door::Door;
use self::state::{Author, Body, Entity, State};
pub(crate) use self::switches::SWITCHES;
use self::values::Rules;
use crate::control::ControlError;
use crate::world::World;

mod account;
mod answer;
pub(crate) mod board;
mod call;
mod cards;
mod complex;
mod door;
mod drafts;
mod fields;
mod findings;
mod links;
mod load;
mod notes;
mod people;
mod pipelines;
mod query;
mod routes;
mod seed;
mod selection;
mod state;
mod switches;
mod tags;
mod tokens;
mod unsorted;
mod values;
mod webhooks;

const APP: &str = "kommo";
const ACCOUNT_ID: u64 = 30_000_001;
const SUBDOMAIN: &str = "acme";

/// The vendor with its one account.
pub(crate) struct Kommo {
    world: World,
    state: Mutex<State>,
    door: Mutex<Door>,
}

impl Kommo {
    pub(crate) fn new(world: World) -> Arc<Self> {
        let now = world.clock.now_ms() / 1_000;
        let state = seed::account(&world.ids, now, world.switches.flag(APP, "bare"));
        Arc::new(Self {
            world,
            state: Mutex::new(state),
            door: Mutex::default(),
        })
    }

    pub(crate) fn router(self: &Arc<Self>) -> Router {
        routes::all(self)
    }

    /// What a client needs to connect.
    pub(crate) fn credentials(&self, base_url: &str) -> Value {
        let state = self.held();
        json!({
            "base": format!("{base_url}/kommo"),
            "access_token": state.tokens.long_lived,
            "client_id": state.tokens.client_id,
            "client_secret": state.tokens.client_secret,
            "refresh_token": state.tokens.first_refresh,
            "redirect_uri": state.tokens.redirect_uri,
        })
    }

    pub(crate) fn load(
        self: &Arc<Self>,
        collection: &str,
        silent: bool,
        body: Value,
    ) -> Result<Value, ControlError> {
        let rows = load::rows(collection, body)?;
        let mut state = self.held();
        let author = Author {
            user: state.owner,
            now: self.now(),
        };
        let mut loaded = Vec::with_capacity(rows.len());
        for row in rows {
            loaded.push(self.load_one(&mut state, collection, row, author)?);
        }
        if silent {
            state.events.clear();
        }
        self.tell(&mut state);
        Ok(loaded.into())
    }

    /// What people do in the vendor's own screens.
    pub(crate) fn people(
        self: &Arc<Self>,
        action: &str,
        body: &Value,
    ) -> Result<Value, ControlError> {
        self.act(action, body)
    }

    /// What the account holds, for comparison.
    pub(crate) fn state(&self, collection: &str) -> Option<Vec<Value>> {
        let state = self.held();
        let look = Look::whole(self.flag("minor_units"));
        let bodies =
            |rows: &mut dyn Iterator<Item = &Body>| rows.cloned().map(Value::Object).collect();
        if let Some(entity) = Entity::read(collection) {
            let cards = state.cards[entity]
                .iter()
                .filter(|(_, card)| !card.is_deleted());
            return Some(
                cards
                    .map(|(id, _)| state.show(entity, *id, &look, ""))
                    .collect(),
            );
        }
        Some(match collection {
            "notes" => state.notes.values().map(|note| note.show_plain()).collect(),
            "tags" => Entity::ALL
                .into_iter()
                .flat_map(|entity| {
                    state.tags[entity]
                        .rows
                        .values()
                        .map(move |tag| (entity, tag))
                })
                .map(|(entity, tag)| with_entity(entity, Value::Object(tag.clone())))
                .collect(),
            "pipelines" => state
                .pipelines
                .values()
                .map(pipelines::show_plain)
                .collect(),
            "custom_fields" => Entity::ALL
                .into_iter()
                .flat_map(|entity| state.fields[entity].values())
                .map(|field| field.show(false))
                .collect(),
            "subscriptions" => bodies(&mut state.subscriptions.values().map(|row| &row.body)),
            "users" => bodies(&mut state.users.values()),
            "loss_reasons" => bodies(&mut state.loss_reasons.values()),
            "unsorted" => {
                let waiting = state
                    .unsorted
                    .iter()
                    .filter(|(_, row)| row.decision.is_none());
                waiting
                    .map(|(uid, row)| unsorted::show_plain(uid, row))
                    .collect()
            }
            _ => return None,
        })
    }

    fn load_one(
        &self,
        state: &mut State,
        collection: &str,
        mut row: Body,
        author: Author,
    ) -> Result<Value, ControlError> {
        let entity = row
            .get("entity_type")
            .and_then(Value::as_str)
            .and_then(Entity::read)
            .unwrap_or(Entity::Leads);
        let look = Look::whole(self.flag("minor_units"));
        if let Some(entity) = Entity::read(collection) {
            let id = state.load_card(entity, row, author);
            return Ok(state.show(entity, id, &look, ""));
        }
        match collection {
            "notes" => {
                let id = state.load_note(&row, author)?;
                Ok(state.notes[&id].show_plain())
            }
            "tags" => {
                row.remove("entity_type");
                let id = state.load_tag(entity, row)?;
                Ok(with_entity(
                    entity,
                    Value::Object(state.tags[entity].rows[&id].clone()),
                ))
            }
            "custom_fields" => {
                let id = state.load_field(entity, row)?;
                Ok(state.fields[entity][&id].show(false))
            }
            "pipelines" => {
                let id = load::pipeline(state, &row);
                Ok(pipelines::show_plain(&state.pipelines[&id]))
            }
            unknown => Err(ControlError::not_found(format!(
                "`{unknown}` cannot be loaded: use leads, contacts, companies, notes, tags, custom_fields or pipelines"
            ))),
        }
    }

    fn held(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn door(&self) -> MutexGuard<'_, Door> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sandbox's time in Unix seconds.
    fn now(&self) -> i64 {
        self.world.clock.now_ms() / 1_000
    }

    fn flag(&self, name: &str) -> bool {
        self.world.switches.flag(APP, name)
    }

    fn number(&self, name: &str) -> i64 {
        self.world.switches.number(APP, name)
    }

    fn choice(&self, name: &str) -> String {
        self.world.switches.choice(APP, name)
    }

    fn rules(&self) -> Rules {
        Rules {
            text_limit: usize::try_from(self.number("text_limit")).unwrap_or_default(),
            minor_units: self.flag("minor_units"),
            refuse_unknown: self.choice("unknown_members") == "refused",
            most_fields: usize::MAX,
        }
    }

    /// The 60 digits that name an incoming lead.
    fn uid(&self) -> String {
        hex::encode(self.world.ids.bytes::<30>())
    }

    fn admin_only(&self) -> Result<(), Refusal> {
        if self.flag("admin") {
            Ok(())
        } else {
            Err(Refusal::no_right())
        }
    }

    /// The answer to a batch, unless it was so heavy that the front server gave up waiting for it.
    fn spare_heavy(&self, items: usize, answer: Answer) -> Answer {
        match usize::try_from(self.number("heavy_batch")) {
            Ok(limit) if limit > 0 && items > limit => {
                Ok(answer::html(StatusCode::GATEWAY_TIMEOUT))
            }
            Ok(_) | Err(_) => answer,
        }
    }
}

/// The vendor's own error body for a status that a fault demands.
pub(crate) fn fault_answer(world: &World, status: StatusCode, _path: &str) -> Response {
    match status {
        StatusCode::TOO_MANY_REQUESTS => {
            door::throttled(world.switches.number(APP, "retry_after_s")).into_response()
        }
        StatusCode::UNAUTHORIZED => Refusal::unauthorized().into_response(),
        StatusCode::GATEWAY_TIMEOUT => answer::html(status),
        StatusCode::INTERNAL_SERVER_ERROR => Refusal::new(status, "Internal server error")
            .with("title", "ErrInternalServer")
            .with("trace_id", world.ids.uuid())
            .into_response(),
        _ => Refusal::new(status, "The request could not be processed").into_response(),
    }
}

fn with_entity(entity: Entity, mut row: Value) -> Value {
    row["entity_type"] = entity.word().into();
    row
}

//! What people do in the vendor's own screens.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Kommo;
use super::cards::Look;
use super::drafts::{Draft, Reader};
use super::findings::Findings;
use super::links::End;
use super::state::{Author, Body, Entity, State, number, text};
use super::values::Rules;
use crate::control::ControlError;

/// Longer than any text that a person types into a field.
const NO_LIMIT: usize = usize::MAX;

/// A contact that a person deletes as soon as somebody has read this page of a list of contacts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaving {
    contact: u64,
    after_page: u64,
    user: u64,
}

impl State {
    /// Deletes the contacts that leave after this page.
    pub(super) fn page_was_read(&mut self, page: usize, now: i64) {
        let (due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.leaving)
            .into_iter()
            .partition(|leaving| usize::try_from(leaving.after_page) == Ok(page));
        self.leaving = later;
        for Leaving { contact, user, .. } in due {
            self.delete(Entity::Contacts, contact, Author { user, now });
        }
    }
}

impl Kommo {
    /// One row of the documented table of actions.
    pub(super) fn act(self: &Arc<Self>, action: &str, body: &Value) -> Result<Value, ControlError> {
        let body = body.as_object().cloned().unwrap_or_default();
        match action {
            "block" => {
                self.block();
                return Ok(json!({ "blocked": true }));
            }
            "unblock" => {
                self.unblock();
                return Ok(json!({ "blocked": false }));
            }
            _ => {}
        }
        let mut state = self.held();
        let user = number(&body, "user_id").unwrap_or(state.owner);
        let author = Author {
            user,
            now: self.now(),
        };
        let done = match action {
            "move_lead" => self.edit(&mut state, Entity::Leads, &body, author),
            "edit_lead" => self.edit(&mut state, Entity::Leads, &body, author),
            "edit_contact" => self.edit(&mut state, Entity::Contacts, &body, author),
            "delete_lead" => delete_lead(&mut state, &body, author),
            "delete_contact" => delete_contact(&mut state, &body, author),
            "merge_contacts" => self.merge(&mut state, &body, author),
            "delete_field" => delete_field(&mut state, &body),
            "delete_pipeline" => delete_pipeline(&mut state, &body, author),
            "remove_user" => remove_user(&mut state, &body),
            "issue_code" => Ok(self.issue_code(&mut state, &body)),
            "enable_webhooks" => Ok(enable_webhooks(&mut state)),
            unknown => Err(ControlError::not_found(format!(
                "no action `{unknown}` of kommo: use move_lead, edit_lead, delete_lead, merge_contacts, edit_contact, delete_contact, \
                 delete_field, delete_pipeline, remove_user, block, unblock, enable_webhooks or issue_code"
            ))),
        }?;
        self.tell(&mut state);
        Ok(done)
    }

    /// Takes the members of the vendor's own PATCH; the screens let texts be longer than the API does.
    fn edit(
        &self,
        state: &mut State,
        entity: Entity,
        body: &Body,
        author: Author,
    ) -> Result<Value, ControlError> {
        let id = known(state, entity, body, "id")?;
        let mut wish = body.clone();
        wish.retain(|name, _| !matches!(name.as_str(), "app" | "action" | "user_id" | "id"));
        let rules = Rules {
            text_limit: NO_LIMIT,
            ..self.rules()
        };
        let mut findings = Findings::default();
        let reader = Reader {
            state,
            rules,
            entity,
        };
        let draft = reader.read(
            &wish,
            Some(&state.cards[entity][&id].body),
            &mut findings.item("0"),
        );
        findings
            .settle()
            .map_err(|refusal| ControlError::bad_request(refusal.in_words()))?;
        state.change(entity, id, &draft, author);
        Ok(state.show(entity, id, &Look::whole(self.flag("minor_units")), ""))
    }

    /// Keeps `id` and dissolves `other_id` in it.
    fn merge(&self, state: &mut State, body: &Body, author: Author) -> Result<Value, ControlError> {
        let kept = known(state, Entity::Contacts, body, "id")?;
        let other = known(state, Entity::Contacts, body, "other_id")?;
        if kept == other {
            return Err(ControlError::bad_request(
                "`id` and `other_id` must be two contacts",
            ));
        }
        let from = End {
            entity: Entity::Contacts,
            id: other,
        };
        let to = End {
            entity: Entity::Contacts,
            id: kept,
        };
        for (end, is_main) in state.links.of(from) {
            state.links.unlink(end, from);
            state.links.link(end, to, is_main);
        }
        let mut values = Vec::new();
        for filled in state.cards[Entity::Contacts][&other].filled() {
            let Some(field) = filled["field_id"].as_u64() else {
                continue;
            };
            let mine = state.cards[Entity::Contacts][&kept].values_of(field);
            let more = filled["values"].as_array().into_iter().flatten();
            match mine {
                None => values.push((field, more.cloned().collect())),
                Some(mine) if filled["field_type"] == "multitext" => {
                    let fresh = more
                        .filter(|value| !mine.iter().any(|known| known["value"] == value["value"]));
                    values.push((field, mine.iter().chain(fresh).cloned().collect()));
                }
                Some(_) => {}
            }
        }
        state.change(
            Entity::Contacts,
            kept,
            &Draft {
                values,
                ..Draft::default()
            },
            author,
        );
        state.delete(Entity::Contacts, other, author);
        Ok(state.show(Entity::Contacts, kept, &Look::whole(false), ""))
    }

    /// The integration's window shows a code, for the redirect address that is registered there.
    fn issue_code(&self, state: &mut State, body: &Body) -> Value {
        let redirect_uri = text(body, "redirect_uri");
        if !redirect_uri.is_empty() {
            redirect_uri.clone_into(&mut state.tokens.redirect_uri);
        }
        let code = state.tokens.add_code(&self.world.ids, self.now());
        json!({ "code": code, "redirect_uri": state.tokens.redirect_uri })
    }
}

fn known(state: &State, entity: Entity, body: &Body, name: &str) -> Result<u64, ControlError> {
    let found = number(body, name).filter(|id| state.card(entity, *id).is_some());
    found.ok_or_else(|| {
        ControlError::not_found(format!(
            "`{name}` must be the id of one of the {}: GET /_control/state shows them",
            entity.word()
        ))
    })
}

fn delete_lead(state: &mut State, body: &Body, author: Author) -> Result<Value, ControlError> {
    let id = known(state, Entity::Leads, body, "id")?;
    state.delete(Entity::Leads, id, author);
    Ok(json!({ "id": id, "is_deleted": true }))
}

fn delete_contact(state: &mut State, body: &Body, author: Author) -> Result<Value, ControlError> {
    let contact = known(state, Entity::Contacts, body, "id")?;
    match number(body, "after_page") {
        Some(after_page) => state.leaving.push(Leaving {
            contact,
            after_page,
            user: author.user,
        }),
        None => state.delete(Entity::Contacts, contact, author),
    }
    let is_deleted = state.card(Entity::Contacts, contact).is_none();
    Ok(json!({ "id": contact, "is_deleted": is_deleted }))
}

fn delete_field(state: &mut State, body: &Body) -> Result<Value, ControlError> {
    let entity = Entity::read(
        body.get("entity")
            .and_then(Value::as_str)
            .unwrap_or("leads"),
    )
    .ok_or_else(|| ControlError::bad_request("`entity` must be leads, contacts or companies"))?;
    let code = text(body, "code");
    let by_code = |state: &State| {
        state.fields[entity]
            .values()
            .find(|field| field.code() == Some(code))
            .map(|field| field.id)
    };
    let id = number(body, "id").or_else(|| by_code(state));
    match id.filter(|id| state.drop_field(entity, *id)) {
        Some(id) => Ok(json!({ "id": id, "is_deleted": true })),
        None => Err(ControlError::not_found(
            "no such field: send `entity` with the field's `id` or `code`",
        )),
    }
}

fn delete_pipeline(state: &mut State, body: &Body, author: Author) -> Result<Value, ControlError> {
    let id = number(body, "id").filter(|id| state.pipelines.contains_key(id));
    let id = id.ok_or_else(|| ControlError::not_found("no such pipeline: send its `id`"))?;
    if state.pipelines.len() == 1 {
        return Err(ControlError::bad_request(
            "the last pipeline cannot be deleted: load another one first",
        ));
    }
    state.drop_pipeline(id, author);
    Ok(json!({ "id": id, "is_deleted": true }))
}

fn remove_user(state: &mut State, body: &Body) -> Result<Value, ControlError> {
    let id = number(body, "id").filter(|id| *id != state.owner);
    match id.and_then(|id| state.users.remove(&id)) {
        Some(user) => Ok(json!({ "id": user["id"], "is_removed": true })),
        None => Err(ControlError::not_found(
            "no such user, or the owner of the tokens, who cannot be removed",
        )),
    }
}

/// Saves the webhook settings again, as an administrator does after a block.
fn enable_webhooks(state: &mut State) -> Value {
    for subscription in state.subscriptions.values_mut() {
        subscription.enable();
    }
    json!({ "enabled": state.subscriptions.len() })
}

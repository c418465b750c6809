//! Leads, contacts and companies: how they are made, changed, found and shown.

use serde_json::{Value, json};

use super::answer::{Answer, Refusal, hal, nothing};
use super::call::{Call, Ids, Totals};
use super::drafts::{Draft, Reader};
use super::fields::{request_id, write_values};
use super::findings::Findings;
use super::links::End;
use super::selection::Selection;
use super::state::{Author, Body, Card, Entity, LOST, State, WON, moment, number, object, text};
use super::webhooks::{self, Event, Place};

/// How reads show a card.
pub(super) struct Look<'a> {
    /// With links when the caller's base is known.
    pub call: Option<&'a Call>,
    pub contacts: bool,
    pub leads: bool,
    pub catalog_elements: bool,
    pub loss_reason: bool,
    pub source_id: bool,
    pub by_robot: bool,
    pub minor_units: bool,
    pub loss_reason_as_object: bool,
    pub empty_fields_as_list: bool,
}

impl State {
    pub(super) fn create(&mut self, entity: Entity, draft: &Draft, author: Author) -> u64 {
        let id = self.sequence.next();
        let body = self.blank(entity, id, author);
        self.cards[entity].insert(
            id,
            Card {
                body,
                tags: Vec::new(),
                saved_at: author.now,
            },
        );
        self.apply(entity, id, draft, author);
        for contact in &draft.contacts {
            self.links.link(
                End { entity, id },
                End {
                    entity: Entity::Contacts,
                    id: contact.id,
                },
                contact.is_main,
            );
        }
        for company in &draft.companies {
            self.links.link(
                End { entity, id },
                End {
                    entity: Entity::Companies,
                    id: *company,
                },
                false,
            );
        }
        self.tell_later(|state| vec![Event::card(state, "add", entity, id)]);
        id
    }

    pub(super) fn change(&mut self, entity: Entity, id: u64, draft: &Draft, author: Author) {
        let Some(before) = self.cards[entity]
            .get(&id)
            .map(|card| Place::of(&card.body))
        else {
            return;
        };
        self.apply(entity, id, draft, author);
        self.tell_later(|state| webhooks::changes(state, entity, id, &before));
    }

    /// Marks a card as changed without changing a member of it.
    pub(super) fn touch(&mut self, entity: Entity, id: u64, author: Author) {
        self.change(entity, id, &Draft::default(), author);
    }

    pub(super) fn delete(&mut self, entity: Entity, id: u64, author: Author) {
        if entity == Entity::Contacts {
            self.index_emails(id, false);
        }
        let Some(card) = self.cards[entity].get_mut(&id) else {
            return;
        };
        card.body.insert("is_deleted".to_owned(), true.into());
        card.body.insert("updated_at".to_owned(), author.now.into());
        self.tell_later(|state| vec![Event::card(state, "delete", entity, id)]);
    }

    /// What a card has before anything is written into it.
    pub(super) fn blank(&self, entity: Entity, id: u64, author: Author) -> Body {
        let mut body = json!({
            "id": id, "name": "", "responsible_user_id": author.user, "group_id": 0,
            "created_by": author.user, "updated_by": author.user, "created_at": author.now, "updated_at": author.now,
            "closest_task_at": null, "is_deleted": false, "custom_fields_values": null, "account_id": self.account_id(),
        });
        match entity {
            Entity::Leads => {
                body["name"] = format!("Lead #{id}").into();
                body["price"] = 0.into();
                body["is_price_computed"] = false.into();
                for name in ["loss_reason_id", "closed_at", "score", "labor_cost"] {
                    body[name] = Value::Null;
                }
            }
            Entity::Contacts => {
                body["first_name"] = "".into();
                body["last_name"] = "".into();
                body["is_unsorted"] = false.into();
            }
            Entity::Companies => {}
        }
        object(body)
    }

    fn apply(&mut self, entity: Entity, id: u64, draft: &Draft, author: Author) {
        if entity == Entity::Contacts && !draft.values.is_empty() {
            self.index_emails(id, false);
        }
        let Some(card) = self.cards[entity].get_mut(&id) else {
            return;
        };
        let before = card.body.get("status_id").cloned();
        card.body.insert("updated_at".to_owned(), author.now.into());
        card.body
            .insert("updated_by".to_owned(), author.user.into());
        card.body.extend(
            draft
                .plain
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        match entity {
            Entity::Leads => {
                close_or_open(&mut card.body, before.as_ref(), &draft.plain, author.now)
            }
            Entity::Contacts => compose_name(&mut card.body, &draft.plain),
            Entity::Companies => {}
        }
        if !draft.values.is_empty() {
            write_values(self, entity, id, &draft.values);
        }
        self.retag(entity, id, &draft.tags);
        if entity == Entity::Contacts && !draft.values.is_empty() {
            self.index_emails(id, true);
        }
    }

    pub(super) fn show(&self, entity: Entity, id: u64, look: &Look<'_>, suffix: &str) -> Value {
        let Some(card) = self.cards[entity].get(&id) else {
            return Value::Null;
        };
        let mut body = card.body.clone();
        if look.empty_fields_as_list && body.get("custom_fields_values").is_some_and(Value::is_null)
        {
            body.insert("custom_fields_values".to_owned(), json!([]));
        }
        let mut embedded = json!({ "tags": self.tags_of(entity, &card.tags) });
        if entity != Entity::Companies {
            let company = self
                .links
                .company(entity, id)
                .map(|company| look.reference(Entity::Companies, company, suffix));
            embedded["companies"] = company.into_iter().collect();
        }
        match entity {
            Entity::Leads => self.show_lead(id, &mut body, &mut embedded, look),
            Entity::Contacts if look.leads => {
                embedded["leads"] = self
                    .links
                    .leads(id)
                    .map(|lead| look.reference(Entity::Leads, lead, ""))
                    .collect();
            }
            Entity::Contacts | Entity::Companies => {}
        }
        if look.catalog_elements {
            embedded["catalog_elements"] = json!([]);
        }
        body.insert("_embedded".to_owned(), embedded);
        if let Some(call) = look.call {
            let path = format!("{}/{id}{suffix}", entity.word());
            body.insert("_links".to_owned(), json!({ "self": call.href(&path) }));
        }
        Value::Object(body)
    }

    fn show_lead(&self, id: u64, body: &mut Body, embedded: &mut Value, look: &Look<'_>) {
        if look.minor_units {
            let exact = body.get("price").cloned().unwrap_or(Value::Null);
            body.insert("price_with_minor_units".to_owned(), exact);
        }
        if let Some(price) = body.get("price").filter(|price| price.is_f64()) {
            // The old member loses the cents instead of rounding them.
            let whole = price
                .to_string()
                .split('.')
                .next()
                .and_then(|whole| whole.parse::<i64>().ok());
            body.insert("price".to_owned(), whole.unwrap_or_default().into());
        }
        if look.source_id {
            body.entry("source_id").or_insert(Value::Null);
        }
        if look.by_robot {
            body.entry("is_price_modified_by_robot")
                .or_insert(false.into());
        }
        if look.contacts {
            let contacts = self.links.contacts(id).iter().map(|contact| {
                let mut shown = look.reference(Entity::Contacts, contact.id, "");
                shown["is_main"] = contact.is_main.into();
                shown
            });
            embedded["contacts"] = contacts.collect();
        }
        if look.loss_reason {
            let reason = number(body, "loss_reason_id").and_then(|id| self.loss_reasons.get(&id));
            let reason = reason.map(|reason| Value::Object(reason.clone()));
            embedded["loss_reason"] = match reason {
                Some(reason) if look.loss_reason_as_object => reason,
                reason => reason.into_iter().collect(),
            };
        }
    }
}

impl<'a> Look<'a> {
    /// As the call asks with `with`, and as the switches say.
    pub(super) fn of(call: &'a Call) -> Self {
        let with = |name| call.query.with(name);
        Self {
            call: Some(call),
            contacts: with("contacts"),
            leads: with("leads"),
            catalog_elements: with("catalog_elements"),
            loss_reason: with("loss_reason"),
            source_id: with("source_id"),
            by_robot: with("is_price_modified_by_robot"),
            minor_units: call.kommo.flag("minor_units"),
            loss_reason_as_object: call.kommo.choice("loss_reason") == "object",
            empty_fields_as_list: call.kommo.choice("empty_fields") == "list",
        }
    }

    /// Everything, without links.
    pub(super) fn whole(minor_units: bool) -> Self {
        Self {
            call: None,
            contacts: true,
            leads: true,
            catalog_elements: false,
            loss_reason: true,
            source_id: false,
            by_robot: false,
            minor_units,
            loss_reason_as_object: false,
            empty_fields_as_list: false,
        }
    }

    fn reference(&self, entity: Entity, id: u64, suffix: &str) -> Value {
        match self.call {
            Some(call) => {
                json!({ "id": id, "_links": { "self": call.href(&format!("{}/{id}{suffix}", entity.word())) } })
            }
            None => json!({ "id": id }),
        }
    }
}

/// `GET /{entity}`
pub(super) async fn list(entity: Entity, call: Call) -> Answer {
    let mut state = call.kommo.held();
    let answer = listed(&state, entity, &call);
    if entity == Entity::Contacts {
        state.page_was_read(call.page_number()?, call.author.now);
        call.kommo.tell(&mut state);
    }
    answer
}

fn listed(state: &State, entity: Entity, call: &Call) -> Answer {
    let mut cards = Selection::of(call, entity).select(state);
    if cards.is_empty()
        && call.modified_since.is_some()
        && call.kommo.choice("if_modified_since") == "304"
    {
        return Ok(axum::response::IntoResponse::into_response(
            http::StatusCode::NOT_MODIFIED,
        ));
    }
    if let Some((by, descending)) = call.query.order() {
        cards.sort_by_key(|(_, card)| moment(&card.body, by));
        if descending {
            cards.reverse();
        }
    }
    let look = Look::of(call);
    call.page(entity.word(), &cards, Totals::Hidden, |(id, _), suffix| {
        state.show(entity, *id, &look, suffix)
    })
}

/// `GET /{entity}/{id}`
pub(super) async fn show(entity: Entity, Ids([id]): Ids<1>, call: Call) -> Answer {
    let state = call.kommo.held();
    match state.card(entity, id) {
        Some(_) => hal(&state.show(entity, id, &Look::of(&call), "")),
        None => Ok(nothing()),
    }
}

/// `POST /{entity}`
pub(super) async fn create(entity: Entity, call: Call) -> Answer {
    let items = call.items()?;
    let mut state = call.kommo.held();
    let drafts = read_all(&state, entity, &items, false, &call)?;
    let mut shown = Vec::with_capacity(drafts.len());
    for draft in &drafts {
        let id = state.create(entity, draft, call.author);
        let mut item = json!({ "id": id, "request_id": draft.request_id });
        if entity == Entity::Contacts {
            item["is_deleted"] = false.into();
            item["is_unsorted"] = false.into();
        }
        item["_links"] = json!({ "self": call.href(&format!("{}/{id}", entity.word())) });
        shown.push(item);
    }
    call.kommo.tell(&mut state);
    call.kommo.spare_heavy(
        drafts.len(),
        hal(&json!({ "_links": call.own_link(), "_embedded": { entity.word(): shown } })),
    )
}

/// `PATCH /{entity}`
pub(super) async fn update_many(entity: Entity, call: Call) -> Answer {
    let items = call.items()?;
    let shown = update_all(entity, &items, &call)?;
    call.kommo.spare_heavy(
        items.len(),
        hal(&json!({ "_links": call.own_link(), "_embedded": { entity.word(): shown } })),
    )
}

/// `PATCH /{entity}/{id}`
pub(super) async fn update(entity: Entity, Ids([id]): Ids<1>, call: Call) -> Answer {
    let mut item = call.object()?;
    item.insert("id".to_owned(), id.into());
    let mut shown = update_all(entity, &[item], &call)?;
    match call.kommo.choice("single_patch").as_str() {
        "wrapped" => {
            hal(&json!({ "_links": call.own_link(), "_embedded": { entity.word(): shown } }))
        }
        _ => hal(&shown.remove(0)),
    }
}

fn update_all(entity: Entity, items: &[Body], call: &Call) -> Result<Vec<Value>, Refusal> {
    let mut state = call.kommo.held();
    let drafts = read_all(&state, entity, items, true, call)?;
    let mut shown = Vec::with_capacity(drafts.len());
    for (item, draft) in items.iter().zip(&drafts) {
        let id = number(item, "id").unwrap_or_default();
        state.change(entity, id, draft, call.author);
        let body = &state.cards[entity][&id].body;
        let mut answer = json!({ "id": id, "updated_at": body["updated_at"] });
        if entity != Entity::Leads {
            answer["name"] = body["name"].clone();
            answer["is_deleted"] = body["is_deleted"].clone();
        }
        if entity == Entity::Contacts {
            answer["is_unsorted"] = body["is_unsorted"].clone();
        }
        if item.contains_key("request_id") {
            answer["request_id"] = draft.request_id.clone().into();
        }
        answer["_links"] = json!({ "self": call.href(&format!("{}/{id}", entity.word())) });
        shown.push(answer);
    }
    call.kommo.tell(&mut state);
    Ok(shown)
}

/// Reads every item before the first is saved.
fn read_all(
    state: &State,
    entity: Entity,
    items: &[Body],
    existing: bool,
    call: &Call,
) -> Result<Vec<Draft>, Refusal> {
    let reader = Reader {
        state,
        rules: call.kommo.rules(),
        entity,
    };
    let mut findings = Findings::default();
    let mut drafts = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let request_id = request_id(item, index);
        let mut place = findings.item(&request_id);
        let current = number(item, "id")
            .filter(|_| existing)
            .and_then(|id| state.card(entity, id));
        if existing && current.is_none() {
            place.at("id").no_choice();
            continue;
        }
        let draft = reader.read(item, current.map(|card| &card.body), &mut place);
        drafts.push(Draft {
            request_id,
            ..draft
        });
    }
    findings.settle()?;
    Ok(drafts)
}

/// Keeps the closing date and the loss reason in step with the stage.
fn close_or_open(body: &mut Body, before: Option<&Value>, sent: &Body, now: i64) {
    let status = number(body, "status_id");
    let closed = status == Some(WON) || status == Some(LOST);
    if before != body.get("status_id") && !sent.contains_key("closed_at") {
        body.insert(
            "closed_at".to_owned(),
            if closed { now.into() } else { Value::Null },
        );
    }
    if status != Some(LOST) {
        body.insert("loss_reason_id".to_owned(), Value::Null);
    }
}

fn compose_name(body: &mut Body, sent: &Body) {
    if sent.contains_key("first_name") || sent.contains_key("last_name") {
        let name = format!("{} {}", text(body, "first_name"), text(body, "last_name"));
        body.insert("name".to_owned(), name.trim().into());
    }
}

//! Notes on cards.

use http::StatusCode;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal, hal, nothing};
use super::call::{Call, Ids, Totals};
use super::fields::request_id;
use super::findings::{Findings, Place};
use super::state::{Author, Body, Entity, Note, State, moment, number, object, text};
use super::webhooks::Event;

/// The kinds that an API caller can make, and the parameters that each must have.
const CREATABLE: [(&str, &[&str]); 13] = [
    ("common", &["text"]),
    ("service_message", &["service", "text"]),
    ("extended_service_message", &["service", "text"]),
    ("call_in", &["uniq", "duration", "source", "phone"]),
    ("call_out", &["uniq", "duration", "source", "phone"]),
    ("sms_in", &["text", "phone"]),
    ("sms_out", &["text", "phone"]),
    ("geolocation", &["text", "address", "longitude", "latitude"]),
    ("attachment", &["version_uuid", "file_uuid", "file_name"]),
    ("invoice_paid", &["service", "text", "icon_url"]),
    ("bill_paid", &["service", "text", "icon_url"]),
    ("message_cashier", &["status", "text"]),
    ("site_visit", &["text"]),
];

const MEMBERS: [&str; 12] = [
    "id",
    "entity_id",
    "note_type",
    "params",
    "request_id",
    "created_by",
    "updated_by",
    "created_at",
    "updated_at",
    "responsible_user_id",
    "is_need_to_trigger_digital_pipeline",
    "_links",
];

impl Note {
    /// The note without links, with the kind of card it is on.
    pub(super) fn show_plain(&self) -> Value {
        let mut body = Value::Object(self.body.clone());
        body["entity_type"] = self.entity.word().into();
        body
    }
}

impl State {
    pub(super) fn add_note(
        &mut self,
        entity: Entity,
        card: u64,
        sent: &Body,
        author: Author,
    ) -> u64 {
        let id = number(sent, "id").unwrap_or_else(|| self.sequence.next());
        self.sequence.passed(id);
        let body = json!({
            "id": id, "entity_id": card, "created_by": author.user, "updated_by": author.user, "created_at": author.now,
            "updated_at": author.now, "responsible_user_id": author.user, "group_id": 0, "note_type": "common",
            "params": {}, "account_id": self.account_id(),
        });
        let mut body = object(body);
        let unstored = [
            "request_id",
            "is_need_to_trigger_digital_pipeline",
            "_links",
            "entity_id",
        ];
        let sent = sent
            .iter()
            .filter(|(name, _)| !unstored.contains(&name.as_str()));
        body.extend(sent.map(|(name, value)| (name.clone(), value.clone())));
        self.tell_later(|_| vec![Event::note(entity, &body)]);
        self.notes.insert(
            id,
            Note {
                entity,
                card,
                pinned: false,
                body,
            },
        );
        id
    }
}

/// `GET /{entity}/notes`
pub(super) async fn list_all(entity: Entity, call: Call) -> Answer {
    list(entity, None, &call)
}

/// `GET /{entity}/{id}/notes`
pub(super) async fn list_of_card(entity: Entity, Ids([card]): Ids<1>, call: Call) -> Answer {
    list(entity, Some(card), &call)
}

/// `GET /{entity}/notes/{id}`
pub(super) async fn show(entity: Entity, Ids([id]): Ids<1>, call: Call) -> Answer {
    show_one(entity, None, id, &call)
}

/// `GET /{entity}/{card}/notes/{id}`
pub(super) async fn show_of_card(entity: Entity, Ids([card, id]): Ids<2>, call: Call) -> Answer {
    show_one(entity, Some(card), id, &call)
}

/// `POST /{entity}/notes`
pub(super) async fn create_many(entity: Entity, call: Call) -> Answer {
    create(entity, None, &call)
}

/// `POST /{entity}/{id}/notes`
pub(super) async fn create_on_card(entity: Entity, Ids([card]): Ids<1>, call: Call) -> Answer {
    create(entity, Some(card), &call)
}

/// `PATCH /{entity}/notes`
pub(super) async fn update_many(entity: Entity, call: Call) -> Answer {
    let shown = update_all(entity, &call.items()?, &call)?;
    hal(&json!({ "_links": call.own_link(), "_embedded": { "notes": shown } }))
}

/// `PATCH /{entity}/notes/{id}`
pub(super) async fn update(entity: Entity, Ids([id]): Ids<1>, call: Call) -> Answer {
    let mut change = call.object()?;
    change.insert("id".to_owned(), id.into());
    hal(&update_all(entity, &[change], &call)?[0])
}

/// `POST /{entity}/notes/{id}/pin`
pub(super) async fn pin(entity: Entity, Ids([id]): Ids<1>, call: Call) -> Answer {
    set_pinned(entity, id, true, &call)
}

/// `POST /{entity}/notes/{id}/unpin`
pub(super) async fn unpin(entity: Entity, Ids([id]): Ids<1>, call: Call) -> Answer {
    set_pinned(entity, id, false, &call)
}

fn list(entity: Entity, card: Option<u64>, call: &Call) -> Answer {
    let query = &call.query;
    let ids = query.numbers(&["filter", "id"]);
    let cards = query.numbers(&["filter", "entity_id"]);
    let kinds = query.many(&["filter", "note_type"]);
    let updated = query.range(&["filter", "updated_at"]);
    let state = call.kommo.held();
    let mut notes: Vec<&Note> = state
        .notes
        .values()
        .filter(|note| note.entity == entity && card.is_none_or(|card| card == note.card))
        .filter(|note| {
            ids.as_ref()
                .is_none_or(|ids| ids.iter().any(|id| note.body["id"] == *id))
        })
        .filter(|note| {
            cards
                .as_ref()
                .is_none_or(|ids| ids.iter().any(|id| u64::try_from(*id) == Ok(note.card)))
        })
        .filter(|note| {
            kinds
                .as_ref()
                .is_none_or(|kinds| kinds.contains(&text(&note.body, "note_type")))
        })
        .filter(|note| {
            updated
                .as_ref()
                .is_none_or(|range| range.holds(moment(&note.body, "updated_at")))
        })
        .collect();
    if let Some((by, descending)) = query.order() {
        notes.sort_by_key(|note| moment(&note.body, by));
        if descending {
            notes.reverse();
        }
    }
    call.page("notes", &notes, Totals::Hidden, |note, suffix| {
        linked(note, suffix, call)
    })
}

fn show_one(entity: Entity, card: Option<u64>, id: u64, call: &Call) -> Answer {
    let state = call.kommo.held();
    let note = state
        .notes
        .get(&id)
        .filter(|note| note.entity == entity && card.is_none_or(|card| card == note.card));
    match note {
        Some(note) => hal(&linked(note, "", call)),
        None if call.kommo.choice("unknown_note") == "204" => Ok(nothing()),
        None => Err(Refusal::not_found("Note not found")),
    }
}

fn create(entity: Entity, card: Option<u64>, call: &Call) -> Answer {
    let items = call.items()?;
    let mut state = call.kommo.held();
    let mut findings = Findings::default();
    let mut cards = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let request_id = request_id(item, index);
        let mut place = findings.item(&request_id);
        match card
            .or_else(|| number(item, "entity_id"))
            .filter(|id| state.card(entity, *id).is_some())
        {
            Some(card) => cards.push(card),
            None => place.at("entity_id").no_choice(),
        }
        check(&state, item, true, call, &mut place);
    }
    findings.settle()?;
    let mut shown = Vec::with_capacity(items.len());
    for (index, (item, card)) in items.iter().zip(cards).enumerate() {
        let id = state.add_note(entity, card, item, call.author);
        let link = call.href(&format!("{}/{card}/notes/{id}", entity.word()));
        shown.push(json!({
            "id": id, "entity_id": card, "request_id": request_id(item, index), "_links": { "self": link },
        }));
    }
    call.kommo.tell(&mut state);
    call.kommo.spare_heavy(
        shown.len(),
        hal(&json!({ "_links": call.own_link(), "_embedded": { "notes": shown } })),
    )
}

fn update_all(entity: Entity, changes: &[Body], call: &Call) -> Result<Vec<Value>, Refusal> {
    let mut state = call.kommo.held();
    let mut findings = Findings::default();
    for (index, change) in changes.iter().enumerate() {
        let request_id = request_id(change, index);
        let mut place = findings.item(&request_id);
        let note = number(change, "id")
            .and_then(|id| state.notes.get(&id))
            .filter(|note| note.entity == entity);
        match note {
            None => place.at("id").no_choice(),
            Some(note) if change.get("entity_id").is_some_and(|id| *id != note.card) => {
                place.at("entity_id").no_choice()
            }
            Some(_) => check(&state, change, false, call, &mut place),
        }
    }
    findings.settle()?;
    let mut shown = Vec::with_capacity(changes.len());
    for change in changes {
        let id = number(change, "id").unwrap_or_default();
        let Some(note) = state.notes.get_mut(&id) else {
            continue;
        };
        note.body
            .insert("updated_at".to_owned(), call.author.now.into());
        note.body
            .insert("updated_by".to_owned(), call.author.user.into());
        for name in [
            "params",
            "note_type",
            "updated_by",
            "updated_at",
            "responsible_user_id",
        ] {
            if let Some(value) = change.get(name) {
                note.body.insert(name.to_owned(), value.clone());
            }
        }
        let link = call.href(&format!("{}/{}/notes/{id}", entity.word(), note.card));
        let mut answer =
            json!({ "id": id, "entity_id": note.card, "updated_at": note.body["updated_at"] });
        answer["_links"] = json!({ "self": link });
        if let Some(request_id) = change.get("request_id") {
            answer["request_id"] = request_id.clone();
        }
        shown.push(answer);
    }
    Ok(shown)
}

fn check(state: &State, item: &Body, new: bool, call: &Call, place: &mut Place<'_>) {
    if call.kommo.choice("unknown_members") == "refused" {
        for name in item.keys().filter(|name| !MEMBERS.contains(&name.as_str())) {
            place
                .at(name)
                .add("NotExpected", "This field was not expected.");
        }
    }
    for name in ["created_by", "updated_by", "responsible_user_id"] {
        let user = item.get(name).map(|user| user.as_u64());
        if user.is_some_and(|user| {
            user != Some(0) && user.is_none_or(|user| !state.users.contains_key(&user))
        }) {
            place.at(name).no_choice();
        }
    }
    let kind = text(item, "note_type");
    if kind.is_empty() {
        if new {
            place.at("note_type").missing();
        }
        return;
    }
    let extended = kind != "extended_service_message" || call.kommo.flag("extended_notes");
    let Some((_, needed)) = CREATABLE
        .iter()
        .find(|(known, _)| *known == kind && extended)
    else {
        return place.at("note_type").no_choice();
    };
    let params = &item.get("params").cloned().unwrap_or_default();
    for name in *needed {
        let value = &params[name];
        if value.is_null() {
            place.at("params").at(name).missing();
        } else if *name == "text" && !value.is_string() {
            place.at("params").at(name).wrong_type("string");
        }
    }
}

fn set_pinned(entity: Entity, id: u64, pinned: bool, call: &Call) -> Answer {
    let mut state = call.kommo.held();
    let note = state
        .notes
        .get_mut(&id)
        .filter(|note| note.entity == entity);
    let note = note.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "Note not found"))?;
    note.pinned = pinned;
    Ok(nothing())
}

fn linked(note: &Note, suffix: &str, call: &Call) -> Value {
    let mut body = Value::Object(note.body.clone());
    if call.query.with("is_pinned") {
        body["is_pinned"] = note.pinned.into();
    }
    let path = format!(
        "{}/{}/notes/{}{suffix}",
        note.entity.word(),
        note.card,
        note.body["id"]
    );
    body["_links"] = json!({ "self": call.href(&path) });
    body
}

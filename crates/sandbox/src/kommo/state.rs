//! What the account holds, and the indexes that keep a batch fast.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::{Index, IndexMut};

use serde_json::{Map, Value};

use super::fields::Field;
use super::links::Links;
use super::people::Leaving;
use super::pipelines::Pipeline;
use super::tokens::Tokens;
use super::unsorted::Incoming;
use super::webhooks::{Event, Subscription};

pub(super) const WON: u64 = 142;
pub(super) const LOST: u64 = 143;

/// A JSON object as the vendor shows it, without `_links` and `_embedded`.
pub(super) type Body = Map<String, Value>;

/// Everything in the account.
#[derive(Debug)]
pub(super) struct State {
    pub account: Body,
    /// The owner of every token that is handed out.
    pub owner: u64,
    pub users: BTreeMap<u64, Body>,
    pub pipelines: BTreeMap<u64, Pipeline>,
    pub loss_reasons: BTreeMap<u64, Body>,
    pub fields: Each<BTreeMap<u64, Field>>,
    pub groups: Each<Vec<Body>>,
    pub tags: Each<Tags>,
    pub cards: Each<BTreeMap<u64, Card>>,
    pub links: Links,
    pub notes: BTreeMap<u64, Note>,
    pub unsorted: BTreeMap<String, Incoming>,
    pub subscriptions: BTreeMap<u64, Subscription>,
    pub tokens: Tokens,
    /// What webhooks have to tell once the call is done.
    pub events: Vec<Event>,
    /// Contacts that a person deletes while they are being listed.
    pub leaving: Vec<Leaving>,
    /// Contacts by every e-mail they carry, in lower case.
    pub by_email: HashMap<String, BTreeSet<u64>>,
    pub sequence: Sequence,
}

/// A lead, a contact or a company.
#[derive(Clone, Debug, Default)]
pub(super) struct Card {
    pub body: Body,
    pub tags: Vec<u64>,
    /// When it was made in truth, whatever `created_at` says.
    pub saved_at: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Note {
    pub entity: Entity,
    pub card: u64,
    pub pinned: bool,
    pub body: Body,
}

/// The tag dictionary of one kind of card.
#[derive(Debug, Default)]
pub(super) struct Tags {
    pub rows: BTreeMap<u64, Body>,
    by_name: HashMap<String, u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Entity {
    Leads,
    Contacts,
    Companies,
}

/// One of something for each kind of card.
#[derive(Debug, Default)]
pub(super) struct Each<T> {
    leads: T,
    contacts: T,
    companies: T,
}

/// Hands out ids; one row of numbers for everything, so that an id of the wrong kind is never valid.
#[derive(Debug)]
pub(super) struct Sequence {
    last: u64,
}

/// Who changes something, and when (Unix seconds).
#[derive(Clone, Copy, Debug)]
pub(super) struct Author {
    pub user: u64,
    pub now: i64,
}

impl State {
    pub(super) fn account_id(&self) -> u64 {
        number(&self.account, "id").unwrap_or_default()
    }

    pub(super) fn currency(&self) -> &str {
        text(&self.account, "currency")
    }

    /// Keeps what webhooks have to tell, unless nobody listens.
    pub(super) fn tell_later(&mut self, events: impl FnOnce(&Self) -> Vec<Event>) {
        if !self.subscriptions.is_empty() {
            let events = events(self);
            self.events.extend(events);
        }
    }

    /// A card that was not deleted.
    pub(super) fn card(&self, entity: Entity, id: u64) -> Option<&Card> {
        self.cards[entity]
            .get(&id)
            .filter(|card| !card.is_deleted())
    }

    pub(super) fn main_pipeline(&self) -> Option<&Pipeline> {
        let main = self
            .pipelines
            .values()
            .find(|pipeline| flag(&pipeline.body, "is_main"));
        main.or_else(|| self.pipelines.values().next())
    }

    /// The contacts that carry exactly this e-mail, whatever its case.
    pub(super) fn contacts_by_email(&self, email: &str) -> impl Iterator<Item = u64> {
        self.by_email
            .get(&email.trim().to_lowercase())
            .into_iter()
            .flatten()
            .copied()
    }

    /// Brings the e-mail index in line with a contact that is about to change or has changed.
    pub(super) fn index_emails(&mut self, contact: u64, present: bool) {
        let Some(card) = self.cards[Entity::Contacts].get(&contact) else {
            return;
        };
        for email in card.texts_of("EMAIL") {
            let ids = self
                .by_email
                .entry(email.trim().to_lowercase())
                .or_default();
            if present {
                ids.insert(contact);
            } else {
                ids.remove(&contact);
            }
        }
    }
}

impl Card {
    pub(super) fn is_deleted(&self) -> bool {
        flag(&self.body, "is_deleted")
    }

    pub(super) fn is_unsorted(&self) -> bool {
        flag(&self.body, "is_unsorted")
    }

    /// The filled fields, each `{field_id, field_code, values, ..}`.
    pub(super) fn filled(&self) -> &[Value] {
        self.body
            .get("custom_fields_values")
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    pub(super) fn values_of(&self, field: u64) -> Option<&Vec<Value>> {
        self.filled()
            .iter()
            .find(|filled| filled["field_id"] == field)?["values"]
            .as_array()
    }

    pub(super) fn texts_of<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a str> {
        let filled = self
            .filled()
            .iter()
            .filter(move |filled| filled["field_code"] == code);
        filled
            .filter_map(|filled| filled["values"].as_array())
            .flatten()
            .filter_map(|value| value["value"].as_str())
    }
}

impl Tags {
    pub(super) fn id_of(&self, name: &str) -> Option<u64> {
        self.by_name.get(name).copied()
    }

    pub(super) fn add(&mut self, id: u64, row: Body) {
        self.by_name.insert(text(&row, "name").to_owned(), id);
        self.rows.insert(id, row);
    }
}

impl Entity {
    pub(super) const ALL: [Self; 3] = [Self::Leads, Self::Contacts, Self::Companies];

    /// The word in paths and envelopes.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Leads => "leads",
            Self::Contacts => "contacts",
            Self::Companies => "companies",
        }
    }

    /// The word in webhook settings and in `type` of a webhook's item.
    pub(super) const fn singular(self) -> &'static str {
        match self {
            Self::Leads => "lead",
            Self::Contacts => "contact",
            Self::Companies => "company",
        }
    }

    pub(super) fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|entity| entity.word() == word)
    }
}

impl<T> Index<Entity> for Each<T> {
    type Output = T;

    fn index(&self, entity: Entity) -> &T {
        match entity {
            Entity::Leads => &self.leads,
            Entity::Contacts => &self.contacts,
            Entity::Companies => &self.companies,
        }
    }
}

impl<T> IndexMut<Entity> for Each<T> {
    fn index_mut(&mut self, entity: Entity) -> &mut T {
        match entity {
            Entity::Leads => &mut self.leads,
            Entity::Contacts => &mut self.contacts,
            Entity::Companies => &mut self.companies,
        }
    }
}

impl Sequence {
    pub(super) fn after(last: u64) -> Self {
        Self { last }
    }

    pub(super) fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// The id that was handed out last.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Keeps ids that came from outside from being handed out again.
    pub(super) fn passed(&mut self, id: u64) {
        self.last = self.last.max(id);
    }
}

pub(super) fn number(body: &Body, name: &str) -> Option<u64> {
    body.get(name)?.as_u64()
}

pub(super) fn moment(body: &Body, name: &str) -> Option<i64> {
    body.get(name)?.as_i64()
}

pub(super) fn text<'a>(body: &'a Body, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn flag(body: &Body, name: &str) -> bool {
    body.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// The members of an object; anything else has none.
pub(super) fn object(value: Value) -> Body {
    match value {
        Value::Object(body) => body,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Body::new()
        }
    }
}

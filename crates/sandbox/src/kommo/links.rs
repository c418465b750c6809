//! Links between leads, contacts and companies, and the calls that make and break them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use super::answer::{Answer, Refusal, hal, nothing};
use super::call::{Call, Ids, Totals};
use super::findings::{Findings, Place};
use super::state::{Body, Entity, State, number, text};

/// Who is linked with whom.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// In the order of linking; exactly one is the main one.
    lead_contacts: BTreeMap<u64, Vec<LinkedContact>>,
    contact_leads: HashMap<u64, BTreeSet<u64>>,
    /// The company of a lead or a contact.
    company: HashMap<(Entity, u64), u64>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct LinkedContact {
    pub id: u64,
    pub is_main: bool,
}

/// One end of a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct End {
    pub entity: Entity,
    pub id: u64,
}

impl Links {
    pub(super) fn contacts(&self, lead: u64) -> &[LinkedContact] {
        self.lead_contacts.get(&lead).map_or(&[], Vec::as_slice)
    }

    pub(super) fn main_contact(&self, lead: u64) -> Option<u64> {
        self.contacts(lead)
            .iter()
            .find(|contact| contact.is_main)
            .map(|contact| contact.id)
    }

    /// The leads of a contact, oldest first.
    pub(super) fn leads(&self, contact: u64) -> impl DoubleEndedIterator<Item = u64> {
        self.contact_leads
            .get(&contact)
            .into_iter()
            .flatten()
            .copied()
    }

    pub(super) fn company(&self, entity: Entity, id: u64) -> Option<u64> {
        self.company.get(&(entity, id)).copied()
    }

    /// Links two cards; linking twice is harmless. False when such cards cannot be linked.
    pub(super) fn link(&mut self, a: End, b: End, is_main: bool) -> bool {
        match (a.entity, b.entity) {
            (Entity::Leads, Entity::Contacts) => self.link_contact(a.id, b.id, is_main),
            (Entity::Contacts, Entity::Leads) => self.link_contact(b.id, a.id, is_main),
            (Entity::Leads | Entity::Contacts, Entity::Companies) => {
                self.company.insert((a.entity, a.id), b.id);
            }
            (Entity::Companies, Entity::Leads | Entity::Contacts) => {
                self.company.insert((b.entity, b.id), a.id);
            }
            (Entity::Leads, Entity::Leads)
            | (Entity::Contacts, Entity::Contacts)
            | (Entity::Companies, Entity::Companies) => return false,
        }
        true
    }

    pub(super) fn unlink(&mut self, a: End, b: End) {
        match (a.entity, b.entity) {
            (Entity::Leads, Entity::Contacts) => self.unlink_contact(a.id, b.id),
            (Entity::Contacts, Entity::Leads) => self.unlink_contact(b.id, a.id),
            (_, Entity::Companies) => self.leave_company(a, b.id),
            (Entity::Companies, _) => self.leave_company(b, a.id),
            (Entity::Leads, Entity::Leads) | (Entity::Contacts, Entity::Contacts) => {}
        }
    }

    /// Everything linked with a card.
    pub(super) fn of(&self, end: End) -> Vec<(End, bool)> {
        let mut found: Vec<(End, bool)> = Vec::new();
        match end.entity {
            Entity::Leads => {
                let contacts = self.contacts(end.id).iter();
                found.extend(contacts.map(|c| {
                    (
                        End {
                            entity: Entity::Contacts,
                            id: c.id,
                        },
                        c.is_main,
                    )
                }));
            }
            Entity::Contacts => {
                found.extend(self.leads(end.id).map(|id| {
                    (
                        End {
                            entity: Entity::Leads,
                            id,
                        },
                        self.main_contact(id) == Some(end.id),
                    )
                }));
            }
            Entity::Companies => {
                let mut members: Vec<(Entity, u64)> = self
                    .company
                    .iter()
                    .filter(|(_, company)| **company == end.id)
                    .map(|(member, _)| *member)
                    .collect();
                members.sort_unstable();
                found.extend(
                    members
                        .into_iter()
                        .map(|(entity, id)| (End { entity, id }, false)),
                );
            }
        }
        let company = self.company(end.entity, end.id);
        found.extend(company.map(|id| {
            (
                End {
                    entity: Entity::Companies,
                    id,
                },
                false,
            )
        }));
        found
    }

    fn link_contact(&mut self, lead: u64, contact: u64, is_main: bool) {
        let contacts = self.lead_contacts.entry(lead).or_default();
        let is_main = is_main || contacts.is_empty();
        if is_main {
            contacts.iter_mut().for_each(|other| other.is_main = false);
        }
        match contacts.iter_mut().find(|known| known.id == contact) {
            Some(known) => known.is_main |= is_main,
            None => contacts.push(LinkedContact {
                id: contact,
                is_main,
            }),
        }
        if !contacts.iter().any(|known| known.is_main)
            && let Some(first) = contacts.first_mut()
        {
            first.is_main = true;
        }
        self.contact_leads.entry(contact).or_default().insert(lead);
    }

    fn unlink_contact(&mut self, lead: u64, contact: u64) {
        if let Some(contacts) = self.lead_contacts.get_mut(&lead) {
            contacts.retain(|known| known.id != contact);
            if !contacts.iter().any(|known| known.is_main)
                && let Some(first) = contacts.first_mut()
            {
                first.is_main = true;
            }
        }
        if let Some(leads) = self.contact_leads.get_mut(&contact) {
            leads.remove(&lead);
        }
    }

    fn leave_company(&mut self, member: End, company: u64) {
        if self.company(member.entity, member.id) == Some(company) {
            self.company.remove(&(member.entity, member.id));
        }
    }
}

/// `GET /{entity}/{id}/links`
pub(super) async fn list_of_one(entity: Entity, Ids([id]): Ids<1>, call: Call) -> Answer {
    list(entity, &[id], &call)
}

/// `GET /{entity}/links?filter[entity_id][]=..`
pub(super) async fn list_of_many(entity: Entity, call: Call) -> Answer {
    let ids = call
        .query
        .numbers(&["filter", "entity_id"])
        .unwrap_or_default();
    let ids: Vec<u64> = ids
        .into_iter()
        .filter_map(|id| id.try_into().ok())
        .collect();
    if ids.is_empty() {
        return Err(Refusal::bad_request("filter[entity_id] is required"));
    }
    list(entity, &ids, &call)
}

/// `POST /{entity}/{id}/link`
pub(super) async fn link_one(entity: Entity, Ids([id]): Ids<1>, call: Call) -> Answer {
    let asked = read(Some(End { entity, id }), entity, &call)?;
    link(&asked, &call)
}

/// `POST /{entity}/link`
pub(super) async fn link_many(entity: Entity, call: Call) -> Answer {
    bulk_allowed(&call)?;
    let asked = read(None, entity, &call)?;
    link(&asked, &call)
}

/// `POST /{entity}/{id}/unlink`
pub(super) async fn unlink_one(entity: Entity, Ids([id]): Ids<1>, call: Call) -> Answer {
    let asked = read(Some(End { entity, id }), entity, &call)?;
    unlink(&asked, &call)
}

/// `POST /{entity}/unlink`
pub(super) async fn unlink_many(entity: Entity, call: Call) -> Answer {
    bulk_allowed(&call)?;
    let asked = read(None, entity, &call)?;
    unlink(&asked, &call)
}

/// A link as a caller asks for it.
struct Asked {
    from: End,
    to: End,
    is_main: bool,
}

fn bulk_allowed(call: &Call) -> Result<(), Refusal> {
    if call.kommo.flag("bulk_links") {
        return Ok(());
    }
    Err(Refusal::not_found(format!(
        "Cannot POST {}{}",
        call.base, call.path
    )))
}

fn read(from: Option<End>, entity: Entity, call: &Call) -> Result<Vec<Asked>, Refusal> {
    let items = call.items()?;
    let state = call.kommo.held();
    let mut findings = Findings::default();
    let mut asked = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let index = index.to_string();
        let mut place = findings.item(&index);
        let from = from.or_else(|| {
            Some(End {
                entity,
                id: number(item, "entity_id")?,
            })
        });
        asked.extend(read_one(&state, from, item, &mut place));
    }
    findings.settle()?;
    Ok(asked)
}

fn read_one(state: &State, from: Option<End>, item: &Body, place: &mut Place<'_>) -> Option<Asked> {
    let Some(from) = from.filter(|from| state.card(from.entity, from.id).is_some()) else {
        place.at("entity_id").no_choice();
        return None;
    };
    let Some(entity) = Entity::read(text(item, "to_entity_type")).filter(|to| *to != from.entity)
    else {
        place.at("to_entity_type").no_choice();
        return None;
    };
    let Some(id) = number(item, "to_entity_id").filter(|id| state.card(entity, *id).is_some())
    else {
        place.at("to_entity_id").no_choice();
        return None;
    };
    let is_main = item
        .get("metadata")
        .is_some_and(|metadata| metadata["is_main"] == true);
    Some(Asked {
        from,
        to: End { entity, id },
        is_main,
    })
}

fn link(asked: &[Asked], call: &Call) -> Answer {
    let mut state = call.kommo.held();
    for Asked { from, to, is_main } in asked {
        state.links.link(*from, *to, *is_main);
        state.touch(from.entity, from.id, call.author);
    }
    let shown: Vec<Value> = asked
        .iter()
        .map(|asked| {
            let main = asked.to.entity == Entity::Contacts
                && state.links.main_contact(asked.from.id) == Some(asked.to.id);
            show(asked.from, asked.to, main, call)
        })
        .collect();
    call.kommo.tell(&mut state);
    hal(
        &json!({ "_total_items": shown.len(), "_links": call.own_link(), "_embedded": { "links": shown } }),
    )
}

fn unlink(asked: &[Asked], call: &Call) -> Answer {
    let mut state = call.kommo.held();
    for Asked { from, to, .. } in asked {
        state.links.unlink(*from, *to);
        state.touch(from.entity, from.id, call.author);
    }
    call.kommo.tell(&mut state);
    Ok(nothing())
}

fn list(entity: Entity, ids: &[u64], call: &Call) -> Answer {
    let wanted_type = call.query.one(&["filter", "to_entity_type"]);
    let wanted_ids = call.query.numbers(&["filter", "to_entity_id"]);
    let state = call.kommo.held();
    let rows: Vec<(End, End, bool)> = ids
        .iter()
        .map(|id| End { entity, id: *id })
        .flat_map(|from| {
            state
                .links
                .of(from)
                .into_iter()
                .map(move |(to, main)| (from, to, main))
        })
        .filter(|(_, to, _)| wanted_type.is_none_or(|wanted| wanted == to.entity.word()))
        .filter(|(_, to, _)| {
            let id = i64::try_from(to.id).unwrap_or(-1);
            wanted_ids
                .as_ref()
                .is_none_or(|wanted| wanted.contains(&id))
        })
        .collect();
    call.page("links", &rows, Totals::Hidden, |(from, to, main), _| {
        show(*from, *to, *main, call)
    })
}

fn show(from: End, to: End, main: bool, call: &Call) -> Value {
    let id = |id: u64| match call.kommo.flag("link_ids_as_text") {
        true => json!(id.to_string()),
        false => json!(id),
    };
    let metadata = match to.entity {
        Entity::Contacts => json!({ "main_contact": main }),
        Entity::Leads | Entity::Companies => Value::Null,
    };
    json!({
        "entity_id": id(from.id),
        "entity_type": from.entity.word(),
        "to_entity_id": id(to.id),
        "to_entity_type": to.entity.word(),
        "metadata": metadata,
    })
}

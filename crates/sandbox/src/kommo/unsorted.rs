//! Incoming leads: forms that nobody accepted yet.

use serde_json::{Value, json};

use super::answer::{Answer, Refusal, hal};
use super::call::{Call, Totals};
use super::complex::{self, Bundle, Landed};
use super::drafts::Draft;
use super::fields::request_id;
use super::findings::Findings;
use super::state::{Author, Body, Entity, State, moment, number, text};
use super::webhooks::Event;
use axum::extract::Path;

/// An incoming lead, waiting or already decided on.
#[derive(Clone, Debug)]
pub(super) struct Incoming {
    pub source: Source,
    pub pipeline: u64,
    pub lead: u64,
    pub contact: Option<u64>,
    pub company: Option<u64>,
    pub created_at: i64,
    pub decision: Option<Decision>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Decision {
    Accepted { at: i64 },
    Declined { at: i64 },
}

/// Where an incoming lead came from.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub category: String,
    pub uid: String,
    pub name: String,
    pub metadata: Value,
}

impl Source {
    /// As `_embedded.metadata` of a complex add tells it.
    pub(super) fn of_complex(metadata: &Value) -> Self {
        let word = |name: &str| metadata[name].as_str().unwrap_or_default().to_owned();
        Self {
            category: word("category"),
            uid: word("form_id"),
            name: word("form_name"),
            metadata: metadata.clone(),
        }
    }
}

impl State {
    /// Files a lead under the incoming ones; its contact stays out of lists until it is accepted.
    pub(super) fn add_incoming(
        &mut self,
        uid: String,
        source: Source,
        landed: &Landed,
        author: Author,
    ) {
        let lead = self.cards[Entity::Leads]
            .get(&landed.lead)
            .map(|card| &card.body);
        let pipeline = lead
            .and_then(|lead| number(lead, "pipeline_id"))
            .unwrap_or_default();
        let created_at = lead
            .and_then(|lead| moment(lead, "created_at"))
            .unwrap_or(author.now);
        if let Some(contact) = landed
            .contact
            .and_then(|id| self.cards[Entity::Contacts].get_mut(&id))
        {
            contact.body.insert("is_unsorted".to_owned(), true.into());
        }
        let incoming = Incoming {
            source,
            pipeline,
            lead: landed.lead,
            contact: landed.contact,
            company: landed.company,
            created_at,
            decision: None,
        };
        self.events
            .push(Event::unsorted("add", show_plain(&uid, &incoming)));
        self.unsorted.insert(uid, incoming);
    }

    fn decide(&mut self, uid: &str, decision: Decision, user: u64) {
        let Some(incoming) = self.unsorted.get_mut(uid) else {
            return;
        };
        incoming.decision = Some(decision);
        let mut item = json!({
            "uid": uid, "category": incoming.source.category, "pipeline_id": incoming.pipeline,
            "created_at": incoming.created_at, "modified_user_id": user,
        });
        let (action, result) = match decision {
            Decision::Accepted { .. } => ("accept", "accept_result"),
            Decision::Declined { .. } => ("decline", "decline_result"),
        };
        item["action"] = action.into();
        item[result] = json!({ "leads": [incoming.lead] });
        self.events.push(Event::unsorted("delete", item));
    }
}

/// `GET /leads/unsorted`
pub(super) async fn list(call: Call) -> Answer {
    let state = call.kommo.held();
    let rows = waiting(&state, &call);
    call.page("unsorted", &rows, Totals::Hidden, |(uid, incoming), _| {
        linked(uid, incoming, &call)
    })
}

/// `GET /leads/unsorted/summary`
pub(super) async fn summary(call: Call) -> Answer {
    let state = call.kommo.held();
    let pipelines = call.query.numbers(&["filter", "pipeline_id"]);
    let created = call.query.range(&["filter", "created_at"]);
    let rows: Vec<&Incoming> = state
        .unsorted
        .values()
        .filter(|row| {
            pipelines
                .as_ref()
                .is_none_or(|ids| ids.iter().any(|id| u64::try_from(*id) == Ok(row.pipeline)))
        })
        .filter(|row| {
            created
                .as_ref()
                .is_none_or(|range| range.holds(Some(row.created_at)))
        })
        .collect();
    let mut times = Vec::new();
    let (mut accepted, mut declined) = (0, 0);
    for row in &rows {
        match row.decision {
            None => {}
            Some(Decision::Accepted { at }) => {
                accepted += 1;
                times.push(at - row.created_at);
            }
            Some(Decision::Declined { at }) => {
                declined += 1;
                times.push(at - row.created_at);
            }
        }
    }
    let average = times.iter().sum::<i64>() / i64::try_from(times.len().max(1)).unwrap_or(1);
    let of = |category: &str| {
        rows.iter()
            .filter(|row| row.source.category == category)
            .count()
    };
    let categories = ["sip", "mail", "forms", "chats"]
        .map(|category| (category.to_owned(), json!({ "total": of(category) })));
    hal(&json!({
        "total": rows.len(), "accepted": accepted, "declined": declined, "average_sort_time": average,
        "categories": Value::Object(categories.into_iter().collect()), "_links": call.own_link(),
    }))
}

/// `GET /leads/unsorted/{uid}`
pub(super) async fn show(Path(uid): Path<String>, call: Call) -> Answer {
    let state = call.kommo.held();
    hal(&linked(&uid, find(&state, &uid)?, &call))
}

/// `POST /leads/unsorted/forms`
pub(super) async fn create_forms(call: Call) -> Answer {
    let items = call.items()?;
    let mut state = call.kommo.held();
    let mut findings = Findings::default();
    let mut bundles: Vec<(Source, Bundle)> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let request_id = request_id(item, index);
        let mut place = findings.item(&request_id);
        for name in ["source_uid", "source_name"] {
            if text(item, name).is_empty() {
                place.at(name).missing();
            }
        }
        let metadata = item
            .get("metadata")
            .filter(|metadata| metadata.is_object())
            .cloned()
            .unwrap_or_default();
        for name in ["form_id", "form_name", "form_page", "form_sent_at"] {
            if metadata[name].is_null() {
                place.at("metadata").at(name).missing();
            }
        }
        if !metadata["form_sent_at"].is_null() && !metadata["form_sent_at"].is_i64() {
            place.at("metadata.form_sent_at").wrong_type("int");
        }
        let source = Source {
            category: "forms".to_owned(),
            uid: text(item, "source_uid").to_owned(),
            name: text(item, "source_name").to_owned(),
            metadata,
        };
        let bundle = complex::read(&state, call.kommo.rules(), &as_complex(item), &mut place);
        let bundle = bundle.coming_from(source.clone());
        let twin = bundles
            .iter()
            .any(|(other, sent)| same(other, sent.lead_name(), &source, bundle.lead_name()));
        let stored = |row: &Incoming| {
            let name = state.cards[Entity::Leads]
                .get(&row.lead)
                .map_or("", |lead| text(&lead.body, "name"));
            same(&row.source, name, &source, bundle.lead_name())
        };
        if twin || state.unsorted.values().any(stored) {
            place
                .at("source_uid")
                .add("NotUnique", "The same incoming lead exists already.");
        }
        bundles.push((
            source,
            Bundle {
                request_id,
                ..bundle
            },
        ));
    }
    findings.settle()?;
    let mut shown = Vec::with_capacity(bundles.len());
    for (source, bundle) in bundles {
        let landed = state.land(&bundle, call.author);
        let uid = call.kommo.uid();
        state.add_incoming(uid.clone(), source, &landed, call.author);
        let mut row = linked(&uid, find(&state, &uid)?, &call);
        row["request_id"] = bundle.request_id.into();
        shown.push(row);
    }
    call.kommo.tell(&mut state);
    hal(
        &json!({ "_total_items": shown.len(), "_links": call.own_link(), "_embedded": { "unsorted": shown } }),
    )
}

/// `POST /leads/unsorted/{uid}/accept`
pub(super) async fn accept(Path(uid): Path<String>, call: Call) -> Answer {
    let body = call.object_or_empty()?;
    let mut state = call.kommo.held();
    let incoming = waiting_one(&state, &uid)?;
    let user = user(&state, &body, call.author)?;
    let pipeline = state
        .pipelines
        .get(&incoming.pipeline)
        .ok_or_else(no_incoming)?;
    let status = number(&body, "status_id").unwrap_or_else(|| pipeline.first_status());
    if !pipeline.statuses.contains_key(&status) {
        let mut findings = Findings::default();
        findings.item("0").at("status_id").no_choice();
        findings.settle()?;
    }
    let author = Author {
        user,
        ..call.author
    };
    if let Some(contact) = incoming
        .contact
        .and_then(|id| state.cards[Entity::Contacts].get_mut(&id))
    {
        contact.body.insert("is_unsorted".to_owned(), false.into());
        contact
            .body
            .insert("updated_at".to_owned(), author.now.into());
    }
    let mut plain = Body::new();
    plain.insert("status_id".to_owned(), status.into());
    plain.insert("responsible_user_id".to_owned(), user.into());
    state.change(
        Entity::Leads,
        incoming.lead,
        &Draft {
            plain,
            ..Draft::default()
        },
        author,
    );
    state.decide(&uid, Decision::Accepted { at: author.now }, user);
    call.kommo.tell(&mut state);
    hal(&decided(&uid, &incoming, &call))
}

/// `DELETE /leads/unsorted/{uid}/decline`
pub(super) async fn decline(Path(uid): Path<String>, call: Call) -> Answer {
    let body = call.object_or_empty()?;
    let mut state = call.kommo.held();
    let incoming = waiting_one(&state, &uid)?;
    if !body.contains_key("user_id") && call.kommo.flag("decline_needs_user") {
        let mut findings = Findings::default();
        findings.item("0").at("user_id").missing();
        findings.settle()?;
    }
    let user = user(&state, &body, call.author)?;
    let author = Author {
        user,
        ..call.author
    };
    state.delete(Entity::Leads, incoming.lead, author);
    if let Some(contact) = incoming.contact {
        state.delete(Entity::Contacts, contact, author);
    }
    state.decide(&uid, Decision::Declined { at: author.now }, user);
    call.kommo.tell(&mut state);
    hal(&decided(&uid, &incoming, &call))
}

/// An incoming lead without links.
pub(super) fn show_plain(uid: &str, incoming: &Incoming) -> Value {
    let id = |id: Option<u64>| id.map(|id| json!({ "id": id }));
    json!({
        "uid": uid,
        "source_uid": incoming.source.uid,
        "source_name": incoming.source.name,
        "category": incoming.source.category,
        "pipeline_id": incoming.pipeline,
        "created_at": incoming.created_at,
        "metadata": incoming.source.metadata,
        "_embedded": {
            "leads": [{ "id": incoming.lead }],
            "contacts": Vec::from_iter(id(incoming.contact)),
            "companies": Vec::from_iter(id(incoming.company)),
        },
    })
}

impl Bundle {
    fn lead_name(&self) -> &str {
        text(&self.lead.plain, "name")
    }
}

/// The lead of a form, with the contact and the company beside it moved inside.
fn as_complex(item: &Body) -> Body {
    let embedded = |name: &str| {
        item.get("_embedded")
            .and_then(|embedded| embedded.get(name))
            .cloned()
    };
    let mut lead = match embedded("leads").and_then(|leads| leads.get(0).cloned()) {
        Some(Value::Object(lead)) => lead,
        Some(_) | None => Body::new(),
    };
    for name in ["pipeline_id", "created_at"] {
        if let Some(value) = item.get(name) {
            lead.insert(name.to_owned(), value.clone());
        }
    }
    let inner = lead.entry("_embedded").or_insert_with(|| json!({}));
    for name in ["contacts", "companies"] {
        if let Some(value) = embedded(name) {
            inner[name] = value;
        }
    }
    lead
}

/// The sandbox's rule for "identical": the vendor refuses such pairs without saying what it compares.
fn same(a: &Source, a_lead: &str, b: &Source, b_lead: &str) -> bool {
    a.uid == b.uid
        && a.metadata["form_id"] == b.metadata["form_id"]
        && a.metadata["form_sent_at"] == b.metadata["form_sent_at"]
        && a_lead == b_lead
}

fn waiting<'a>(state: &'a State, call: &Call) -> Vec<(&'a String, &'a Incoming)> {
    let uids = call.query.many(&["filter", "uid"]);
    let categories = call.query.many(&["filter", "category"]);
    let pipelines = call.query.numbers(&["filter", "pipeline_id"]);
    let mut rows: Vec<(&String, &Incoming)> = state
        .unsorted
        .iter()
        .filter(|(_, row)| row.decision.is_none())
        .filter(|(uid, _)| {
            uids.as_ref()
                .is_none_or(|uids| uids.contains(&uid.as_str()))
        })
        .filter(|(_, row)| {
            categories
                .as_ref()
                .is_none_or(|words| words.contains(&row.source.category.as_str()))
        })
        .filter(|(_, row)| {
            pipelines
                .as_ref()
                .is_none_or(|ids| ids.iter().any(|id| u64::try_from(*id) == Ok(row.pipeline)))
        })
        .collect();
    rows.sort_by_key(|(_, row)| (row.created_at, row.lead));
    if call.query.order().is_some_and(|(_, descending)| descending) {
        rows.reverse();
    }
    rows
}

fn find<'a>(state: &'a State, uid: &str) -> Result<&'a Incoming, Refusal> {
    state.unsorted.get(uid).ok_or_else(no_incoming)
}

fn waiting_one(state: &State, uid: &str) -> Result<Incoming, Refusal> {
    find(state, uid)
        .ok()
        .filter(|row| row.decision.is_none())
        .cloned()
        .ok_or_else(no_incoming)
}

fn user(state: &State, body: &Body, author: Author) -> Result<u64, Refusal> {
    match number(body, "user_id").unwrap_or(author.user) {
        user if user == 0 || state.users.contains_key(&user) => Ok(user),
        _ => Err(Refusal::bad_request("User not found")),
    }
}

fn no_incoming() -> Refusal {
    Refusal::not_found("Incoming lead not found")
}

fn linked(uid: &str, incoming: &Incoming, call: &Call) -> Value {
    let mut row = show_plain(uid, incoming);
    row["account_id"] = super::ACCOUNT_ID.into();
    row["_links"] = json!({ "self": call.href(&format!("leads/unsorted/{uid}")) });
    row
}

fn decided(uid: &str, incoming: &Incoming, call: &Call) -> Value {
    let whole = show_plain(uid, incoming);
    json!({
        "uid": uid,
        "pipeline_id": incoming.pipeline,
        "category": incoming.source.category,
        "created_at": incoming.created_at,
        "_embedded": whole["_embedded"],
        "_links": call.own_link(),
    })
}

//! Complex add: leads together with their contact and company, and duplicate control.

use serde_json::{Value, json};

use super::answer::{Answer, Refusal, hal_with};
use super::call::Call;
use super::drafts::{Draft, Reader};
use super::fields::request_id;
use super::findings::{Findings, Place};
use super::links::End;
use super::pipelines::Pipeline;
use super::state::{Author, Body, Entity, LOST, State, WON, number};
use super::unsorted::Source;
use super::values::Rules;

const LARGEST_BATCH: usize = 50;
const MOST_FIELDS: usize = 40;

/// One checked item.
pub(super) struct Bundle {
    pub request_id: String,
    pub lead: Draft,
    pub contact: Option<Member>,
    pub company: Option<Member>,
    pub incoming: Option<Source>,
}

/// A card that comes with the lead.
pub(super) enum Member {
    New(Draft),
    Known(u64, Draft),
}

impl Bundle {
    pub(super) fn coming_from(self, source: Source) -> Self {
        Self {
            incoming: Some(source),
            ..self
        }
    }
}

/// What became of one item.
pub(super) struct Landed {
    pub lead: u64,
    pub contact: Option<u64>,
    pub company: Option<u64>,
    pub merged: bool,
}

/// Duplicate control as the administrator switched it on.
struct Control {
    /// Every pipeline when `None`.
    pipeline: Option<u64>,
}

impl Control {
    fn of(call: &Call) -> Option<Self> {
        let pipeline = u64::try_from(call.kommo.number("duplicate_pipeline"))
            .ok()
            .filter(|id| *id != 0);
        call.kommo
            .flag("duplicate_control")
            .then_some(Self { pipeline })
    }

    fn covers(&self, pipeline: u64) -> bool {
        self.pipeline.is_none_or(|only| only == pipeline)
    }
}

/// `POST /leads/complex`
pub(super) async fn create(call: Call) -> Answer {
    let items = call.items()?;
    if items.len() > LARGEST_BATCH {
        return Err(Refusal::bad_request("Limit 50 per request"));
    }
    let control = Control::of(&call);
    let rules = Rules {
        most_fields: MOST_FIELDS,
        ..call.kommo.rules()
    };
    let mut state = call.kommo.held();
    let mut findings = Findings::default();
    let mut bundles = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let request_id = request_id(item, index);
        let mut place = findings.item(&request_id);
        let bundle = read(&state, rules, item, &mut place);
        bundles.push(Bundle {
            request_id,
            ..bundle
        });
    }
    findings.settle()?;
    // New items are compared with what was there before, not with each other.
    let known_until = state.sequence.last();
    let mut shown: Vec<Value> = Vec::with_capacity(bundles.len());
    for bundle in &bundles {
        let double = control
            .as_ref()
            .and_then(|control| state.double_of(bundle, control, known_until));
        let landed = match double {
            Some(lead) => state.merge(lead, bundle, call.author),
            None => state.land(bundle, call.author),
        };
        if let (Some(source), false) = (&bundle.incoming, landed.merged) {
            let uid = call.kommo.uid();
            state.add_incoming(uid, source.clone(), &landed, call.author);
        }
        answer(
            &mut shown,
            bundle,
            &landed,
            call.kommo.choice("complex_request_id") == "text",
        );
    }
    call.kommo.tell(&mut state);
    let answer = hal_with(http::StatusCode::OK, &Value::Array(shown));
    call.kommo.spare_heavy(bundles.len(), Ok(answer))
}

/// Reads a lead with its embedded contact and company.
pub(super) fn read(state: &State, rules: Rules, item: &Body, place: &mut Place<'_>) -> Bundle {
    let mut lead_body = item.clone();
    let mut embedded = match lead_body.remove("_embedded") {
        Some(Value::Object(embedded)) => embedded,
        Some(_) | None => Body::new(),
    };
    let contacts = embedded.remove("contacts");
    let companies = embedded.remove("companies");
    let incoming = embedded
        .remove("metadata")
        .map(|metadata| Source::of_complex(&metadata));
    if !embedded.is_empty() {
        lead_body.insert("_embedded".to_owned(), Value::Object(embedded));
    }
    let reader = |entity| Reader {
        state,
        rules,
        entity,
    };
    let lead = reader(Entity::Leads).read(&lead_body, None, place);
    let contact = member(
        reader(Entity::Contacts),
        contacts.as_ref(),
        &mut place.at("_embedded.contacts"),
    );
    let company = member(
        reader(Entity::Companies),
        companies.as_ref(),
        &mut place.at("_embedded.companies"),
    );
    Bundle {
        request_id: String::new(),
        lead,
        contact,
        company,
        incoming,
    }
}

fn member(reader: Reader<'_>, sent: Option<&Value>, place: &mut Place<'_>) -> Option<Member> {
    let sent = sent?.as_array();
    let [body] = sent.map_or(&[][..], Vec::as_slice) else {
        if sent.is_none_or(|sent| !sent.is_empty()) {
            place.add(
                "TooMany",
                "This collection should contain 1 element or less.",
            );
        }
        return None;
    };
    let mut place = place.at(0);
    let Some(body) = body.as_object() else {
        place.wrong_type("object");
        return None;
    };
    // `is_main` belongs to the link, which a contact sent along always gets.
    let mut body = body.clone();
    body.remove("is_main");
    match body.get("id").filter(|id| !id.is_null()) {
        None => Some(Member::New(reader.read(&body, None, &mut place))),
        Some(id) => match id
            .as_u64()
            .and_then(|id| Some((id, reader.state.card(reader.entity, id)?)))
        {
            Some((id, card)) => Some(Member::Known(
                id,
                reader.read(&body, Some(&card.body), &mut place),
            )),
            None => {
                place.at("id").no_choice();
                None
            }
        },
    }
}

impl State {
    /// Saves a bundle as new cards, linked with each other.
    pub(super) fn land(&mut self, bundle: &Bundle, author: Author) -> Landed {
        let company = bundle
            .company
            .as_ref()
            .map(|member| self.settle(Entity::Companies, member, author));
        let contact = bundle
            .contact
            .as_ref()
            .map(|member| self.settle(Entity::Contacts, member, author));
        let lead = match bundle.incoming {
            Some(_) => self.create(Entity::Leads, &self.as_incoming(&bundle.lead), author),
            None => self.create(Entity::Leads, &bundle.lead, author),
        };
        let end = |entity, id| End { entity, id };
        if let Some(contact) = contact {
            self.links.link(
                end(Entity::Leads, lead),
                end(Entity::Contacts, contact),
                true,
            );
        }
        if let Some(company) = company {
            self.links.link(
                end(Entity::Leads, lead),
                end(Entity::Companies, company),
                false,
            );
            if let Some(contact) = contact {
                self.links.link(
                    end(Entity::Contacts, contact),
                    end(Entity::Companies, company),
                    false,
                );
            }
        }
        Landed {
            lead,
            contact,
            company,
            merged: false,
        }
    }

    /// The same lead in the stage of incoming leads, whatever stage was asked for.
    fn as_incoming(&self, lead: &Draft) -> Draft {
        let mut lead = lead.clone();
        let pipeline = number(&lead.plain, "pipeline_id").and_then(|id| self.pipelines.get(&id));
        let incoming = pipeline.map(Pipeline::incoming_status);
        lead.plain
            .extend(incoming.map(|status| ("status_id".to_owned(), status.into())));
        lead
    }

    /// The newest open lead whose main contact carries an e-mail of this bundle's contact.
    fn double_of(&self, bundle: &Bundle, control: &Control, known_until: u64) -> Option<u64> {
        let contact = match bundle.contact.as_ref()? {
            Member::New(draft) | Member::Known(_, draft) => draft,
        };
        let pipeline =
            number(&bundle.lead.plain, "pipeline_id").filter(|id| control.covers(*id))?;
        let fields = &self.fields[Entity::Contacts];
        contact
            .values
            .iter()
            .filter(|(field, _)| {
                fields
                    .get(field)
                    .is_some_and(|field| field.code() == Some("EMAIL"))
            })
            .flat_map(|(_, values)| values)
            .filter_map(|value| value["value"].as_str())
            .flat_map(|email| self.contacts_by_email(email))
            .flat_map(|contact| {
                self.links
                    .leads(contact)
                    .filter(move |lead| self.links.main_contact(*lead) == Some(contact))
            })
            .filter(|lead| *lead <= known_until)
            .filter(|lead| {
                let body = self.card(Entity::Leads, *lead).map(|card| &card.body);
                body.is_some_and(|body| {
                    let closed = matches!(number(body, "status_id"), Some(WON | LOST));
                    !closed && number(body, "pipeline_id") == Some(pipeline)
                })
            })
            .max()
    }

    fn merge(&mut self, lead: u64, bundle: &Bundle, author: Author) -> Landed {
        self.change(Entity::Leads, lead, &bundle.lead, author);
        let contact = self.links.main_contact(lead);
        if let (Some(contact), Some(Member::New(draft) | Member::Known(_, draft))) =
            (contact, &bundle.contact)
        {
            self.change(Entity::Contacts, contact, draft, author);
        }
        Landed {
            lead,
            contact,
            company: self.links.company(Entity::Leads, lead),
            merged: true,
        }
    }

    fn settle(&mut self, entity: Entity, member: &Member, author: Author) -> u64 {
        match member {
            Member::New(draft) => self.create(entity, draft, author),
            Member::Known(id, draft) => {
                if !draft.is_empty() {
                    self.change(entity, *id, draft, author);
                }
                *id
            }
        }
    }
}

/// One line for each lead; inputs that landed in one lead share its line.
fn answer(shown: &mut Vec<Value>, bundle: &Bundle, landed: &Landed, request_id_as_text: bool) {
    if landed.merged
        && let Some(before) = shown.iter_mut().find(|line| line["id"] == landed.lead)
    {
        if let Some(ids) = before["request_id"].as_array_mut() {
            ids.push(bundle.request_id.clone().into());
        }
        return;
    }
    let request_id = if request_id_as_text {
        json!(bundle.request_id)
    } else {
        json!([bundle.request_id])
    };
    shown.push(json!({
        "id": landed.lead,
        "contact_id": landed.contact,
        "company_id": landed.company,
        "request_id": request_id,
        "merged": landed.merged,
    }));
}

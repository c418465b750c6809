//! Reads what a caller wants a lead, a contact or a company to become, and checks all of it first.

use serde_json::{Number, Value};

use super::findings::Place;
use super::state::{Body, Entity, LOST, State, WON, number};
use super::values::{self, Rules};

/// A checked wish: nothing in it can be refused any more.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub request_id: String,
    /// Members to set as they are.
    pub plain: Body,
    /// Field id and its values as reads show them; no values clears the field.
    pub values: Vec<(u64, Vec<Value>)>,
    pub tags: TagChange,
    pub contacts: Vec<ContactRef>,
    pub companies: Vec<u64>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct TagChange {
    /// The whole set, when it was sent.
    pub replace: Option<Vec<TagRef>>,
    pub add: Vec<TagRef>,
    pub delete: Vec<TagRef>,
}

#[derive(Clone, Debug)]
pub(super) enum TagRef {
    Id(u64),
    Name(String),
}

#[derive(Clone, Debug)]
pub(super) struct ContactRef {
    pub id: u64,
    pub is_main: bool,
}

impl Draft {
    /// Whether it changes nothing.
    pub(super) fn is_empty(&self) -> bool {
        let tags = &self.tags;
        self.plain.is_empty()
            && self.values.is_empty()
            && tags.replace.is_none()
            && tags.add.is_empty()
            && tags.delete.is_empty()
    }
}

/// Reads drafts against the account as it stands.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub state: &'a State,
    pub rules: Rules,
    pub entity: Entity,
}

/// How a member of a card is checked.
#[derive(Clone, Copy)]
enum Member {
    Text,
    Price,
    User,
    /// A user, or 0 for the robot.
    Actor,
    Moment,
    MomentOrNull,
    Status,
    Pipeline,
    LossReason,
    /// Read elsewhere in this module, or only shown by reads and ignored when sent back.
    Other,
}

const LEAD: &[(&str, Member)] = &[
    ("name", Member::Text),
    ("price", Member::Price),
    ("status_id", Member::Status),
    ("pipeline_id", Member::Pipeline),
    ("loss_reason_id", Member::LossReason),
    ("closed_at", Member::MomentOrNull),
    ("visitor_uid", Member::Text),
    ("score", Member::Other),
    ("labor_cost", Member::Other),
    ("is_price_computed", Member::Other),
    ("is_price_modified_by_robot", Member::Other),
    ("price_with_minor_units", Member::Other),
    ("source_id", Member::Other),
];

const PERSON: &[(&str, Member)] = &[
    ("name", Member::Text),
    ("first_name", Member::Text),
    ("last_name", Member::Text),
    ("is_unsorted", Member::Other),
];

const COMPANY: &[(&str, Member)] = &[("name", Member::Text)];

const EVERY: &[(&str, Member)] = &[
    ("responsible_user_id", Member::User),
    ("created_by", Member::Actor),
    ("updated_by", Member::Actor),
    ("created_at", Member::Moment),
    ("updated_at", Member::Moment),
    ("id", Member::Other),
    ("request_id", Member::Other),
    ("custom_fields_values", Member::Other),
    ("tags_to_add", Member::Other),
    ("tags_to_delete", Member::Other),
    ("_embedded", Member::Other),
    ("_links", Member::Other),
    ("account_id", Member::Other),
    ("group_id", Member::Other),
    ("closest_task_at", Member::Other),
    ("is_deleted", Member::Other),
];

/// Later than any date an order can have, and earlier than any date in milliseconds.
const LATEST_SECOND: i64 = 0xFFFF_FFFF;

impl Reader<'_> {
    /// `current` is the card that is changed, if it exists already.
    pub(super) fn read(&self, body: &Body, current: Option<&Body>, place: &mut Place<'_>) -> Draft {
        let mut draft = Draft::default();
        for (name, value) in body {
            let Some(member) = self.member(name) else {
                if self.rules.refuse_unknown {
                    place
                        .at(name)
                        .add("NotExpected", "This field was not expected.");
                }
                continue;
            };
            if let Some(value) = self.plain(member, name, value, place) {
                draft.plain.insert(name.clone(), value);
            }
        }
        if self.entity == Entity::Leads {
            self.stage(current, &mut draft.plain, place);
        }
        draft.values = self.fields(body, place);
        draft.tags = self.tags(body, place);
        self.relations(body, &mut draft, place);
        draft
    }

    fn member(&self, name: &str) -> Option<Member> {
        let own = match self.entity {
            Entity::Leads => LEAD,
            Entity::Contacts => PERSON,
            Entity::Companies => COMPANY,
        };
        own.iter()
            .chain(EVERY)
            .find(|(known, _)| *known == name)
            .map(|(_, member)| *member)
    }

    fn plain(
        &self,
        member: Member,
        name: &str,
        value: &Value,
        place: &mut Place<'_>,
    ) -> Option<Value> {
        let expected = match member {
            Member::Text if value.is_string() => return Some(value.clone()),
            Member::Text => "string",
            Member::Price => match self.price(value) {
                Some(price) => return Some(price),
                None => "int",
            },
            Member::User | Member::Actor => match value.as_u64() {
                Some(0) if matches!(member, Member::Actor) => return Some(value.clone()),
                Some(id) if self.state.users.contains_key(&id) => return Some(value.clone()),
                Some(_) => {
                    place.at(name).no_choice();
                    return None;
                }
                None => "int",
            },
            Member::MomentOrNull if value.is_null() => return Some(Value::Null),
            Member::Moment | Member::MomentOrNull => match value.as_i64() {
                Some(at) if (0..=LATEST_SECOND).contains(&at) => return Some(value.clone()),
                Some(_) | None => "int",
            },
            Member::Status | Member::Pipeline if value.is_u64() => return Some(value.clone()),
            Member::Status | Member::Pipeline => "int",
            Member::LossReason if value.is_null() => return Some(Value::Null),
            Member::LossReason => match value.as_u64() {
                Some(id) if self.state.loss_reasons.contains_key(&id) => {
                    return Some(value.clone());
                }
                Some(_) => {
                    place.at(name).no_choice();
                    return None;
                }
                None => "int",
            },
            Member::Other => return None,
        };
        place.at(name).wrong_type(expected);
        None
    }

    fn price(&self, value: &Value) -> Option<Value> {
        let price: &Number = value.as_number()?;
        if price.is_i64() || self.rules.minor_units {
            Some(value.clone())
        } else {
            None
        }
    }

    /// Completes a stage with its pipeline, and refuses stages that the pipeline does not have.
    fn stage(&self, current: Option<&Body>, plain: &mut Body, place: &mut Place<'_>) {
        let (status, pipeline) = (number(plain, "status_id"), number(plain, "pipeline_id"));
        let home = match (pipeline, status) {
            (Some(pipeline), _) => self.state.pipelines.get(&pipeline),
            (None, None) if current.is_some() => return,
            (None, Some(status)) if status != WON && status != LOST => self
                .state
                .pipelines
                .values()
                .find(|pipeline| pipeline.statuses.contains_key(&status)),
            (None, _) => match current.and_then(|current| number(current, "pipeline_id")) {
                Some(pipeline) => self.state.pipelines.get(&pipeline),
                None => self.state.main_pipeline(),
            },
        };
        let Some(home) = home else {
            let wrong = if pipeline.is_some() {
                "pipeline_id"
            } else {
                "status_id"
            };
            return place.at(wrong).no_choice();
        };
        let unmoved = pipeline.is_some()
            && current.and_then(|current| number(current, "pipeline_id")) == pipeline;
        if status.is_some_and(|status| !home.statuses.contains_key(&status)) {
            return place.at("status_id").no_choice();
        }
        plain.insert("pipeline_id".to_owned(), home.id().into());
        if status.is_none() && !unmoved {
            plain.insert("status_id".to_owned(), home.first_status().into());
        }
    }

    fn fields(&self, body: &Body, place: &mut Place<'_>) -> Vec<(u64, Vec<Value>)> {
        let sent = match body.get("custom_fields_values") {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(sent)) => sent,
            Some(_) => {
                place.at("custom_fields_values").wrong_type("array");
                return Vec::new();
            }
        };
        let mut place = place.at("custom_fields_values");
        if sent.len() > self.rules.most_fields {
            place.add(
                "TooMany",
                &format!(
                    "This collection should contain {} elements or less.",
                    self.rules.most_fields
                ),
            );
            return Vec::new();
        }
        let mut found = Vec::with_capacity(sent.len());
        for (index, item) in sent.iter().enumerate() {
            let mut place = place.at(index);
            let (id, code) = (&item["field_id"], &item["field_code"]);
            let fields = &self.state.fields[self.entity];
            let field = match (id.as_u64(), code.as_str()) {
                (Some(id), _) => fields.get(&id),
                (None, Some(code)) => fields.values().find(|field| field.code() == Some(code)),
                (None, None) => None,
            };
            let Some(field) = field else {
                place
                    .at(if id.is_null() && code.is_string() {
                        "field_code"
                    } else {
                        "field_id"
                    })
                    .no_choice();
                continue;
            };
            match item.get("values") {
                Some(values) => found.push((
                    field.id,
                    values::read(field, values, &self.rules, &mut place),
                )),
                None => place.at("values").missing(),
            }
        }
        found
    }

    fn tags(&self, body: &Body, place: &mut Place<'_>) -> TagChange {
        let mut tags = TagChange::default();
        if let Some(sent) = body
            .get("_embedded")
            .and_then(|embedded| embedded.get("tags"))
        {
            tags.replace = Some(self.tag_list(sent, &mut place.at("_embedded.tags")));
        }
        if let Some(sent) = body.get("tags_to_add") {
            tags.add = self.tag_list(sent, &mut place.at("tags_to_add"));
        }
        if let Some(sent) = body.get("tags_to_delete") {
            tags.delete = self.tag_list(sent, &mut place.at("tags_to_delete"));
        }
        tags
    }

    fn tag_list(&self, sent: &Value, place: &mut Place<'_>) -> Vec<TagRef> {
        let Some(sent) = sent.as_array() else {
            if !sent.is_null() {
                place.wrong_type("array");
            }
            return Vec::new();
        };
        let mut found = Vec::with_capacity(sent.len());
        for (index, tag) in sent.iter().enumerate() {
            match (tag["id"].as_u64(), tag["name"].as_str()) {
                (Some(id), _) if self.state.tags[self.entity].rows.contains_key(&id) => {
                    found.push(TagRef::Id(id))
                }
                (Some(_), _) => place.at(index).at("id").no_choice(),
                (None, Some(name)) if !name.is_empty() => found.push(TagRef::Name(name.to_owned())),
                (None, _) => place.at(index).at("name").wrong_type("string"),
            }
        }
        found
    }

    /// Cards that already exist and are linked by a create.
    fn relations(&self, body: &Body, draft: &mut Draft, place: &mut Place<'_>) {
        let Some(embedded) = body.get("_embedded") else {
            return;
        };
        for (index, contact) in list(embedded, "contacts").enumerate() {
            match contact["id"]
                .as_u64()
                .filter(|id| self.state.card(Entity::Contacts, *id).is_some())
            {
                Some(id) => draft.contacts.push(ContactRef {
                    id,
                    is_main: contact["is_main"] == true,
                }),
                None => place
                    .at(format_args!("_embedded.contacts.{index}.id"))
                    .no_choice(),
            }
        }
        for (index, company) in list(embedded, "companies").enumerate() {
            match company["id"]
                .as_u64()
                .filter(|id| self.state.card(Entity::Companies, *id).is_some())
            {
                Some(id) if index == 0 => draft.companies.push(id),
                Some(_) => place
                    .at("_embedded.companies")
                    .add("TooMany", "A card has at most one company."),
                None => place
                    .at(format_args!("_embedded.companies.{index}.id"))
                    .no_choice(),
            }
        }
    }
}

fn list<'a>(embedded: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    embedded
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

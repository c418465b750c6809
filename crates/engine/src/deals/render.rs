//! Our deal and contact in the CRM's words: names become identifiers of this account.

use kommo::contact::NewContactParts;
use kommo::{ContactFields, FieldValue, LeadFields, NewContact, TagRef, Value};
use portico_domain::change::{ContactChange, DealChange, Person};
use portico_domain::deal::{Deal, Stage};
use portico_domain::field::{Field, Kind};
use portico_domain::order::Address;

use crate::crm::{ADDRESS_CODE, AccountFacts, CUSTOMER_CODE, PipelineFacts};

/// Who makes what we make: the CRM's robot.
pub(super) const ROBOT: i64 = 0;

/// Why something cannot be said in this account's words, and what a person can do.
#[derive(Debug)]
pub(super) struct Unsayable {
    pub(super) reason: String,
    pub(super) remedy: String,
}

/// The fields of a new deal.
pub(super) fn new_deal(
    deal: &Deal,
    facts: &AccountFacts,
    request_id: String,
) -> Result<LeadFields, Unsayable> {
    let pipeline = facts
        .pipeline(&deal.pipeline)
        .ok_or_else(|| no_pipeline(&deal.pipeline))?;
    let mut fields = LeadFields {
        name: Some(deal.name.clone()),
        price: deal.price,
        pipeline_id: Some(pipeline.id),
        responsible_user_id: deal.responsible.as_deref().and_then(|who| facts.user(who)),
        created_by: Some(ROBOT),
        created_at: Some(deal.ordered_at),
        custom_fields_values: deal
            .fields
            .iter()
            .filter_map(|(field, value)| value_of(*field, Some(value), facts))
            .collect(),
        request_id: Some(request_id),
        ..LeadFields::default()
    };
    set_stage(&mut fields, &deal.stage, pipeline, facts)?;
    Ok(fields)
}

/// The fields of a change. `pipeline` is where the deal is now, for a change of its stage.
pub(super) fn changed_deal(
    change: &DealChange,
    pipeline: Option<&PipelineFacts>,
    facts: &AccountFacts,
    request_id: String,
) -> Result<LeadFields, Unsayable> {
    let mut fields = LeadFields {
        name: change.name.clone(),
        price: change.price,
        custom_fields_values: change
            .fields
            .iter()
            .filter_map(|(field, value)| value_of(*field, value.as_deref(), facts))
            .collect(),
        request_id: Some(request_id),
        ..LeadFields::default()
    };
    if let (Some(stage), Some(pipeline)) = (&change.stage, pipeline) {
        fields.pipeline_id = Some(pipeline.id);
        set_stage(&mut fields, stage, pipeline, facts)?;
    }
    Ok(fields)
}

fn set_stage(
    fields: &mut LeadFields,
    stage: &Stage,
    pipeline: &PipelineFacts,
    facts: &AccountFacts,
) -> Result<(), Unsayable> {
    fields.status_id = match stage {
        Stage::First => pipeline.first_stage(),
        Stage::Named(name) => Some(
            pipeline
                .stage(name)
                .ok_or_else(|| no_stage(name, &pipeline.name))?,
        ),
        Stage::Won => Some(kommo::pipeline::WON),
        Stage::Lost(reason) => {
            fields.loss_reason_id = facts.loss_reason(reason.name());
            Some(kommo::pipeline::LOST)
        }
    };
    Ok(())
}

fn no_pipeline(name: &str) -> Unsayable {
    Unsayable {
        reason: format!("the CRM has no pipeline `{name}`"),
        remedy: "make or rename a pipeline there, or run `portico flow repair`, then retry"
            .to_owned(),
    }
}

fn no_stage(name: &str, pipeline: &str) -> Unsayable {
    Unsayable {
        reason: format!("the pipeline `{pipeline}` has no stage `{name}`"),
        remedy: "make that stage in the CRM, or change the flow's settings, then retry".to_owned(),
    }
}

/// A field that the account no longer has is left out; the flow's warning tells of it.
fn value_of(field: Field, value: Option<&str>, facts: &AccountFacts) -> Option<FieldValue> {
    let known = field.facts();
    let id = *facts.lead_fields.get(known.code)?;
    let Some(value) = value else {
        return Some(FieldValue::cleared(id));
    };
    Some(match known.kind {
        Kind::Text | Kind::TextArea | Kind::Monetary => FieldValue::plain(id, value),
        Kind::DateTime => FieldValue::plain(id, value.parse::<i64>().ok()?),
    })
}

/// The contact of a new buyer.
pub(super) fn new_contact(person: &Person, deal: &Deal, facts: &AccountFacts) -> NewContact {
    let everything = ContactChange {
        name: true,
        email: true,
        phone: true,
        address: true,
        customer_id: true,
        add_tags: Vec::new(),
    };
    let mut fields = contact_fields(&everything, person, facts);
    if person.buyer.full_name().is_empty() {
        // A card without a name cannot be found by people; the order's number finds it.
        fields.name = Some(format!("Buyer of {}", deal.name));
    }
    fields.created_by = Some(ROBOT);
    NewContact {
        fields,
        embedded: NewContactParts {
            tags: tags(deal.contact_tags.iter()),
        },
    }
}

/// The parts of a contact that are to be filled.
pub(super) fn contact_fields(
    change: &ContactChange,
    person: &Person,
    facts: &AccountFacts,
) -> ContactFields {
    let buyer = &person.buyer;
    let field = |code: &str, values: Vec<Value>| {
        let id = facts
            .contact_fields
            .get(code)
            .filter(|_| !values.is_empty());
        id.map(|id| FieldValue {
            field_id: *id,
            values,
        })
    };
    let of = |wanted: bool, value: Option<Value>| value.filter(|_| wanted).into_iter().collect();
    let email = buyer
        .email
        .as_deref()
        .map(|email| Value::of_kind(email, "WORK"));
    let phone = buyer
        .phone
        .as_ref()
        .map(|phone| Value::of_kind(phone.as_str(), "WORK"));
    let customer = buyer.customer_id.as_deref().map(Value::plain);
    let address = person.address.as_ref().filter(|_| change.address);
    let values = [
        field("EMAIL", of(change.email, email)),
        field("PHONE", of(change.phone, phone)),
        field(CUSTOMER_CODE, of(change.customer_id, customer)),
        field(
            ADDRESS_CODE,
            address.map(address_values).unwrap_or_default(),
        ),
    ];
    ContactFields {
        first_name: buyer.first_name.clone().filter(|_| change.name),
        last_name: buyer.last_name.clone().filter(|_| change.name),
        custom_fields_values: values.into_iter().flatten().collect(),
        ..ContactFields::default()
    }
}

fn address_values(address: &Address) -> Vec<Value> {
    [
        (&address.line1, "address_line_1"),
        (&address.line2, "address_line_2"),
        (&address.city, "city"),
        (&address.state, "state"),
        (&address.postal_code, "zip"),
        (&address.country, "country"),
    ]
    .into_iter()
    .filter_map(|(part, code)| Some(Value::of_kind(part.as_deref()?, code)))
    .collect()
}

pub(super) fn tags<'a>(names: impl Iterator<Item = &'a String>) -> Vec<TagRef> {
    names.map(|name| TagRef::Name(name.clone())).collect()
}

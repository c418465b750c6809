//! What an account lacks for a flow, and making it once the owner has agreed.

use kommo::custom_field::FieldType;
use kommo::pipeline::NewPipelineParts;
use kommo::{Entity, NewField, NewPipeline, NewStatus};
use portico_domain::Priority;
use portico_domain::connection::Connection;
use portico_domain::field::{self, FieldFacts, Kind};
use portico_domain::flow::Settings;
use wire::Kind as Refusal;

use super::AccountFacts;
use crate::{Engine, Error};

/// The stages of a pipeline that we make; people rename them as they like.
pub(crate) const STAGES: [&str; 2] = ["New order", "In progress"];

/// Where a buyer's address goes.
pub(crate) const ADDRESS_CODE: &str = "SQSP_ADDRESS";

/// The shop's own identifier of a buyer.
pub(crate) const CUSTOMER_CODE: &str = "SQSP_CUSTOMER_ID";

/// What is not there yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) pipelines: Vec<String>,
    pub(crate) lead_fields: Vec<&'static str>,
    pub(crate) contact_fields: Vec<&'static str>,
}

/// What was made, because it was missing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made(Missing);

impl Missing {
    /// Compares what a flow needs with what the account has. Fields are found by their code, so
    /// that people may rename them.
    pub(crate) fn of(settings: &Settings, facts: &AccountFacts) -> Self {
        let pipelines = settings.pipelines().into_iter();
        let codes = field::FIELDS.iter().map(|field| field.code);
        let contact_codes = [ADDRESS_CODE, CUSTOMER_CODE].into_iter();
        Self {
            pipelines: pipelines
                .filter(|name| facts.pipeline(name).is_none())
                .map(str::to_owned)
                .collect(),
            lead_fields: codes
                .filter(|code| !facts.lead_fields.contains_key(*code))
                .collect(),
            contact_fields: contact_codes
                .filter(|code| !facts.contact_fields.contains_key(*code))
                .collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// One sentence for each thing that would be made.
    pub(crate) fn sentences(&self) -> Vec<String> {
        self.things("make")
    }

    /// Each thing, with what is done about it before it.
    fn things(&self, done: &str) -> Vec<String> {
        let pipelines = self.pipelines.iter().map(|name| {
            format!(
                "{done} the pipeline `{name}` with the stages {}",
                STAGES.join(", ")
            )
        });
        let mut sentences: Vec<String> = pipelines.collect();
        if !self.lead_fields.is_empty() {
            let names: Vec<&str> = lead_facts(&self.lead_fields)
                .map(|field| field.name)
                .collect();
            sentences.push(fields(done, "deal", &names));
        }
        if !self.contact_fields.is_empty() {
            let names: Vec<&str> = self
                .contact_fields
                .iter()
                .map(|code| contact_field_name(code))
                .collect();
            sentences.push(fields(done, "contact", &names));
        }
        sentences
    }
}

impl Made {
    /// One sentence for each thing that was made.
    pub(crate) fn sentences(&self) -> Vec<String> {
        self.0.things("made")
    }

    /// The codes of the deal fields that are new, and so empty.
    pub(crate) fn lead_fields(&self) -> &[&'static str] {
        &self.0.lead_fields
    }
}

fn fields(done: &str, of: &str, names: &[&str]) -> String {
    match names {
        [name] => format!("{done} the {of} field {name}"),
        many => format!("{done} {} {of} fields: {}", many.len(), many.join(", ")),
    }
}

fn lead_facts(codes: &[&'static str]) -> impl Iterator<Item = &'static FieldFacts> {
    field::FIELDS
        .iter()
        .filter(move |field| codes.contains(&field.code))
}

fn contact_field_name(code: &str) -> &'static str {
    if code == ADDRESS_CODE {
        "Address"
    } else {
        "Shop customer id"
    }
}

impl Engine {
    /// Makes what is missing, reads the account anew, and answers what it has made.
    ///
    /// Safe to run twice: the account is compared again before anything is made.
    pub(crate) async fn provision(
        &self,
        crm: &Connection,
        settings: &Settings,
    ) -> Result<Made, Error> {
        let facts = self.read_account_facts(crm).await?;
        let missing = Missing::of(settings, &facts);
        if missing.is_empty() {
            return Ok(Made::default());
        }
        match self.make(crm, &facts, &missing).await {
            Err(Error::Vendor { cause, .. }) if cause.kind == Refusal::Forbidden => {
                return Err(Error::Conflict(format!(
                    "connection `{}` has no administrator rights, and without them nobody can {}; \
                     connect with the token of an administrator, then try again",
                    crm.name,
                    missing.sentences().join("; ")
                )));
            }
            made => made?,
        }
        self.read_account_facts(crm).await?;
        Ok(Made(missing))
    }

    async fn make(
        &self,
        crm: &Connection,
        facts: &AccountFacts,
        missing: &Missing,
    ) -> Result<(), Error> {
        let client = &self.kommo_of(crm)?;
        let lane = Priority::Person;
        let pipelines = &new_pipelines(&missing.pipelines, facts.pipelines.len());
        if !pipelines.is_empty() {
            self.call(crm, lane, |token| async move {
                client.create_pipelines(pipelines, &token).await
            })
            .await?;
        }
        let fields = &lead_facts(&missing.lead_fields)
            .map(|field| new_lead_field(field, &facts.currency))
            .collect::<Vec<_>>();
        if !fields.is_empty() {
            self.call(crm, lane, |token| async move {
                client
                    .create_custom_fields(Entity::Leads, fields, &token)
                    .await
            })
            .await?;
        }
        let fields = &missing
            .contact_fields
            .iter()
            .map(|code| new_contact_field(code))
            .collect::<Vec<_>>();
        if !fields.is_empty() {
            self.call(crm, lane, |token| async move {
                client
                    .create_custom_fields(Entity::Contacts, fields, &token)
                    .await
            })
            .await?;
        }
        Ok(())
    }

    /// What an account lacks for these settings.
    pub(crate) async fn missing(
        &self,
        crm: &Connection,
        settings: &Settings,
    ) -> Result<Missing, Error> {
        let facts = self.read_account_facts(crm).await?;
        Ok(Missing::of(settings, &facts))
    }
}

fn new_pipelines(names: &[String], there: usize) -> Vec<NewPipeline> {
    names
        .iter()
        .enumerate()
        .map(|(n, name)| NewPipeline {
            name: name.clone(),
            sort: i64::try_from(there + n + 1).unwrap_or(i64::MAX),
            is_main: false,
            is_unsorted_on: false,
            request_id: None,
            embedded: NewPipelineParts {
                statuses: STAGES
                    .iter()
                    .zip(1..)
                    .map(|(stage, place)| NewStatus {
                        id: None,
                        name: (*stage).to_owned(),
                        sort: Some(place * 10),
                        color: None,
                    })
                    .collect(),
            },
        })
        .collect()
}

fn new_lead_field(field: &FieldFacts, currency: &str) -> NewField {
    let field_type = match field.kind {
        Kind::Text => FieldType::Text,
        Kind::TextArea => FieldType::Textarea,
        Kind::Monetary => FieldType::Monetary,
        Kind::DateTime => FieldType::DateTime,
    };
    NewField {
        name: field.name.to_owned(),
        currency: (field.kind == Kind::Monetary).then(|| currency.to_owned()),
        field_type,
        code: Some(field.code.to_owned()),
        is_api_only: field.api_only.then_some(true),
        enums: Vec::new(),
        request_id: None,
    }
}

fn new_contact_field(code: &str) -> NewField {
    let is_address = code == ADDRESS_CODE;
    NewField {
        name: contact_field_name(code).to_owned(),
        field_type: if is_address {
            FieldType::SmartAddress
        } else {
            FieldType::Text
        },
        code: Some(code.to_owned()),
        is_api_only: (!is_address).then_some(true),
        currency: None,
        enums: Vec::new(),
        request_id: None,
    }
}

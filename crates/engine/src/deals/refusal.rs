//! What the CRM refused, in words: positions in a request become the names of fields.

use kommo::{
    ComplexContact, ComplexLead, ContactPatch, FieldValue, LeadPatch, NewLead, NewNote,
    ValidationError,
};
use portico_domain::field::FIELDS;

use crate::crm::{ADDRESS_CODE, AccountFacts, CUSTOMER_CODE};

/// A body whose custom fields a refusal may point at.
pub(super) trait Refusable {
    fn deal_fields(&self) -> &[FieldValue] {
        &[]
    }

    fn contact_fields(&self) -> &[FieldValue] {
        &[]
    }
}

impl Refusable for ComplexLead {
    fn deal_fields(&self) -> &[FieldValue] {
        &self.fields.custom_fields_values
    }

    fn contact_fields(&self) -> &[FieldValue] {
        match self.embedded.contacts.first() {
            Some(ComplexContact::New(contact)) => &contact.fields.custom_fields_values,
            Some(ComplexContact::Existing { .. }) | None => &[],
        }
    }
}

impl Refusable for NewLead {
    fn deal_fields(&self) -> &[FieldValue] {
        &self.fields.custom_fields_values
    }
}

impl Refusable for LeadPatch {
    fn deal_fields(&self) -> &[FieldValue] {
        &self.fields.custom_fields_values
    }
}

impl Refusable for ContactPatch {
    fn contact_fields(&self) -> &[FieldValue] {
        &self.fields.custom_fields_values
    }
}

impl Refusable for NewNote {}

/// `the field "Shipping method" (TooLong)`
pub(super) fn words(
    error: &ValidationError,
    body: &impl Refusable,
    facts: &AccountFacts,
) -> String {
    let (fields, codes, rest) = match error.path.strip_prefix("_embedded.contacts.0.") {
        Some(rest) => (body.contact_fields(), &facts.contact_fields, rest),
        None if body.deal_fields().is_empty() => (
            body.contact_fields(),
            &facts.contact_fields,
            error.path.as_str(),
        ),
        None => (body.deal_fields(), &facts.lead_fields, error.path.as_str()),
    };
    let place = rest.strip_prefix("custom_fields_values.");
    let place = place.and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
    let id = place
        .and_then(|place| fields.get(place))
        .map(|field| field.field_id);
    let code = codes
        .iter()
        .find(|(_, known)| Some(**known) == id)
        .map(|(code, _)| code.as_str());
    match code {
        Some(code) => format!("the field \"{}\" ({})", field_name(code), name(&error.code)),
        None => format!("{} ({})", name(&error.path), name(&error.code)),
    }
}

/// The vendor's own names only: anything else may quote what was sent.
fn name(text: &str) -> &str {
    let is_name = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'_');
    if is_name { text } else { "something" }
}

fn field_name(code: &str) -> &str {
    if code == ADDRESS_CODE {
        return "Address";
    }
    if code == CUSTOMER_CODE {
        return "Shop customer id";
    }
    FIELDS
        .iter()
        .find(|field| field.code == code)
        .map_or(code, |field| field.name)
}

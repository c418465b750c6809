//! Each call of the client against the emulated vendor, and each kind of refusal once.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cards;
mod oauth;
mod refusals;
mod setup;
mod vendor;
mod webhooks;

use std::time::Duration;

use kommo::{
    Client, ComplexContact, ComplexLead, ComplexResult, ContactFields, Entity, FieldValue,
    NewContact,
};
use kommo::{Paging, Timeouts, Value};
use vendor::Vendor;
use wire::{Reach, SecretString};

/// A vendor, a client of its account, and an administrator's token.
struct Bench {
    vendor: Vendor,
    client: Client,
    token: SecretString,
}

impl Bench {
    async fn start() -> Self {
        let vendor = Vendor::start().await;
        let base = vendor.credential("/base").parse().unwrap();
        let timeouts = Timeouts {
            connect: Duration::from_secs(5),
            call: Duration::from_secs(10),
        };
        let client = Client::new(base, Reach::Any, "kommo-rs/contract", timeouts).unwrap();
        let token = vendor.credential("/access_token").into();
        Self {
            vendor,
            client,
            token,
        }
    }

    /// The id of the field of contacts with this code.
    async fn contact_field(&self, code: &str) -> i64 {
        let fields = self
            .client
            .custom_fields(Entity::Contacts, Paging::default(), &self.token)
            .await
            .unwrap();
        fields
            .items
            .iter()
            .find(|field| field.code.as_deref() == Some(code))
            .unwrap()
            .id
    }

    async fn contact_with_email(&self, name: &str, email: &str) -> NewContact {
        let values = vec![Value::of_kind(email, "WORK")];
        let email = FieldValue {
            field_id: self.contact_field("EMAIL").await,
            values,
        };
        let fields = ContactFields {
            first_name: Some(name.to_owned()),
            custom_fields_values: vec![email],
            request_id: Some(name.to_owned()),
            ..ContactFields::default()
        };
        NewContact {
            fields,
            ..NewContact::default()
        }
    }

    /// A lead with its new contact.
    async fn deal(&self, name: &str, email: &str) -> ComplexResult {
        let mut lead = ComplexLead::default();
        lead.fields.name = Some(format!("Order of {name}"));
        lead.fields.request_id = Some(format!("ord-{name}"));
        lead.embedded.contacts = vec![ComplexContact::New(Box::new(
            self.contact_with_email(name, email).await,
        ))];
        let mut results = self
            .client
            .create_leads_complex(&[lead], &self.token)
            .await
            .unwrap();
        assert_eq!(results.len(), 1);
        results.remove(0)
    }
}

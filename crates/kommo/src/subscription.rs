//! Subscriptions of an account's webhooks. The token must be an administrator's, the plan not the smallest.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, fetch, page, run};
use crate::entity::Page;
use crate::unix;

/// Where the vendor sends which events. The destination may hold a secret, so `Debug` leaves it out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// The id.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub id: Option<i64>,
    /// Where events go.
    pub destination: String,
    /// Which events go there.
    #[serde(default, deserialize_with = "lenient::list_or_map")]
    pub settings: Vec<Event>,
    /// Whether the vendor stopped sending, after too many wrong answers.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub disabled: bool,
    /// When it was made.
    #[serde(default, with = "unix")]
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    #[serde(default, with = "unix")]
    pub updated_at: Option<Timestamp>,
}

wire::debug_only!(Webhook {
    id,
    settings,
    disabled
});

wire::open_enum! {
    /// What webhooks tell.
    pub enum Event {
        AddLead = "add_lead",
        UpdateLead = "update_lead",
        DeleteLead = "delete_lead",
        RestoreLead = "restore_lead",
        StatusLead = "status_lead",
        ResponsibleLead = "responsible_lead",
        NoteLead = "note_lead",
        AddContact = "add_contact",
        UpdateContact = "update_contact",
        DeleteContact = "delete_contact",
        RestoreContact = "restore_contact",
        ResponsibleContact = "responsible_contact",
        NoteContact = "note_contact",
    }
}

impl Client {
    /// Lists the webhooks that go to a destination. `GET /api/v4/webhooks`
    pub async fn webhooks(
        &self,
        destination: Option<&str>,
        token: &SecretString,
    ) -> Result<Page<Webhook>, Error> {
        let call = self.call("GET /api/v4/webhooks", &[], token);
        page(
            call.query_if("filter[destination]", destination),
            "webhooks",
        )
        .await
    }

    /// Has events sent to a destination. `POST /api/v4/webhooks`
    ///
    /// What becomes of a subscription that there was is not documented: unsubscribe first.
    pub async fn subscribe_webhook(
        &self,
        destination: &str,
        events: &[Event],
        token: &SecretString,
    ) -> Result<Webhook, Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            destination: &'a str,
            settings: &'a [Event],
        }

        let call = self.call("POST /api/v4/webhooks", &[], token);
        fetch(call.json(&Body {
            destination,
            settings: events,
        }))
        .await
    }

    /// Ends what is sent to a destination; 404 where nothing was. `DELETE /api/v4/webhooks`
    pub async fn unsubscribe_webhook(
        &self,
        destination: &str,
        token: &SecretString,
    ) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            destination: &'a str,
        }

        run(self
            .call("DELETE /api/v4/webhooks", &[], token)
            .json(&Body { destination }))
        .await
    }
}

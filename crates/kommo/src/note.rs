//! Notes: entries on the timeline of a card.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, page, write};
use crate::entity::{Entity, Page, Paging, each, seconds};
use crate::unix;

/// A note. Its `Debug` leaves the text out.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// The id.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// The card that it is on.
    #[serde(deserialize_with = "lenient::integer")]
    pub entity_id: i64,
    /// What kind of entry it is, such as `common`.
    pub note_type: String,
    /// What it says, in parts that depend on the kind.
    #[serde(default, deserialize_with = "lenient::object_or_default")]
    pub params: Map<String, Value>,
    /// Who made it; 0 is a robot.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub created_by: Option<i64>,
    /// When it was made.
    #[serde(default, with = "unix")]
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    #[serde(default, with = "unix")]
    pub updated_at: Option<Timestamp>,
}

wire::debug_only!(Note {
    id,
    entity_id,
    note_type,
    created_at
});

/// Which notes to list.
#[derive(Clone, Debug, Default)]
pub struct NotesQuery {
    /// Which page, how long.
    pub paging: Paging,
    /// On these cards.
    pub entity_ids: Vec<i64>,
    /// Changed then or later.
    pub updated_from: Option<Timestamp>,
}

/// A note to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewNote {
    /// The card to put it on.
    pub entity_id: i64,
    /// What it says.
    #[serde(flatten)]
    pub body: NoteBody,
    /// Who made it; 0 is a robot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<i64>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none", with = "unix")]
    pub created_at: Option<Timestamp>,
    /// Whether it sets off what the account's owner hung on new notes.
    pub is_need_to_trigger_digital_pipeline: bool,
    /// What the answer shall call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// What a note says. Its `Debug` leaves the text out.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "note_type", content = "params", rename_all = "snake_case")]
pub enum NoteBody {
    /// Plain text, as a person writes it.
    Common {
        /// The text.
        text: String,
    },
    /// A message of a service.
    ServiceMessage {
        /// The name of the service.
        service: String,
        /// The text.
        text: String,
    },
    /// A long message of a service, which folds up.
    ExtendedServiceMessage {
        /// The name of the service.
        service: String,
        /// The text.
        text: String,
    },
}

/// What the API tells about a note that it made.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WrittenNote {
    /// The note.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// The card that it is on.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub entity_id: Option<i64>,
    /// What the request called it; where it had no name, its position in the batch.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub request_id: Option<String>,
}

impl Note {
    /// The text, for the kinds that have one.
    pub fn text(&self) -> Option<&str> {
        self.params.get("text")?.as_str()
    }
}

impl std::fmt::Debug for NoteBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self {
            Self::Common { .. } => "Common",
            Self::ServiceMessage { .. } => "ServiceMessage",
            Self::ExtendedServiceMessage { .. } => "ExtendedServiceMessage",
        };
        f.debug_struct(kind).finish_non_exhaustive()
    }
}

impl Client {
    /// Lists the notes of a kind of card. `GET /api/v4/{entity}/notes`
    pub async fn notes(
        &self,
        entity: Entity,
        query: &NotesQuery,
        token: &SecretString,
    ) -> Result<Page<Note>, Error> {
        let call =
            query
                .paging
                .apply(self.call("GET /api/v4/{entity}/notes", &[entity.as_str()], token));
        let call = each(call, "filter[entity_id][]", &query.entity_ids)
            .query_if("filter[updated_at][from]", seconds(query.updated_from));
        page(call, "notes").await
    }

    /// Makes notes on cards of one kind, up to 250. `POST /api/v4/{entity}/notes`
    pub async fn create_notes(
        &self,
        entity: Entity,
        notes: &[NewNote],
        token: &SecretString,
    ) -> Result<Vec<WrittenNote>, Error> {
        write(
            self.call("POST /api/v4/{entity}/notes", &[entity.as_str()], token),
            notes,
            "notes",
        )
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_written_with_its_kind_and_parts() {
        let note = NewNote {
            entity_id: 8_800_010,
            body: NoteBody::ExtendedServiceMessage {
                service: "Order sync".to_owned(),
                text: "2 x Poster".to_owned(),
            },
            created_by: Some(0),
            created_at: None,
            is_need_to_trigger_digital_pipeline: false,
            request_id: None,
        };
        insta::assert_snapshot!(serde_json::to_string(&note).unwrap(), @r#"{"entity_id":8800010,"note_type":"extended_service_message","params":{"service":"Order sync","text":"2 x Poster"},"created_by":0,"is_need_to_trigger_digital_pipeline":false}"#);
        assert!(!format!("{note:?}").contains("Poster"));
    }

    #[test]
    fn a_note_of_an_unknown_kind_is_read() {
        let note: Note = serde_json::from_str(
            r#"{"id":1,"entity_id":"2","note_type":"ai_result","params":{"score":7},"created_at":1752570000}"#,
        )
        .unwrap();
        assert_eq!((note.entity_id, note.text()), (2, None));
        let empty: Note =
            serde_json::from_str(r#"{"id":1,"entity_id":2,"note_type":"common","params":[]}"#)
                .unwrap();
        assert!(empty.params.is_empty());
    }
}

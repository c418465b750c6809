//! Tags.

use serde::{Deserialize, Serialize, Serializer};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, page};
use crate::entity::{Entity, Page, Paging};

/// A tag. The same word has another id for each kind of card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// The id.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// The word.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// The colour, as `RRGGBB`.
    #[serde(default)]
    pub color: Option<String>,
}

/// A tag to put on a card or to take off. An unknown name becomes a new tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagRef {
    /// By id.
    Id(i64),
    /// By word.
    Name(String),
}

impl Serialize for TagRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Id(id) => serializer.collect_map([("id", id)]),
            Self::Name(name) => serializer.collect_map([("name", name)]),
        }
    }
}

impl Client {
    /// Lists the tags of a kind of card. `GET /api/v4/{entity}/tags`
    pub async fn tags(
        &self,
        entity: Entity,
        paging: Paging,
        token: &SecretString,
    ) -> Result<Page<Tag>, Error> {
        page(
            paging.apply(self.call("GET /api/v4/{entity}/tags", &[entity.as_str()], token)),
            "tags",
        )
        .await
    }
}

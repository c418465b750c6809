//! Links between cards.

use serde::Serialize;
use wire::{Error, SecretString};

use crate::client::{Client, run};
use crate::entity::Entity;

/// A card to link another one to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The card.
    pub to_entity_id: i64,
    /// What kind of card it is.
    pub to_entity_type: Entity,
    /// How they are linked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<LinkMetadata>,
}

/// How two cards are linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LinkMetadata {
    /// Whether the contact shall be the lead's main one.
    pub is_main: bool,
}

impl Client {
    /// Links a card to others; linking twice does no harm. `POST /api/v4/{entity}/{id}/link`
    pub async fn link(
        &self,
        entity: Entity,
        id: i64,
        links: &[Link],
        token: &SecretString,
    ) -> Result<(), Error> {
        let parameters = [entity.as_str(), &id.to_string()];
        run(self
            .call("POST /api/v4/{entity}/{id}/link", &parameters, token)
            .json(links))
        .await
    }
}

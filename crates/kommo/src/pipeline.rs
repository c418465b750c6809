//! Pipelines with their stages, and the reasons for which leads are lost.

use serde::{Deserialize, Serialize};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, page, write};
use crate::entity::Page;

/// The stage of won leads, the same in every pipeline: a lead's pipeline must be named beside it.
pub const WON: i64 = 142;

/// The stage of lost leads, the same in every pipeline: a lead's pipeline must be named beside it.
pub const LOST: i64 = 143;

/// A pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipeline {
    /// The id that leads name.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// Its place among the pipelines.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub sort: Option<i64>,
    /// Whether leads without a pipeline go there.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_main: bool,
    /// Whether incoming leads wait there to be accepted.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_unsorted_on: bool,
    /// Whether it was put away.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_archive: bool,
    /// What the request called it; only in the answer to a write.
    #[serde(
        default,
        deserialize_with = "lenient::optional_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub request_id: Option<String>,
    /// Its stages.
    #[serde(
        rename = "_embedded",
        default,
        deserialize_with = "lenient::object_or_default"
    )]
    pub embedded: PipelineParts,
}

/// What a pipeline holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineParts {
    /// The stages.
    #[serde(default, deserialize_with = "lenient::list_or_map")]
    pub statuses: Vec<Status>,
}

/// A stage of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The id that leads name.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// Its place in the pipeline.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub sort: Option<i64>,
    /// Whether its name may be changed.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_editable: bool,
    /// Its pipeline.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub pipeline_id: Option<i64>,
    /// Its colour, as `#rrggbb`.
    #[serde(default)]
    pub color: Option<String>,
    /// 0 for a stage, 1 for the place of incoming leads.
    #[serde(
        default,
        rename = "type",
        deserialize_with = "lenient::optional_integer"
    )]
    pub kind: Option<i64>,
}

/// A reason for which leads are lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossReason {
    /// The id that leads name.
    #[serde(deserialize_with = "lenient::integer")]
    pub id: i64,
    /// What it says.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
}

/// A pipeline to make. The vendor adds the three system stages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewPipeline {
    /// Its name.
    pub name: String,
    /// Its place among the pipelines.
    pub sort: i64,
    /// Whether leads without a pipeline shall go there.
    pub is_main: bool,
    /// Whether incoming leads shall wait there to be accepted.
    pub is_unsorted_on: bool,
    /// What the answer shall call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Its stages.
    #[serde(rename = "_embedded")]
    pub embedded: NewPipelineParts,
}

/// What a pipeline shall hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewPipelineParts {
    /// The stages.
    pub statuses: Vec<NewStatus>,
}

/// A stage to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewStatus {
    /// Only [`WON`] or [`LOST`], to give a system stage another name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// Its name.
    pub name: String,
    /// Its place in the pipeline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<i64>,
    /// One of the vendor's colours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
}

impl Status {
    /// Whether it is the place of incoming leads that nobody accepted yet.
    pub fn is_incoming(&self) -> bool {
        self.kind == Some(1)
    }

    /// Whether it is the stage of won or of lost leads.
    pub fn is_closed(&self) -> bool {
        matches!(self.id, WON | LOST)
    }
}

impl Client {
    /// Lists all pipelines with their stages. `GET /api/v4/leads/pipelines`
    pub async fn pipelines(&self, token: &SecretString) -> Result<Vec<Pipeline>, Error> {
        let call = self.call("GET /api/v4/leads/pipelines", &[], token);
        page(call, "pipelines").await.map(|page| page.items)
    }

    /// Makes pipelines; the token must be an administrator's. `POST /api/v4/leads/pipelines`
    pub async fn create_pipelines(
        &self,
        pipelines: &[NewPipeline],
        token: &SecretString,
    ) -> Result<Vec<Pipeline>, Error> {
        write(
            self.call("POST /api/v4/leads/pipelines", &[], token),
            pipelines,
            "pipelines",
        )
        .await
    }

    /// Lists the reasons for which leads are lost. `GET /api/v4/leads/loss_reasons`
    pub async fn loss_reasons(&self, token: &SecretString) -> Result<Page<LossReason>, Error> {
        page(
            self.call("GET /api/v4/leads/loss_reasons", &[], token),
            "loss_reasons",
        )
        .await
    }
}

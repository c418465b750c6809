//! A flow: which site's orders become deals in which account, and by which settings.

mod check;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::connection::ConnectionId;
use crate::field::Field;
use crate::ids::identifier;
use crate::rule::Rule;

pub use check::Senseless;

identifier!(
    /// Names a flow for ever.
    FlowId, "flw_"
);

/// Orders of one site to deals of one CRM account.
#[derive(Clone, Debug)]
pub struct Flow {
    pub id: FlowId,
    pub name: String,
    pub site: ConnectionId,
    pub crm: ConnectionId,
    pub settings: Settings,
    /// Orders placed before this get no deal; a backfill moves it back.
    pub since: Timestamp,
    pub paused: bool,
    /// What stands in the way of the whole flow, in words; its work goes on where it can.
    pub warning: Option<String>,
    pub created_at: Timestamp,
}

/// What an owner can choose; the defaults are what most shops want.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The pipeline of a buyer's first order.
    pub new_pipeline: String,
    /// The pipeline of every later one.
    pub returning_pipeline: String,
    /// Lower bounds of the amount tags, in the site's currency.
    pub bands: Vec<u32>,
    /// Orders taken at the counter get a deal.
    pub point_of_sale: bool,
    /// Orders imported from another channel get a deal.
    pub imported: bool,
    /// The stage that a fulfilled order's deal moves to; without one it stays.
    pub fulfilled_stage: Option<FulfilledStage>,
    /// Close the deal as lost when its order is cancelled or refunded in full.
    pub close_lost: bool,
    /// Fields that people keep: filled once, never overwritten.
    pub theirs: BTreeSet<Field>,
    /// The first that matches wins.
    pub rules: Vec<Rule>,
}

/// Where a fulfilled order's deal goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FulfilledStage {
    /// Closed as won.
    Won,
    /// A stage of the deal's pipeline, by name.
    Named(String),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            new_pipeline: "New Clients".to_owned(),
            returning_pipeline: "Repeat Sales".to_owned(),
            bands: vec![100, 250, 500, 1000],
            point_of_sale: true,
            imported: true,
            fulfilled_stage: None,
            close_lost: true,
            theirs: BTreeSet::new(),
            rules: Vec::new(),
        }
    }
}

impl Settings {
    /// Every pipeline that an order could come to, for making those that are missing.
    #[must_use]
    pub fn pipelines(&self) -> Vec<&str> {
        let ruled = self
            .rules
            .iter()
            .filter_map(|rule| rule.then.pipeline.as_deref());
        let mut names: Vec<&str> = vec![&self.new_pipeline, &self.returning_pipeline];
        for name in ruled {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.dedup();
        names
    }
}

//! Changing a flow in place: what is given changes, everything else stays.

use std::collections::BTreeSet;

use portico_domain::audit::Action;
use portico_domain::connection::check_name;
use portico_domain::field::Field;
use portico_domain::flow::{Flow, FulfilledStage, Settings};
use portico_domain::rule::{Outcome, Rule};
use portico_domain::work::Queue;
use portico_store::{Tx, flows, work};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::{FlowPlan, name_taken};
use crate::{Engine, Error};

/// What is to change of a flow.
#[derive(Clone, Debug, Default)]
pub struct FlowChange {
    pub name: Option<String>,
    pub settings: SettingsChange,
}

/// New values of settings, under the names that they have in [`Settings`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SettingsChange {
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    new_pipeline: Option<String>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    returning_pipeline: Option<String>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    bands: Option<Vec<u32>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    point_of_sale: Option<bool>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    imported: Option<bool>,
    /// Given as nothing, the deal of a fulfilled order stays where it is.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    fulfilled_stage: Option<Option<FulfilledStage>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    close_lost: Option<bool>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    theirs: Option<BTreeSet<Field>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    rules: Option<Vec<Rule>>,
}

/// The name is not that of a setting.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` is not a setting of a flow; the settings are {}", known.join(", "))]
pub struct UnknownSetting {
    name: String,
    known: Vec<String>,
}

/// A flow that was changed.
#[derive(Clone, Debug)]
pub struct FlowChanged {
    pub flow: Flow,
    /// The name that it had, when it has another one by now.
    pub renamed_from: Option<String>,
    /// One sentence for each thing that was made at the CRM.
    pub made: Vec<String>,
    pub settings_changed: bool,
    /// Whether past orders would come out otherwise by now, so that a backfill may be wanted.
    pub backfill_helps: bool,
}

impl SettingsChange {
    /// Sets one setting back to its default, whatever else is said of it here.
    pub fn set_default(&mut self, name: &str) -> Result<(), UnknownSetting> {
        let defaults = members(&Settings::default());
        let Some(default) = defaults.get(name) else {
            return Err(UnknownSetting {
                name: name.to_owned(),
                known: defaults.keys().cloned().collect(),
            });
        };
        let mut change = members(&*self);
        change.insert(name.to_owned(), default.clone());
        *self = serde_json::from_value(Value::Object(change))
            .expect("a default is a value that its setting takes, a test says so");
        Ok(())
    }

    /// These settings with what is given in place of what they are.
    fn of(&self, settings: &Settings) -> Settings {
        let (new, old) = (self.clone(), settings.clone());
        Settings {
            new_pipeline: new.new_pipeline.unwrap_or(old.new_pipeline),
            returning_pipeline: new.returning_pipeline.unwrap_or(old.returning_pipeline),
            bands: new.bands.unwrap_or(old.bands),
            point_of_sale: new.point_of_sale.unwrap_or(old.point_of_sale),
            imported: new.imported.unwrap_or(old.imported),
            fulfilled_stage: new.fulfilled_stage.unwrap_or(old.fulfilled_stage),
            close_lost: new.close_lost.unwrap_or(old.close_lost),
            theirs: new.theirs.unwrap_or(old.theirs),
            rules: new.rules.unwrap_or(old.rules),
        }
    }
}

impl Engine {
    /// Says what a change would need to be made at the CRM, and changes nothing.
    pub async fn plan_flow_change(
        &self,
        name: &str,
        change: &FlowChange,
    ) -> Result<FlowPlan, Error> {
        let flow = self.flow_named(name).await?;
        let settings = change.settings.of(&flow.settings);
        if settings == flow.settings {
            return Ok(FlowPlan {
                to_make: Vec::new(),
            });
        }
        let crm = self.connection(flow.crm).await?;
        self.plan_for(&crm, &settings).await
    }

    /// Changes a flow: makes what the new settings need at the CRM, and lets held work go on.
    ///
    /// New orders are treated by the new settings, and old ones when they change or are backfilled.
    pub async fn change_flow(&self, name: &str, change: &FlowChange) -> Result<FlowChanged, Error> {
        let old = self.flow_named(name).await?;
        let name = old.name.clone();
        let work = async {
            let settings = change.settings.of(&old.settings);
            let new = Flow {
                name: change.name.clone().unwrap_or_else(|| old.name.clone()),
                settings,
                ..old.clone()
            };
            check_name(&new.name)
                .map_err(|why| Error::Invalid(format!("`{}`: {why}", new.name)))?;
            let wanted = new.clone();
            let read = move |tx: &mut dyn Tx| is_name_taken(tx, &wanted);
            if self.store().read(read).await? {
                return Err(name_taken(&new.name));
            }
            let made = if new.settings == old.settings {
                Vec::new()
            } else {
                let crm = self.connection(new.crm).await?;
                self.equip(&crm, &new.settings).await?
            };
            self.store_change(&old, &new).await?;
            self.renew_warning(&new).await;
            Ok(FlowChanged {
                renamed_from: (new.name != old.name).then(|| old.name.clone()),
                settings_changed: new.settings != old.settings,
                backfill_helps: seen_in_past_orders(&old.settings)
                    != seen_in_past_orders(&new.settings),
                flow: new,
                made,
            })
        };
        self.on_record(Action::ChangeFlow, &name, work).await
    }

    async fn store_change(&self, old: &Flow, new: &Flow) -> Result<(), Error> {
        let (old, new, now) = (old.clone(), new.clone(), self.now());
        let write = move |tx: &mut dyn Tx| {
            flows::lock(tx)?;
            if is_name_taken(tx, &new)? {
                return Ok(Err(name_taken(&new.name)));
            }
            let there = flows::flow(tx, old.id)?;
            if there.is_none_or(|there| there.settings != old.settings) {
                return Ok(Err(changed_meanwhile(&old)));
            }
            flows::save(tx, new.id, &new.name, &new.settings)?;
            work::retry_prefix(tx, Queue::SyncDeal, &new.id.to_string(), now)?;
            Ok(Ok(()))
        };
        self.store().write(write).await?
    }

    /// A warning speaks of settings and names the flow, so it may be wrong by now. Where the account
    /// cannot be asked it stays until the account's facts are read anew.
    async fn renew_warning(&self, flow: &Flow) {
        let renewed = async {
            let crm = self.connection(flow.crm).await?;
            let facts = self.account_facts(&crm).await?;
            self.warn_flows(&crm, &facts).await
        };
        if let Err(error) = renewed.await {
            tracing::warn!(error = %error, "Cannot say whether the flow `{}` has what it needs", flow.name);
        }
    }
}

/// The settings without what is decided once for a deal, and so holds for later deals only.
fn seen_in_past_orders(settings: &Settings) -> Settings {
    let rule = |rule: &Rule| Rule {
        name: String::new(),
        when: rule.when.clone(),
        then: Outcome {
            pipeline: None,
            responsible: None,
            ..rule.then.clone()
        },
    };
    Settings {
        new_pipeline: String::new(),
        returning_pipeline: String::new(),
        theirs: BTreeSet::new(),
        rules: settings.rules.iter().map(rule).collect(),
        ..settings.clone()
    }
}

/// What is serialised, by name.
fn members(of: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(of) {
        Ok(Value::Object(members)) => members,
        Ok(_) | Err(_) => Map::new(),
    }
}

fn is_name_taken(tx: &mut dyn Tx, flow: &Flow) -> Result<bool, portico_store::Error> {
    Ok(flows::named(tx, &flow.name)?.is_some_and(|other| other.id != flow.id))
}

fn changed_meanwhile(flow: &Flow) -> Error {
    Error::Conflict(format!(
        "the flow `{}` was changed or removed meanwhile; look at it, then change it again",
        flow.name
    ))
}

/// A value that is there, be it nothing: only what is left out stays as it is.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What becomes of settings with a rule and a stage when this is changed of them.
    fn changed(change: Value) -> Result<Settings, serde_json::Error> {
        let change: SettingsChange = serde_json::from_value(change)?;
        Ok(change.of(&chosen()))
    }

    fn chosen() -> Settings {
        Settings {
            fulfilled_stage: Some(FulfilledStage::Won),
            bands: vec![50],
            rules: vec![Rule::default()],
            ..Settings::default()
        }
    }

    #[test]
    fn only_what_is_given_changes() {
        assert_eq!(changed(json!({})).unwrap(), chosen());
        let bands = Settings {
            bands: vec![],
            ..chosen()
        };
        assert_eq!(changed(json!({ "bands": [] })).unwrap(), bands);
        let stays = Settings {
            fulfilled_stage: None,
            ..chosen()
        };
        assert_eq!(changed(json!({ "fulfilled_stage": null })).unwrap(), stays);
    }

    #[test]
    fn what_is_no_setting_or_no_value_is_refused() {
        assert!(changed(json!({ "bands": null })).is_err());
        assert!(changed(json!({ "band": [] })).is_err());
    }

    #[test]
    fn every_setting_can_be_changed_and_set_back_to_its_default() {
        let all = serde_json::to_value(chosen()).unwrap();
        assert_eq!(changed(all.clone()).unwrap(), chosen());
        let mut change = SettingsChange::default();
        for name in all.as_object().unwrap().keys() {
            change.set_default(name).unwrap();
        }
        assert_eq!(change.of(&chosen()), Settings::default());
        let unknown = change.set_default("band").unwrap_err().to_string();
        insta::assert_snapshot!(unknown, @"`band` is not a setting of a flow; the settings are bands, close_lost, fulfilled_stage, imported, new_pipeline, point_of_sale, returning_pipeline, rules, theirs");
    }

    #[test]
    fn a_backfill_helps_unless_only_what_is_decided_once_was_changed() {
        let helps = |change: Value| {
            seen_in_past_orders(&changed(change).unwrap()) != seen_in_past_orders(&chosen())
        };
        assert!(helps(json!({ "bands": [75] })));
        assert!(helps(
            json!({ "rules": [{ "then": { "deal_tags": ["call"] } }] })
        ));
        assert!(helps(json!({ "point_of_sale": false })));
        assert!(!helps(
            json!({ "new_pipeline": "Fresh", "theirs": ["tracking"] })
        ));
        assert!(!helps(
            json!({ "rules": [{ "name": "all", "then": { "responsible": "7" } }] })
        ));
    }
}

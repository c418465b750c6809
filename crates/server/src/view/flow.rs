//! Flows, and what became of setting one up or changing it.

mod settings;

use std::fmt;

use jiff::Timestamp;
use portico_domain::flow::Settings;
use portico_engine::{FlowAdded, FlowChanged, FlowView, Repaired};
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use settings::{FlowSettings, FlowSettingsChange};

#[derive(Serialize, ToSchema)]
pub struct FlowsOut {
    pub flows: Vec<FlowOut>,
}

/// A flow and how much it holds.
#[derive(Serialize, ToSchema)]
pub struct FlowOut {
    pub id: String,
    pub name: String,
    /// The short name of the Squarespace connection.
    pub site: String,
    /// The short name of the Kommo connection.
    pub crm: String,
    #[schema(value_type = FlowSettings)]
    pub settings: Settings,
    /// Orders placed before this get no deal; a backfill moves it back.
    pub since: Timestamp,
    pub paused: bool,
    /// What stands in the way of the whole flow, and what failed last of the work that keeps it going.
    pub warning: Option<String>,
    pub created_at: Timestamp,
    /// Whether the shop's history is read, which deals wait for.
    pub history_read: bool,
    pub orders: i64,
    pub deals: i64,
}

/// A flow that was set up.
#[derive(Serialize, ToSchema)]
pub struct FlowAddedOut {
    pub flow: FlowOut,
    /// One sentence for each thing that was made at the CRM.
    pub made: Vec<String>,
    /// How many deals an earlier flow between the same connections had made, which are this one's now.
    pub taken_up: i64,
}

/// A flow that was changed.
#[derive(Serialize, ToSchema)]
pub struct FlowChangedOut {
    pub flow: FlowOut,
    /// The name that it had, when it has another one by now.
    pub renamed_from: Option<String>,
    /// One sentence for each thing that was made at the CRM.
    pub made: Vec<String>,
    /// False when it had these settings before.
    pub settings_changed: bool,
    /// Whether deals of past orders would change by a backfill.
    pub backfill_helps: bool,
}

/// A flow that has again what it needs.
#[derive(Serialize, ToSchema)]
pub struct FlowRepairedOut {
    pub flow: FlowOut,
    /// One sentence for each thing that was made at the CRM; empty when nothing was missing.
    pub made: Vec<String>,
    /// How much held work goes on.
    pub retried: u64,
}

impl FlowOut {
    #[must_use]
    pub fn state(&self) -> &'static str {
        match (self.paused, self.history_read) {
            (true, _) => "paused",
            (false, true) => "running",
            (false, false) => "reading history",
        }
    }
}

/// Everything but the settings.
impl fmt::Display for FlowOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (state, since) = (self.state(), self.since);
        writeln!(f, "{}: {} to {}, {state}", self.name, self.site, self.crm)?;
        write!(
            f,
            "orders since {since}; {} orders read, {} deals",
            self.orders, self.deals
        )?;
        match &self.warning {
            Some(warning) => write!(f, "\nwarning: {warning}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for FlowAddedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FlowOut {
            name, site, crm, ..
        } = &self.flow;
        writeln!(
            f,
            "flow `{name}`: orders of {site} become deals in {crm} from now on"
        )?;
        self.made
            .iter()
            .try_for_each(|made| writeln!(f, "{made}"))?;
        match self.taken_up {
            0 => write!(f, "Past orders")?,
            1 => write!(
                f,
                "It takes up the deal that an earlier flow of the same pair made.\n\
                 To bring it in step again, and for past orders without a deal"
            )?,
            many => write!(
                f,
                "It takes up the {many} deals that an earlier flow of the same pair made.\n\
                 To bring them in step again, and for past orders without a deal"
            )?,
        }
        write!(f, ": portico flow backfill {name} --since DATE")
    }
}

impl fmt::Display for FlowChangedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FlowOut { name, since, .. } = &self.flow;
        if let Some(old) = &self.renamed_from {
            write!(f, "flow `{old}` is called `{name}` from now on")?;
            if !self.settings_changed {
                return Ok(());
            }
            writeln!(f)?;
        }
        if !self.settings_changed {
            return write!(f, "flow `{name}` keeps the settings that it has");
        }
        self.made
            .iter()
            .try_for_each(|made| writeln!(f, "{made}"))?;
        write!(
            f,
            "flow `{name}` has its new settings, for new orders and for earlier ones when they next change\n\
             Deals that exist were not touched, and none will move to another pipeline."
        )?;
        if self.backfill_helps {
            write!(
                f,
                "\nTo apply them to earlier orders now: portico flow backfill {name} --since {since}"
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for FlowRepairedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.flow.name;
        if self.made.is_empty() {
            write!(
                f,
                "flow `{name}`: there was nothing to do, it has everything that it needs"
            )?;
        } else {
            write!(f, "flow `{name}` has again what it needs")?;
        }
        self.made
            .iter()
            .try_for_each(|made| write!(f, "\n{made}"))?;
        match self.retried {
            0 => Ok(()),
            1 => write!(f, "\n1 held order is tried again"),
            many => write!(f, "\n{many} held orders are tried again"),
        }
    }
}

impl FromIterator<FlowView> for FlowsOut {
    fn from_iter<I: IntoIterator<Item = FlowView>>(flows: I) -> Self {
        Self {
            flows: flows.into_iter().map(FlowOut::from).collect(),
        }
    }
}

impl From<(FlowAdded, FlowView)> for FlowAddedOut {
    fn from((added, seen): (FlowAdded, FlowView)) -> Self {
        Self {
            flow: seen.into(),
            made: added.made,
            taken_up: added.taken_up,
        }
    }
}

impl From<(FlowChanged, FlowView)> for FlowChangedOut {
    fn from((changed, seen): (FlowChanged, FlowView)) -> Self {
        Self {
            flow: seen.into(),
            made: changed.made,
            renamed_from: changed.renamed_from,
            settings_changed: changed.settings_changed,
            backfill_helps: changed.backfill_helps,
        }
    }
}

impl From<(Repaired, FlowView)> for FlowRepairedOut {
    fn from((repaired, seen): (Repaired, FlowView)) -> Self {
        Self {
            flow: seen.into(),
            made: repaired.made,
            retried: repaired.retried,
        }
    }
}

impl From<FlowView> for FlowOut {
    fn from(view: FlowView) -> Self {
        Self {
            warning: view.warning(),
            id: view.flow.id.to_string(),
            name: view.flow.name,
            site: view.site,
            crm: view.crm,
            settings: view.flow.settings,
            since: view.flow.since,
            paused: view.flow.paused,
            created_at: view.flow.created_at,
            history_read: view.history_read,
            orders: view.orders,
            deals: view.deals,
        }
    }
}

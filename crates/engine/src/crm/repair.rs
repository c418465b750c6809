//! An account that people have changed: telling the flows what is gone, and making it again.

use portico_domain::audit::Action;
use portico_domain::connection::Connection;
use portico_domain::field::{FIELDS, Field};
use portico_domain::flow::{Flow, Settings};
use portico_domain::work::{Priority, Queue};
use portico_store::{Error as StoreError, Tx, deals, flows, work};

use super::{AccountFacts, Made, Missing};
use crate::flows::FlowPlan;
use crate::site::deal_touch;
use crate::{Engine, Error};

/// How many deals are marked in one transaction.
const AT_ONCE: i64 = 500;

/// A flow that has again what it needs.
#[derive(Clone, Debug)]
pub struct Repaired {
    pub flow: Flow,
    /// One sentence for each thing that was made at the CRM.
    pub made: Vec<String>,
    /// How much held work goes on.
    pub retried: u64,
}

impl Engine {
    /// Says what a repair would make at the CRM, and makes nothing.
    pub async fn plan_repair(&self, name: &str) -> Result<FlowPlan, Error> {
        let flow = self.flow_named(name).await?;
        let crm = self.connection(flow.crm).await?;
        let missing = self.missing(&crm, &flow.settings).await?;
        Ok(FlowPlan {
            to_make: missing.sentences(),
        })
    }

    /// Makes again at the CRM what a flow needs and somebody deleted, has every deal give its values
    /// to the fields that are new, and lets held work go on.
    ///
    /// Safe to run twice: what is there is not made again.
    pub async fn repair_flow(&self, name: &str) -> Result<Repaired, Error> {
        let flow = self.flow_named(name).await?;
        let name = flow.name.clone();
        let work = async {
            let crm = self.connection(flow.crm).await?;
            let made = self.provision(&crm, &flow.settings).await?;
            let facts = self.account_facts(&crm).await?;
            self.warn_flows(&crm, &facts).await?;
            self.fill_again(&crm, &made).await?;
            let (id, now) = (flow.id, self.now());
            let write = move |tx: &mut dyn Tx| {
                work::retry_prefix(tx, Queue::SyncDeal, &id.to_string(), now)
            };
            Ok(Repaired {
                retried: self.store().write(write).await?,
                made: made.sentences(),
                flow,
            })
        };
        self.on_record(Action::RepairFlow, &name, work).await
    }

    /// Tells the owner of each flow what the account no longer has.
    pub(crate) async fn warn_flows(
        &self,
        crm: &Connection,
        facts: &AccountFacts,
    ) -> Result<(), Error> {
        let (crm, facts) = (crm.id, facts.clone());
        let write = move |tx: &mut dyn Tx| {
            for flow in flows::of_crm(tx, crm)? {
                let warning = warning(&flow, &facts);
                flows::save_warning(tx, flow.id, warning.as_deref())?;
            }
            Ok(())
        };
        Ok(self.store().write(write).await?)
    }

    /// A field that was deleted took its values with it, so they no longer count as applied.
    async fn fill_again(&self, crm: &Connection, made: &Made) -> Result<(), Error> {
        let of_code = |code: &&str| FIELDS.iter().find(|field| field.code == *code);
        let made = made.lead_fields().iter().filter_map(of_code);
        let fields: Vec<Field> = made.map(|field| field.field).collect();
        if fields.is_empty() {
            return Ok(());
        }
        let crm = crm.id;
        let flows = self
            .store()
            .read(move |tx: &mut dyn Tx| flows::of_crm(tx, crm))
            .await?;
        for flow in flows {
            let mut last = Some(String::new());
            while let Some(after) = last {
                let (flow, fields, now) = (flow.clone(), fields.clone(), self.now());
                let write = move |tx: &mut dyn Tx| empty_fields(tx, &flow, &fields, &after, now);
                last = self.store().write(write).await?;
            }
        }
        Ok(())
    }
}

/// Marks deals as not having these fields; answers the last of them while there may be more.
fn empty_fields(
    tx: &mut dyn Tx,
    flow: &Flow,
    fields: &[Field],
    after: &str,
    now: jiff::Timestamp,
) -> Result<Option<String>, StoreError> {
    let orders = deals::made_after(tx, flow.id, after, AT_ONCE)?;
    let mut touches = Vec::new();
    for order in &orders {
        let record = deals::record(tx, flow.id, order)?.unwrap_or_default();
        let Some(mut applied) = record.applied else {
            continue;
        };
        applied.fields.retain(|field, _| !fields.contains(field));
        deals::applied(tx, flow.id, order, &applied)?;
        touches.push(deal_touch(flow, order, Priority::History, now));
    }
    work::touch(tx, &touches, now)?;
    Ok(orders.last().cloned())
}

/// What stands in the way of a flow, in words.
fn warning(flow: &Flow, facts: &AccountFacts) -> Option<String> {
    let missing = Missing::of(&flow.settings, facts);
    let mut sentences = Vec::new();
    if !missing.is_empty() {
        sentences.push(format!(
            "something was deleted in the CRM; run `portico flow repair {}` to {}",
            flow.name,
            missing.sentences().join("; ")
        ));
    }
    sentences.extend(rules_of_strangers(&flow.settings, facts).map(|rule| {
        format!(
            "the rule `{rule}` gives deals to a user whom the CRM no longer has, so they go to the owner of the token; change the rule"
        )
    }));
    (!sentences.is_empty()).then(|| sentences.join("; "))
}

/// The rules that name a user who is not there; none where the token may not list users.
fn rules_of_strangers<'a>(
    settings: &'a Settings,
    facts: &'a AccountFacts,
) -> impl Iterator<Item = &'a str> {
    let rules = settings.rules.iter().filter(|_| !facts.users.is_empty());
    rules
        .filter(|rule| {
            let responsible = rule.then.responsible.as_deref();
            responsible.is_some_and(|who| facts.user(who).is_none())
        })
        .map(|rule| rule.name.as_str())
}

//! Changing deals that exist: only the difference to what was applied last is sent.

use std::collections::HashMap;

use jiff::Timestamp;
use kommo::{LeadPatch, LeadsQuery, Paging, Written};
use portico_domain::audit::{DealWritten, What};
use portico_domain::change::{self, DealChange};
use portico_domain::note::{self, Note};
use portico_store::{Error as StoreError, Tx, deal_notes, deals, events, work};
use secrecy::SecretString;

use super::bulk::BulkWrite;
use super::create::PLAIN_LIMIT;
use super::render::{self, Unsayable};
use super::run::{self, Item, Run};
use crate::{Engine, Error, Step};

/// What is to be sent for a deal that exists.
#[derive(Clone)]
struct Changed {
    item: Item,
    lead_id: i64,
    change: DealChange,
    /// Where the deal is now, when its stage is to change.
    pipeline: Option<i64>,
    /// The notes that tell of it.
    notes: Vec<Note>,
}

impl Engine {
    /// Sends what changed since the deals were applied last.
    pub(super) async fn change_deals(&self, run: &mut Run, planned: &[Item]) -> Result<(), Error> {
        let mut changed = Vec::new();
        for item in run.open(planned) {
            let Some(made) = run.made.get(&item.key) else {
                continue;
            };
            let change = change::of_deal(&made.applied, &item.wanted, &item.flow.settings.theirs);
            if made.applied == item.wanted {
                continue;
            }
            changed.push(Changed {
                item: item.clone(),
                lead_id: made.lead_id,
                notes: note::of_changes(&made.applied.status, &item.order),
                change,
                pipeline: None,
            });
        }
        self.find_pipelines(run, &mut changed).await?;
        let (unchanged, sent): (Vec<_>, Vec<_>) = changed
            .into_iter()
            .partition(|changed| changed.change.is_empty());
        self.store_changes(run, unchanged).await?;
        self.write_all::<Changes>(run, sent).await
    }

    /// A closed stage belongs to every pipeline, so a deal that people moved must be closed in the
    /// pipeline where it is now.
    async fn find_pipelines(&self, run: &mut Run, changed: &mut [Changed]) -> Result<(), Error> {
        let ids: Vec<i64> = changed
            .iter()
            .filter(|changed| changed.change.stage.is_some())
            .map(|changed| changed.lead_id)
            .collect();
        let mut pipelines = HashMap::new();
        for ids in ids.chunks(PLAIN_LIMIT) {
            let client = &self.kommo_of(&run.crm)?;
            let query = &LeadsQuery {
                paging: Paging::page(1),
                ids: ids.to_vec(),
                ..LeadsQuery::default()
            };
            let page = self
                .call(&run.crm, run.lane, |token| async move {
                    client.leads(query, &token).await
                })
                .await?;
            let found = page.items.into_iter();
            pipelines.extend(found.filter_map(|lead| Some((lead.id, lead.pipeline_id?))));
        }
        let is_known = |run: &Run, id: &i64| run.facts.pipeline_by_id(*id).is_some();
        if !run.facts_reread && !pipelines.values().all(|id| is_known(run, id)) {
            self.reread_facts(run).await?;
        }
        for changed in changed
            .iter_mut()
            .filter(|changed| changed.change.stage.is_some())
        {
            let pipeline = pipelines.get(&changed.lead_id);
            changed.pipeline = pipeline.copied().filter(|id| is_known(run, id));
            if changed.pipeline.is_none() {
                let Unsayable { reason, remedy } = gone(changed.lead_id);
                run.hold(&changed.item.key, reason, remedy);
            }
        }
        Ok(())
    }

    async fn store_changes(&self, run: &Run, changed: Vec<Changed>) -> Result<(), Error> {
        if changed.is_empty() {
            return Ok(());
        }
        let (claim, now) = (run.claim.clone(), self.now());
        let write = move |tx: &mut dyn Tx| {
            work::hold_fence(tx, &claim)?;
            changed
                .iter()
                .try_for_each(|changed| store_change(tx, changed, now))
        };
        Ok(self.store().write(write).await?)
    }
}

/// Changes of deals.
struct Changes;

impl BulkWrite for Changes {
    type Item = Changed;
    type Body = LeadPatch;
    type Answer = Vec<Written>;

    const LIMIT: usize = PLAIN_LIMIT;
    const NAME: &'static str = "changing the deal";
    const INTENDED: Option<Step> = None;
    const ANSWERED: Step = Step::ChangeAnswered;

    fn planned(changed: &Changed) -> &run::Planned {
        &changed.item
    }

    fn if_gone(changed: &Changed) -> Option<Unsayable> {
        Some(gone(changed.lead_id))
    }

    fn render(run: &Run, changed: &Changed, request_id: String) -> Result<LeadPatch, Unsayable> {
        let pipeline = changed.pipeline.and_then(|id| run.facts.pipeline_by_id(id));
        let fields = render::changed_deal(&changed.change, pipeline, &run.facts, request_id)?;
        Ok(LeadPatch {
            id: changed.lead_id,
            fields,
            tags_to_add: render::tags(changed.change.tags.add.iter()),
            tags_to_delete: render::tags(changed.change.tags.delete.iter()),
        })
    }

    fn intend(_: &mut dyn Tx, _: &Changed, _: Option<Timestamp>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn send(
        client: &kommo::Client,
        bodies: &[LeadPatch],
        token: &SecretString,
    ) -> Result<Self::Answer, wire::Error> {
        client.update_leads(bodies, token).await
    }

    async fn store(
        engine: &Engine,
        run: &mut Run,
        items: &[Changed],
        _: Self::Answer,
    ) -> Result<(), Error> {
        for changed in items {
            let written = DealWritten {
                flow: changed.item.flow.name.clone(),
                connection: run.crm.name.clone(),
                order: changed.item.order.id.clone(),
                deal: changed.lead_id,
                is_new: false,
            };
            engine.note(engine.now(), What::Deal(written));
        }
        engine.store_changes(run, items.to_vec()).await
    }
}

/// A deal that a person deleted is not made again.
fn gone(lead_id: i64) -> Unsayable {
    Unsayable {
        reason: format!("deal {lead_id} is no longer in the CRM"),
        remedy: "restore the deal there, or leave this as it is; nothing else waits for it"
            .to_owned(),
    }
}

fn store_change(tx: &mut dyn Tx, changed: &Changed, now: Timestamp) -> Result<(), StoreError> {
    let (flow, order) = (changed.item.flow.id, changed.item.order.id.as_str());
    deals::applied(tx, flow, order, &changed.item.wanted)?;
    for note in &changed.notes {
        deal_notes::plan(tx, flow, order, note, now)?;
    }
    if changed.change.is_empty() {
        return Ok(());
    }
    let text = format!(
        "deal {} changed: {}",
        changed.lead_id,
        words(&changed.change)
    );
    events::add(tx, changed.item.flow.site, order, &text, now)
}

/// Which parts of a deal changed, for the timeline.
fn words(change: &DealChange) -> String {
    let mut words: Vec<String> = Vec::new();
    if change.name.is_some() {
        words.push("name".to_owned());
    }
    if change.price.is_some() {
        words.push("price".to_owned());
    }
    words.extend(
        change
            .fields
            .keys()
            .map(|field| field.facts().name.to_owned()),
    );
    words.extend(change.tags.add.iter().map(|tag| format!("tag {tag}")));
    words.extend(change.tags.delete.iter().map(|tag| format!("no tag {tag}")));
    if change.stage.is_some() {
        words.push("stage".to_owned());
    }
    words.join(", ")
}

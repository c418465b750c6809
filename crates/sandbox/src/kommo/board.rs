//! What the board shows of the account: pipelines, their stages, and the leads in them.

use std::collections::HashMap;

use serde_json::Value;

use super::Kommo;
use super::pipelines::Pipeline;
use super::state::{Body, Card, Entity, State, number, text};

/// Older leads of a stage are only counted.
const MOST_DEALS: usize = 60;
const INCOMING: u64 = 1;

pub(crate) struct Funnel {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) total: Total,
    pub(crate) stages: Vec<Stage>,
}

pub(crate) struct Stage {
    pub(crate) name: String,
    pub(crate) colour: String,
    pub(crate) total: Total,
    /// The newest first.
    pub(crate) deals: Vec<Deal>,
}

pub(crate) struct Deal {
    pub(crate) id: u64,
    pub(crate) name: String,
    /// Zero is what the CRM keeps of a lead without a price.
    pub(crate) price: i64,
    pub(crate) contact: String,
    pub(crate) tags: Vec<String>,
    /// The first lines of the longest text on the card.
    pub(crate) items: Vec<String>,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Total {
    pub(crate) count: usize,
    pub(crate) sum: i64,
}

impl Kommo {
    pub(crate) fn currency_symbol(&self) -> String {
        text(&self.held().account, "currency_symbol").to_owned()
    }

    /// The pipelines in the order of the screen.
    pub(crate) fn funnels(&self) -> Vec<Funnel> {
        let state = self.held();
        let mut by_stage: HashMap<(u64, u64), Vec<(u64, &Card)>> = HashMap::new();
        for (id, lead) in state.cards[Entity::Leads]
            .iter()
            .rev()
            .filter(|(_, lead)| !lead.is_deleted())
        {
            let place = (
                number(&lead.body, "pipeline_id"),
                number(&lead.body, "status_id"),
            );
            if let (Some(pipeline), Some(status)) = place {
                by_stage
                    .entry((pipeline, status))
                    .or_default()
                    .push((*id, lead));
            }
        }
        let mut pipelines: Vec<&Pipeline> = state.pipelines.values().collect();
        pipelines.sort_by_key(|pipeline| number(&pipeline.body, "sort"));
        pipelines
            .into_iter()
            .map(|pipeline| funnel(&state, pipeline, &by_stage))
            .collect()
    }
}

fn funnel(
    state: &State,
    pipeline: &Pipeline,
    by_stage: &HashMap<(u64, u64), Vec<(u64, &Card)>>,
) -> Funnel {
    let mut stages = Vec::new();
    let mut total = Total::default();
    for status in pipeline.sorted() {
        let key = (pipeline.id(), number(status, "id").unwrap_or_default());
        let leads = by_stage.get(&key).map_or(&[][..], Vec::as_slice);
        if leads.is_empty() && number(status, "type") == Some(INCOMING) {
            continue;
        }
        let sum = leads.iter().map(|(_, lead)| price(&lead.body)).sum();
        total.count += leads.len();
        total.sum += sum;
        stages.push(Stage {
            name: text(status, "name").to_owned(),
            colour: text(status, "color").to_owned(),
            total: Total {
                count: leads.len(),
                sum,
            },
            deals: leads
                .iter()
                .take(MOST_DEALS)
                .map(|(id, lead)| deal(state, *id, lead))
                .collect(),
        });
    }
    Funnel {
        id: pipeline.id(),
        name: text(&pipeline.body, "name").to_owned(),
        total,
        stages,
    }
}

fn deal(state: &State, id: u64, lead: &Card) -> Deal {
    let contact = state
        .links
        .main_contact(id)
        .and_then(|contact| state.card(Entity::Contacts, contact));
    let tags = lead
        .tags
        .iter()
        .filter_map(|tag| state.tags[Entity::Leads].rows.get(tag));
    let texts = lead
        .filled()
        .iter()
        .filter(|filled| filled["field_type"] == "textarea");
    let longest = texts
        .filter_map(|filled| filled["values"][0]["value"].as_str())
        .max_by_key(|text| text.len());
    Deal {
        id,
        name: text(&lead.body, "name").to_owned(),
        price: price(&lead.body),
        contact: contact.map_or_else(String::new, |contact| {
            text(&contact.body, "name").to_owned()
        }),
        tags: tags.map(|tag| text(tag, "name").to_owned()).collect(),
        items: longest
            .into_iter()
            .flat_map(str::lines)
            .map(str::to_owned)
            .collect(),
    }
}

fn price(lead: &Body) -> i64 {
    // Cents do not matter on a card.
    let exact = lead
        .get("price")
        .and_then(Value::as_number)
        .map(ToString::to_string);
    let whole =
        exact.and_then(|exact| exact.split('.').next().and_then(|whole| whole.parse().ok()));
    whole.unwrap_or_default()
}

//! Pipelines, their stages and the system stages that every one of them has.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::kommo::drafts::Draft;
use crate::kommo::state::{Author, Body, Entity, LOST, State, WON, flag, number, object};

const INCOMING: u64 = 1;
const USUAL_COLOUR: &str = "#d6eaff";

#[derive(Clone, Debug)]
pub(in crate::kommo) struct Pipeline {
    pub body: Body,
    /// By id; the order on the screen is their `sort`.
    pub statuses: BTreeMap<u64, Body>,
}

impl Pipeline {
    pub(in crate::kommo) fn id(&self) -> u64 {
        number(&self.body, "id").unwrap_or_default()
    }

    pub(in crate::kommo) fn sorted(&self) -> Vec<&Body> {
        let mut statuses: Vec<&Body> = self.statuses.values().collect();
        statuses.sort_by_key(|status| number(status, "sort"));
        statuses
    }

    /// Where a lead starts that names no stage.
    pub(in crate::kommo) fn first_status(&self) -> u64 {
        let normal = self
            .sorted()
            .into_iter()
            .find(|status| number(status, "type") != Some(INCOMING));
        normal
            .and_then(|status| number(status, "id"))
            .unwrap_or(WON)
    }

    pub(in crate::kommo) fn incoming_status(&self) -> u64 {
        let incoming = self
            .statuses
            .values()
            .find(|status| number(status, "type") == Some(INCOMING));
        incoming
            .and_then(|status| number(status, "id"))
            .unwrap_or_else(|| self.first_status())
    }
}

impl State {
    /// Makes a pipeline with its three system stages and the stages that are sent along.
    pub(in crate::kommo) fn add_pipeline(&mut self, sent: &Body) -> u64 {
        let id = number(sent, "id").unwrap_or_else(|| self.sequence.next());
        self.sequence.passed(id);
        let body = json!({
            "id": id, "name": sent["name"], "sort": sent.get("sort").and_then(Value::as_u64).unwrap_or(1),
            "is_main": flag(sent, "is_main"), "is_unsorted_on": flag(sent, "is_unsorted_on"),
            "is_archive": flag(sent, "is_archive"), "account_id": self.account_id(),
        });
        let body = object(body);
        if flag(&body, "is_main") {
            self.no_other_main();
        }
        self.pipelines.insert(
            id,
            Pipeline {
                body,
                statuses: BTreeMap::new(),
            },
        );
        let incoming = self.sequence.next();
        for (status, name, sort, colour) in [
            (incoming, "Incoming leads", 10, "#c1c1c1"),
            (WON, "Closed - won", 10_000, "#CCFF66"),
            (LOST, "Closed - lost", 11_000, "#D5D8DB"),
        ] {
            let kind = if status == incoming { INCOMING } else { 0 };
            self.put_status(id, json!({ "id": status, "name": name, "sort": sort, "color": colour, "type": kind, "is_editable": false }));
        }
        for status in sent
            .get("_embedded")
            .and_then(|embedded| embedded["statuses"].as_array())
            .into_iter()
            .flatten()
        {
            self.add_status(id, status);
        }
        id
    }

    /// Adds a stage, or renames a system stage; answers its id.
    pub(in crate::kommo) fn add_status(&mut self, pipeline: u64, sent: &Value) -> u64 {
        let known = self
            .pipelines
            .get(&pipeline)
            .and_then(|pipeline| pipeline.statuses.get(&sent["id"].as_u64()?));
        if let Some(status) = known {
            let mut status = status.clone();
            status.insert("name".to_owned(), sent["name"].clone());
            return self.put_status(pipeline, Value::Object(status));
        }
        let id = sent["id"].as_u64().unwrap_or_else(|| self.sequence.next());
        self.sequence.passed(id);
        let last = self
            .pipelines
            .get(&pipeline)
            .into_iter()
            .flat_map(|pipeline| pipeline.statuses.values());
        let last = last
            .filter_map(|status| number(status, "sort"))
            .filter(|sort| *sort < 10_000)
            .max()
            .unwrap_or(10);
        let status = json!({
            "id": id, "name": sent["name"], "sort": sent["sort"].as_u64().unwrap_or(last + 10), "is_editable": true,
            "color": sent["color"].as_str().unwrap_or(USUAL_COLOUR), "type": 0,
        });
        self.put_status(pipeline, status);
        self.space_statuses(pipeline);
        id
    }

    /// Drops a pipeline; what leads it holds go to the first stage of the main pipeline.
    pub(in crate::kommo) fn drop_pipeline(&mut self, id: u64, author: Author) {
        self.pipelines.remove(&id);
        let Some(main) = self.main_pipeline() else {
            return;
        };
        let (main, first) = (main.id(), main.first_status());
        if let Some(pipeline) = self.pipelines.get_mut(&main) {
            pipeline.body.insert("is_main".to_owned(), true.into());
        }
        self.move_leads(
            |lead| number(lead, "pipeline_id") == Some(id),
            main,
            first,
            author,
        );
    }

    pub(super) fn drop_status(&mut self, pipeline: u64, status: u64, author: Author) {
        let Some(home) = self.pipelines.get_mut(&pipeline) else {
            return;
        };
        home.statuses.remove(&status);
        let first = home.first_status();
        let here = |lead: &Body| {
            number(lead, "pipeline_id") == Some(pipeline)
                && number(lead, "status_id") == Some(status)
        };
        self.move_leads(here, pipeline, first, author);
    }

    fn move_leads(
        &mut self,
        wanted: impl Fn(&Body) -> bool,
        pipeline: u64,
        status: u64,
        author: Author,
    ) {
        let cards = self.cards[Entity::Leads].iter();
        let moved: Vec<u64> = cards
            .filter(|(_, card)| wanted(&card.body))
            .map(|(id, _)| *id)
            .collect();
        for id in moved {
            let plain = json!({ "pipeline_id": pipeline, "status_id": status });
            let plain = object(plain);
            self.change(
                Entity::Leads,
                id,
                &Draft {
                    plain,
                    ..Draft::default()
                },
                author,
            );
        }
    }

    fn put_status(&mut self, pipeline: u64, status: Value) -> u64 {
        let account = self.account_id();
        let mut status = object(status);
        status.insert("pipeline_id".to_owned(), pipeline.into());
        status.insert("account_id".to_owned(), account.into());
        let id = number(&status, "id").unwrap_or_default();
        if let Some(pipeline) = self.pipelines.get_mut(&pipeline) {
            pipeline.statuses.insert(id, status);
        }
        id
    }

    /// The vendor spaces the stages of a pipeline anew after each change.
    pub(super) fn space_statuses(&mut self, pipeline: u64) {
        let Some(pipeline) = self.pipelines.get_mut(&pipeline) else {
            return;
        };
        let order: Vec<u64> = pipeline
            .sorted()
            .iter()
            .filter_map(|status| number(status, "id"))
            .collect();
        let own = order.into_iter().filter(|id| *id != WON && *id != LOST);
        for (id, position) in own.zip(1_u64..) {
            if let Some(status) = pipeline.statuses.get_mut(&id) {
                status.insert("sort".to_owned(), (position * 10).into());
            }
        }
    }

    pub(super) fn no_other_main(&mut self) {
        for pipeline in self.pipelines.values_mut() {
            pipeline.body.insert("is_main".to_owned(), false.into());
        }
    }

    pub(in crate::kommo) fn holds_leads(&self, pipeline: u64) -> bool {
        let mut leads = self.cards[Entity::Leads].values();
        leads.any(|lead| !lead.is_deleted() && number(&lead.body, "pipeline_id") == Some(pipeline))
    }
}

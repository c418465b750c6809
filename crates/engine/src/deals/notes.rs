//! Making the notes that are planned, each once.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use kommo::{Entity, NewNote, NoteBody, NotesQuery, Paging};
use portico_domain::Priority;
use portico_domain::note;
use portico_store::deal_notes::Pending;
use portico_store::work::Outcome;
use portico_store::{Error as StoreError, Tx, deal_notes, work};
use secrecy::SecretString;

use super::bulk::BulkWrite;
use super::create::PLAIN_LIMIT;
use super::render::{ROBOT, Unsayable};
use super::run::{Item, Run};
use crate::{Engine, Error, Step};

/// Shown in the CRM as the sender of our notes.
const SERVICE: &str = "Portico";

/// A note whose answer was lost may still be on its way for this long.
const STILL_ON_ITS_WAY: SignedDuration = SignedDuration::from_secs(20);

/// The vendor's clock is not ours.
const CLOCK_MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// A planned note of a deal that exists.
#[derive(Clone)]
struct Planned {
    item: Item,
    lead_id: i64,
    note: Pending,
}

impl Engine {
    /// Makes the notes of every deal of the batch.
    ///
    /// One whose answer was lost is looked for by its marker first.
    pub(super) async fn make_notes(&self, run: &mut Run, planned: &[Item]) -> Result<(), Error> {
        let open: Vec<(Item, i64)> = run
            .open(planned)
            .filter_map(|item| Some((item.clone(), run.made.get(&item.key)?.lead_id)))
            .collect();
        let read = move |tx: &mut dyn Tx| {
            let mut notes = Vec::new();
            for (item, lead_id) in &open {
                for note in deal_notes::pending(tx, item.flow.id, &item.order.id)? {
                    notes.push(Planned {
                        item: item.clone(),
                        lead_id: *lead_id,
                        note,
                    });
                }
            }
            Ok(notes)
        };
        let pending = self.store().read(read).await?;
        let (uncertain, mut certain): (Vec<_>, Vec<_>) = pending
            .into_iter()
            .partition(|planned| planned.note.intent_at.is_some());
        certain.extend(self.find_lost_notes(run, uncertain).await?);
        self.write_all::<Notes>(run, certain).await
    }

    /// Answers the notes that are certainly not there.
    async fn find_lost_notes(
        &self,
        run: &mut Run,
        uncertain: Vec<Planned>,
    ) -> Result<Vec<Planned>, Error> {
        let Some(since) = uncertain
            .iter()
            .filter_map(|planned| planned.note.intent_at)
            .min()
        else {
            return Ok(Vec::new());
        };
        let found = self
            .markers_since(run, since - CLOCK_MARGIN, &uncertain)
            .await?;
        let now = self.now();
        let mut missing = Vec::new();
        let mut there = Vec::new();
        for planned in uncertain {
            let marker = note::marker(&planned.item.order.id, &planned.note.key);
            let sent_at = planned.note.intent_at.unwrap_or(now);
            match found.get(&marker) {
                Some(id) => there.push((planned, *id)),
                None if now >= sent_at + STILL_ON_ITS_WAY => missing.push(planned),
                None => {
                    let error =
                        "the answer to a note was lost; it is looked for once more".to_owned();
                    let at = sent_at + STILL_ON_ITS_WAY;
                    run.decide(&planned.item.key, Outcome::Again { at, error });
                }
            }
        }
        self.store_notes(run, there).await?;
        Ok(missing)
    }

    /// The marker lines of the notes on these deals, with the notes' numbers.
    async fn markers_since(
        &self,
        run: &Run,
        since: Timestamp,
        uncertain: &[Planned],
    ) -> Result<HashMap<String, i64>, Error> {
        let client = &self.kommo_of(&run.crm)?;
        let leads: HashSet<i64> = uncertain.iter().map(|planned| planned.lead_id).collect();
        let leads: Vec<i64> = leads.into_iter().collect();
        let mut found = HashMap::new();
        for leads in leads.chunks(PLAIN_LIMIT) {
            for page in 1.. {
                let query = &NotesQuery {
                    paging: Paging::page(page),
                    entity_ids: leads.to_vec(),
                    updated_from: Some(since),
                };
                let answer = self
                    .call(&run.crm, Priority::Live, |token| async move {
                        client.notes(Entity::Leads, query, &token).await
                    })
                    .await?;
                for note in &answer.items {
                    let last_line = note.text().and_then(|text| text.lines().last());
                    found.extend(last_line.map(|marker| (marker.to_owned(), note.id)));
                }
                if !answer.has_next {
                    break;
                }
            }
        }
        Ok(found)
    }

    async fn store_notes(&self, run: &Run, made: Vec<(Planned, i64)>) -> Result<(), Error> {
        if made.is_empty() {
            return Ok(());
        }
        let claim = run.claim.clone();
        let write = move |tx: &mut dyn Tx| {
            work::hold_fence(tx, &claim)?;
            for (planned, id) in &made {
                let (flow, order) = (planned.item.flow.id, &planned.item.order.id);
                deal_notes::made(tx, flow, order, &planned.note.key, *id)?;
            }
            Ok(())
        };
        Ok(self.store().write(write).await?)
    }
}

/// Notes on deals.
struct Notes;

impl BulkWrite for Notes {
    type Item = Planned;
    type Body = NewNote;
    type Answer = Vec<kommo::note::WrittenNote>;

    const LIMIT: usize = PLAIN_LIMIT;
    const NAME: &'static str = "writing the note";
    const INTENDED: Option<Step> = Some(Step::NotesIntended);
    const ANSWERED: Step = Step::NotesAnswered;

    fn key(planned: &Planned) -> &str {
        &planned.item.key
    }

    fn attempts(planned: &Planned) -> i64 {
        planned.item.attempts
    }

    fn render(_: &Run, planned: &Planned, request_id: String) -> Result<NewNote, Unsayable> {
        Ok(NewNote {
            entity_id: planned.lead_id,
            body: NoteBody::ExtendedServiceMessage {
                service: SERVICE.to_owned(),
                text: planned.note.text.clone(),
            },
            created_by: Some(ROBOT),
            created_at: None,
            is_need_to_trigger_digital_pipeline: false,
            request_id: Some(request_id),
        })
    }

    fn intend(tx: &mut dyn Tx, planned: &Planned, at: Option<Timestamp>) -> Result<(), StoreError> {
        let (flow, order) = (planned.item.flow.id, &planned.item.order.id);
        deal_notes::intend(tx, flow, order, &planned.note.key, at)
    }

    async fn send(
        client: &kommo::Client,
        bodies: &[NewNote],
        token: &SecretString,
    ) -> Result<Self::Answer, wire::Error> {
        client.create_notes(Entity::Leads, bodies, token).await
    }

    async fn store(
        engine: &Engine,
        run: &mut Run,
        items: &[Planned],
        answer: Self::Answer,
    ) -> Result<(), Error> {
        let by_request: HashMap<&str, i64> = answer
            .iter()
            .filter_map(|written| Some((written.request_id.as_deref()?, written.id)))
            .collect();
        let mut made = Vec::new();
        for (n, planned) in items.iter().enumerate() {
            match by_request.get(n.to_string().as_str()) {
                Some(id) => made.push((planned.clone(), *id)),
                None => {
                    let at = engine.retry_at(planned.item.attempts);
                    run.answer_is_missing(&planned.item.key, at);
                }
            }
        }
        engine.store_notes(run, made).await
    }
}

//! Making the notes that are planned, each once.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use kommo::note::WrittenNote;
use kommo::{Entity, NewNote, NoteBody, NotesQuery, Paging};
use portico_domain::note;
use portico_store::deal_notes::Pending;
use portico_store::{Error as StoreError, Tx, deal_notes, work};
use secrecy::SecretString;
use wire::Kind;

use super::bulk::BulkWrite;
use super::create::PLAIN_LIMIT;
use super::lost::{LOOKS, next_look};
use super::render::{ROBOT, Unsayable};
use super::run::{self, Item, Run};
use crate::{Engine, Error, Step};

/// Shown in the CRM as the sender of our notes.
const SERVICE: &str = "Portico";

/// The vendor's clock is not ours.
const CLOCK_MARGIN: SignedDuration = SignedDuration::from_mins(10);

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
            let orders: Vec<_> = open
                .iter()
                .map(|(item, _)| (item.flow.id, item.order.id.as_str()))
                .collect();
            let pending = deal_notes::pending(tx, &orders)?;
            let notes = open
                .iter()
                .zip(pending)
                .flat_map(|((item, lead_id), notes)| {
                    notes.into_iter().map(|note| Planned {
                        item: item.clone(),
                        lead_id: *lead_id,
                        note,
                    })
                });
            Ok(notes.collect::<Vec<_>>())
        };
        let pending = self.store().read(read).await?;
        let (uncertain, mut certain): (Vec<_>, Vec<_>) = pending
            .into_iter()
            .partition(|planned| planned.note.intent_at.is_some());
        certain.extend(self.find_lost_notes(run, uncertain).await?);
        self.write_all::<Notes>(run, certain).await
    }

    /// Answers the notes that are certainly not there: those that were looked for twice, apart in
    /// time.
    async fn find_lost_notes(
        &self,
        run: &mut Run,
        uncertain: Vec<Planned>,
    ) -> Result<Vec<Planned>, Error> {
        let (due, early): (Vec<_>, Vec<_>) = uncertain
            .into_iter()
            .partition(|planned| self.now() >= next_look(planned.note.looked_at));
        for planned in early {
            run.look_again(&planned.item.key, next_look(planned.note.looked_at));
        }
        let Some(since) = due
            .iter()
            .filter_map(|planned| planned.note.intent_at)
            .min()
        else {
            return Ok(Vec::new());
        };
        let found = self.markers_since(run, since - CLOCK_MARGIN, &due).await?;
        let (mut there, mut missing, mut looked) = (Vec::new(), Vec::new(), Vec::new());
        for planned in due {
            let marker = note::marker(&planned.item.order.id, &planned.note.key);
            match found.get(&marker) {
                Some(id) => there.push((planned, *id)),
                None if planned.note.looks + 1 >= LOOKS => missing.push(planned),
                None => looked.push(planned),
            }
        }
        self.store_notes(run, there).await?;
        self.note_looks(run, looked).await?;
        Ok(missing)
    }

    async fn note_looks(&self, run: &mut Run, looked: Vec<Planned>) -> Result<(), Error> {
        let now = self.now();
        for planned in &looked {
            run.look_again(&planned.item.key, next_look(Some(now)));
        }
        let claim = run.claim.clone();
        let write = move |tx: &mut dyn Tx| {
            work::hold_fence(tx, &claim)?;
            for planned in &looked {
                let (flow, order) = (planned.item.flow.id, &planned.item.order.id);
                deal_notes::looked(tx, flow, order, &planned.note.key, now)?;
            }
            Ok(())
        };
        Ok(self.store().write(write).await?)
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
                    .call(&run.crm, run.lane, |token| async move {
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
    type Answer = Vec<WrittenNote>;

    const LIMIT: usize = PLAIN_LIMIT;
    const NAME: &'static str = "writing the note";
    const INTENDED: Option<Step> = Some(Step::NotesIntended);
    const ANSWERED: Step = Step::NotesAnswered;

    fn planned(planned: &Planned) -> &run::Planned {
        &planned.item
    }

    fn render(run: &Run, planned: &Planned, request_id: String) -> Result<NewNote, Unsayable> {
        let text = planned.note.text.clone();
        let body = if run.facts.plain_notes {
            NoteBody::Common { text }
        } else {
            NoteBody::ExtendedServiceMessage {
                service: SERVICE.to_owned(),
                text,
            }
        };
        Ok(NewNote {
            entity_id: planned.lead_id,
            body,
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

    /// What a note says must not be lost with its looks.
    fn rephrase(run: &mut Run, bodies: &[NewNote], refusal: &wire::Error) -> bool {
        let is_the_kind = bodies.iter().any(folds_up) && refuses_the_kind(refusal);
        run.facts.plain_notes |= is_the_kind;
        run.plain_notes_on_trial |= is_the_kind;
        is_the_kind
    }

    async fn store(
        engine: &Engine,
        run: &mut Run,
        items: &[Planned],
        written: Self::Answer,
    ) -> Result<(), Error> {
        // The refusal may have had another cause, but now it is known to have been the kind.
        if std::mem::take(&mut run.plain_notes_on_trial) {
            tracing::warn!(connection.id = %run.crm.id, "`{}` refuses notes that fold up, so it gets plain ones", run.crm.name);
            engine.remember_plain_notes(&run.crm).await?;
        }
        let by_request: HashMap<&str, i64> = written
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

fn folds_up(note: &NewNote) -> bool {
    matches!(note.body, NoteBody::ExtendedServiceMessage { .. })
}

/// How an account that does not take the kind says so is not documented: it names the kind, or nothing.
fn refuses_the_kind(error: &wire::Error) -> bool {
    let errors = kommo::validation_errors(error);
    let named = errors
        .iter()
        .any(|error| error.path.rsplit('.').next() == Some("note_type"));
    error.kind == Kind::Rejected && error.status == Some(400) && (named || errors.is_empty())
}

//! Sending many writes in few calls: what is refused is taken out and held, the rest goes through.

use std::collections::{BTreeMap, HashSet, VecDeque};

use jiff::Timestamp;
use kommo::ValidationError;
use portico_domain::Priority;
use portico_store::work::Outcome;
use portico_store::{Error as StoreError, Tx, contacts, deals, work};
use secrecy::SecretString;
use wire::{Kind, Outcome as CallOutcome};

use super::refusal::{self, Refusable};
use super::render::Unsayable;
use super::run::{Planned, Run};
use crate::{Engine, Error, Step};

/// One kind of write that the CRM takes in bulk.
pub(super) trait BulkWrite: Sync {
    /// What is written for one order.
    type Item: Clone + Send + Sync + 'static;
    /// The same in the CRM's words.
    type Body: Refusable + Send + Sync;
    type Answer: Send;

    /// The most that one call takes.
    const LIMIT: usize;
    /// For people: `create deals`.
    const NAME: &'static str;
    /// A write that must not be sent twice has an intent, durable before the call.
    const INTENDED: Option<Step>;
    const ANSWERED: Step;

    /// The order that the item belongs to.
    fn planned(item: &Self::Item) -> &Planned;

    /// The work key of that order.
    fn key(item: &Self::Item) -> &str {
        &Self::planned(item).key
    }

    /// The contact that the write leans on, and that somebody may have deleted.
    fn contact(_: &Self::Item) -> Option<i64> {
        None
    }

    /// What to say when the card that is written to is gone.
    fn if_gone(_: &Self::Item) -> Option<Unsayable> {
        None
    }

    fn render(run: &Run, item: &Self::Item, request_id: String) -> Result<Self::Body, Unsayable>;

    /// Notes the intent, or (`None`) that nothing came of it.
    fn intend(tx: &mut dyn Tx, item: &Self::Item, at: Option<Timestamp>) -> Result<(), StoreError>;

    fn send(
        client: &kommo::Client,
        bodies: &[Self::Body],
        token: &SecretString,
    ) -> impl Future<Output = Result<Self::Answer, wire::Error>> + Send;

    /// Whether the same can be said in another way after this refusal; [`Self::render`] does so from now on.
    fn rephrase(_: &mut Run, _bodies: &[Self::Body], _refusal: &wire::Error) -> bool {
        false
    }

    /// Keeps what the answer says, in one transaction.
    fn store(
        engine: &Engine,
        run: &mut Run,
        items: &[Self::Item],
        answer: Self::Answer,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

impl Engine {
    /// Writes all items in as few calls as the vendor takes well.
    pub(super) async fn write_all<W: BulkWrite>(
        &self,
        run: &mut Run,
        items: Vec<W::Item>,
    ) -> Result<(), Error> {
        let mut chunks: VecDeque<Vec<W::Item>> = chunked::<W>(items);
        while let Some(mut chunk) = chunks.pop_front() {
            chunk.retain(|item| run.is_open(W::key(item)));
            if self.must_make_way(run).await? {
                self.make_way::<W>(run, chunk);
                continue;
            }
            let bodies = self.render_chunk::<W>(run, &mut chunk).await?;
            if chunk.is_empty() {
                continue;
            }
            let again = self.write_chunk::<W>(run, chunk, &bodies).await?;
            again
                .into_iter()
                .rev()
                .for_each(|chunk| chunks.push_front(chunk));
        }
        Ok(())
    }

    /// Takes out of the chunk what the CRM cannot be told, and puts the rest in its words.
    async fn render_chunk<W: BulkWrite>(
        &self,
        run: &mut Run,
        chunk: &mut Vec<W::Item>,
    ) -> Result<Vec<W::Body>, Error> {
        let mut rendered = render_all::<W>(run, chunk);
        if !rendered.unsayable.is_empty() && !run.facts_reread {
            // What a person has made in the CRM since is not in our facts.
            self.reread_facts(run).await?;
            rendered = render_all::<W>(run, chunk);
        }
        for (n, Unsayable { reason, remedy }) in rendered.unsayable.into_iter().rev() {
            run.hold(W::key(&chunk.remove(n)), reason, remedy);
        }
        Ok(rendered.bodies)
    }

    /// Sends one chunk and keeps what came of it; answers what is to be sent again in other chunks.
    async fn write_chunk<W: BulkWrite>(
        &self,
        run: &mut Run,
        chunk: Vec<W::Item>,
        bodies: &[W::Body],
    ) -> Result<Vec<Vec<W::Item>>, Error> {
        self.check_records()?;
        if let Some(step) = W::INTENDED {
            self.intend_all::<W>(run, &chunk, Some(self.now())).await?;
            self.inner.steps.reached(step);
        }
        match self.send_chunk::<W>(run, bodies).await {
            Ok(answer) => {
                self.inner.steps.reached(W::ANSWERED);
                W::store(self, run, &chunk, answer).await?;
                Ok(Vec::new())
            }
            Err(Error::Vendor { cause, .. }) if cause.outcome() == CallOutcome::Unknown => {
                self.put_off_unknown::<W>(run, chunk, &cause).await?;
                Ok(Vec::new())
            }
            Err(error) => {
                if W::INTENDED.is_some() {
                    self.intend_all::<W>(run, &chunk, None).await?;
                }
                match error.vendor().filter(|cause| blames_the_content(cause)) {
                    Some(cause) if W::rephrase(run, bodies, cause) => Ok(vec![chunk]),
                    Some(cause) => self.after_refusal::<W>(run, chunk, bodies, cause).await,
                    None => Err(error),
                }
            }
        }
    }

    async fn send_chunk<W: BulkWrite>(
        &self,
        run: &Run,
        bodies: &[W::Body],
    ) -> Result<W::Answer, Error> {
        let client = &self.kommo_of(&run.crm)?;
        self.call(&run.crm, run.lane, |token| async move {
            W::send(client, bodies, &token).await
        })
        .await
    }

    async fn intend_all<W: BulkWrite>(
        &self,
        run: &Run,
        items: &[W::Item],
        at: Option<Timestamp>,
    ) -> Result<(), Error> {
        let (claim, items) = (run.claim.clone(), items.to_vec());
        let write = move |tx: &mut dyn Tx| {
            work::hold_fence(tx, &claim)?;
            items.iter().try_for_each(|item| W::intend(tx, item, at))
        };
        Ok(self.store().write(write).await?)
    }

    /// The call may have been done. A create keeps its intents, so that the next try looks first;
    /// a change may simply be sent again.
    async fn put_off_unknown<W: BulkWrite>(
        &self,
        run: &mut Run,
        items: Vec<W::Item>,
        cause: &wire::Error,
    ) -> Result<(), Error> {
        for item in &items {
            let error = format!("{}: {cause}; it may have been done", W::NAME);
            let at = self.retry_at(W::planned(item).attempts);
            run.decide(W::key(item), Outcome::Again { at, error });
        }
        let claim = run.claim.clone();
        let write = move |tx: &mut dyn Tx| {
            work::hold_fence(tx, &claim)?;
            items
                .iter()
                .map(W::planned)
                .try_for_each(|planned| deals::end_unknown(tx, planned.flow.id, &planned.order.id))
        };
        Ok(self.store().write(write).await?)
    }

    /// History stops between two calls when something more urgent is due at the account.
    async fn must_make_way(&self, run: &Run) -> Result<bool, Error> {
        if run.lane < Priority::History {
            return Ok(false);
        }
        let (claim, lane, now) = (run.claim.clone(), run.lane, self.now());
        let read = move |tx: &mut dyn Tx| {
            work::more_urgent_is_due(tx, claim.queue, &claim.destination, lane, now)
        };
        Ok(self.store().read(read).await?)
    }

    fn make_way<W: BulkWrite>(&self, run: &mut Run, items: Vec<W::Item>) {
        for item in items {
            let error = "it made way for a live order".to_owned();
            let at = self.now();
            run.decide(W::key(&item), Outcome::Again { at, error });
        }
    }

    /// A refusal saves nothing of the whole batch: the items that it names are held, and the rest
    /// is sent again. One that blames what the account has is first met by reading the account anew.
    async fn after_refusal<W: BulkWrite>(
        &self,
        run: &mut Run,
        chunk: Vec<W::Item>,
        bodies: &[W::Body],
        cause: &wire::Error,
    ) -> Result<Vec<Vec<W::Item>>, Error> {
        let errors = kommo::validation_errors(cause);
        if !run.facts_reread && errors.iter().any(blames_the_account) {
            self.reread_facts(run).await?;
            return Ok(vec![chunk]);
        }
        let named: HashSet<&str> = errors
            .iter()
            .filter_map(|error| error.request_id.as_deref())
            .collect();
        let (refused, rest): (Vec<_>, Vec<_>) = chunk
            .into_iter()
            .enumerate()
            .partition(|(n, _)| named.contains(n.to_string().as_str()));
        let rest: Vec<W::Item> = rest.into_iter().map(|(_, item)| item).collect();
        if refused.is_empty() {
            return Ok(halves::<W>(run, rest, cause));
        }
        for (n, item) in refused {
            let request_id = n.to_string();
            let own: Vec<_> = errors
                .iter()
                .filter(|error| error.request_id.as_deref() == Some(&request_id))
                .collect();
            self.after_named::<W>(run, &item, &bodies[n], &own).await?;
        }
        Ok(vec![rest])
    }

    /// Holds an item that a refusal names, unless the refusal says what else can be done.
    async fn after_named<W: BulkWrite>(
        &self,
        run: &mut Run,
        item: &W::Item,
        body: &W::Body,
        errors: &[&ValidationError],
    ) -> Result<(), Error> {
        let gone = W::contact(item).filter(|_| errors.iter().any(|error| blames_contact(error)));
        if let Some(contact) = gone {
            return self.forget_contact(run, W::planned(item), contact).await;
        }
        let is_gone = errors.iter().any(|error| error.path == "id");
        if let Some(Unsayable { reason, remedy }) = W::if_gone(item).filter(|_| is_gone) {
            run.hold(W::key(item), reason, remedy);
            return Ok(());
        }
        let words: Vec<String> = errors
            .iter()
            .map(|error| refusal::words(error, body, &run.facts))
            .collect();
        hold::<W>(run, item, &words.join(", "));
        Ok(())
    }

    /// Reads the account anew, once for each batch, and tells the flows what it no longer has.
    pub(super) async fn reread_facts(&self, run: &mut Run) -> Result<(), Error> {
        run.facts_reread = true;
        run.facts = self.read_account_facts(&run.crm).await?;
        self.warn_flows(&run.crm, &run.facts).await
    }

    /// A contact that is gone from the CRM leaves the index, and its buyer is looked for anew.
    async fn forget_contact(
        &self,
        run: &mut Run,
        planned: &Planned,
        contact: i64,
    ) -> Result<(), Error> {
        let (crm, at) = (run.crm.id, self.retry_at(planned.attempts));
        let write = move |tx: &mut dyn Tx| contacts::remove(tx, crm, contact);
        self.store().write(write).await?;
        let error = "the buyer's contact was deleted in the CRM".to_owned();
        run.decide(&planned.key, Outcome::Again { at, error });
        Ok(())
    }
}

/// A refusal that a smaller or another batch can mend; any other concerns every call.
fn blames_the_content(cause: &wire::Error) -> bool {
    cause.kind == Kind::Rejected && matches!(cause.status, Some(400 | 413 | 422))
}

/// The vendor names nobody: the chunk is halved until the refused item stands alone.
fn halves<W: BulkWrite>(
    run: &mut Run,
    mut chunk: Vec<W::Item>,
    cause: &wire::Error,
) -> Vec<Vec<W::Item>> {
    if chunk.len() <= 1 {
        if let Some(item) = chunk.first() {
            hold::<W>(run, item, &cause.message);
        }
        return Vec::new();
    }
    let right = chunk.split_off(chunk.len() / 2);
    vec![chunk, right]
}

fn hold<W: BulkWrite>(run: &mut Run, item: &W::Item, words: &str) {
    run.hold(
        W::key(item),
        format!("{}: the CRM refuses {words}", W::NAME),
        "look at the order and at the CRM's fields and stages, then run `portico work retry`"
            .to_owned(),
    );
}

/// The account has changed since its facts were read: a field, a stage or a user is gone.
fn blames_the_account(error: &ValidationError) -> bool {
    let last = error.path.rsplit('.').next().unwrap_or_default();
    matches!(
        last,
        "field_id" | "pipeline_id" | "status_id" | "responsible_user_id" | "loss_reason_id"
    )
}

fn blames_contact(error: &ValidationError) -> bool {
    error.path == "id" || error.path.starts_with("_embedded.contacts")
}

/// What had an unknown end before goes in smaller batches: a heavy one may be what the vendor chokes
/// on. The rest is not slowed by it.
fn chunked<W: BulkWrite>(items: Vec<W::Item>) -> VecDeque<Vec<W::Item>> {
    let mut by_unknowns: BTreeMap<i64, Vec<W::Item>> = BTreeMap::new();
    for item in items {
        let unknowns = W::planned(&item).record.unknowns;
        by_unknowns.entry(unknowns).or_default().push(item);
    }
    let mut chunks = VecDeque::new();
    for (unknowns, items) in by_unknowns {
        let halvings = u32::try_from(unknowns).unwrap_or(0).min(8);
        let limit = (W::LIMIT >> halvings).max(1);
        chunks.extend(items.chunks(limit).map(<[W::Item]>::to_vec));
    }
    chunks
}

/// A chunk in the CRM's words; what cannot be said stands under its place in the chunk.
struct Rendered<B> {
    bodies: Vec<B>,
    unsayable: Vec<(usize, Unsayable)>,
}

fn render_all<W: BulkWrite>(run: &Run, chunk: &[W::Item]) -> Rendered<W::Body> {
    let mut rendered = Rendered {
        bodies: Vec::new(),
        unsayable: Vec::new(),
    };
    for (n, item) in chunk.iter().enumerate() {
        match W::render(run, item, rendered.bodies.len().to_string()) {
            Ok(body) => rendered.bodies.push(body),
            Err(why) => rendered.unsayable.push((n, why)),
        }
    }
    rendered
}

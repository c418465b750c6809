//! Changes on record: what is about to be changed first, and what became of it after.

use std::pin::Pin;

use jiff::Timestamp;
use portico_domain::audit::{Action, Change, End, Record, What};
use tracing::Instrument;

use super::Intent;
use crate::{Engine, Error, Reason, Refusal};

/// A change with its record; on the heap, because some are large.
pub(crate) type Recording<'a, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

/// A change under way; on record as one without a known end, unless it comes to one.
struct UnderWay<'a> {
    engine: &'a Engine,
    intent: Option<Intent>,
    since: Timestamp,
}

impl Engine {
    /// Makes a change that is on record before it is begun, as that of whoever this engine acts for. What
    /// cannot be put on record is not done.
    pub(crate) fn on_record<'a, T, E>(
        &'a self,
        action: Action,
        subject: &'a str,
        work: impl Future<Output = Result<T, E>> + Send + 'a,
    ) -> Recording<'a, T, E>
    where
        T: Send,
        E: From<Error> + Recorded + Send,
    {
        self.on_record_with(action, subject, None, work)
    }

    /// The same, with a few words on what more there is to say.
    pub(crate) fn on_record_with<'a, T, E>(
        &'a self,
        action: Action,
        subject: &'a str,
        detail: Option<String>,
        work: impl Future<Output = Result<T, E>> + Send + 'a,
    ) -> Recording<'a, T, E>
    where
        T: Send,
        E: From<Error> + Recorded + Send,
    {
        Box::pin(async move {
            let change = Change {
                by: self.actor().clone(),
                action,
                subject: subject.to_owned(),
                detail,
            };
            let under_way = self.begin(change).await?;
            let done = work.await;
            under_way.end(match &done {
                Ok(_) => End::Done,
                Err(error) => End::NotDone {
                    why: error.reason_on_record().in_words().to_owned(),
                },
            });
            done
        })
    }

    /// Does a work to its end, also when whoever asked for it goes away: half of it would be on record as undone.
    pub(crate) async fn to_its_end<T, E, W>(&self, work: impl FnOnce(Self) -> W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        W: Future<Output = Result<T, E>> + Send + 'static,
    {
        let work = work(self.clone()).in_current_span();
        let done = self.inner.carried_to_their_end.spawn(work).await;
        done.map_err(Error::internal)?
    }

    /// Waits until it is on record that a change will be made.
    async fn begin(&self, change: Change) -> Result<UnderWay<'_>, Error> {
        let since = self.now();
        let intent = self.journal().intend(&Record {
            at: since,
            what: What::Change(change),
        })?;
        let under_way = UnderWay {
            engine: self,
            intent: Some(intent),
            since,
        };
        if let Err(error) = self.journal().durable(intent).await {
            under_way.end(End::NotDone {
                why: error.reason().in_words().to_owned(),
            });
            return Err(error);
        }
        Ok(under_way)
    }
}

/// A failure of which a record can say the kind: its own words may be personal.
pub(crate) trait Recorded {
    fn reason_on_record(&self) -> Reason;
}

impl Recorded for Error {
    fn reason_on_record(&self) -> Reason {
        self.reason()
    }
}

impl Recorded for Refusal {
    fn reason_on_record(&self) -> Reason {
        self.reason()
    }
}

impl UnderWay<'_> {
    fn end(mut self, end: End) {
        self.ended(end);
    }

    fn ended(&mut self, end: End) {
        if let Some(intent) = self.intent.take() {
            self.engine.note_end(intent, self.since, end);
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let why = "whoever asked for it went away meanwhile".to_owned();
        self.ended(End::NotDone { why });
    }
}

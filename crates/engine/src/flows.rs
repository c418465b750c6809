//! Flows: setting one up, changing its settings, its history, its pause, its end.

mod add;
mod backfill;
mod change;
mod check;
mod view;

use std::slice;

use jiff::{SignedDuration, Timestamp};
use portico_domain::audit::Action;
use portico_domain::connection::{Connection, Status};
use portico_domain::flow::Flow;
use portico_domain::work::Queue;
use portico_store::{Error as StoreError, Tx, flows, work};

pub use add::{FlowAdded, FlowPlan, NewFlow};
pub use backfill::{Backfill, Progress};
pub use change::{FlowChange, FlowChanged, SettingsChange, UnknownSetting};
pub use view::FlowView;

use crate::site::connection_touch;
use crate::{Engine, Error};

/// How often a token is renewed when nobody uses it: a week of idleness would kill it.
pub(crate) const RENEW_EVERY: SignedDuration = SignedDuration::from_hours(24);

impl Engine {
    /// The flow of a name or an identifier.
    pub async fn flow_named(&self, name: &str) -> Result<Flow, Error> {
        let wanted = name.to_owned();
        let read = move |tx: &mut dyn Tx| named(tx, &wanted);
        let flow = self.store().read(read).await?;
        flow.ok_or_else(|| Error::NotFound(format!("flow `{name}`")))
    }

    /// Stops or goes on with a flow; what comes while it is paused waits and is not lost.
    pub async fn pause_flow(&self, name: &str, paused: bool) -> Result<Flow, Error> {
        let flow = self.flow_named(name).await?;
        let name = flow.name.clone();
        let work = async {
            let mut flow = flow;
            flow.paused = paused;
            let (id, now) = (flow.id, self.now());
            let write = move |tx: &mut dyn Tx| {
                flows::save_paused(tx, id, paused)?;
                if !paused {
                    work::retry_prefix(tx, Queue::SyncDeal, &id.to_string(), now)?;
                }
                Ok(())
            };
            self.store().write(write).await?;
            Ok(flow)
        };
        let action = if paused {
            Action::PauseFlow
        } else {
            Action::ResumeFlow
        };
        self.on_record(action, &name, work).await
    }

    /// Removes a flow with its work; at the vendors nothing changes.
    ///
    /// What it has made stays known, so that a flow which is added again between the same two
    /// connections does not make it a second time.
    pub async fn remove_flow(&self, name: &str) -> Result<(), Error> {
        let Flow { id, name, .. } = self.flow_named(name).await?;
        let work = async {
            let write = move |tx: &mut dyn Tx| {
                flows::lock(tx)?;
                work::remove_prefix(tx, Queue::SyncDeal, &id.to_string())?;
                flows::remove(tx, id)
            };
            Ok(self.store().write(write).await?)
        };
        self.on_record(Action::RemoveFlow, &name, work).await
    }

    /// Renews an OAuth token that nobody has used for a day, ends a page that nobody consented on, and
    /// sets the next time.
    ///
    /// Safe to run twice: a token that was renewed lately is left alone.
    pub(crate) async fn refresh_when_old(&self, claim: &work::Claim) -> Result<(), Error> {
        let connection = self.connection_of_claim(claim).await?;
        let page_ends = self.end_expired_page(&connection).await?;
        let renews = self.renew_when_old(&connection).await?;
        let next = page_ends.into_iter().chain(renews).min();
        let Some(next) = next else { return Ok(()) };
        let (id, now) = (connection.id, self.now());
        let touch = connection_touch(Queue::RefreshToken, id, next);
        let write = move |tx: &mut dyn Tx| work::touch(tx, slice::from_ref(&touch), now);
        Ok(self.store().write(write).await?)
    }

    /// Answers when to look again, where there is a token to be renewed. One that is known to be lost is
    /// left alone: a refusal would only blur why.
    async fn renew_when_old(&self, connection: &Connection) -> Result<Option<Timestamp>, Error> {
        if connection.status == Status::Pending {
            return Ok(None);
        }
        let credential = self.credential(connection).await?;
        let now = self.now();
        let is_lost = matches!(
            connection.status,
            Status::NeedsReauthorization | Status::Revoked
        );
        if !is_lost && credential.is_older_than(RENEW_EVERY / 2, now) {
            self.renewed(connection, credential.token()).await?;
        }
        Ok(credential.is_oauth().then_some(now + RENEW_EVERY))
    }
}

/// Finds a flow by its name, else by its identifier.
fn named(tx: &mut dyn Tx, wanted: &str) -> Result<Option<Flow>, StoreError> {
    match (flows::named(tx, wanted)?, wanted.parse()) {
        (None, Ok(id)) => flows::flow(tx, id),
        (found, _) => Ok(found),
    }
}

/// Why a flow cannot have a name that another one has.
fn name_taken(name: &str) -> Error {
    Error::Conflict(format!(
        "there is already a flow `{name}`; choose another name"
    ))
}

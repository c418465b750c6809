//! Removing a connection, and taking up what was known when its account is connected again.
//!
//! A new identifier would make strangers of orders, contacts and deals that are known, and double them.

use jiff::Timestamp;
use portico_domain::ConnectionId;
use portico_domain::audit::Action;
use portico_domain::connection::Connection;
use portico_store::{
    Error as StoreError, Tx, agents, connections, consents, contacts, crms, flows, notifications,
    orders, sites, work,
};

use super::trial::{alone_with_account, go_on, is_still_given};
use super::{Tested, changed_meanwhile};
use crate::apps;
use crate::credentials::{Renewal, Sealed, renewal_goes_on, secrets_lock};
use crate::{Engine, Error};

/// A connection that is gone, and what its owner should know of that.
#[derive(Clone, Debug)]
pub struct Removed {
    /// By which it is erased later, when its name is another's.
    pub id: ConnectionId,
    pub name: String,
    /// Nothing that was known of its account is left.
    pub erased: bool,
    /// What could not be done at the vendor, one sentence each.
    pub findings: Vec<String>,
}

impl Engine {
    /// Removes a connection that no flow uses: ends its notifications at the vendor, and wipes its
    /// credential. What is known of its account stays, for the day when it is connected again.
    pub async fn remove_connection(&self, name: &str) -> Result<Removed, Error> {
        let connection = self.connection_named(name).await?;
        let work = self.take_leave(&connection);
        let action = Action::RemoveConnection;
        self.on_record(action, &connection.name, work).await
    }

    pub(super) async fn take_leave(&self, connection: &Connection) -> Result<Removed, Error> {
        let asked = connection.clone();
        let read = move |tx: &mut dyn Tx| unused(tx, &asked);
        self.store().read(read).await??;
        // While the credential is still there; a flow that is added meanwhile subscribes anew.
        let findings = self.end_notifications(connection).await;
        Ok(Removed {
            id: connection.id,
            name: connection.name.clone(),
            erased: self.hide(connection).await?,
            findings,
        })
    }

    /// Answers whether nothing of the connection is left, because nothing was ever known of its account.
    async fn hide(&self, connection: &Connection) -> Result<bool, Error> {
        let (connection, id, now) = (connection.clone(), connection.id, self.now());
        let hide = move |tx: &mut dyn Tx| {
            flows::lock(tx)?;
            if let Err(refusal) = unused(tx, &connection)? {
                return Ok(Err(refusal));
            }
            tx.lock(&secrets_lock(id))?;
            // As it is by now: a trial may have found out whose it is.
            let Some(there) = connections::connection(tx, id)? else {
                return Ok(Err(Error::NotFound(format!(
                    "connection `{}`",
                    connection.name
                ))));
            };
            work::remove_destination(tx, &id.to_string())?;
            if there.account.id.is_empty() {
                // It would be found by no account.
                connections::delete(tx, id)?;
                return Ok(Ok(true));
            }
            // The signing keys are wiped, so nothing that was subscribed to can be read any more.
            sites::save_subscription(tx, id, None, now)?;
            crms::save_subscription(tx, id, None, now)?;
            notifications::prune(tx, id, Timestamp::MAX)?;
            consents::forget(tx, id)?;
            agents::close(tx, id)?;
            connections::remove(tx, id, now)?;
            Ok(Ok(false))
        };
        self.store().write(hide).await?
    }

    /// A credential that no longer works keeps nobody from leaving.
    async fn end_notifications(&self, connection: &Connection) -> Vec<String> {
        let unsubscribe = apps::facts(connection.app).unsubscribe;
        let Err(error) = unsubscribe(self, connection).await else {
            return Vec::new();
        };
        tracing::warn!(connection.id = %connection.id, error = %error, "The notifications of `{}` could not be ended", connection.name);
        // What helps a connection that stays is no advice for one that goes.
        let why = if let Error::Connection { reason, .. } = &error {
            reason.clone()
        } else {
            error.to_string()
        };
        vec![format!(
            "its notifications could not be ended at {0} ({why}); delete them there, or leave them: they are refused",
            connection.app.title()
        )]
    }

    /// The removed connection that led to the same account.
    pub(super) async fn removed_before(
        &self,
        connection: &Connection,
    ) -> Result<Option<Connection>, Error> {
        let (app, account) = (connection.app, connection.account.id.clone());
        let read = move |tx: &mut dyn Tx| connections::removed_of_account(tx, app, &account);
        Ok(self.store().read(read).await?)
    }

    /// Gives a connection that was just made the identifier that its account had before.
    ///
    /// Its credential is moved by whoever may renew it, so that no renewed token is left behind.
    pub(super) async fn come_back(
        &self,
        tested: Tested,
        former: &Connection,
        known_at: Timestamp,
        given: Option<&Sealed>,
    ) -> Result<Tested, Error> {
        let made = tested.connection;
        let back = Connection {
            id: former.id,
            created_at: former.created_at,
            ..made.clone()
        };
        let renewal = self.renewal(&made).await?;
        let moved = self.move_to(&made, &back, &renewal, known_at, given).await;
        self.end_renewal(renewal).await;
        moved?;
        tracing::info!(connection.id = %back.id, "Connection `{}` takes up what was known as `{}`", back.name, former.name);
        let mut findings = tested.findings;
        findings.push(self.taken_up(former).await);
        Ok(Tested {
            connection: back,
            findings,
        })
    }

    async fn move_to(
        &self,
        made: &Connection,
        back: &Connection,
        renewal: &Renewal,
        known_at: Timestamp,
        given: Option<&Sealed>,
    ) -> Result<(), Error> {
        let credential = self.credential(made).await?;
        let sealed = self.seal_credential(back.id, &credential).await?;
        let (made, back, renewal) = (made.clone(), back.clone(), renewal.clone());
        let (given, now) = (given.cloned(), self.now());
        let write = move |tx: &mut dyn Tx| {
            if let Err(error) = alone_with_account(tx, &made)? {
                return Ok(Err(error));
            }
            if !renewal.hold(tx)? {
                return Ok(Err(renewal_goes_on(&made, now)));
            }
            let former = connections::removed_of_account(tx, made.app, &made.account.id)?;
            let is_former_there = former.is_some_and(|former| former.id == back.id);
            let known = connections::connection(tx, made.id)?;
            let is_changed = known.is_none_or(|known| known.updated_at != known_at);
            if !is_former_there || is_changed || !is_still_given(tx, given.as_ref())? {
                return Ok(Err(changed_meanwhile(&made)));
            }
            work::remove_destination(tx, &made.id.to_string())?;
            consents::move_to(tx, made.id, back.id)?;
            agents::move_to(tx, made.id, back.id)?;
            connections::delete(tx, made.id)?;
            connections::bring_back(tx, &back)?;
            sealed.write(tx)?;
            go_on(tx, &back, now)?;
            Ok(Ok(()))
        };
        self.store().write(write).await?
    }

    /// Tells what is known again. All is done by now, so a failure to count is only logged.
    async fn taken_up(&self, former: &Connection) -> String {
        let id = former.id;
        let read = move |tx: &mut dyn Tx| Ok((orders::count(tx, id)?, contacts::count(tx, id)?));
        let (orders, contacts) = self.store().read(read).await.unwrap_or_else(|error| {
            tracing::warn!(connection.id = %id, error = %error, "Cannot count what is known of `{}`", former.name);
            (0, 0)
        });
        let known: Vec<String> = [("orders", orders), ("contacts", contacts)]
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(what, count)| format!("{what}: {count}"))
            .collect();
        let known = if known.is_empty() {
            String::new()
        } else {
            format!(" ({})", known.join(", "))
        };
        format!(
            "was connected before as `{}`: takes up what is known of it{known}, so that nothing is made twice",
            former.name
        )
    }
}

/// Refuses a connection that a flow goes from or to.
pub(super) fn unused(
    tx: &mut dyn Tx,
    connection: &Connection,
) -> Result<Result<(), Error>, StoreError> {
    let mut users = flows::of_site(tx, connection.id)?;
    users.extend(flows::of_crm(tx, connection.id)?);
    Ok(users.first().map_or(Ok(()), |flow| {
        Err(Error::Conflict(format!(
            "connection `{}` is used by the flow `{1}`; run `portico flow remove {1}` first",
            connection.name, flow.name
        )))
    }))
}

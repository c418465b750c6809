//! Removing a connection, and taking up what was known when its account is connected again.
//!
//! A new identifier would make strangers of orders, contacts and deals that are known, and double them.

use jiff::Timestamp;
use portico_domain::connection::Connection;
use portico_store::{
    Tx, connections, consents, contacts, crms, flows, notifications, orders, sites, work,
};

use super::trial::{alone_with_account, go_on};
use super::{Tested, changed_meanwhile};
use crate::credentials::{Renewal, renewal_goes_on, secrets_lock};
use crate::{Engine, Error};

impl Engine {
    /// Removes a connection that no flow uses, and wipes its credential. What is known of its account
    /// stays, for the day when it is connected again.
    pub async fn remove_connection(&self, name: &str) -> Result<(), Error> {
        let connection = self.connection_named(name).await?;
        let (id, now) = (connection.id, self.now());
        let is_untried = connection.account.id.is_empty();
        let remove = move |tx: &mut dyn Tx| {
            flows::lock(tx)?;
            let mut used = flows::of_site(tx, id)?;
            used.extend(flows::of_crm(tx, id)?);
            if !used.is_empty() {
                return Ok(used);
            }
            work::remove_destination(tx, &id.to_string())?;
            if is_untried {
                // It would be found by no account.
                connections::delete(tx, id)?;
                return Ok(used);
            }
            // The signing keys are wiped, so nothing that was subscribed to can be read any more.
            sites::save_subscription(tx, id, None, now)?;
            crms::save_subscription(tx, id, None, now)?;
            notifications::prune(tx, id, Timestamp::MAX)?;
            consents::forget(tx, id)?;
            tx.lock(&secrets_lock(id))?;
            connections::remove(tx, id, now)?;
            Ok(used)
        };
        match self.store().write(remove).await?.first() {
            None => Ok(()),
            Some(flow) => Err(Error::Conflict(format!(
                "connection `{name}` is used by the flow `{0}`; run `portico flow remove {0}` first",
                flow.name
            ))),
        }
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
    ) -> Result<Tested, Error> {
        let made = tested.connection;
        let back = Connection {
            id: former.id,
            created_at: former.created_at,
            ..made.clone()
        };
        let renewal = self.renewal(&made).await?;
        let moved = self.move_to(&made, &back, &renewal, known_at).await;
        self.end_renewal(renewal).await?;
        moved?;
        tracing::info!(connection.id = %back.id, "Connection `{}` takes up what was known as `{}`", back.name, former.name);
        let mut findings = tested.findings;
        findings.push(self.taken_up(former).await?);
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
    ) -> Result<(), Error> {
        let credential = self.credential(made).await?;
        let sealed = self.seal_credential(back.id, &credential).await?;
        let (made, back, renewal) = (made.clone(), back.clone(), renewal.clone());
        let now = self.now();
        let write = move |tx: &mut dyn Tx| {
            if let Err(error) = alone_with_account(tx, &made)? {
                return Ok(Err(error));
            }
            if !renewal.hold(tx)? {
                return Ok(Err(renewal_goes_on(&made)));
            }
            let known = connections::connection(tx, made.id)?;
            if known.is_none_or(|known| known.updated_at != known_at) {
                return Ok(Err(changed_meanwhile(&made)));
            }
            work::remove_destination(tx, &made.id.to_string())?;
            consents::move_to(tx, made.id, back.id)?;
            connections::delete(tx, made.id)?;
            connections::bring_back(tx, &back)?;
            sealed.write(tx)?;
            go_on(tx, &back, now)?;
            Ok(Ok(()))
        };
        self.store().write(write).await?
    }

    /// Tells what is known again.
    async fn taken_up(&self, former: &Connection) -> Result<String, Error> {
        let id = former.id;
        let read = move |tx: &mut dyn Tx| Ok((orders::count(tx, id)?, contacts::count(tx, id)?));
        let (orders, contacts) = self.store().read(read).await?;
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
        Ok(format!(
            "was connected before as `{}`: takes up what is known of it{known}, so that nothing is made twice",
            former.name
        ))
    }
}

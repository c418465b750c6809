//! Erasing a connection: nothing is kept for the day when its account is connected again.

use portico_domain::audit::Action;
use portico_domain::connection::Connection;
use portico_store::connections::Ever;
use portico_store::{Tx, connections};

use super::removed::{Removed, unused};
use super::trial::account_lock;
use crate::{Engine, Error};

/// How many rows of a kind are deleted at once; others write in between.
const ERASED_AT_ONCE: i64 = 2_000;

impl Engine {
    /// The connection that [`Engine::erase_connection`] would erase, for whoever wants to ask first.
    pub async fn erasable_connection(&self, wanted: &str) -> Result<Connection, Error> {
        let connection = self.ever(wanted).await?.connection;
        let asked = connection.clone();
        let read = move |tx: &mut dyn Tx| unused(tx, &asked);
        self.store().read(read).await??;
        Ok(connection)
    }

    /// Removes a connection with all that is known of its account: orders, buyers, contacts, events,
    /// notifications, and which deals were made of which order. One that was removed before is found by
    /// the name it had, or by its identifier.
    ///
    /// Safe to run twice: an erasure that was interrupted goes on.
    pub async fn erase_connection(&self, wanted: &str) -> Result<Removed, Error> {
        let Ever {
            connection,
            removed_at,
        } = self.ever(wanted).await?;
        let name = connection.name.clone();
        let work = async {
            let findings = match removed_at {
                None => self.take_leave(&connection).await?.findings,
                Some(_) => Vec::new(),
            };
            self.cut_off(&connection).await?;
            let id = connection.id;
            let some = move |tx: &mut dyn Tx| connections::erase_some(tx, id, ERASED_AT_ONCE);
            while self.store().write(some).await? {}
            let delete = move |tx: &mut dyn Tx| connections::delete(tx, id);
            self.store().write(delete).await?;
            tracing::info!(connection.id = %id, "Erased what was known of `{}`", connection.name);
            Ok(Removed {
                id,
                name: connection.name,
                erased: true,
                findings,
            })
        };
        self.on_record(Action::EraseConnection, &name, work).await
    }

    /// From here on the account is a stranger's; one that has just come back stays.
    async fn cut_off(&self, connection: &Connection) -> Result<(), Error> {
        let (id, lock) = (connection.id, account_lock(connection));
        let cut = move |tx: &mut dyn Tx| {
            tx.lock(&lock)?;
            let is_back = connections::connection(tx, id)?.is_some();
            if !is_back {
                connections::forget_account(tx, id)?;
            }
            Ok(is_back)
        };
        if self.store().write(cut).await? {
            return Err(Error::Conflict(format!(
                "the account of connection `{}` was connected again meanwhile; nothing was erased",
                connection.name
            )));
        }
        Ok(())
    }

    /// The one connection that there is, or was, under a name or an identifier.
    async fn ever(&self, wanted: &str) -> Result<Ever, Error> {
        let text = wanted.to_owned();
        let read = move |tx: &mut dyn Tx| connections::ever(tx, &text);
        let found = self.store().read(read).await?;
        let exact = found
            .iter()
            .position(|one| one.removed_at.is_none() || one.connection.id.to_string() == wanted);
        let mut found = found.into_iter();
        if let Some(exact) = exact.and_then(|exact| found.nth(exact)) {
            return Ok(exact);
        }
        match (found.next(), found.next()) {
            (None, _) => Err(Error::NotFound(format!("connection `{wanted}`"))),
            (Some(only), None) => Ok(only),
            (Some(one), Some(other)) => Err(several(wanted, [one, other].into_iter().chain(found))),
        }
    }
}

/// A name that several connections had, one after the other.
fn several(name: &str, had: impl Iterator<Item = Ever>) -> Error {
    let had: Vec<String> = had
        .map(|one| format!("{} ({})", one.connection.id, one.connection.account.title))
        .collect();
    Error::Conflict(format!(
        "several removed connections had the name `{name}`; say which by its identifier: {}",
        had.join(", ")
    ))
}

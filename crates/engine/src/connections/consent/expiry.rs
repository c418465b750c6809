//! The end of a page that nobody used: what it could still be misused for is wiped.

use jiff::Timestamp;
use portico_domain::connection::{Connection, Status};
use portico_domain::{App, Chance};
use portico_store::{Error as StoreError, Tx, connections, consents};

use super::SECRET_NAME;
use crate::credentials::{self, secrets_lock};
use crate::{Engine, Error};

impl Engine {
    /// Wipes the secrets of a connection's page when it has expired; a connection that was made for the
    /// page alone, and has no name that anybody chose, goes with it. Answers when an open page expires.
    pub(crate) async fn end_expired_page(
        &self,
        connection: &Connection,
    ) -> Result<Option<Timestamp>, Error> {
        let (id, now) = (connection.id, self.now());
        let end = move |tx: &mut dyn Tx| {
            tx.lock(&secrets_lock(id))?;
            let page = consents::of_connection(tx, id)?;
            let Some(page) = page.filter(|page| page.connected_at.is_none()) else {
                return Ok(None);
            };
            if page.expires_at > now {
                return Ok(Some(page.expires_at));
            }
            connections::delete_secret(tx, id, SECRET_NAME)?;
            match connections::connection(tx, id)? {
                Some(there) if is_only_a_page(tx, &there)? => connections::delete(tx, id)?,
                Some(_) | None => {}
            }
            Ok(None)
        };
        Ok(self.store().write(end).await?)
    }
}

/// The name of a connection that was asked for without one.
pub(super) fn made_up_name(app: App, chance: &Chance) -> String {
    format!("{app}-{}", hex::encode(chance.bytes::<4>()))
}

fn is_made_up(connection: &Connection) -> bool {
    let end = connection.name.strip_prefix(connection.app.as_str());
    let digits = end.and_then(|end| end.strip_prefix('-'));
    digits.is_some_and(|digits| {
        digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

/// Whether nothing would be lost with the connection; a pair that could not be tried yet would be.
fn is_only_a_page(tx: &mut dyn Tx, connection: &Connection) -> Result<bool, StoreError> {
    let credential = connections::secret(tx, connection.id, credentials::SECRET_NAME)?;
    Ok(connection.status == Status::Pending && is_made_up(connection) && credential.is_none())
}

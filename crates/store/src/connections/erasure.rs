//! Deleting what is known of a removed connection's account, some of it at a time.
//!
//! A shop's history is large, and one transaction for all of it would keep every writer waiting.

use portico_domain::ConnectionId;

use super::of;
use crate::{Error, Tx};

/// Cuts a removed connection off from its account: it is found by no account any more, so that what
/// is half deleted is never taken up.
pub fn forget_account(tx: &mut dyn Tx, id: ConnectionId) -> Result<(), Error> {
    const SQL: &str =
        "UPDATE connections SET account = $2 WHERE id = $1 AND removed_at IS NOT NULL";

    let nobody = serde_json::to_string(&portico_domain::connection::Account::default())
        .map_err(|why| Error::data("account", why))?;
    tx.note_change();
    tx.execute(SQL, &[of(id), nobody.into()])?;
    Ok(())
}

/// Deletes at most `most` rows of each kind that hang on a connection; false when none was left.
/// The notes of a deal and the keys of a contact go with it.
pub fn erase_some(tx: &mut dyn Tx, id: ConnectionId, most: i64) -> Result<bool, Error> {
    const DEALS: &str = "DELETE FROM deals WHERE (flow_id, order_id) IN ( \
        SELECT flow_id, order_id FROM deals WHERE flow_id IN ( \
        SELECT flow_id FROM flow_pairs WHERE site = $1 OR crm = $1) LIMIT $2)";
    const CONTACTS: &str = "DELETE FROM contacts WHERE connection_id = $1 AND id IN ( \
        SELECT id FROM contacts WHERE connection_id = $1 LIMIT $2)";
    const ORDERS: &str = "DELETE FROM orders WHERE connection_id = $1 AND id IN ( \
        SELECT id FROM orders WHERE connection_id = $1 LIMIT $2)";
    const EVENTS: &str = "DELETE FROM events WHERE id IN ( \
        SELECT id FROM events WHERE connection_id = $1 LIMIT $2)";
    const NOTIFICATIONS: &str = "DELETE FROM notifications WHERE connection_id = $1 AND id IN ( \
        SELECT id FROM notifications WHERE connection_id = $1 LIMIT $2)";

    let mut deleted = 0;
    for sql in [DEALS, CONTACTS, ORDERS, EVENTS, NOTIFICATIONS] {
        deleted += tx.execute(sql, &[of(id), most.into()])?;
    }
    Ok(deleted > 0)
}

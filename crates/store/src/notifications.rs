//! Webhook deliveries as they were received.

use jiff::Timestamp;
use portico_domain::ConnectionId;

use crate::connections::of;
use crate::{Error, Tx};

/// One delivery.
pub struct Notification {
    pub connection: ConnectionId,
    /// The vendor's identifier, by which a repeat is recognised.
    pub id: String,
    pub topic: String,
    pub order_id: Option<String>,
    pub received_at: Timestamp,
    pub body: String,
}

/// Keeps a delivery; false when it was here before.
pub fn add(tx: &mut dyn Tx, notification: &Notification) -> Result<bool, Error> {
    const SQL: &str = "INSERT INTO notifications \
        (connection_id, id, topic, order_id, received_at, body) VALUES ($1, $2, $3, $4, $5, $6) \
        ON CONFLICT (connection_id, id) DO NOTHING";

    let added = tx.execute(
        SQL,
        &[
            of(notification.connection),
            notification.id.as_str().into(),
            notification.topic.as_str().into(),
            notification.order_id.clone().into(),
            notification.received_at.into(),
            notification.body.as_str().into(),
        ],
    )?;
    Ok(added == 1)
}

/// Whether any delivery told of this order since a time.
pub fn told_of(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    order_id: &str,
    since: Timestamp,
) -> Result<bool, Error> {
    const SQL: &str = "SELECT count(*) FROM notifications \
        WHERE connection_id = $1 AND order_id = $2 AND received_at >= $3";

    let row = tx.query_one(SQL, &[of(connection), order_id.into(), since.into()])?;
    Ok(row.int(0)? > 0)
}

/// Forgets deliveries that are older than any repeat.
pub fn prune(tx: &mut dyn Tx, connection: ConnectionId, before: Timestamp) -> Result<u64, Error> {
    tx.execute(
        "DELETE FROM notifications WHERE connection_id = $1 AND received_at < $2",
        &[of(connection), before.into()],
    )
}

//! Orders as the shop last told them, and the buyers' history that they make.

use jiff::Timestamp;
use portico_domain::ConnectionId;
use portico_domain::buyer::BuyerKey;

use crate::connections::{self, of};
use crate::{Error, Row, Tx};

/// An order that was read.
#[derive(Clone, Debug)]
pub struct Order {
    pub id: String,
    pub number: String,
    pub buyer: Option<BuyerKey>,
    /// A later order of the same buyer is a repeat because of this one.
    pub makes_returning: bool,
    pub created_at: Timestamp,
    pub modified_at: Timestamp,
    /// The vendor's own JSON.
    pub body: String,
    pub read_at: Timestamp,
}

/// Keeps an order as it was read; false when what is here is as new or newer.
pub fn save(tx: &mut dyn Tx, connection: ConnectionId, order: &Order) -> Result<bool, Error> {
    const SQL: &str = "INSERT INTO orders (connection_id, id, number, buyer_key, makes_returning, \
        created_at, modified_at, body, read_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
        ON CONFLICT (connection_id, id) DO UPDATE SET number = excluded.number, \
        buyer_key = excluded.buyer_key, makes_returning = excluded.makes_returning, \
        created_at = excluded.created_at, modified_at = excluded.modified_at, \
        body = excluded.body, read_at = excluded.read_at \
        WHERE orders.modified_at < excluded.modified_at \
        OR (orders.modified_at = excluded.modified_at AND orders.body <> excluded.body)";

    let changed = tx.execute(
        SQL,
        &[
            of(connection),
            order.id.as_str().into(),
            order.number.as_str().into(),
            order.buyer.as_ref().map(BuyerKey::as_str).into(),
            order.makes_returning.into(),
            order.created_at.into(),
            order.modified_at.into(),
            order.body.as_str().into(),
            order.read_at.into(),
        ],
    )?;
    Ok(changed == 1)
}

/// An order that was read; `None` when it was not.
pub fn order(tx: &mut dyn Tx, connection: ConnectionId, id: &str) -> Result<Option<Order>, Error> {
    const SQL: &str = "SELECT id, number, buyer_key, makes_returning, created_at, modified_at, body, read_at \
        FROM orders WHERE connection_id = $1 AND id = $2";

    tx.query_opt(SQL, &[of(connection), id.into()])?
        .map(|row| from_row(&row))
        .transpose()
}

/// Orders of any site with this number, oldest first.
pub fn numbered(tx: &mut dyn Tx, number: &str) -> Result<Vec<(ConnectionId, Order)>, Error> {
    const SQL: &str = "SELECT id, number, buyer_key, makes_returning, created_at, modified_at, body, read_at, \
        connection_id FROM orders WHERE number = $1 ORDER BY created_at, id";

    tx.query(SQL, &[number.into()])?
        .iter()
        .map(|row| Ok((connections::id(row.text(8)?)?, from_row(row)?)))
        .collect()
}

/// How many orders of this buyer came before this one, of those that make a buyer returning.
pub fn earlier_of_buyer(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    order: &Order,
) -> Result<i64, Error> {
    const SQL: &str = "SELECT count(*) FROM orders WHERE connection_id = $1 AND buyer_key = $2 \
        AND makes_returning = 1 AND (created_at < $3 OR (created_at = $3 AND id < $4))";

    let Some(buyer) = &order.buyer else {
        return Ok(0);
    };
    let row = tx.query_one(
        SQL,
        &[
            of(connection),
            buyer.as_str().into(),
            order.created_at.into(),
            order.id.as_str().into(),
        ],
    )?;
    row.int(0)
}

/// The orders placed since a time, oldest first: identifier and time.
pub fn placed_since(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    since: Timestamp,
) -> Result<Vec<(String, Timestamp)>, Error> {
    const SQL: &str = "SELECT id, created_at FROM orders \
        WHERE connection_id = $1 AND created_at >= $2 ORDER BY created_at, id";

    tx.query(SQL, &[of(connection), since.into()])?
        .iter()
        .map(|row| Ok((row.text(0)?.to_owned(), row.timestamp(1)?)))
        .collect()
}

/// How many orders of a site are here.
pub fn count(tx: &mut dyn Tx, connection: ConnectionId) -> Result<i64, Error> {
    tx.query_one(
        "SELECT count(*) FROM orders WHERE connection_id = $1",
        &[of(connection)],
    )?
    .int(0)
}

fn from_row(row: &Row) -> Result<Order, Error> {
    Ok(Order {
        id: row.text(0)?.to_owned(),
        number: row.text(1)?.to_owned(),
        buyer: row.opt_text(2)?.map(|key| BuyerKey::stored(key.to_owned())),
        makes_returning: row.bool(3)?,
        created_at: row.timestamp(4)?,
        modified_at: row.timestamp(5)?,
        body: row.text(6)?.to_owned(),
        read_at: row.timestamp(7)?,
    })
}

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

/// Keeps orders as they were read; false for those of which what is here is as new or newer.
pub fn save(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    orders: &[&Order],
) -> Result<Vec<bool>, Error> {
    const SQL: &str = "INSERT INTO orders (connection_id, id, number, buyer_key, makes_returning, \
        created_at, modified_at, body, read_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
        ON CONFLICT (connection_id, id) DO UPDATE SET number = excluded.number, \
        buyer_key = excluded.buyer_key, makes_returning = excluded.makes_returning, \
        created_at = excluded.created_at, modified_at = excluded.modified_at, \
        body = excluded.body, read_at = excluded.read_at \
        WHERE orders.modified_at < excluded.modified_at \
        OR (orders.modified_at = excluded.modified_at AND orders.body <> excluded.body) \
        RETURNING id";

    let row = |order: &&Order| {
        vec![
            of(connection),
            order.id.as_str().into(),
            order.number.as_str().into(),
            order.buyer.as_ref().map(BuyerKey::as_str).into(),
            order.makes_returning.into(),
            order.created_at.into(),
            order.modified_at.into(),
            order.body.as_str().into(),
            order.read_at.into(),
        ]
    };
    let rows: Vec<_> = orders.iter().map(row).collect();
    let written = tx.query_each(SQL, &rows)?;
    Ok(written.iter().map(|rows| !rows.is_empty()).collect())
}

/// Which of these orders are here.
pub fn are_known(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    orders: &[&Order],
) -> Result<Vec<bool>, Error> {
    const SQL: &str = "SELECT id FROM orders WHERE connection_id = $1 AND id = $2";

    let rows: Vec<_> = orders
        .iter()
        .map(|order| vec![of(connection), order.id.as_str().into()])
        .collect();
    let found = tx.query_each(SQL, &rows)?;
    Ok(found.iter().map(|rows| !rows.is_empty()).collect())
}

/// An order that was read; `None` when it was not.
pub fn order(tx: &mut dyn Tx, connection: ConnectionId, id: &str) -> Result<Option<Order>, Error> {
    Ok(orders(tx, &[(connection, id)])?.pop().flatten())
}

/// Orders of any sites; `None` for those that were not read.
pub fn orders(
    tx: &mut dyn Tx,
    wanted: &[(ConnectionId, &str)],
) -> Result<Vec<Option<Order>>, Error> {
    const SQL: &str = "SELECT id, number, buyer_key, makes_returning, created_at, modified_at, body, read_at \
        FROM orders WHERE connection_id = $1 AND id = $2";

    let params: Vec<_> = wanted
        .iter()
        .map(|(connection, id)| vec![of(*connection), (*id).into()])
        .collect();
    tx.query_each(SQL, &params)?
        .iter()
        .map(|rows| rows.first().map(from_row).transpose())
        .collect()
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

/// How many orders of its buyer came before each, of those that make a buyer returning.
pub fn earlier_of_buyers(
    tx: &mut dyn Tx,
    orders: &[(ConnectionId, &Order)],
) -> Result<Vec<i64>, Error> {
    // An order without a buyer has the key NULL, which equals nothing.
    const SQL: &str = "SELECT count(*) FROM orders WHERE connection_id = $1 AND buyer_key = $2 \
        AND makes_returning = 1 AND (created_at < $3 OR (created_at = $3 AND id < $4))";

    let row = |(connection, order): &(ConnectionId, &Order)| {
        vec![
            of(*connection),
            order.buyer.as_ref().map(BuyerKey::as_str).into(),
            order.created_at.into(),
            order.id.as_str().into(),
        ]
    };
    let rows: Vec<_> = orders.iter().map(row).collect();
    tx.query_each(SQL, &rows)?
        .iter()
        .map(|rows| rows.first().map_or(Ok(0), |row| row.int(0)))
        .collect()
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

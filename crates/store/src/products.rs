//! Product facts that sort buyers, as the shop told them.

use jiff::Timestamp;
use portico_domain::ConnectionId;
use portico_domain::product::Product;

use crate::connections::of;
use crate::{Error, Row, Tx};

/// What is known of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// `None` when the shop no longer has it.
    pub product: Option<Product>,
    pub read_at: Timestamp,
}

/// What is known of each of these products; `None` when it was never asked for.
pub fn known(
    tx: &mut dyn Tx,
    products: &[(ConnectionId, String)],
) -> Result<Vec<Option<Known>>, Error> {
    const SQL: &str = "SELECT facts, read_at FROM products WHERE connection_id = $1 AND id = $2";

    let params: Vec<_> = products
        .iter()
        .map(|(connection, id)| vec![of(*connection), id.into()])
        .collect();
    tx.query_each(SQL, &params)?
        .iter()
        .map(|rows| rows.first().map(from_row).transpose())
        .collect()
}

fn from_row(row: &Row) -> Result<Known, Error> {
    let product = row
        .opt_text(0)?
        .map(serde_json::from_str)
        .transpose()
        .map_err(|why| Error::json("facts of a product", &why))?;
    Ok(Known {
        product,
        read_at: row.timestamp(1)?,
    })
}

/// Keeps what the shop says of a product, or that it has none of that name.
pub fn save(
    tx: &mut dyn Tx,
    connection: ConnectionId,
    id: &str,
    product: Option<&Product>,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO products (connection_id, id, facts, read_at) \
        VALUES ($1, $2, $3, $4) ON CONFLICT (connection_id, id) \
        DO UPDATE SET facts = excluded.facts, read_at = excluded.read_at";

    let facts = product
        .map(serde_json::to_string)
        .transpose()
        .map_err(|why| Error::data("facts of a product", why))?;
    tx.send(
        SQL,
        vec![of(connection), id.into(), facts.into(), now.into()],
    )
}

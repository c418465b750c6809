//! Notes of deals: planned with the change that they tell of, made once.

use jiff::Timestamp;
use portico_domain::flow::FlowId;
use portico_domain::note::Note;

use crate::deals::of;
use crate::{Error, Row, Tx};

/// A note that is not yet known to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    pub key: String,
    pub text: String,
    /// It was, or was about to be, sent then, and the answer is not known.
    pub intent_at: Option<Timestamp>,
    /// How often it was looked for in vain since, and when last.
    pub looks: i64,
    pub looked_at: Option<Timestamp>,
}

/// Plans a note; one that was planned or made before stays as it is.
pub fn plan(
    tx: &mut dyn Tx,
    flow: FlowId,
    order_id: &str,
    note: &Note,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO deal_notes (flow_id, order_id, key, text, planned_at) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (flow_id, order_id, key) DO NOTHING";

    tx.send(
        SQL,
        vec![
            of(flow),
            order_id.into(),
            note.key.as_str().into(),
            note.text.as_str().into(),
            now.into(),
        ],
    )
}

/// The notes of each order's deal that are still to be made, oldest first.
pub fn pending(tx: &mut dyn Tx, orders: &[(FlowId, &str)]) -> Result<Vec<Vec<Pending>>, Error> {
    const SQL: &str = "SELECT key, text, intent_at, looks, looked_at FROM deal_notes \
        WHERE flow_id = $1 AND order_id = $2 AND note_id IS NULL ORDER BY planned_at, key";

    let params: Vec<_> = orders
        .iter()
        .map(|(flow, order_id)| vec![of(*flow), (*order_id).into()])
        .collect();
    tx.query_each(SQL, &params)?
        .iter()
        .map(|rows| rows.iter().map(from_row).collect())
        .collect()
}

fn from_row(row: &Row) -> Result<Pending, Error> {
    Ok(Pending {
        key: row.text(0)?.to_owned(),
        text: row.text(1)?.to_owned(),
        intent_at: row.opt_timestamp(2)?,
        looks: row.int(3)?,
        looked_at: row.opt_timestamp(4)?,
    })
}

/// Notes that a note is about to be sent, or (`None`) that nothing came of it.
pub fn intend(
    tx: &mut dyn Tx,
    flow: FlowId,
    order_id: &str,
    key: &str,
    at: Option<Timestamp>,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE deal_notes SET intent_at = $4, looks = 0, looked_at = NULL \
        WHERE flow_id = $1 AND order_id = $2 AND key = $3";

    tx.send(SQL, vec![of(flow), order_id.into(), key.into(), at.into()])
}

/// Notes that a note was looked for once more in vain.
pub fn looked(
    tx: &mut dyn Tx,
    flow: FlowId,
    order_id: &str,
    key: &str,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE deal_notes SET looks = looks + 1, looked_at = $4 \
        WHERE flow_id = $1 AND order_id = $2 AND key = $3";

    tx.send(SQL, vec![of(flow), order_id.into(), key.into(), now.into()])
}

/// Notes that a note is there; its text is no longer needed.
pub fn made(
    tx: &mut dyn Tx,
    flow: FlowId,
    order_id: &str,
    key: &str,
    note_id: i64,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE deal_notes SET note_id = $4, text = NULL, intent_at = NULL \
        WHERE flow_id = $1 AND order_id = $2 AND key = $3";

    tx.send(
        SQL,
        vec![of(flow), order_id.into(), key.into(), note_id.into()],
    )
}

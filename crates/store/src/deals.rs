//! Deals: the intent to make one, then the deal as it was last applied.

use jiff::Timestamp;
use portico_domain::ConnectionId;
use portico_domain::buyer::BuyerKey;
use portico_domain::deal::Deal;
use portico_domain::flow::FlowId;

use crate::{Error, Row, Tx, Value, connections};

/// What is known of the deal of one order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    pub lead_id: Option<i64>,
    pub contact_id: Option<i64>,
    /// As it was last applied.
    pub applied: Option<Deal>,
    /// Why the order has no deal.
    pub skipped: Option<String>,
    /// A create was, or was about to be, sent then, and its answer is not known.
    pub intent_at: Option<Timestamp>,
    /// How often a deal of that intent was looked for in vain, and when last.
    pub looks: i64,
    pub looked_at: Option<Timestamp>,
    /// How many writes for it in a row had an unknown end: the next goes in a smaller batch.
    pub unknowns: i64,
}

impl Record {
    /// A create was sent, and whether there is a deal is not known.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        self.intent_at.is_some() && self.lead_id.is_none()
    }
}

/// What is known of an order's deal; `None` when nothing was ever tried.
pub fn record(tx: &mut dyn Tx, flow: FlowId, order_id: &str) -> Result<Option<Record>, Error> {
    Ok(records(tx, &[(flow, order_id)])?.pop().flatten())
}

/// What is known of the deals of these orders; `None` where nothing was ever tried.
pub fn records(tx: &mut dyn Tx, orders: &[(FlowId, &str)]) -> Result<Vec<Option<Record>>, Error> {
    const SQL: &str = "SELECT lead_id, contact_id, applied, skipped, intent_at, looks, \
        looked_at, unknowns FROM deals WHERE flow_id = $1 AND order_id = $2";

    let params: Vec<_> = orders
        .iter()
        .map(|(flow, order_id)| vec![of(*flow), (*order_id).into()])
        .collect();
    tx.query_each(SQL, &params)?
        .iter()
        .map(|rows| rows.first().map(from_row).transpose())
        .collect()
}

/// Notes that a create is about to be sent.
pub fn intend(tx: &mut dyn Tx, flow: FlowId, order_id: &str, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO deals (flow_id, order_id, intent_at, looks) VALUES ($1, $2, $3, 0) \
        ON CONFLICT (flow_id, order_id) DO UPDATE SET intent_at = excluded.intent_at, looks = 0, looked_at = NULL, skipped = NULL";

    tx.send(SQL, vec![of(flow), order_id.into(), now.into()])
}

/// Notes that nothing came of the intent: the create was refused, or was looked for in vain.
pub fn forget_intent(tx: &mut dyn Tx, flow: FlowId, order_id: &str) -> Result<(), Error> {
    const SQL: &str = "UPDATE deals SET intent_at = NULL, looks = 0, looked_at = NULL WHERE flow_id = $1 AND order_id = $2";

    tx.send(SQL, vec![of(flow), order_id.into()])
}

/// Notes that the deal of an intent was looked for once more in vain.
pub fn looked(tx: &mut dyn Tx, flow: FlowId, order_id: &str, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "UPDATE deals SET looks = looks + 1, looked_at = $3 \
        WHERE flow_id = $1 AND order_id = $2";

    tx.send(SQL, vec![of(flow), order_id.into(), now.into()])
}

/// Notes that a write for this order had an unknown end.
pub fn end_unknown(tx: &mut dyn Tx, flow: FlowId, order_id: &str) -> Result<(), Error> {
    const SQL: &str =
        "UPDATE deals SET unknowns = unknowns + 1 WHERE flow_id = $1 AND order_id = $2";

    tx.send(SQL, vec![of(flow), order_id.into()])
}

/// The buyers for whom a create of this account is under way with an unknown end, each with its
/// order: another order of such a buyer must wait, or it would make a second contact.
pub fn uncertain_buyers(
    tx: &mut dyn Tx,
    crm: ConnectionId,
) -> Result<Vec<(BuyerKey, String)>, Error> {
    const SQL: &str = "SELECT orders.buyer_key, deals.order_id FROM deals \
        JOIN flows ON flows.id = deals.flow_id \
        JOIN orders ON orders.connection_id = flows.site AND orders.id = deals.order_id \
        WHERE flows.crm = $1 AND deals.intent_at IS NOT NULL AND deals.lead_id IS NULL \
        AND orders.buyer_key IS NOT NULL";

    tx.query(SQL, &[connections::of(crm)])?
        .iter()
        .map(|row| {
            let buyer = BuyerKey::stored(row.text(0)?.to_owned());
            Ok((buyer, row.text(1)?.to_owned()))
        })
        .collect()
}

/// Notes the deal that was made or found, and how it stands.
pub fn made(
    tx: &mut dyn Tx,
    flow: FlowId,
    order_id: &str,
    (lead_id, contact_id): (i64, Option<i64>),
    deal: &Deal,
) -> Result<(), Error> {
    const SQL: &str = "UPDATE deals SET lead_id = $3, contact_id = $4, applied = $5, \
        intent_at = NULL, looks = 0, looked_at = NULL, unknowns = 0 \
        WHERE flow_id = $1 AND order_id = $2";

    tx.send(
        SQL,
        vec![
            of(flow),
            order_id.into(),
            lead_id.into(),
            contact_id.into(),
            text(deal)?.into(),
        ],
    )
}

/// Another order of the account that has this deal: its flow, its identifier, its number.
pub fn other_of_lead(
    tx: &mut dyn Tx,
    crm: ConnectionId,
    lead_id: i64,
    (flow, order_id): (FlowId, &str),
) -> Result<Option<(FlowId, String, String)>, Error> {
    const SQL: &str = "SELECT deals.flow_id, orders.id, orders.number FROM deals \
        JOIN flow_pairs ON flow_pairs.flow_id = deals.flow_id \
        JOIN orders ON orders.connection_id = flow_pairs.site AND orders.id = deals.order_id \
        WHERE flow_pairs.crm = $1 AND deals.lead_id = $2 AND (deals.flow_id <> $3 OR deals.order_id <> $4) \
        ORDER BY orders.created_at, orders.id LIMIT 1";

    let params = [
        connections::of(crm),
        lead_id.into(),
        of(flow),
        order_id.into(),
    ];
    let row = tx.query_opt(SQL, &params)?;
    let other = |row: &Row| {
        let flow = row
            .text(0)?
            .parse()
            .map_err(|why| Error::data("identifier of a flow", why))?;
        Ok((flow, row.text(1)?.to_owned(), row.text(2)?.to_owned()))
    };
    row.as_ref().map(other).transpose()
}

/// Forgets how a deal was applied, because something else has changed it: all of it is sent again.
pub fn forget_applied(tx: &mut dyn Tx, flow: FlowId, order_id: &str) -> Result<(), Error> {
    const SQL: &str = "UPDATE deals SET applied = NULL WHERE flow_id = $1 AND order_id = $2";

    tx.send(SQL, vec![of(flow), order_id.into()])
}

/// Orders of a flow that have a deal, or may have one.
pub fn begun(tx: &mut dyn Tx, flow: FlowId) -> Result<Vec<String>, Error> {
    const SQL: &str = "SELECT order_id FROM deals WHERE flow_id = $1 \
        AND (lead_id IS NOT NULL OR intent_at IS NOT NULL) ORDER BY order_id";

    tx.query(SQL, &[of(flow)])?
        .iter()
        .map(|row| Ok(row.text(0)?.to_owned()))
        .collect()
}

/// Keeps the deal as it was applied.
pub fn applied(tx: &mut dyn Tx, flow: FlowId, order_id: &str, deal: &Deal) -> Result<(), Error> {
    const SQL: &str =
        "UPDATE deals SET applied = $3, unknowns = 0 WHERE flow_id = $1 AND order_id = $2";

    tx.send(SQL, vec![of(flow), order_id.into(), text(deal)?.into()])
}

fn text(deal: &Deal) -> Result<String, Error> {
    serde_json::to_string(deal).map_err(|why| Error::data("deal", why))
}

/// Notes why an order gets no deal.
pub fn skip(tx: &mut dyn Tx, flow: FlowId, order_id: &str, reason: &str) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO deals (flow_id, order_id, skipped, looks) VALUES ($1, $2, $3, 0) \
        ON CONFLICT (flow_id, order_id) DO UPDATE SET skipped = excluded.skipped";

    tx.send(SQL, vec![of(flow), order_id.into(), reason.into()])
}

/// Orders of a flow that have a deal, by their identifiers, after one of them.
pub fn made_after(
    tx: &mut dyn Tx,
    flow: FlowId,
    after: &str,
    limit: i64,
) -> Result<Vec<String>, Error> {
    const SQL: &str = "SELECT order_id FROM deals \
        WHERE flow_id = $1 AND order_id > $2 AND lead_id IS NOT NULL ORDER BY order_id LIMIT $3";

    tx.query(SQL, &[of(flow), after.into(), limit.into()])?
        .iter()
        .map(|row| Ok(row.text(0)?.to_owned()))
        .collect()
}

/// How many deals a flow has made.
pub fn count_made(tx: &mut dyn Tx, flow: FlowId) -> Result<i64, Error> {
    tx.query_one(
        "SELECT count(*) FROM deals WHERE flow_id = $1 AND lead_id IS NOT NULL",
        &[of(flow)],
    )?
    .int(0)
}

pub(crate) fn of(flow: FlowId) -> Value {
    flow.to_string().into()
}

fn from_row(row: &Row) -> Result<Record, Error> {
    // A deal whose snapshot cannot be read counts as unknown: everything of it is sent again.
    let applied = row
        .opt_text(2)?
        .and_then(|text| serde_json::from_str(text).ok());
    Ok(Record {
        lead_id: row.opt_int(0)?,
        contact_id: row.opt_int(1)?,
        applied,
        skipped: row.opt_text(3)?.map(str::to_owned),
        intent_at: row.opt_timestamp(4)?,
        looks: row.int(5)?,
        looked_at: row.opt_timestamp(6)?,
        unknowns: row.int(7)?,
    })
}

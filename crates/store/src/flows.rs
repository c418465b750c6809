//! Flows and their settings.
//!
//! A flow that is removed leaves its pair of connections behind, with what it has made, and no
//! listing knows it any more.

use jiff::Timestamp;
use portico_domain::flow::{Flow, FlowId, Settings};
use portico_domain::{ConnectionId, Queue};

use crate::connections::{self, of};
use crate::work::State;
use crate::{Error, Row, Tx};

/// A flow with what people ask of it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub flow: Flow,
    /// The short names of its connections.
    pub site: String,
    pub crm: String,
    pub history_read: bool,
    pub orders: i64,
    pub deals: i64,
}

/// Work on a flow's connection as a whole that failed when it was done last.
#[derive(Clone, Debug)]
pub struct Failing {
    pub flow: FlowId,
    pub queue: Queue,
    /// The short name of the connection.
    pub connection: String,
    pub state: State,
    pub due_at: Timestamp,
    pub error: String,
    pub remedy: Option<String>,
}

/// Lets one transaction at a time decide which flows there are, until its end.
pub fn lock(tx: &mut dyn Tx) -> Result<(), Error> {
    tx.lock("flows")
}

/// The flow that there is, or once was, between two connections.
pub fn of_pair(
    tx: &mut dyn Tx,
    site: ConnectionId,
    crm: ConnectionId,
) -> Result<Option<FlowId>, Error> {
    const SQL: &str = "SELECT flow_id FROM flow_pairs WHERE site = $1 AND crm = $2";

    tx.query_opt(SQL, &[of(site), of(crm)])?
        .map(|row| id(row.text(0)?))
        .transpose()
}

/// Adds a flow, whose identifier is that of its pair if there was one before.
pub fn add(tx: &mut dyn Tx, flow: &Flow) -> Result<(), Error> {
    const PAIR: &str = "INSERT INTO flow_pairs (flow_id, site, crm) VALUES ($1, $2, $3) \
        ON CONFLICT (flow_id) DO NOTHING";
    const SQL: &str = "INSERT INTO flows (id, name, site, crm, settings, since, paused, warning, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    tx.execute(
        PAIR,
        &[flow.id.to_string().into(), of(flow.site), of(flow.crm)],
    )?;
    tx.execute(
        SQL,
        &[
            flow.id.to_string().into(),
            flow.name.as_str().into(),
            of(flow.site),
            of(flow.crm),
            settings_text(&flow.settings)?.into(),
            flow.since.into(),
            flow.paused.into(),
            flow.warning.clone().into(),
            flow.created_at.into(),
        ],
    )?;
    Ok(())
}

/// Finds a flow; `None` when there is none.
pub fn flow(tx: &mut dyn Tx, id: FlowId) -> Result<Option<Flow>, Error> {
    const SQL: &str = "SELECT id, name, site, crm, settings, since, paused, warning, created_at \
        FROM flows WHERE id = $1";

    tx.query_opt(SQL, &[id.to_string().into()])?
        .map(|row| from_row(&row))
        .transpose()
}

/// Finds a flow by its name.
pub fn named(tx: &mut dyn Tx, name: &str) -> Result<Option<Flow>, Error> {
    const SQL: &str = "SELECT id, name, site, crm, settings, since, paused, warning, created_at \
        FROM flows WHERE name = $1";

    tx.query_opt(SQL, &[name.into()])?
        .map(|row| from_row(&row))
        .transpose()
}

/// Every flow, oldest first.
pub fn all(tx: &mut dyn Tx) -> Result<Vec<Flow>, Error> {
    const SQL: &str = "SELECT id, name, site, crm, settings, since, paused, warning, created_at \
        FROM flows ORDER BY created_at, id";

    tx.query(SQL, &[])?.iter().map(from_row).collect()
}

/// The flows that a site feeds.
pub fn of_site(tx: &mut dyn Tx, site: ConnectionId) -> Result<Vec<Flow>, Error> {
    const SQL: &str = "SELECT id, name, site, crm, settings, since, paused, warning, created_at \
        FROM flows WHERE site = $1 ORDER BY created_at, id";

    tx.query(SQL, &[of(site)])?.iter().map(from_row).collect()
}

/// The flows that feed a CRM account.
pub fn of_crm(tx: &mut dyn Tx, crm: ConnectionId) -> Result<Vec<Flow>, Error> {
    const SQL: &str = "SELECT id, name, site, crm, settings, since, paused, warning, created_at \
        FROM flows WHERE crm = $1 ORDER BY created_at, id";

    tx.query(SQL, &[of(crm)])?.iter().map(from_row).collect()
}

/// Every flow as people see it, or one of them, oldest first: one query over indexes only.
pub fn seen(tx: &mut dyn Tx, one: Option<FlowId>) -> Result<Vec<Seen>, Error> {
    const SQL: &str = "SELECT flows.id, flows.name, flows.site, flows.crm, flows.settings, flows.since, \
        flows.paused, flows.warning, flows.created_at, shop.name, account.name, \
        CASE WHEN sites.history = 'read' THEN 1 ELSE 0 END, \
        (SELECT count(*) FROM orders WHERE orders.connection_id = flows.site), \
        (SELECT count(*) FROM deals WHERE deals.flow_id = flows.id AND deals.lead_id IS NOT NULL) \
        FROM flows \
        JOIN connections AS shop ON shop.id = flows.site \
        JOIN connections AS account ON account.id = flows.crm \
        LEFT JOIN sites ON sites.connection_id = flows.site \
        WHERE (CAST($1 AS TEXT) IS NULL OR flows.id = $1) \
        ORDER BY flows.created_at, flows.id";

    tx.query(SQL, &[one.map(|id| id.to_string()).into()])?
        .iter()
        .map(|row| {
            Ok(Seen {
                flow: from_row(row)?,
                site: row.text(9)?.to_owned(),
                crm: row.text(10)?.to_owned(),
                history_read: row.bool(11)?,
                orders: row.int(12)?,
                deals: row.int(13)?,
            })
        })
        .collect()
}

/// What fails at the moment of the work on whole connections in these queues, flow by flow, the
/// last failure first.
pub fn failing(tx: &mut dyn Tx, queues: [Queue; 4]) -> Result<Vec<Failing>, Error> {
    // Only a key of such a queue is a connection's identifier alone.
    const SQL: &str = "SELECT flows.id, work.queue, connections.name, work.state, work.due_at, \
        work.error, work.remedy \
        FROM flows JOIN connections ON connections.id IN (flows.site, flows.crm) \
        JOIN work ON work.queue IN ($1, $2, $3, $4) AND work.key = connections.id \
        WHERE work.error IS NOT NULL ORDER BY work.updated_at DESC, work.queue, work.key";

    tx.query(SQL, &queues.map(|queue| queue.as_str().into()))?
        .iter()
        .map(|row| {
            Ok(Failing {
                flow: id(row.text(0)?)?,
                queue: row
                    .text(1)?
                    .parse()
                    .map_err(|why| Error::data("work.queue", why))?,
                connection: row.text(2)?.to_owned(),
                state: row.text(3)?.parse()?,
                due_at: row.timestamp(4)?,
                error: row.text(5)?.to_owned(),
                remedy: row.opt_text(6)?.map(str::to_owned),
            })
        })
        .collect()
}

/// Stops a flow, or lets it go on.
pub fn save_paused(tx: &mut dyn Tx, id: FlowId, paused: bool) -> Result<(), Error> {
    tx.execute(
        "UPDATE flows SET paused = $2 WHERE id = $1",
        &[id.to_string().into(), paused.into()],
    )?;
    Ok(())
}

/// Keeps another name and other settings.
pub fn save(tx: &mut dyn Tx, id: FlowId, name: &str, settings: &Settings) -> Result<(), Error> {
    const SQL: &str = "UPDATE flows SET name = $2, settings = $3 WHERE id = $1";

    tx.execute(
        SQL,
        &[
            id.to_string().into(),
            name.into(),
            settings_text(settings)?.into(),
        ],
    )?;
    Ok(())
}

/// Removes a flow; what is known of its deals stays with its pair.
pub fn remove(tx: &mut dyn Tx, id: FlowId) -> Result<(), Error> {
    tx.execute("DELETE FROM flows WHERE id = $1", &[id.to_string().into()])?;
    Ok(())
}

/// Says, or no longer says, what stands in the way of a flow.
pub fn save_warning(tx: &mut dyn Tx, id: FlowId, warning: Option<&str>) -> Result<(), Error> {
    tx.execute(
        "UPDATE flows SET warning = $2 WHERE id = $1",
        &[id.to_string().into(), warning.into()],
    )?;
    Ok(())
}

/// Moves a flow's start back; it never moves forward.
pub fn start_earlier(tx: &mut dyn Tx, id: FlowId, since: Timestamp) -> Result<(), Error> {
    tx.execute(
        "UPDATE flows SET since = $2 WHERE id = $1 AND since > $2",
        &[id.to_string().into(), since.into()],
    )?;
    Ok(())
}

fn settings_text(settings: &Settings) -> Result<String, Error> {
    serde_json::to_string(settings).map_err(|why| Error::data("settings of a flow", why))
}

fn id(text: &str) -> Result<FlowId, Error> {
    text.parse()
        .map_err(|why| Error::data("identifier of a flow", why))
}

fn from_row(row: &Row) -> Result<Flow, Error> {
    Ok(Flow {
        id: id(row.text(0)?)?,
        name: row.text(1)?.to_owned(),
        site: connections::id(row.text(2)?)?,
        crm: connections::id(row.text(3)?)?,
        settings: serde_json::from_str(row.text(4)?)
            .map_err(|why| Error::json("settings of a flow", &why))?,
        since: row.timestamp(5)?,
        paused: row.bool(6)?,
        warning: row.opt_text(7)?.map(str::to_owned),
        created_at: row.timestamp(8)?,
    })
}

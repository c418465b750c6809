//! Flows and their settings.

use jiff::Timestamp;
use portico_domain::ConnectionId;
use portico_domain::flow::{Flow, FlowId};

use crate::connections::{self, of};
use crate::{Error, Row, Tx};

/// Adds a flow; `Error::Unique` says that its name is taken.
pub fn add(tx: &mut dyn Tx, flow: &Flow) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO flows (id, name, site, crm, settings, since, paused, warning, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    tx.execute(
        SQL,
        &[
            flow.id.to_string().into(),
            flow.name.as_str().into(),
            of(flow.site),
            of(flow.crm),
            settings_text(flow)?.into(),
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

/// Stops a flow, or lets it go on.
pub fn save_paused(tx: &mut dyn Tx, id: FlowId, paused: bool) -> Result<(), Error> {
    tx.execute(
        "UPDATE flows SET paused = $2 WHERE id = $1",
        &[id.to_string().into(), paused.into()],
    )?;
    Ok(())
}

/// Removes a flow with what is known of its deals.
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

fn settings_text(flow: &Flow) -> Result<String, Error> {
    serde_json::to_string(&flow.settings).map_err(|why| Error::data("settings of a flow", why))
}

fn from_row(row: &Row) -> Result<Flow, Error> {
    Ok(Flow {
        id: row
            .text(0)?
            .parse()
            .map_err(|why| Error::data("identifier of a flow", why))?,
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

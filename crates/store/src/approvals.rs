//! Calls of agents that wait for a person.

use jiff::{SignedDuration, Timestamp};
use portico_domain::agent::AgentId;
use portico_domain::approval::{Approval, ApprovalId, Step};

use crate::{Error, Row, Tx, connections};

macro_rules! columns {
    () => {
        "id, agent_id, connection_id, operation, because, changes, step, asked_at, expires_at, \
         decided_at, decided_by, outcome"
    };
}

/// A request that comes again so soon after it was decided is a repeat; later it is another wish.
const REPEATED: SignedDuration = SignedDuration::from_hours(1);

/// Keeps two from asking for the same at once, until the transaction ends.
pub fn lock(tx: &mut dyn Tx, fingerprint: &str) -> Result<(), Error> {
    tx.lock(&format!("approvals/{fingerprint}"))
}

/// What the same request was asked for before, where that still holds.
pub fn of_request(
    tx: &mut dyn Tx,
    fingerprint: &str,
    now: Timestamp,
) -> Result<Option<Approval>, Error> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM approvals WHERE fingerprint = $1 AND expires_at > $2 \
         AND (step = 'asked' OR (step <> 'failed' AND decided_at > $3)) \
         ORDER BY expires_at DESC LIMIT 1"
    );

    let decided = now - REPEATED;
    let row = tx.query_opt(SQL, &[fingerprint.into(), now.into(), decided.into()])?;
    row.map(|row| from_row(&row)).transpose()
}

pub fn add(tx: &mut dyn Tx, approval: &Approval, fingerprint: &str) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO approvals (id, agent_id, connection_id, operation, because, \
        changes, fingerprint, step, asked_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

    let changes =
        serde_json::to_string(&approval.changes).map_err(|why| Error::json("changes", &why))?;
    tx.send(
        SQL,
        vec![
            approval.id.to_string().into(),
            approval.agent.to_string().into(),
            connections::of(approval.connection),
            approval.operation.as_str().into(),
            approval.because.as_str().into(),
            changes.into(),
            fingerprint.into(),
            approval.step.as_str().into(),
            approval.asked_at.into(),
            approval.expires_at.into(),
        ],
    )
}

/// How many calls of an agent wait for a person.
pub fn waiting(tx: &mut dyn Tx, agent: AgentId, now: Timestamp) -> Result<i64, Error> {
    const SQL: &str = "SELECT COUNT(*) FROM approvals \
        WHERE agent_id = $1 AND step = $2 AND expires_at > $3";

    let (agent, asked) = (agent.to_string(), Step::Asked.as_str());
    let row = tx.query_opt(SQL, &[agent.into(), asked.into(), now.into()])?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// How many calls wait for a person, of whichever agent.
pub fn all_waiting(tx: &mut dyn Tx, now: Timestamp) -> Result<i64, Error> {
    const SQL: &str = "SELECT COUNT(*) FROM approvals WHERE step = $1 AND expires_at > $2";

    let row = tx.query_opt(SQL, &[Step::Asked.as_str().into(), now.into()])?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Takes the decision, if nobody has and it is not too late; says whether it was taken.
pub fn decide(
    tx: &mut dyn Tx,
    id: ApprovalId,
    step: Step,
    by: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    const SQL: &str = "UPDATE approvals SET step = $2, decided_at = $3, decided_by = $4 \
        WHERE id = $1 AND step = $5 AND expires_at > $6";

    let decided = tx.execute(
        SQL,
        &[
            id.to_string().into(),
            step.as_str().into(),
            now.into(),
            by.into(),
            Step::Asked.as_str().into(),
            now.into(),
        ],
    )?;
    Ok(decided > 0)
}

/// Keeps what came of a call that was agreed to.
pub fn finish(tx: &mut dyn Tx, id: ApprovalId, step: Step, outcome: &str) -> Result<(), Error> {
    const SQL: &str = "UPDATE approvals SET step = $2, outcome = $3 WHERE id = $1";

    let (id, step) = (id.to_string(), step.as_str());
    tx.send(SQL, vec![id.into(), step.into(), outcome.into()])
}

pub fn approval(tx: &mut dyn Tx, id: ApprovalId) -> Result<Option<Approval>, Error> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM approvals WHERE id = $1");

    let row = tx.query_opt(SQL, &[id.to_string().into()])?;
    row.map(|row| from_row(&row)).transpose()
}

/// The newest, those that wait before all others.
pub fn newest(tx: &mut dyn Tx, limit: i64, now: Timestamp) -> Result<Vec<Approval>, Error> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM approvals ORDER BY CASE WHEN step = $1 AND expires_at > $2 THEN 0 ELSE 1 END, \
         asked_at DESC, id DESC LIMIT $3"
    );

    let asked = Step::Asked.as_str();
    tx.query(SQL, &[asked.into(), now.into(), limit.into()])?
        .iter()
        .map(from_row)
        .collect()
}

/// Forgets what ended before a moment, and names what was forgotten.
pub fn prune(tx: &mut dyn Tx, before: Timestamp) -> Result<Vec<Approval>, Error> {
    const SQL: &str = concat!(
        "DELETE FROM approvals WHERE expires_at < $1 RETURNING ",
        columns!()
    );

    tx.query(SQL, &[before.into()])?
        .iter()
        .map(from_row)
        .collect()
}

fn from_row(row: &Row) -> Result<Approval, Error> {
    let step = row.text(6)?;
    Ok(Approval {
        id: row
            .text(0)?
            .parse()
            .map_err(|why| Error::data("id of an approval", why))?,
        agent: row
            .text(1)?
            .parse()
            .map_err(|why| Error::data("id of an agent", why))?,
        connection: connections::id(row.text(2)?)?,
        operation: row.text(3)?.to_owned(),
        because: row.text(4)?.to_owned(),
        changes: serde_json::from_str(row.text(5)?).map_err(|why| Error::json("changes", &why))?,
        step: Step::ALL
            .into_iter()
            .find(|known| known.as_str() == step)
            .ok_or_else(|| Error::data("step of an approval", format_args!("`{step}`")))?,
        asked_at: row.timestamp(7)?,
        expires_at: row.timestamp(8)?,
        decided_at: row.opt_timestamp(9)?,
        decided_by: row.opt_text(10)?.map(str::to_owned),
        outcome: row.opt_text(11)?.map(str::to_owned),
    })
}

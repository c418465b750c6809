//! Calls of agents that wait for a person.

use jiff::{SignedDuration, Timestamp};
use portico_domain::agent::AgentId;
use portico_domain::approval::{Approval, ApprovalId, CARRIED_WITHIN, Status, Step};

use crate::{Error, Row, Tx, Value, connections};

macro_rules! columns {
    () => {
        "id, agent_id, connection_id, operation, because, changes, step, asked_at, expires_at, \
         decided_at, decided_by, outcome, about, ahead"
    };
}

/// A request that comes again so soon after it was decided is a repeat; later it is another wish.
const REPEATED: SignedDuration = SignedDuration::from_hours(1);

/// What of an agent waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub calls: i64,
    /// How long their requests are, all together.
    pub bytes: i64,
}

/// What is kept of a request beside its approval.
#[derive(Clone, Debug)]
pub struct Request {
    /// Tells the same request of the same agent again.
    pub fingerprint: String,
    pub bytes: i64,
}

/// A place in the list of all approvals: those that wait come first, then the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cursor {
    Waiting {
        ahead: i64,
        asked_at: Timestamp,
        id: ApprovalId,
    },
    Other {
        asked_at: Timestamp,
        id: ApprovalId,
    },
}

impl Cursor {
    /// The place behind an approval of the list.
    #[must_use]
    pub fn behind(approval: &Approval, now: Timestamp) -> Self {
        let (id, asked_at) = (approval.id, approval.asked_at);
        match approval.status(now) {
            Status::Pending => Self::Waiting {
                ahead: approval.ahead,
                asked_at,
                id,
            },
            Status::Approved
            | Status::Refused
            | Status::Expired
            | Status::Done
            | Status::Failed
            | Status::Unknown => Self::Other { asked_at, id },
        }
    }
}

/// Keeps an agent from asking for two things at once, until the transaction ends.
pub fn lock(tx: &mut dyn Tx, agent: AgentId) -> Result<(), Error> {
    tx.lock(&format!("approvals/{agent}"))
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

pub fn add(tx: &mut dyn Tx, approval: &Approval, request: &Request) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO approvals (id, agent_id, connection_id, operation, because, \
        changes, fingerprint, step, asked_at, expires_at, about, ahead, request_bytes) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

    let changes =
        serde_json::to_string(&approval.changes).map_err(|why| Error::json("changes", &why))?;
    let about = serde_json::to_string(&approval.about).map_err(|why| Error::json("about", &why))?;
    tx.send(
        SQL,
        vec![
            approval.id.to_string().into(),
            approval.agent.to_string().into(),
            connections::of(approval.connection),
            approval.operation.as_str().into(),
            approval.because.as_str().into(),
            changes.into(),
            request.fingerprint.as_str().into(),
            approval.step.as_str().into(),
            approval.asked_at.into(),
            approval.expires_at.into(),
            about.into(),
            approval.ahead.into(),
            request.bytes.into(),
        ],
    )
}

/// What of an agent waits for a person.
pub fn waiting(tx: &mut dyn Tx, agent: AgentId, now: Timestamp) -> Result<Waiting, Error> {
    const SQL: &str = "SELECT COUNT(*), CAST(COALESCE(SUM(request_bytes), 0) AS BIGINT) \
        FROM approvals WHERE agent_id = $1 AND step = $2 AND expires_at > $3";

    let (agent, asked) = (agent.to_string(), Step::Asked.as_str());
    let row = tx.query_opt(SQL, &[agent.into(), asked.into(), now.into()])?;
    let nothing = Waiting { calls: 0, bytes: 0 };
    row.map_or(Ok(nothing), |row| {
        Ok(Waiting {
            calls: row.int(0)?,
            bytes: row.int(1)?,
        })
    })
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

/// Lets a call wait again that somebody agreed to, of which nothing was sent.
pub fn reopen(tx: &mut dyn Tx, id: ApprovalId) -> Result<(), Error> {
    const SQL: &str = "UPDATE approvals SET step = $2, decided_at = NULL, decided_by = NULL \
        WHERE id = $1 AND step = $3";

    let steps = [Step::Asked, Step::Agreed].map(|step| step.as_str().into());
    let [asked, agreed] = steps;
    tx.send(SQL, vec![id.to_string().into(), asked, agreed])
}

pub fn approval(tx: &mut dyn Tx, id: ApprovalId) -> Result<Option<Approval>, Error> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM approvals WHERE id = $1");

    let row = tx.query_opt(SQL, &[id.to_string().into()])?;
    row.map(|row| from_row(&row)).transpose()
}

/// Some approvals after a place in the list, of the agents of one name or of all.
///
/// Those that wait come first: whose agent had fewer waiting, then the oldest, so that no agent hides what
/// another one asks. The others follow, the newest first.
pub fn list(
    tx: &mut dyn Tx,
    agent: Option<&str>,
    after: Option<&Cursor>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Approval>, Error> {
    const WAITING: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM approvals WHERE step = $1 AND expires_at > $2 AND (ahead, asked_at, id) > ($3, $4, $5) \
         AND (CAST($6 AS TEXT) IS NULL OR agent_id IN (SELECT id FROM agents WHERE name = $6)) \
         ORDER BY ahead, asked_at, id LIMIT $7"
    );
    const OTHERS: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM approvals WHERE (step <> $1 OR expires_at <= $2) AND (asked_at, id) < ($3, $4) \
         AND (CAST($5 AS TEXT) IS NULL OR agent_id IN (SELECT id FROM agents WHERE name = $5)) \
         ORDER BY asked_at DESC, id DESC LIMIT $6"
    );

    let asked = Step::Asked.as_str();
    let mut found = Vec::new();
    let others = match after {
        Some(Cursor::Other { asked_at, id }) => ((*asked_at).into(), id.to_string()),
        None | Some(Cursor::Waiting { .. }) => {
            let (ahead, since, id): (i64, Value, String) = match after {
                Some(Cursor::Waiting {
                    ahead,
                    asked_at,
                    id,
                }) => (*ahead, (*asked_at).into(), id.to_string()),
                None | Some(Cursor::Other { .. }) => (-1, 0_i64.into(), String::new()),
            };
            let (now, agent, ahead) = (now.into(), agent.into(), ahead.into());
            let wanted = [
                asked.into(),
                now,
                ahead,
                since,
                id.into(),
                agent,
                limit.into(),
            ];
            found = tx.query(WAITING, &wanted)?;
            (i64::MAX.into(), String::new())
        }
    };
    let left = limit - i64::try_from(found.len()).unwrap_or(limit);
    let (before, id) = others;
    let wanted = [
        asked.into(),
        now.into(),
        before,
        id.into(),
        agent.into(),
        left.into(),
    ];
    found.extend(tx.query(OTHERS, &wanted)?);
    found.iter().map(from_row).collect()
}

/// Notes that a request is kept no longer.
pub fn forget_request(tx: &mut dyn Tx, id: ApprovalId) -> Result<(), Error> {
    const SQL: &str = "UPDATE approvals SET request_bytes = 0 WHERE id = $1";

    tx.send(SQL, vec![id.to_string().into()])
}

/// Those whose request is kept though nobody can send it any more.
pub fn with_old_request(tx: &mut dyn Tx, now: Timestamp) -> Result<Vec<Approval>, Error> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM approvals WHERE request_bytes > 0 \
         AND ((step = $1 AND expires_at <= $2) OR (step <> $1 AND decided_at <= $3))"
    );

    let (asked, decided) = (Step::Asked.as_str(), now - CARRIED_WITHIN);
    tx.query(SQL, &[asked.into(), now.into(), decided.into()])?
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
        about: serde_json::from_str(row.text(12)?).map_err(|why| Error::json("about", &why))?,
        ahead: row.int(13)?,
    })
}

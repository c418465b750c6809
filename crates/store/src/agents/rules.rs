//! Rules beside an agent's levels.

use portico_domain::ConnectionId;
use portico_domain::agent::{AgentId, Rule, Says, Verdict};

use crate::{Error, Row, Tx, connections};

/// Sets what holds on one subject; what held there before is forgotten.
pub fn set(tx: &mut dyn Tx, agent: AgentId, rule: &Rule) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO agent_rules (agent_id, connection_id, subject, says) \
        VALUES ($1, $2, $3, $4) \
        ON CONFLICT (agent_id, connection_id, subject) DO UPDATE SET says = excluded.says";

    tx.note_change();
    tx.send(
        SQL,
        vec![
            agent.to_string().into(),
            place(rule.connection).into(),
            rule.says.subject().to_string().into(),
            text(&rule.says)?.into(),
        ],
    )
}

/// Takes a rule away; says whether there was one.
pub fn remove(
    tx: &mut dyn Tx,
    agent: AgentId,
    connection: Option<ConnectionId>,
    subject: &str,
) -> Result<bool, Error> {
    const SQL: &str =
        "DELETE FROM agent_rules WHERE agent_id = $1 AND connection_id = $2 AND subject = $3";

    tx.note_change();
    let (agent, place) = (agent.to_string(), place(connection));
    let removed = tx.execute(SQL, &[agent.into(), place.into(), subject.into()])?;
    Ok(removed > 0)
}

/// Takes all rules of an agent away.
pub fn clear(tx: &mut dyn Tx, agent: AgentId) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM agent_rules WHERE agent_id = $1";

    tx.note_change();
    tx.send(SQL, vec![agent.to_string().into()])
}

/// Ends what rules open at a connection, so that it is not open again when the connection comes back; what
/// they deny or limit stays so.
pub(super) fn close(tx: &mut dyn Tx, connection: ConnectionId) -> Result<(), Error> {
    const SQL: &str = "SELECT connection_id, says, agent_id FROM agent_rules WHERE connection_id = $1 \
        ORDER BY agent_id, subject";
    const CLOSE: &str = "UPDATE agent_rules SET says = $4 \
        WHERE agent_id = $1 AND connection_id = $2 AND subject = $3";

    tx.note_change();
    for row in tx.query(SQL, &[connections::of(connection)])? {
        let rule = rule(&row)?;
        let Some(closed) = closed(&rule.says) else {
            continue;
        };
        tx.send(
            CLOSE,
            vec![
                row.text(2)?.into(),
                place(rule.connection).into(),
                closed.subject().to_string().into(),
                text(&closed)?.into(),
            ],
        )?;
    }
    Ok(())
}

/// Gives the rules of a connection to the one that its account had before; on one subject the new one holds.
pub(super) fn move_to(
    tx: &mut dyn Tx,
    made: ConnectionId,
    back: ConnectionId,
) -> Result<(), Error> {
    const CLOSED: &str = "DELETE FROM agent_rules WHERE connection_id = $2 AND EXISTS ( \
        SELECT 1 FROM agent_rules AS made WHERE made.connection_id = $1 \
        AND made.agent_id = agent_rules.agent_id AND made.subject = agent_rules.subject)";
    const MOVED: &str = "UPDATE agent_rules SET connection_id = $2 WHERE connection_id = $1";

    for sql in [CLOSED, MOVED] {
        tx.execute(sql, &[connections::of(made), connections::of(back)])?;
    }
    Ok(())
}

pub(super) fn forget(tx: &mut dyn Tx, connection: ConnectionId) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM agent_rules WHERE connection_id = $1";

    tx.send(SQL, vec![connections::of(connection)])
}

/// The rules of every agent, with whose they are.
pub(super) fn all(tx: &mut dyn Tx) -> Result<Vec<(String, Rule)>, Error> {
    const SQL: &str = "SELECT connection_id, says, agent_id FROM agent_rules \
        ORDER BY connection_id, subject";

    let of_row = |row: &Row| Ok((row.text(2)?.to_owned(), rule(row)?));
    tx.query(SQL, &[])?.iter().map(of_row).collect()
}

pub(super) fn of(tx: &mut dyn Tx, agent: AgentId) -> Result<Vec<Rule>, Error> {
    const SQL: &str = "SELECT connection_id, says FROM agent_rules WHERE agent_id = $1 \
        ORDER BY connection_id, subject";

    let rows = tx.query(SQL, &[agent.to_string().into()])?;
    rows.iter().map(rule).collect()
}

fn rule(row: &Row) -> Result<Rule, Error> {
    let connection = match row.text(0)? {
        "" => None,
        id => Some(connections::id(id)?),
    };
    let says = serde_json::from_str(row.text(1)?).map_err(|why| Error::json("rule", &why))?;
    Ok(Rule { connection, says })
}

/// What is left of a rule that opens something.
fn closed(says: &Says) -> Option<Says> {
    match says {
        Says::Operation {
            operation,
            verdict: Verdict::Allow | Verdict::Ask,
        } => Some(Says::Operation {
            operation: operation.clone(),
            verdict: Verdict::Deny,
        }),
        Says::PersonalData { shown: true } => Some(Says::PersonalData { shown: false }),
        Says::Operation {
            verdict: Verdict::Deny,
            ..
        }
        | Says::PersonalData { shown: false }
        | Says::Limit { .. } => None,
    }
}

fn text(says: &Says) -> Result<String, Error> {
    serde_json::to_string(says).map_err(|why| Error::json("rule", &why))
}

fn place(connection: Option<ConnectionId>) -> String {
    connection.map(|id| id.to_string()).unwrap_or_default()
}

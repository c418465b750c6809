//! Rules beside an agent's levels.

use portico_domain::ConnectionId;
use portico_domain::agent::{AgentId, Rule};

use crate::{Error, Row, Tx, connections};

/// Sets what holds on one subject; what held there before is forgotten.
pub fn set(tx: &mut dyn Tx, agent: AgentId, rule: &Rule) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO agent_rules (agent_id, connection_id, subject, says) \
        VALUES ($1, $2, $3, $4) \
        ON CONFLICT (agent_id, connection_id, subject) DO UPDATE SET says = excluded.says";

    let says = serde_json::to_string(&rule.says).map_err(|why| Error::json("rule", &why))?;
    tx.note_change();
    tx.send(
        SQL,
        vec![
            agent.to_string().into(),
            place(rule.connection).into(),
            rule.says.subject().into(),
            says.into(),
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

fn place(connection: Option<ConnectionId>) -> String {
    connection.map(|id| id.to_string()).unwrap_or_default()
}

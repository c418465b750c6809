//! Agents, their grants and rules, and which keys are theirs.

pub mod rules;
pub mod stop;
pub mod usage;

use std::collections::HashMap;

use jiff::Timestamp;
use portico_domain::ConnectionId;
use portico_domain::agent::{Agent, AgentId, Grant, Level, Rule};
use portico_domain::key::KeyId;

use crate::{Error, Row, Tx, connections};

/// Adds an agent without its grants; `Error::Unique` says that its name is taken.
pub fn add(tx: &mut dyn Tx, agent: &Agent) -> Result<(), Error> {
    const SQL: &str =
        "INSERT INTO agents (id, name, created_at, expires_at) VALUES ($1, $2, $3, $4)";

    let (id, name) = (agent.id.to_string(), agent.name.as_str());
    let (created, expires) = (agent.created_at.into(), agent.expires_at.into());
    tx.execute(SQL, &[id.into(), name.into(), created, expires])?;
    Ok(())
}

/// Gives a key to an agent.
pub fn add_key(tx: &mut dyn Tx, agent: AgentId, key: KeyId) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO agent_keys (key_id, agent_id) VALUES ($1, $2)";

    tx.send(SQL, vec![key.to_string().into(), agent.to_string().into()])
}

/// Sets what an agent may do in one area; what it could do there before is forgotten.
pub fn set_grant(tx: &mut dyn Tx, agent: AgentId, grant: &Grant) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO agent_grants (agent_id, connection_id, area, level) \
        VALUES ($1, $2, $3, $4) \
        ON CONFLICT (agent_id, connection_id, area) DO UPDATE SET level = excluded.level";

    let connection = grant.connection.map(|id| id.to_string());
    tx.note_change();
    tx.send(
        SQL,
        vec![
            agent.to_string().into(),
            connection.unwrap_or_default().into(),
            grant.area.as_str().into(),
            grant.level.as_str().into(),
        ],
    )
}

/// Sets when all that an agent may do ends by itself; `None` says never.
pub fn set_expiry(tx: &mut dyn Tx, agent: AgentId, at: Option<Timestamp>) -> Result<(), Error> {
    const SQL: &str = "UPDATE agents SET expires_at = $2 WHERE id = $1";

    tx.note_change();
    tx.send(SQL, vec![agent.to_string().into(), at.into()])
}

/// Takes back every level that an agent has.
pub fn remove_grants(tx: &mut dyn Tx, agent: AgentId) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM agent_grants WHERE agent_id = $1";

    tx.note_change();
    tx.send(SQL, vec![agent.to_string().into()])
}

/// Ends what was granted for a connection, so that it is not open again when the connection comes back.
/// The rows stay, or a grant for all connections would hold instead.
pub fn close(tx: &mut dyn Tx, connection: ConnectionId) -> Result<(), Error> {
    const SQL: &str = "UPDATE agent_grants SET level = $2 WHERE connection_id = $1";

    tx.note_change();
    tx.send(
        SQL,
        vec![connection.to_string().into(), Level::Off.as_str().into()],
    )?;
    rules::close(tx, connection)
}

/// Gives what was granted and used up at a connection to the one that its account had before. Where that
/// one was closed, what was granted anew holds.
pub fn move_to(tx: &mut dyn Tx, made: ConnectionId, back: ConnectionId) -> Result<(), Error> {
    const CLOSED: &str = "DELETE FROM agent_grants WHERE connection_id = $2 AND EXISTS ( \
        SELECT 1 FROM agent_grants AS made WHERE made.connection_id = $1 \
        AND made.agent_id = agent_grants.agent_id AND made.area = agent_grants.area)";
    const MOVED: &str = "UPDATE agent_grants SET connection_id = $2 WHERE connection_id = $1";

    tx.note_change();
    for sql in [CLOSED, MOVED] {
        tx.execute(sql, &[connections::of(made), connections::of(back)])?;
    }
    rules::move_to(tx, made, back)?;
    usage::move_to(tx, made, back)
}

/// Deletes what was granted and used up at a connection that there will never be again.
pub fn forget(tx: &mut dyn Tx, connection: ConnectionId) -> Result<(), Error> {
    const SQL: &str = "DELETE FROM agent_grants WHERE connection_id = $1";

    tx.note_change();
    tx.send(SQL, vec![connections::of(connection)])?;
    rules::forget(tx, connection)?;
    usage::forget(tx, connection)
}

/// Every agent that there ever was, oldest first, with its grants.
pub fn all(tx: &mut dyn Tx) -> Result<Vec<Agent>, Error> {
    const AGENTS: &str =
        "SELECT id, name, created_at, revoked_at, expires_at FROM agents ORDER BY created_at, id";
    const GRANTS: &str = "SELECT connection_id, area, level, agent_id FROM agent_grants ORDER BY connection_id, area";

    let mut grants: HashMap<String, Vec<Grant>> = HashMap::new();
    for row in tx.query(GRANTS, &[])? {
        let of_agent = grants.entry(row.text(3)?.to_owned()).or_default();
        of_agent.push(grant(&row)?);
    }
    let mut rules: HashMap<String, Vec<Rule>> = HashMap::new();
    for (agent, rule) in rules::all(tx)? {
        rules.entry(agent).or_default().push(rule);
    }
    let of_row = |row: &Row| {
        let id = row.text(0)?;
        let (grants, rules) = (grants.remove(id), rules.remove(id));
        from_row(row, grants.unwrap_or_default(), rules.unwrap_or_default())
    };
    tx.query(AGENTS, &[])?.iter().map(of_row).collect()
}

/// The agent of a name that was not revoked.
pub fn named(tx: &mut dyn Tx, name: &str) -> Result<Option<Agent>, Error> {
    const SQL: &str = "SELECT id, name, created_at, revoked_at, expires_at FROM agents \
        WHERE name = $1 AND revoked_at IS NULL";

    let row = tx.query_opt(SQL, &[name.into()])?;
    row.map(|row| with_rights(tx, &row)).transpose()
}

/// Whether an agent has this name, or had it before it was revoked.
pub fn was_named(tx: &mut dyn Tx, name: &str) -> Result<bool, Error> {
    const SQL: &str = "SELECT 1 FROM agents WHERE name = $1 LIMIT 1";

    Ok(tx.query_opt(SQL, &[name.into()])?.is_some())
}

/// The agent of an identifier, also when it was revoked.
pub fn agent(tx: &mut dyn Tx, id: AgentId) -> Result<Option<Agent>, Error> {
    const SQL: &str =
        "SELECT id, name, created_at, revoked_at, expires_at FROM agents WHERE id = $1";

    let row = tx.query_opt(SQL, &[id.to_string().into()])?;
    row.map(|row| with_rights(tx, &row)).transpose()
}

/// The agent that a key belongs to.
pub fn of_key(tx: &mut dyn Tx, key: KeyId) -> Result<Option<Agent>, Error> {
    const SQL: &str = "SELECT id, name, created_at, revoked_at, expires_at FROM agents \
        JOIN agent_keys ON agent_id = id WHERE key_id = $1";

    let row = tx.query_opt(SQL, &[key.to_string().into()])?;
    row.map(|row| with_rights(tx, &row)).transpose()
}

/// The keys of an agent.
pub fn keys_of(tx: &mut dyn Tx, agent: AgentId) -> Result<Vec<KeyId>, Error> {
    const SQL: &str = "SELECT key_id FROM agent_keys WHERE agent_id = $1 ORDER BY key_id";

    let id = |row: &Row| {
        row.text(0)?
            .parse()
            .map_err(|why| Error::data("id of a key", why))
    };
    let rows = tx.query(SQL, &[agent.to_string().into()])?;
    rows.iter().map(id).collect()
}

/// When the last of each agent's former keys ends, of those that are good for a while beside the newest.
pub fn former_keys_end(
    tx: &mut dyn Tx,
    now: Timestamp,
) -> Result<HashMap<AgentId, Timestamp>, Error> {
    const SQL: &str = "SELECT agent_id, MAX(expires_at) FROM agent_keys JOIN keys ON id = key_id \
        WHERE revoked_at IS NULL AND expires_at > $1 GROUP BY agent_id";

    let of_row = |row: &Row| Ok((agent_id(row, 0)?, row.timestamp(1)?));
    tx.query(SQL, &[now.into()])?.iter().map(of_row).collect()
}

/// Ends an agent; its keys are revoked by whoever calls this.
pub fn revoke(tx: &mut dyn Tx, agent: AgentId, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "UPDATE agents SET revoked_at = $2 WHERE id = $1";

    tx.note_change();
    tx.send(SQL, vec![agent.to_string().into(), now.into()])
}

fn with_rights(tx: &mut dyn Tx, row: &Row) -> Result<Agent, Error> {
    let agent = from_row(row, Vec::new(), Vec::new())?;
    let grants = grants_of(tx, agent.id)?;
    let rules = rules::of(tx, agent.id)?;
    Ok(Agent {
        grants,
        rules,
        ..agent
    })
}

fn from_row(row: &Row, grants: Vec<Grant>, rules: Vec<Rule>) -> Result<Agent, Error> {
    Ok(Agent {
        id: agent_id(row, 0)?,
        grants,
        rules,
        name: row.text(1)?.to_owned(),
        created_at: row.timestamp(2)?,
        revoked_at: row.opt_timestamp(3)?,
        expires_at: row.opt_timestamp(4)?,
    })
}

fn agent_id(row: &Row, column: usize) -> Result<AgentId, Error> {
    let id = row.text(column)?.parse();
    id.map_err(|why| Error::data("id of an agent", why))
}

fn grants_of(tx: &mut dyn Tx, agent: AgentId) -> Result<Vec<Grant>, Error> {
    const SQL: &str = "SELECT connection_id, area, level FROM agent_grants \
        WHERE agent_id = $1 ORDER BY connection_id, area";

    let rows = tx.query(SQL, &[agent.to_string().into()])?;
    rows.iter().map(grant).collect()
}

fn grant(row: &Row) -> Result<Grant, Error> {
    let connection = match row.text(0)? {
        "" => None,
        id => Some(connections::id(id)?),
    };
    Ok(Grant {
        connection,
        area: row
            .text(1)?
            .parse()
            .map_err(|why| Error::data("area of a grant", why))?,
        level: row
            .text(2)?
            .parse()
            .map_err(|why| Error::data("level of a grant", why))?,
    })
}

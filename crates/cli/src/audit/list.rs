//! `portico audit list`: sentences with their identifiers, and what may be mistyped where there are none.

use portico_domain::audit::Action;
use portico_engine::{AuditQuery, Engine};
use portico_server::view::audit::{AuditOut, AuditRecordOut};

use crate::failure::Failure;
use crate::output::Output;

pub(super) async fn run(
    engine: &Engine,
    query: AuditQuery,
    limit: u32,
    next: Option<String>,
    output: Output,
) -> Result<(), Failure> {
    let page = engine
        .audit(&query, next.as_deref(), limit as usize)
        .await?;
    let unknown = if page.entries.is_empty() {
        unknown(engine, &query).await?
    } else {
        None
    };
    output.answer(&AuditOut::from(page), |page| {
        if page.records.is_empty() {
            let hint = unknown.map_or_else(String::new, |hint| format!("; {hint}"));
            return format!("nothing of this is on record{hint}");
        }
        let lines: Vec<String> = page.records.iter().map(line).collect();
        let more = match &page.next {
            Some(next) => format!("\nthere is more: --next {next}"),
            None => String::new(),
        };
        lines.join("\n") + &more
    })
}

/// A record with what `show` and `undo` take, which stands last so that the sentences can be read down.
pub(super) fn line(record: &AuditRecordOut) -> String {
    format!("{:.0}  {}  {}", record.at, record.sentence, record.id)
}

/// The first name that is asked for and that there is not now.
async fn unknown(engine: &Engine, query: &AuditQuery) -> Result<Option<String>, Failure> {
    if let Some(name) = &query.agent
        && !engine.agents().await?.iter().any(|it| it.name == *name)
    {
        return Ok(Some(format!(
            "there is no agent `{name}`: `portico agent list` has the names"
        )));
    }
    if let Some(name) = &query.connection
        && !engine
            .connections()
            .await?
            .iter()
            .any(|it| it.name == *name)
    {
        return Ok(Some(format!(
            "there is no connection `{name}`: `portico connection list` has the names"
        )));
    }
    let Some(id) = &query.operation else {
        return Ok(None);
    };
    // Portico's own tools, which are on record too, are the only ones that are written so.
    let is_own = id.contains('_');
    if is_own || Action::ALL.iter().any(|action| action.as_str() == id) {
        return Ok(None);
    }
    Ok(Engine::operation(id).err().map(|why| why.to_string()))
}

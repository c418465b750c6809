//! `portico audit export`: records as lines of a file, page by page, however many there are.

use std::io::Write;

use portico_engine::{AuditEntry, AuditQuery, Engine};
use portico_server::view::audit::ExportFormat;

use crate::failure::Failure;
use crate::output::Output;

pub(super) async fn run(
    engine: &Engine,
    query: &AuditQuery,
    format: ExportFormat,
    output: Output,
) -> Result<(), Failure> {
    if output.json {
        return Err(Failure::usage(
            "an export is no JSON document; leave --json out, and say --format jsonl for a document on each line",
        ));
    }
    let mut out = std::io::BufWriter::new(std::io::stdout());
    write!(out, "{}", format.head())?;
    let mut last: Option<AuditEntry> = None;
    loop {
        let entries = engine.audit_after(query, last.as_ref()).await?;
        let Some(newest) = entries.last().cloned() else {
            break;
        };
        for entry in entries {
            write!(out, "{}", format.line(&entry.into()))?;
        }
        last = Some(newest);
    }
    Ok(out.flush()?)
}

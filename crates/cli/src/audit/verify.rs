//! `portico audit verify`: follows every chain to its end, with progress, and says what was found.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};
use portico_engine::Engine;
use portico_server::view::audit::AuditVerifiedOut;

use crate::failure::Failure;
use crate::output::Output;

pub(super) async fn run(engine: &Engine, output: Output) -> Result<(), Failure> {
    let bar = bar(output);
    let found = engine.verify_audit(|read, total| {
        bar.set_length(total);
        bar.set_position(read);
    });
    let found = AuditVerifiedOut::from(found.await?);
    bar.finish_and_clear();
    output.answer(&found, for_people)?;
    if found.verified {
        return Ok(());
    }
    Err(Failure::failed(
        "the audit is not as it was written; keep a copy of the database and of its backups, and find out who could write to it",
    ))
}

/// Drawn on a terminal, and nowhere else.
fn bar(output: Output) -> ProgressBar {
    if output.json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} records, {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn for_people(found: &AuditVerifiedOut) -> String {
    if found.verified {
        return format!("verified: {}, nothing was altered", found.summary());
    }
    let faults = found.faults.iter();
    let faults: Vec<String> = faults
        .map(|fault| format!("{} {}", fault.record, fault.what))
        .collect();
    format!("read {}\n{}", found.summary(), faults.join("\n"))
}

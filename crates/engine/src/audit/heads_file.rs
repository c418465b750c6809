//! Signed heads in a second place: whoever can change the database need not be able to change that.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use portico_domain::audit::Place;
use portico_store::audit::{Mark, MarkKind};
use serde::{Deserialize, Serialize};

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Line {
    at: Timestamp,
    head: Place,
    seal: String,
}

/// Adds a head. The file is a second place: what the database has holds without it.
pub(super) async fn append(file: Option<PathBuf>, head: Mark) {
    let Some(file) = file else { return };
    let added = tokio::task::spawn_blocking(move || add(&file, &head).map_err(|why| (file, why)));
    match added.await {
        Ok(Ok(())) => {}
        Ok(Err((file, why))) => {
            tracing::error!(error = %why, "Cannot write to `{}`, where heads of the audit are kept: see that this user may", file.display());
        }
        Err(why) => {
            tracing::error!(error = %why, "A head of the audit was not written to its file")
        }
    }
}

/// The heads in a file, each with the number of its line; a line that is none has `None`.
pub(super) fn read(file: &Path) -> io::Result<Vec<(usize, Option<Mark>)>> {
    let text = std::fs::read_to_string(file)?;
    let lines = text.lines().zip(1..);
    Ok(lines.map(|(line, number)| (number, parse(line))).collect())
}

fn add(file: &Path, head: &Mark) -> io::Result<()> {
    let line = Line {
        at: head.at,
        head: head.place,
        seal: hex::encode(&head.seal),
    };
    let mut text = serde_json::to_string(&line)?;
    text.push('\n');
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    // In one piece: several processes may write to it.
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

fn parse(line: &str) -> Option<Mark> {
    let line: Line = serde_json::from_str(line).ok()?;
    Some(Mark {
        kind: MarkKind::Head,
        place: line.head,
        at: line.at,
        seal: hex::decode(line.seal).ok()?,
    })
}

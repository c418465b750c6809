//! Brings a SQLite file up to date, after a copy of it was made.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::{error, make_private};
use crate::migrate::{self, Applied};
use crate::{Dialect, Error};

pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    let applied = applied(connection).map_err(refused)?;
    if migrate::pending(&applied)?.is_empty() {
        return Ok(());
    }
    if let Some(last) = applied.last() {
        back_up(connection, path, &last.name)?;
    }
    apply(connection)
}

/// Takes the missing steps, all or none. They are read again: another process may have been first.
fn apply(connection: &mut Connection) -> Result<(), Error> {
    let tx = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(refused)?;
    tx.execute_batch(migrate::TABLE).map_err(refused)?;
    for step in migrate::pending(&applied(&tx).map_err(refused)?)? {
        tx.execute_batch(&step.text_for(Dialect::Sqlite))
            .and_then(|()| {
                tx.execute(
                    &migrate::APPLY.replace('$', "?"),
                    [step.name, &step.checksum],
                )
            })
            .map_err(refused)?;
    }
    tx.commit().map_err(refused)
}

fn applied(connection: &Connection) -> rusqlite::Result<Vec<Applied>> {
    if !connection.table_exists(None, "migrations")? {
        return Ok(Vec::new());
    }
    connection
        .prepare(migrate::APPLIED)?
        .query_map([], |row| {
            Ok(Applied {
                name: row.get(0)?,
                checksum: row.get(1)?,
            })
        })?
        .collect()
}

/// Copies the file as it is before its steps, to `portico.db.0001_work.backup` for instance.
fn back_up(connection: &Connection, path: &Path, last_step: &str) -> Result<(), Error> {
    let backup = with_suffix(path, &format!(".{last_step}.backup"));
    // Made under another name first: half a copy must not look like a copy.
    let unfinished = with_suffix(&backup, &format!(".{}", std::process::id()));
    make_private(&unfinished)?;
    connection
        .execute("VACUUM INTO ?1", [unfinished.to_string_lossy()])
        .map_err(refused)?;
    std::fs::rename(&unfinished, &backup).map_err(|why| {
        Error::Unsuitable(format!(
            "cannot keep a copy of the database as `{}`: {why}",
            backup.display()
        ))
    })?;
    tracing::info!(path = %backup.display(), "Copied the database before changing its schema");
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn refused(cause: rusqlite::Error) -> Error {
    error(cause, "to change the schema")
}

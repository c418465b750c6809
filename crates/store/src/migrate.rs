//! Brings the schema up to date: numbered texts, each run once, in order.
//!
//! The texts are written as PostgreSQL reads them; [`text_for`] exchanges the few words that SQLite
//! has others for. A text never changes once it has been released: a further one is added.

use crate::{Dialect, Error};

/// Name and text of each step, in the order of their numbers.
const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_work", include_str!("../migrations/0001_work.sql")),
    (
        "0002_connections",
        include_str!("../migrations/0002_connections.sql"),
    ),
    ("0003_orders", include_str!("../migrations/0003_orders.sql")),
    ("0004_deals", include_str!("../migrations/0004_deals.sql")),
    ("0005_agents", include_str!("../migrations/0005_agents.sql")),
    (
        "0006_consents",
        include_str!("../migrations/0006_consents.sql"),
    ),
    ("0007_rights", include_str!("../migrations/0007_rights.sql")),
    ("0008_audit", include_str!("../migrations/0008_audit.sql")),
    (
        "0009_approvals",
        include_str!("../migrations/0009_approvals.sql"),
    ),
];

/// Where a database remembers its steps.
pub(crate) const TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations (
    name TEXT NOT NULL PRIMARY KEY,
    checksum TEXT NOT NULL
)";

pub(crate) const APPLIED: &str = "SELECT name, checksum FROM migrations ORDER BY name";

pub(crate) const APPLY: &str = "INSERT INTO migrations (name, checksum) VALUES ($1, $2)";

/// A step that a database took.
pub(crate) struct Applied {
    pub(crate) name: String,
    pub(crate) checksum: String,
}

/// A step that a database has yet to take.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) checksum: String,
    text: &'static str,
}

impl Step {
    pub(crate) fn text_for(&self, dialect: Dialect) -> String {
        text_for(self.text, dialect)
    }
}

/// The steps that are missing, provided that those taken are the ones this program knows.
pub(crate) fn pending(applied: &[Applied]) -> Result<Vec<Step>, Error> {
    let mut known = MIGRATIONS.iter().map(|&(name, text)| Step {
        name,
        checksum: blake3::hash(text.as_bytes()).to_hex().to_string(),
        text,
    });
    for taken in applied {
        let Some(step) = known.next() else {
            return Err(Error::Unsuitable(format!(
                "the database is newer than this program: it took the step `{}`, which this version \
                 does not know; run the version that made it, or restore the backup made before it",
                taken.name
            )));
        };
        if taken.name != step.name || taken.checksum != step.checksum {
            return Err(Error::Unsuitable(format!(
                "the database was made by another build: its step `{}` is not this program's `{}`; \
                 run the version that made it",
                taken.name, step.name
            )));
        }
    }
    Ok(known.collect())
}

/// STRICT makes SQLite refuse a value of the wrong type, as PostgreSQL does.
fn text_for(text: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Postgres => {
            text.replace("{PK}", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
        }
        Dialect::Sqlite => text
            .replace("{PK}", "INTEGER PRIMARY KEY")
            .replace("BIGINT", "INTEGER")
            .replace("BYTEA", "BLOB")
            .replace("\n);", "\n) STRICT;"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_are_numbered_without_a_gap() {
        for (index, (name, _)) in MIGRATIONS.iter().enumerate() {
            assert!(name.starts_with(&format!("{:04}_", index + 1)), "{name}");
        }
    }

    #[test]
    fn sqlite_gets_its_own_words() {
        let text = "CREATE TABLE t (\n    id {PK},\n    at BIGINT,\n    body BYTEA\n);";

        assert_eq!(
            text_for(text, Dialect::Sqlite),
            "CREATE TABLE t (\n    id INTEGER PRIMARY KEY,\n    at INTEGER,\n    body BLOB\n) STRICT;"
        );
        assert_eq!(
            text_for(text, Dialect::Postgres),
            "CREATE TABLE t (\n    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    at BIGINT,\n    body BYTEA\n);"
        );
    }
}

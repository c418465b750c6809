//! What can go wrong in the database, each with what to do about it.

use std::sync::Arc;

/// The driver's own error, kept for the log.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// A failed transaction; nothing of it was kept, unless the variant says otherwise.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else held the database for too long; the same transaction may be tried again.
    #[error("the database is busy, try again in a moment")]
    Busy(#[source] Cause),

    /// The answer may have been lost after the commit; transactions are written so that running
    /// them again is safe.
    #[error("the connection to the database was lost, try again once the server can be reached")]
    Connection(#[source] Cause),

    /// A row with the same key is already there. The insert turns this into words for the user.
    #[error("there is already a row with this key")]
    Unique(#[source] Cause),

    /// The database refused a statement, or could not write.
    #[error("the database refused {what}")]
    Refused {
        what: &'static str,
        #[source]
        cause: Cause,
    },

    /// A stored value is not what the code expects.
    #[error("unreadable data in the database: {0}")]
    Data(String),

    /// Another worker has taken the destination over; drop what was done with it.
    #[error("the lease of `{0}` was taken over by another worker, leave its work to it")]
    LostLease(String),

    /// The address of the database, or the schema behind it, does not fit this program.
    #[error("{0}")]
    Unsuitable(String),

    #[error("the database was closed, because the program is shutting down")]
    Closed,
}

impl Error {
    /// For values that parse badly: says which value, and why.
    pub fn data(what: &str, why: impl std::fmt::Display) -> Self {
        Self::Data(format!("{what}: {why}"))
    }

    /// For JSON that reads badly: says what kind of fault it has and where, but not serde's own
    /// words, which quote the value.
    #[must_use]
    pub fn json(what: &str, why: &serde_json::Error) -> Self {
        let (fault, line, column) = (why.classify(), why.line(), why.column());
        Self::data(
            what,
            format_args!("a fault of {fault:?} at line {line}, column {column}"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_that_reads_badly_is_named_without_its_values() {
        let why = serde_json::from_str::<Vec<i64>>("[\"ines@example.com\"]").unwrap_err();

        assert_eq!(
            Error::json("order", &why).to_string(),
            "unreadable data in the database: order: a fault of Data at line 1, column 19"
        );
    }
}

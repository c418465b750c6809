//! Where the data lives, read from one text of the configuration.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};

use crate::Error;
use crate::postgres::{Address, split_options};

/// A file for one process, or a server for several.
#[derive(Clone, Debug)]
pub enum Database {
    Sqlite(PathBuf),
    /// A `postgres://` address; it may carry a password.
    Postgres(SecretString),
}

impl FromStr for Database {
    type Err = Error;

    /// Reads `postgres://user@host/name` or the path of a file (`sqlite:` before it is allowed).
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Address::parse(text)?;
            refuse_no_host(text)?;
            return Ok(Self::Postgres(text.into()));
        }
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        let path = path.strip_prefix("//").unwrap_or(path);
        // The text is not repeated: it may be an address with a password.
        if path.is_empty() || path.contains("://") {
            return Err(Error::Unsuitable(
                "the database must be the path of a file or start with `postgres://`".to_owned(),
            ));
        }
        Ok(Self::Sqlite(path.into()))
    }
}

/// The driver takes an address without a server, and fails when it connects.
fn refuse_no_host(url: &str) -> Result<(), Error> {
    let (place, options) = split_options(url);
    let place = place.split_once("://").map_or(place, |at| at.1);
    let place = place.rsplit_once('@').map_or(place, |at| at.1);
    let is_named = |option: &str| option.starts_with("host=") || option.starts_with("hostaddr=");
    let is_without = place.is_empty() || place.starts_with(['/', ':']);
    if is_without && !options.split('&').any(is_named) {
        return Err(Error::Unsuitable(
            "the address of the database names no server; put its host behind `postgres://`"
                .to_owned(),
        ));
    }
    Ok(())
}

/// Names the database for people, without its password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "SQLite file {}", path.display()),
            Self::Postgres(url) => {
                let (url, _) = split_options(url.expose_secret());
                let rest = url.split_once("://").map_or("", |at| at.1);
                // Reading it has refused a second `@`, so nothing behind the first is of the password.
                let place = rest.split_once('@').map_or(rest, |at| at.1);
                write!(f, "PostgreSQL at {place}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let shown = |text: &str| text.parse::<Database>().unwrap().to_string();

        assert_eq!(
            shown("postgres://ann:p%40s%3Fs@db.example:5432/portico?sslmode=disable"),
            "PostgreSQL at db.example:5432/portico"
        );
        assert_eq!(
            shown("postgres://ann:p?ss@db.example/portico?sslmode=require"),
            "PostgreSQL at db.example/portico"
        );
        assert_eq!(shown("data/portico.db"), "SQLite file data/portico.db");
        assert_eq!(shown("sqlite:///srv/p.db"), "SQLite file /srv/p.db");
    }

    #[test]
    fn an_address_names_a_server() {
        for address in [
            "postgres://",
            "postgres:///portico",
            "postgresql://ann:secret@/portico",
            "postgres://ann@:5432/portico?sslmode=require",
        ] {
            let error = address.parse::<Database>().unwrap_err().to_string();
            assert!(error.contains("names no server"), "{address}: {error}");
        }
        for address in [
            "postgres://db.example",
            "postgres://ann@[::1]:5432/portico",
            "postgres:///portico?host=%2Frun%2Fpostgresql",
        ] {
            assert!(address.parse::<Database>().is_ok(), "{address}");
        }
    }

    #[test]
    fn another_scheme_is_refused_without_repeating_it() {
        let error = "mysql://ann:secret@db/portico"
            .parse::<Database>()
            .unwrap_err();

        assert_eq!(
            error.to_string(),
            "the database must be the path of a file or start with `postgres://`"
        );
    }
}

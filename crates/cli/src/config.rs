//! The configuration: flags before the environment, that before `portico.toml`, that before the defaults.
//!
//! Each section stands in a file of its own, with the facts of its keys beside the values; the
//! reference, the commented file of `portico init` and the names of the environment come from them.

mod audit;
mod calls;
mod environment;
mod key;
mod kommo;
mod log;
mod reference;
mod source;
mod squarespace;
mod top;
mod value;
mod work;

use std::path::PathBuf;

use portico_store::Database;
use serde::{Deserialize, Serialize};
use url::Url;

pub(crate) use environment::{Environment, columns, named};
pub(crate) use key::Key;
pub(crate) use log::Format;
pub(crate) use reference::{commented_file, markdown};
pub(crate) use source::{Flags, Setting};
pub(crate) use value::address;

use crate::failure::Failure;

/// The file that is read, in the data folder unless `--config` says where.
pub(crate) const FILE_NAME: &str = "portico.toml";

/// The data folder of whoever says nothing of it.
const DATA: &str = "portico-data";

/// Every setting, as it holds.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) data: PathBuf,
    pub(crate) listen: std::net::SocketAddr,
    pub(crate) database: String,
    pub(crate) public_url: Option<Url>,
    pub(crate) master_key_file: PathBuf,
    #[serde(default)]
    pub(crate) log: log::Log,
    #[serde(default)]
    pub(crate) squarespace: squarespace::Squarespace,
    #[serde(default)]
    pub(crate) kommo: kommo::Kommo,
    #[serde(default)]
    pub(crate) work: work::Work,
    #[serde(default)]
    pub(crate) calls: calls::Calls,
    #[serde(default)]
    pub(crate) audit: audit::Audit,
}

impl Config {
    /// Reads what holds from the flags, the environment and the file.
    pub(crate) fn load(flags: &Flags, environment: &Environment) -> Result<Self, Failure> {
        source::load(flags, environment).map(|loaded| loaded.config)
    }

    pub(crate) fn database(&self) -> Result<Database, Failure> {
        self.database
            .parse()
            .map_err(|why: portico_store::Error| Failure::usage(why.to_string()))
    }

    /// Where callers reach the server, without a slash at its end.
    pub(crate) fn own_address(&self) -> String {
        match &self.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listen),
        }
    }
}

/// Every key of the configuration, in the order in which people read of them.
pub(crate) fn keys() -> impl Iterator<Item = &'static Key> {
    [
        top::KEYS,
        log::KEYS,
        squarespace::KEYS,
        kommo::KEYS,
        work::KEYS,
        calls::KEYS,
        audit::KEYS,
    ]
    .into_iter()
    .flatten()
}

/// Every key with what holds and where that was said.
pub(crate) fn settings(flags: &Flags, environment: &Environment) -> Result<Vec<Setting>, Failure> {
    source::load(flags, environment).map(|loaded| loaded.settings)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A value that each key takes, so that none is absent.
    fn everything() -> toml::Table {
        let mut whole = toml::Table::new();
        for key in keys() {
            let text = key.default.unwrap_or(key.example);
            source::put(&mut whole, key, key.read(text).unwrap());
        }
        whole
    }

    /// The defaults alone, and what must be there without one.
    fn defaults() -> toml::Table {
        let mut whole = everything();
        for key in keys().filter(|key| key.default.is_none()) {
            if let (Some(section), name) = key.place() {
                let section = whole[section].as_table_mut().unwrap();
                section.remove(name);
            }
        }
        whole
    }

    fn names(table: &toml::Table, before: &str, into: &mut BTreeSet<String>) {
        for (name, value) in table {
            let name = format!("{before}{name}");
            match value.as_table() {
                Some(section) => names(section, &format!("{name}."), into),
                None => {
                    into.insert(name);
                }
            }
        }
    }

    #[test]
    fn the_table_of_keys_is_what_the_code_reads() {
        let config: Config = everything().try_into().unwrap();
        let written = toml::Table::try_from(&config).unwrap();
        let mut read = BTreeSet::new();
        names(&written, "", &mut read);

        let told: BTreeSet<String> = keys().map(|key| key.name.to_owned()).collect();
        assert_eq!(read, told);
    }

    #[test]
    fn the_defaults_in_the_table_are_the_defaults_of_the_code() {
        let config: Config = defaults().try_into().unwrap();

        assert_eq!(config.log, log::Log::default());
        assert_eq!(config.squarespace, squarespace::Squarespace::default());
        assert_eq!(config.kommo, kommo::Kommo::default());
        assert_eq!(config.work, work::Work::default());
        assert_eq!(config.calls, calls::Calls::default());
        assert_eq!(config.audit, audit::Audit::default());
    }

    #[test]
    fn the_commented_file_says_nothing_until_it_is_edited() {
        let text = commented_file();
        assert_eq!(text.parse::<toml::Table>().unwrap(), toml::Table::new());
    }

    #[test]
    fn the_commented_file_is_right_in_every_line_when_the_marks_are_taken_away() {
        let text: String = commented_file()
            .lines()
            .filter_map(|line| line.strip_prefix('#').filter(|line| !line.starts_with(' ')))
            .map(|line| format!("{line}\n"))
            .collect();
        let parsed: toml::Table = text.parse().unwrap();
        let mut told = BTreeSet::new();
        names(&parsed, "", &mut told);

        assert_eq!(told, keys().map(|key| key.name.to_owned()).collect());
        let _: Config = parsed.try_into().unwrap();
    }
}

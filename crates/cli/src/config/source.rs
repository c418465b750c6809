//! Putting together what the flags, the environment and the file say.

use std::path::{Path, PathBuf};

use serde::Serialize;
use toml::{Table, Value};

use super::key::Kind;
use super::{Config, DATA, Environment, FILE_NAME, Key, keys};
use crate::failure::Failure;

/// What the command line says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags {
    pub(crate) config: Option<PathBuf>,
    /// Key and value, for the keys that have a flag.
    pub(crate) values: Vec<(&'static str, String)>,
}

/// Who said what holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Origin {
    Default,
    File,
    Environment,
    Flag,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Environment => "environment",
            Self::Flag => "flag",
        })
    }
}

/// A key and what holds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Setting {
    pub(crate) key: &'static str,
    /// `None` where nothing was said and nothing is made up.
    pub(crate) value: Option<String>,
    pub(crate) origin: Origin,
}

pub(super) struct Loaded {
    pub(super) config: Config,
    pub(super) settings: Vec<Setting>,
}

pub(super) fn load(flags: &Flags, environment: &Environment) -> Result<Loaded, Failure> {
    environment.refuse_misspelt(keys())?;
    let file = File::read(flags, environment)?;
    let mut whole = file.table.clone();
    let mut settings = Vec::new();
    for key in keys() {
        let (said, origin) = said(key, flags, environment, &file);
        let value = said.or_else(|| file.default_of(key));
        if let Some(value) = &value {
            put(&mut whole, key, value)?;
        }
        settings.push(Setting {
            key: key.name,
            value,
            origin,
        });
    }
    let config = whole.try_into().map_err(|why: toml::de::Error| {
        Failure::usage(format!("configuration: {}", why.message()))
    })?;
    Ok(Loaded { config, settings })
}

/// What the nearest of the three says of a key, as text.
fn said(
    key: &Key,
    flags: &Flags,
    environment: &Environment,
    file: &File,
) -> (Option<String>, Origin) {
    let flag = flags.values.iter().find(|(name, _)| *name == key.name);
    if let Some((_, value)) = flag {
        return (Some(value.clone()), Origin::Flag);
    }
    if let Some(value) = environment.get(&key.variable()) {
        return (Some(value.to_owned()), Origin::Environment);
    }
    match file.value(key) {
        Some(value) => (Some(value), Origin::File),
        None => (None, Origin::Default),
    }
}

/// Writes a key's text into the table as the kind of value that it is.
pub(super) fn put(whole: &mut Table, key: &Key, text: &str) -> Result<(), Failure> {
    let value = match key.kind {
        Kind::Text | Kind::Path | Kind::Database | Kind::Address | Kind::Url => {
            Value::String(text.to_owned())
        }
        Kind::WholeNumber => Value::Integer(text.parse().map_err(|_| {
            Failure::usage(format!(
                "`{}` must be a whole number, not `{text}`",
                key.name
            ))
        })?),
    };
    let (section, name) = key.place();
    let table = match section {
        None => whole,
        Some(section) => whole
            .entry(section)
            .or_insert_with(|| Value::Table(Table::new()))
            .as_table_mut()
            .ok_or_else(|| Failure::usage(format!("`{section}` must be a section")))?,
    };
    table.insert(name.to_owned(), value);
    Ok(())
}

/// The file, if there is one.
struct File {
    table: Table,
    /// Where relative paths in it start.
    folder: Option<PathBuf>,
}

impl File {
    fn read(flags: &Flags, environment: &Environment) -> Result<Self, Failure> {
        let named = flags
            .config
            .clone()
            .or_else(|| environment.config().map(PathBuf::from));
        let path = match &named {
            Some(path) => path.clone(),
            None => data_folder(flags, environment).join(FILE_NAME),
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(why) if named.is_none() && why.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self {
                    table: Table::new(),
                    folder: None,
                });
            }
            Err(why) => {
                return Err(Failure::usage(format!(
                    "cannot read {}: {why}",
                    path.display()
                )));
            }
        };
        let table: Table = text.parse().map_err(|why| not_toml(&path, &text, &why))?;
        refuse_unknown(&table, &path)?;
        Ok(Self {
            table,
            folder: path.parent().map(Path::to_owned),
        })
    }

    /// What the file says of a key; paths as seen from where we are.
    fn value(&self, key: &Key) -> Option<String> {
        let (section, name) = key.place();
        let table = match section {
            None => &self.table,
            Some(section) => self.table.get(section)?.as_table()?,
        };
        let value = table.get(name)?;
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let is_path = match key.kind {
            Kind::Path => true,
            Kind::Database => !text.contains("://"),
            Kind::Text | Kind::Address | Kind::Url | Kind::WholeNumber => false,
        };
        match self.folder.as_ref().filter(|_| is_path) {
            Some(folder) => Some(folder.join(text).display().to_string()),
            None => Some(text),
        }
    }

    fn default_of(&self, key: &Key) -> Option<String> {
        if key.name == "data" {
            let folder = self.folder.clone().unwrap_or_else(|| DATA.into());
            return Some(folder.display().to_string());
        }
        key.default.map(str::to_owned)
    }
}

/// The folder in which the file is looked for.
fn data_folder(flags: &Flags, environment: &Environment) -> PathBuf {
    let flag = flags.values.iter().find(|(name, _)| *name == "data");
    let told = flag
        .map(|(_, value)| value.as_str())
        .or_else(|| environment.get("PORTICO_DATA"));
    told.unwrap_or(DATA).into()
}

/// Says where the file is wrong, without the line itself: it may hold a password.
fn not_toml(path: &Path, text: &str, why: &toml::de::Error) -> Failure {
    let before = why.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    let path = path.display();
    Failure::usage(format!("{path}, line {line}: {}", why.message()))
}

fn refuse_unknown(table: &Table, path: &Path) -> Result<(), Failure> {
    for name in names(table) {
        if keys().any(|key| key.name == name) {
            continue;
        }
        let near = keys()
            .map(|key| (strsim::damerau_levenshtein(key.name, &name), key.name))
            .min()
            .filter(|(distance, _)| *distance <= 4);
        let hint = near.map_or_else(
            || "`portico config` lists all keys".to_owned(),
            |(_, near)| format!("did you mean `{near}`?"),
        );
        return Err(Failure::usage(format!(
            "{}: unknown key `{name}`; {hint}",
            path.display()
        )));
    }
    Ok(())
}

/// The keys of a file, with their sections.
fn names(table: &Table) -> Vec<String> {
    let mut names = Vec::new();
    for (name, value) in table {
        match value.as_table() {
            Some(section) => names.extend(section.keys().map(|key| format!("{name}.{key}"))),
            None => names.push(name.clone()),
        }
    }
    names
}

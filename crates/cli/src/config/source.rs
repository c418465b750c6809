//! Putting together what the flags, the environment and the file say.

use std::path::{Path, PathBuf};

use serde::Serialize;
use toml::{Table, Value};

use super::key::Kind;
use super::value::Misfit;
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
    let data = data(flags, environment, &file)?;
    let mut whole = Table::new();
    let mut settings = Vec::new();
    for key in keys() {
        let said = said(key, flags, environment, &file)?.or_else(|| default(key, &data));
        let origin = said.as_ref().map_or(Origin::Default, |said| said.origin);
        let value = said.map(|said| said.read(key, &file)).transpose()?;
        settings.push(Setting {
            key: key.name,
            value: value.as_ref().map(text_of),
            origin,
        });
        if let Some(value) = value {
            put(&mut whole, key, value);
        }
    }
    let config = whole.try_into().map_err(|why: toml::de::Error| {
        Failure::usage(format!("configuration: {}", why.message()))
    })?;
    Ok(Loaded { config, settings })
}

/// What somebody says of a key.
struct Said {
    text: String,
    origin: Origin,
}

impl Said {
    fn read(&self, key: &Key, file: &File) -> Result<Value, Failure> {
        key.read(&self.text)
            .map_err(|misfit| refused(key, self.origin, file, &misfit))
    }
}

/// What the nearest of the three says of a key.
fn said(
    key: &Key,
    flags: &Flags,
    environment: &Environment,
    file: &File,
) -> Result<Option<Said>, Failure> {
    let flag = flags.values.iter().find(|(name, _)| *name == key.name);
    let (text, origin) = if let Some((_, text)) = flag {
        (Some(text.clone()), Origin::Flag)
    } else if let Some(text) = environment.get(&key.variable()) {
        (Some(text.to_owned()), Origin::Environment)
    } else {
        let text = file
            .value(key)
            .map_err(|misfit| refused(key, Origin::File, file, &misfit))?;
        (text, Origin::File)
    };
    Ok(text.map(|text| Said { text, origin }))
}

/// The folder in which everything is that nobody gave another place.
fn data(flags: &Flags, environment: &Environment, file: &File) -> Result<PathBuf, Failure> {
    let key = keys()
        .find(|key| key.name == "data")
        .expect("the data folder is a key");
    let said = said(key, flags, environment, file)?;
    Ok(match (said, file.folder()) {
        (Some(said), _) => said.text.into(),
        (None, None) => DATA.into(),
        (None, Some(folder)) if folder.as_os_str().is_empty() => ".".into(),
        (None, Some(folder)) => folder.to_owned(),
    })
}

/// What holds where nobody says anything.
fn default(key: &Key, data: &Path) -> Option<Said> {
    let text = match key.name {
        "data" => data.display().to_string(),
        "database" => data.join("portico.db").display().to_string(),
        "master_key_file" => data.join("master.key").display().to_string(),
        _ => key.default?.to_owned(),
    };
    Some(Said {
        text,
        origin: Origin::Default,
    })
}

/// Says where a value stands, what is wrong with it and how to write it. The value itself is left
/// out: an address may hold a password.
fn refused(key: &Key, origin: Origin, file: &File, misfit: &Misfit) -> Failure {
    let good = misfit.meant.as_deref().unwrap_or(key.example);
    let section = match key.place() {
        (Some(section), _) => format!(" below `[{section}]`"),
        (None, _) => String::new(),
    };
    let (place, line) = match origin {
        Origin::Flag => (
            format!("`--{}`", key.name),
            format!("`--{} {good}`", key.name),
        ),
        Origin::Environment => (
            format!("`{}` in the environment", key.variable()),
            format!("`{}={good}`", key.variable()),
        ),
        Origin::File => (
            format!("{}: `{}`", file.path.display(), key.name),
            format!("`{}`{section}", key.assignment(good)),
        ),
        Origin::Default => (
            format!("`{}`", key.name),
            format!("`{}`{section}", key.assignment(good)),
        ),
    };
    Failure::usage(format!("{place} {}; write {line}", misfit.wrong))
}

/// Writes a value into the table, in the section of its key.
pub(super) fn put(whole: &mut Table, key: &Key, value: Value) {
    let (section, name) = key.place();
    let table = match section {
        None => whole,
        Some(section) => whole
            .entry(section)
            .or_insert_with(|| Value::Table(Table::new()))
            .as_table_mut()
            .expect("no key has the name of a section"),
    };
    table.insert(name.to_owned(), value);
}

fn text_of(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The file, if there is one.
struct File {
    /// Empty where there is none.
    table: Table,
    path: PathBuf,
    is_there: bool,
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
                    path,
                    is_there: false,
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
            path,
            is_there: true,
        })
    }

    /// Where relative paths in it start.
    fn folder(&self) -> Option<&Path> {
        self.path.parent().filter(|_| self.is_there)
    }

    /// What the file says of a key; paths as seen from where we are.
    fn value(&self, key: &Key) -> Result<Option<String>, Misfit> {
        let (section, name) = key.place();
        let table = match section {
            None => Some(&self.table),
            Some(section) => self.table.get(section).and_then(Value::as_table),
        };
        let Some(value) = table.and_then(|table| table.get(name)) else {
            return Ok(None);
        };
        let is_number = matches!(key.kind, Kind::WholeNumber(_)) && value.is_integer();
        if !value.is_str() && !is_number {
            return Err(Misfit::new(key.kind.wanted()));
        }
        let text = text_of(value);
        let is_path = match key.kind {
            Kind::Path => true,
            Kind::Database => !text.contains("://"),
            Kind::LogLevel
            | Kind::Text
            | Kind::Word(_)
            | Kind::Address
            | Kind::Url
            | Kind::WholeNumber(_) => false,
        };
        match self.folder().filter(|_| is_path) {
            Some(folder) => Ok(Some(folder.join(text).display().to_string())),
            None => Ok(Some(text)),
        }
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
        if keys().any(|key| key.place().0 == Some(name.as_str())) {
            return Err(Failure::usage(format!(
                "{}: `{name}` is a section; write `[{name}]` on a line of its own and its keys below",
                path.display()
            )));
        }
        if keys().any(|key| key.name == name) {
            continue;
        }
        let hint = hint(&name);
        return Err(Failure::usage(format!(
            "{}: unknown key `{name}`; {hint}",
            path.display()
        )));
    }
    Ok(())
}

/// What an unknown key may be meant for.
fn hint(name: &str) -> String {
    let at_home = keys().find(|key| key.place().1 == name);
    if let Some(section) = at_home.and_then(|key| key.place().0) {
        return format!("it belongs below `[{section}]`");
    }
    let near = keys()
        .map(|key| (strsim::damerau_levenshtein(key.name, name), key.name))
        .min()
        .filter(|(distance, _)| *distance <= 4);
    near.map_or_else(
        || "`portico config` lists all keys".to_owned(),
        |(_, near)| format!("did you mean `{near}`?"),
    )
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

//! The facts of one key, from which its documentation and its reading come.

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What the log holds: a level, and others by module.
    LogLevel,
    /// Any text but an empty one.
    Text,
    /// One of these.
    Word(&'static [&'static str]),
    /// A path; a relative one starts from the folder of the file that names it.
    Path,
    /// A path too, or the address of a server.
    Database,
    Address,
    Url,
    /// At least 1.
    WholeNumber(Option<Most>),
}

/// The largest number that makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Most {
    pub(crate) number: u32,
    /// Why no more.
    pub(crate) why: &'static str,
}

/// One key of the configuration.
#[derive(Debug)]
pub(crate) struct Key {
    /// As in the file, with the section before a dot.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) unit: Option<&'static str>,
    pub(crate) default: Option<&'static str>,
    /// What stands for a default that is made up from something else, or for none.
    pub(crate) default_in_words: &'static str,
    pub(crate) example: &'static str,
    /// One or two sentences.
    pub(crate) about: &'static str,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::LogLevel | Self::Text | Self::Word(_) => "text",
            Self::Path => "path",
            Self::Database => "path or address",
            Self::Address => "address",
            Self::Url => "URL",
            Self::WholeNumber(_) => "whole number",
        }
    }

    /// What the file must hold, of all that TOML has.
    pub(super) fn wanted(self) -> &'static str {
        match self {
            Self::WholeNumber(_) => "must be a whole number",
            Self::LogLevel
            | Self::Text
            | Self::Word(_)
            | Self::Path
            | Self::Database
            | Self::Address
            | Self::Url => "must be a text in quotes",
        }
    }
}

impl Key {
    /// The variable of the environment that says the same: `PORTICO_LOG_LEVEL`.
    pub(crate) fn variable(&self) -> String {
        format!("PORTICO_{}", self.name.replace('.', "_").to_uppercase())
    }

    /// As people read it in a table.
    pub(crate) fn default_shown(&self) -> String {
        match self.default {
            Some(default) => format!("`{default}`"),
            None => self.default_in_words.to_owned(),
        }
    }

    /// The key with a value, as a line of the file below its section.
    pub(crate) fn assignment(&self, value: &str) -> String {
        let (_, name) = self.place();
        match self.kind {
            Kind::WholeNumber(_) => format!("{name} = {value}"),
            Kind::LogLevel
            | Kind::Text
            | Kind::Word(_)
            | Kind::Path
            | Kind::Database
            | Kind::Address
            | Kind::Url => format!("{name} = \"{value}\""),
        }
    }

    /// The section and the name in it.
    pub(crate) fn place(&self) -> (Option<&'static str>, &'static str) {
        match self.name.split_once('.') {
            Some((section, name)) => (Some(section), name),
            None => (None, self.name),
        }
    }
}

//! The variables that start with `PORTICO_`, read once.

use std::collections::BTreeMap;

use super::Key;
use crate::failure::Failure;

const PREFIX: &str = "PORTICO_";

/// Where the file is, for those who cannot give `--config`.
const CONFIG: &str = "PORTICO_CONFIG";

/// The part of the environment that is meant for us.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    pub(crate) fn of_process() -> Self {
        let texts = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self {
            variables: texts.filter(|(name, _)| name.starts_with(PREFIX)).collect(),
        }
    }

    pub(crate) fn get(&self, variable: &str) -> Option<&str> {
        let value = self.variables.get(variable)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    pub(super) fn config(&self) -> Option<&str> {
        self.get(CONFIG)
    }

    /// Refuses what is nearly the name of a key. Other names are let be: an orchestrator sets
    /// variables of its own for a service that is called `portico`.
    pub(super) fn refuse_misspelt<'a>(
        &self,
        keys: impl Iterator<Item = &'a Key>,
    ) -> Result<(), Failure> {
        let mut known: Vec<String> = keys.map(Key::variable).collect();
        known.push(CONFIG.to_owned());
        for name in self.variables.keys().filter(|name| !known.contains(name)) {
            let near = known
                .iter()
                .find(|known| strsim::damerau_levenshtein(known, name) <= 2);
            if let Some(near) = near {
                return Err(Failure::usage(format!(
                    "unknown variable `{name}` in the environment; did you mean `{near}`?"
                )));
            }
        }
        Ok(())
    }
}

/// Reads a variable that somebody named to take a secret from.
#[expect(
    clippy::disallowed_methods,
    reason = "the name is an argument of the command, so it cannot be read beforehand"
)]
pub(crate) fn named(variable: &str) -> Result<String, Failure> {
    std::env::var(variable)
        .map_err(|_| Failure::usage(format!("the environment has no text in `{variable}`")))
}

/// How wide a table may be where there is no terminal to ask.
#[expect(
    clippy::disallowed_methods,
    reason = "the shell's own variable is no setting of ours"
)]
pub(crate) fn columns() -> Option<u16> {
    std::env::var("COLUMNS").ok()?.parse().ok()
}

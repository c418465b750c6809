//! Where a secret comes from: a file, standard input or the environment, never the command line.

use std::convert::Infallible;
use std::io::Read;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::config;
use crate::failure::Failure;

/// A place to read a secret from: `FILE`, `-` or `env:NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecretSource {
    File(PathBuf),
    StandardInput,
    Environment(String),
}

impl SecretSource {
    /// Reads the secret, without the white space around it.
    pub(crate) fn read(&self) -> Result<SecretString, Failure> {
        let text = match self {
            Self::File(path) => std::fs::read_to_string(path)
                .map_err(|why| Failure::usage(format!("cannot read {}: {why}", path.display())))?,
            Self::StandardInput => from_standard_input()?,
            Self::Environment(variable) => config::named(variable)?,
        };
        let text = Zeroizing::new(text);
        match text.trim() {
            "" => Err(Failure::usage("the secret is empty")),
            secret => Ok(secret.into()),
        }
    }
}

impl FromStr for SecretSource {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match (text, text.strip_prefix("env:")) {
            ("-", _) => Self::StandardInput,
            (_, Some(variable)) => Self::Environment(variable.to_owned()),
            (path, None) => Self::File(path.into()),
        })
    }
}

fn from_standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

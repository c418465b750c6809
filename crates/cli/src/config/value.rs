//! What the text of a value means to its key, or how it should have been written.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use portico_store::Database;
use toml::Value;
use url::Url;

use super::key::{Key, Kind, Most};

/// What may stand before a module's `=`, and alone for everything else.
const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

/// A text that its key does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// Goes on after the name of the key.
    pub(super) wrong: String,
    /// What would have been right, where the text says what was meant.
    pub(super) meant: Option<String>,
}

impl Key {
    /// Reads a text as the kind of value that the key takes.
    pub(super) fn read(&self, text: &str) -> Result<Value, Misfit> {
        match self.kind {
            Kind::Path => {}
            Kind::LogLevel => log_level(text)?,
            Kind::Text if text.trim().is_empty() => return Err(Misfit::new("must not be empty")),
            Kind::Text => {}
            Kind::Word(words) => word(text, words)?,
            Kind::Database => database(text)?,
            Kind::Address => return address(text).map(|at| Value::String(at.to_string())),
            Kind::Url => web_address(text)?,
            Kind::WholeNumber(most) => return whole_number(text, most).map(Value::Integer),
        }
        Ok(Value::String(text.to_owned()))
    }
}

/// Reads an address to listen on, where `localhost` stands for this machine's own.
pub(crate) fn address(text: &str) -> Result<SocketAddr, Misfit> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let port = |port: &str| port.parse::<u16>().ok();
    if let Some(port) = text.strip_prefix("localhost:").and_then(port) {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    if let Some(port) = port(text.strip_prefix(':').unwrap_or(text)) {
        return Err(Misfit {
            wrong: format!(
                "lacks the address before the port: 127.0.0.1:{port} is reached from this machine only, \
                 0.0.0.0:{port} from everywhere"
            ),
            meant: Some(format!("127.0.0.1:{port}")),
        });
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Err(Misfit {
            wrong: "lacks the port behind the address".to_owned(),
            meant: Some(SocketAddr::new(ip, 8080).to_string()),
        });
    }
    Err(Misfit::new(
        "must be an IP address and a port, or `localhost` and a port",
    ))
}

/// Levels as the log's filter takes them, which itself takes a misspelt one for a module's name.
fn log_level(text: &str) -> Result<(), Misfit> {
    let is_level = |word: &str| LEVELS.iter().any(|level| word.eq_ignore_ascii_case(level));
    let levels = LEVELS.join(", ");
    let mut is_for_all = false;
    for part in text.split(',') {
        let (module, level) = match part.split_once('=') {
            Some((module, level)) => (Some(module), level),
            None => (None, part),
        };
        if !is_level(level) {
            return Err(Misfit::new(format!(
                "has no level `{level}`; the levels are {levels}"
            )));
        }
        if module.is_some_and(|module| !is_module(module)) {
            return Err(Misfit::new("names something before `=` that is no module"));
        }
        is_for_all |= module.is_none();
    }
    if is_for_all {
        return Ok(());
    }
    Err(Misfit {
        wrong: "has levels for some modules and none for the others".to_owned(),
        meant: Some(format!("info,{text}")),
    })
}

fn is_module(text: &str) -> bool {
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.split("::")
        .all(|name| !name.is_empty() && name.chars().all(is_of_name))
}

fn word(text: &str, words: &[&str]) -> Result<(), Misfit> {
    if words.contains(&text) {
        return Ok(());
    }
    Err(Misfit::new(format!("must be one of {}", words.join(", "))))
}

/// The text is not repeated: it may hold a password.
fn database(text: &str) -> Result<(), Misfit> {
    text.parse::<Database>()
        .map(|_| ())
        .map_err(|why| Misfit::new(format!("cannot be used: {why}")))
}

fn web_address(text: &str) -> Result<(), Misfit> {
    let parsed: Option<Url> = text.parse().ok();
    if parsed.is_some_and(|url| matches!(url.scheme(), "http" | "https")) {
        return Ok(());
    }
    Err(Misfit::new(
        "must be a URL that starts with `https://` or `http://`",
    ))
}

fn whole_number(text: &str, most: Option<Most>) -> Result<i64, Misfit> {
    let number: i64 = text
        .parse()
        .map_err(|_| Misfit::new("must be a whole number"))?;
    if number < 1 {
        return Err(Misfit::new("must be 1 at least"));
    }
    let limit = most.map_or(u32::MAX, |most| most.number);
    if number > i64::from(limit) {
        let why = most.map_or_else(String::new, |most| format!(": {}", most.why));
        return Err(Misfit::new(format!("must be {limit} at most{why}")));
    }
    Ok(number)
}

impl Misfit {
    pub(super) fn new(wrong: impl Into<String>) -> Self {
        Self {
            wrong: wrong.into(),
            meant: None,
        }
    }
}

/// For what is no key of the configuration.
impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.wrong)?;
        match &self.meant {
            Some(meant) => write!(f, "; write {meant}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Misfit {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_for_everything_or_also_by_module() {
        for level in [
            "info",
            "WARN",
            "off",
            "info,portico_engine=debug",
            "warn,portico::serve=trace",
        ] {
            assert_eq!(log_level(level), Ok(()), "{level}");
        }
        let levels = "the levels are error, warn, info, debug, trace, off";
        for (level, wrong) in [
            ("inof", format!("has no level `inof`; {levels}")),
            ("info,", format!("has no level ``; {levels}")),
            ("info,a=loud", format!("has no level `loud`; {levels}")),
            (
                "info,=debug",
                "names something before `=` that is no module".to_owned(),
            ),
            (
                "portico=debug",
                "has levels for some modules and none for the others; write info,portico=debug"
                    .to_owned(),
            ),
        ] {
            assert_eq!(log_level(level).unwrap_err().to_string(), wrong);
        }
    }

    #[test]
    fn an_address_to_listen_on_has_a_port() {
        assert_eq!(address("localhost:18095"), address("127.0.0.1:18095"));
        assert!(address("[::1]:80").is_ok());
        for (text, meant) in [
            ("18081", Some("127.0.0.1:18081")),
            (":18095", Some("127.0.0.1:18095")),
            ("::1", Some("[::1]:8080")),
            ("portico.example:80", None),
            ("localhost:99999", None),
        ] {
            let misfit = address(text).unwrap_err();
            assert_eq!(misfit.meant.as_deref(), meant, "{misfit}");
        }
    }
}

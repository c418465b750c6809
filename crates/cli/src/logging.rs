//! Logs on standard error, for people or for programs.

use tracing_subscriber::EnvFilter;

use crate::config::{Config, Format};
use crate::failure::Failure;

/// Starts logging as the configuration says.
pub(crate) fn start(config: &Config) -> Result<(), Failure> {
    start_at(&config.log.level, config.log.format)
}

/// Starts logging for a command that answers and ends: only what its caller should know of.
pub(crate) fn start_quiet(config: &Config) -> Result<(), Failure> {
    start_at("warn", config.log.format)
}

/// Starts logging at a level of the command's own choice.
pub(crate) fn start_at(level: &str, format: Format) -> Result<(), Failure> {
    let filter: EnvFilter = level
        .parse()
        .map_err(|why| Failure::usage(format!("`log.level`: {why}")))?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(anstream::stderr);
    let started = match format {
        Format::Human => logs.try_init(),
        Format::Json => logs.json().flatten_event(true).try_init(),
    };
    started.map_err(|why| Failure::failed(why.to_string()))
}

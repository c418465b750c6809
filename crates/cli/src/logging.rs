//! Logs on standard error, for people or for programs.

use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt, registry};

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

/// Starts logging for a command that calls vendors: it ends with what they refused, which is not
/// said twice.
pub(crate) fn start_for_calls(config: &Config) -> Result<(), Failure> {
    start_at("warn,portico_engine::calls=error", config.log.format)
}

/// Starts logging at a level of the command's own choice.
pub(crate) fn start_at(level: &str, format: Format) -> Result<(), Failure> {
    let wanted: EnvFilter = level
        .parse()
        .map_err(|why| Failure::usage(format!("`log.level`: {why}")))?;
    let lines = fmt::layer().with_writer(anstream::stderr);
    let lines = match format {
        Format::Human => lines.boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    registry()
        .with(wanted)
        .with(filter_fn(|line| {
            may_be_written(line.level(), line.target())
        }))
        .with(lines)
        .try_init()
        .map_err(|why| Failure::failed(why.to_string()))
}

/// Libraries print what they carry when they are asked for details: PostgreSQL's driver every value
/// of every statement, and so buyers' names and addresses. Only our own crates know what is private.
fn may_be_written(level: &tracing::Level, target: &str) -> bool {
    let krate = target.split("::").next().unwrap_or(target);
    if krate == "rmcp" {
        // To it, each client that comes is news and each of a client's mistakes a warning, with its words.
        return *level == tracing::Level::ERROR;
    }
    *level <= tracing::Level::INFO
        || krate == "portico"
        || krate.starts_with("portico_")
        || matches!(krate, "kommo" | "squarespace" | "wire")
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn only_our_own_crates_write_details() {
        assert!(may_be_written(&Level::TRACE, "portico_engine::work"));
        assert!(may_be_written(&Level::DEBUG, "portico::serve"));
        assert!(may_be_written(&Level::DEBUG, "wire"));
        assert!(may_be_written(&Level::INFO, "tokio_postgres::connection"));
        assert!(!may_be_written(&Level::DEBUG, "tokio_postgres::query"));
        assert!(!may_be_written(&Level::TRACE, "porticoes"));
        assert!(may_be_written(&Level::ERROR, "rmcp::service"));
        assert!(!may_be_written(&Level::WARN, "rmcp::service"));
    }
}

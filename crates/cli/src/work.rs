//! `portico work`: what waits or is stuck and why, and putting it back.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::Timestamp;
use portico_domain::Queue;
use portico_engine::{State, WorkItem};
use serde::Serialize;
use serde_json::json;

use crate::config::Config;
use crate::failure::Failure;
use crate::logging;
use crate::opening::{self, Opened};
use crate::output::{Output, table};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Action {
    /// List work; what changed last comes first
    List {
        /// Only those that wait, run, are held for a person, or were given up
        #[arg(long, value_parser = state_parser())]
        state: Option<State>,
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Let work be tried again now: everything held or dead, or one key
    Retry {
        /// The queue, as `portico work list` shows it
        #[arg(requires = "key")]
        queue: Option<Queue>,
        /// The key in that queue
        key: Option<String>,
    },
}

#[derive(Serialize)]
pub(crate) struct WorkOut {
    queue: &'static str,
    key: String,
    state: &'static str,
    priority: &'static str,
    due_at: Timestamp,
    attempts: i64,
    error: Option<String>,
    remedy: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

pub(crate) async fn run(action: Action, config: &Config, output: Output) -> Result<(), Failure> {
    logging::start_quiet(config)?;
    let opened = opening::existing(config).await?;
    let done = match action {
        Action::List { state, limit } => list(&opened, state, limit, output).await,
        Action::Retry { queue, key } => retry(&opened, queue.zip(key), output).await,
    };
    opened.store.close().await;
    done
}

fn state_parser() -> impl TypedValueParser<Value = State> {
    PossibleValuesParser::new(["waiting", "running", "held", "dead"])
        .try_map(|word| word.parse::<State>())
}

async fn list(
    opened: &Opened,
    state: Option<State>,
    limit: usize,
    output: Output,
) -> Result<(), Failure> {
    let work = opened.engine.work(state, limit).await?;
    let shown: Vec<WorkOut> = work.into_iter().map(WorkOut::from).collect();
    if output.json {
        return output.document(&json!({ "work": shown }));
    }
    if shown.is_empty() {
        return output.line("nothing");
    }
    let rows = shown.into_iter().map(|item| {
        let said: Vec<String> = [item.error, item.remedy].into_iter().flatten().collect();
        [
            item.queue.to_owned(),
            item.key,
            item.state.to_owned(),
            format!("{:.0}", item.due_at),
            said.join("; "),
        ]
    });
    output.line(table(
        ["queue", "key", "state", "due", "what happened"],
        rows,
    ))
}

async fn retry(
    opened: &Opened,
    one: Option<(Queue, String)>,
    output: Output,
) -> Result<(), Failure> {
    let count = match one {
        Some((queue, key)) => opened.engine.retry_work(queue, &key).await.map(|()| 1)?,
        None => opened.engine.retry_all_work().await?,
    };
    output.answer(&json!({ "retried": count }), |_| {
        format!("{count} put back, to be tried now")
    })
}

impl From<WorkItem> for WorkOut {
    fn from(item: WorkItem) -> Self {
        Self {
            queue: item.queue.as_str(),
            key: item.key,
            state: item.state.as_str(),
            priority: item.priority.as_str(),
            due_at: item.due_at,
            attempts: item.attempts,
            error: item.error,
            remedy: item.remedy,
            created_at: item.created_at,
            updated_at: item.updated_at,
        }
    }
}

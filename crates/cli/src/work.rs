//! `portico work`: what waits or is stuck and why, and putting it back.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use portico_domain::Queue;
use portico_engine::State;
use portico_server::view::work::{RetriedOut, WorkListOut};

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
    let shown: WorkListOut = work.into_iter().collect();
    if output.json {
        return output.document(&shown);
    }
    if shown.work.is_empty() {
        return output.line("nothing");
    }
    let rows = shown.work.into_iter().map(|item| {
        let happened = item.what_happened();
        [
            item.queue.to_owned(),
            item.key,
            item.state.as_str().to_owned(),
            format!("{:.0}", item.due_at),
            happened,
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
    let retried = match one {
        Some((queue, key)) => opened.engine.retry_work(queue, &key).await.map(|()| 1)?,
        None => opened.engine.retry_all_work().await?,
    };
    output.answer(&RetriedOut { retried }, |_| {
        format!("{retried} put back, to be tried now")
    })
}

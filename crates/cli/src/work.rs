//! `portico work`: what waits or is held and why, putting it back, and letting it be.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use portico_domain::Queue;
use portico_engine::State;
use portico_server::view::work::{RetriedOut, WorkListOut};
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
        /// Only those that wait, run, or are held for a person
        #[arg(long, value_parser = state_parser())]
        state: Option<State>,
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Let work be tried again now: everything that is held, or one piece
    Retry {
        /// The queue, as `portico work list` shows it
        #[arg(requires = "key")]
        queue: Option<Queue>,
        /// Which of that queue: as the list shows it, such as "order #1042 of acme", or by its key
        key: Option<String>,
    },
    /// Let held work on an order be, until the order changes
    ///
    /// The order's timeline says so. What is in the CRM is not touched.
    Dismiss {
        /// The queue, as `portico work list` shows it
        queue: Queue,
        /// Which of that queue: as the list shows it, such as "order #1042 of acme", or by its key
        key: String,
    },
}

pub(crate) async fn run(action: Action, config: &Config, output: Output) -> Result<(), Failure> {
    logging::start_quiet(config)?;
    let opened = opening::existing(config).await?;
    let done = match action {
        Action::List { state, limit } => list(&opened, state, limit, output).await,
        Action::Retry { queue, key } => retry(&opened, queue.zip(key), output).await,
        Action::Dismiss { queue, key } => dismiss(&opened, queue, &key, output).await,
    };
    opened.close().await;
    done
}

fn state_parser() -> impl TypedValueParser<Value = State> {
    PossibleValuesParser::new(["waiting", "running", "held"]).try_map(|word| word.parse::<State>())
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
            item.about,
            item.flow.unwrap_or_default(),
            item.state.as_str().to_owned(),
            format!("{:.0}", item.due_at),
            happened,
        ]
    });
    output.line(table(
        ["queue", "work", "flow", "state", "due", "what happened"],
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

async fn dismiss(opened: &Opened, queue: Queue, key: &str, output: Output) -> Result<(), Failure> {
    opened.engine.dismiss_work(queue, key).await?;
    output.answer(&json!({ "dismissed": key }), |_| {
        format!("{key}: dismissed; it is looked at again when the order changes")
    })
}

//! `portico flow backfill`: past orders get their deals, with progress.
//!
//! The command marks the work and then does its share of it. Beside a running server both do:
//! leases keep them apart, and the vendors' budgets are shared through the database.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use portico_engine::{Engine, Progress};
use portico_server::Moment;
use serde::Serialize;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use crate::output::Output;
use crate::shutdown;

/// How often progress is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(300);

#[derive(Debug, clap::Args)]
pub(crate) struct BackfillArgs {
    /// The flow
    name: String,
    /// Orders placed since then: a day (from its midnight in UTC) or a moment, both in ISO 8601
    #[arg(long, value_name = "DATE")]
    since: Moment,
}

#[derive(Serialize)]
struct Filled {
    flow: String,
    since: Timestamp,
    /// Orders of the site that were read.
    orders: i64,
    /// Deals of the flow that exist.
    deals: i64,
    /// Orders that wait for a person.
    held: i64,
    /// False when it was interrupted; what is left goes on with the server, or with this command.
    finished: bool,
}

pub(super) async fn run(
    wanted: BackfillArgs,
    engine: &Engine,
    output: Output,
) -> Result<(), Failure> {
    let interrupted = shutdown::on_signal()?;
    engine.backfill(&wanted.name, wanted.since.0).await?;
    let end = interrupted.child_token();
    let working = {
        let (engine, end) = (engine.clone(), end.clone());
        tokio::spawn(async move { engine.run(end).await })
    };
    let watched = watch(engine, &wanted.name, &interrupted, output).await;
    end.cancel();
    working
        .await
        .map_err(|why| Failure::failed(why.to_string()))?;
    let last = watched?;
    let filled = Filled {
        flow: wanted.name,
        since: wanted.since.0,
        orders: last.orders_read,
        deals: last.deals,
        held: last.held,
        finished: is_done(&last),
    };
    output.answer(&filled, for_people)
}

/// Shows how far the flow is until nothing waits, or somebody interrupts.
async fn watch(
    engine: &Engine,
    name: &str,
    interrupted: &CancellationToken,
    output: Output,
) -> Result<Progress, Failure> {
    let mut meter = Meter::new(output);
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            () = interrupted.cancelled() => {
                meter.finish();
                return Ok(engine.progress(name).await?);
            }
        }
        let progress = engine.progress(name).await?;
        meter.show(&progress)?;
        if is_done(&progress) {
            meter.finish();
            return Ok(progress);
        }
    }
}

fn is_done(progress: &Progress) -> bool {
    progress.history_read && progress.contacts_read && progress.waiting == 0
}

/// A bar on a terminal, plain lines elsewhere.
struct Meter {
    bar: Option<ProgressBar>,
    output: Output,
    /// The most that ever waited: what a full bar stands for.
    most: i64,
    last_line: String,
}

impl Meter {
    fn new(output: Output) -> Self {
        let bar = (!output.json && std::io::stderr().is_terminal()).then(ProgressBar::new_spinner);
        Self {
            bar,
            output,
            most: 0,
            last_line: String::new(),
        }
    }

    fn show(&mut self, progress: &Progress) -> Result<(), Failure> {
        self.most = self.most.max(progress.waiting);
        let line = in_words(progress, self.most);
        match &self.bar {
            Some(bar) => {
                if is_listing(progress) {
                    bar.tick();
                } else {
                    bar.set_style(style()?);
                    bar.set_length(u64::try_from(self.most).unwrap_or(0));
                    bar.set_position(u64::try_from(self.most - progress.waiting).unwrap_or(0));
                }
                bar.set_message(line);
                Ok(())
            }
            None if line != self.last_line => {
                self.last_line.clone_from(&line);
                self.output.aside(line)
            }
            None => Ok(()),
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style() -> Result<ProgressStyle, Failure> {
    ProgressStyle::with_template("{bar:32} {pos}/{len}  {msg}  {eta} left")
        .map_err(|why| Failure::failed(why.to_string()))
}

fn is_listing(progress: &Progress) -> bool {
    !progress.history_read || !progress.contacts_read
}

fn in_words(progress: &Progress, most: i64) -> String {
    if is_listing(progress) {
        return format!(
            "reading: {} orders of the shop, {} contacts of the CRM",
            progress.orders_read, progress.contacts
        );
    }
    let held = if progress.held > 0 {
        format!(", {} held", progress.held)
    } else {
        String::new()
    };
    format!(
        "{} of {most} orders done, {} deals{held}",
        most - progress.waiting,
        progress.deals
    )
}

fn for_people(filled: &Filled) -> String {
    let mut text = format!(
        "{}: {} deals for {} orders of the shop",
        filled.flow, filled.deals, filled.orders
    );
    if filled.held > 0 {
        text.push_str(&format!(
            "\n{} wait for a person: portico work list --state held",
            filled.held
        ));
    }
    if !filled.finished {
        text.push_str("\ninterrupted: what is left goes on with the server, or with this command");
    }
    text
}

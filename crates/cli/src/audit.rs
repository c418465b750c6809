//! `portico audit`: what was called and changed, in sentences, and the proof that nothing of it was altered.

mod export;
mod list;
mod verify;

use portico_domain::audit::{InvalidRecordId, Kind, RecordId, Verdict};
use portico_engine::{AuditQuery, Engine};
use portico_server::Since;
use portico_server::view::audit::{AuditRecordOut, ExportFormat, UndoneOut};

use crate::config::Config;
use crate::failure::Failure;
use crate::output::Output;
use crate::{logging, opening};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Action {
    /// List what was called and changed, newest first, each with its identifier
    ///
    /// What the audit keeps for its own sake is left out, such as that a chain of records began; --kind chain
    /// lists it.
    List {
        #[command(flatten)]
        filter: Filter,
        /// How many, from 1 on
        #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        /// Go on after a list before: its `next`
        #[arg(long, value_name = "NEXT")]
        next: Option<String>,
    },
    /// Show one record with all that is behind its sentence
    Show {
        /// As `portico audit list` shows it
        id: String,
    },
    /// Take a call back: what it changed becomes what it was
    ///
    /// Values of products and stock that was set become what they were, if nobody has changed them since. Stock
    /// that was moved by an amount is moved back by it, whatever there is now. A call is taken back once; the
    /// undo is a call of its own, and can be taken back in its turn.
    Undo {
        /// As `portico audit list` shows it
        id: String,
    },
    /// Prove that no record was changed, removed, inserted or moved
    Verify,
    /// Write records to standard output, oldest first
    Export {
        #[command(flatten)]
        filter: Filter,
        /// `csv` or `jsonl`
        #[arg(long, default_value = "csv")]
        format: ExportFormat,
    },
}

/// Which records.
#[derive(Debug, clap::Args)]
pub(crate) struct Filter {
    /// Those of a kind: call, change, deal or chain
    #[arg(long)]
    kind: Option<Kind>,
    /// Those of an agent
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// Those at a connection
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// Those of a vendor's operation, or of an action such as flow.pause
    #[arg(long, value_name = "ID")]
    operation: Option<String>,
    /// allowed, denied, refused, asked or tried_out
    #[arg(long)]
    verdict: Option<Verdict>,
    /// Not older than this: 30m, 12h, 1d, 2w, a day or a moment
    #[arg(long, value_name = "WHEN")]
    since: Option<Since>,
    /// Older than this
    #[arg(long, value_name = "WHEN")]
    until: Option<Since>,
}

impl Filter {
    fn query(self, engine: &Engine) -> AuditQuery {
        let now = engine.now();
        AuditQuery {
            kind: self.kind,
            agent: self.agent,
            connection: self.connection,
            operation: self.operation,
            verdict: self.verdict,
            since: self.since.map(|since| since.before(now)),
            until: self.until.map(|until| until.before(now)),
        }
    }
}

pub(crate) async fn run(action: Action, config: &Config, output: Output) -> Result<(), Failure> {
    logging::start_quiet(config)?;
    let opened = match action {
        // Under another master key every record would seem to be altered.
        Action::Verify | Action::Undo { .. } => opening::existing_with_credentials(config).await?,
        Action::List { .. } | Action::Show { .. } | Action::Export { .. } => {
            opening::existing(config).await?
        }
    };
    let engine = &opened.engine;
    let done = match action {
        Action::List {
            filter,
            limit,
            next,
        } => list::run(engine, filter.query(engine), limit, next, output).await,
        Action::Show { id } => show(engine, &id, output).await,
        Action::Undo { id } => undo(engine, &id, output).await,
        Action::Verify => verify::run(engine, output).await,
        Action::Export { filter, format } => {
            export::run(engine, &filter.query(engine), format, output).await
        }
    };
    opened.close().await;
    done
}

async fn undo(engine: &Engine, id: &str, output: Output) -> Result<(), Failure> {
    let undone = engine.undo(parsed(id)?).await?;
    output.answer(&UndoneOut::from(undone), |undone| {
        let UndoneOut {
            operation,
            connection,
            ..
        } = undone;
        let mut lines = vec![format!("{operation} at {connection} was undone:")];
        lines.extend(undone.changes.iter().map(|change| format!("  {change}")));
        lines.join("\n")
    })
}

fn parsed(id: &str) -> Result<RecordId, Failure> {
    id.parse()
        .map_err(|why: InvalidRecordId| Failure::usage(why.to_string()))
}

async fn show(engine: &Engine, id: &str, output: Output) -> Result<(), Failure> {
    let entry = engine.audit_entry(parsed(id)?).await?;
    output.answer(&AuditRecordOut::from(entry), |record| {
        format!("{}\n{:#}", list::line(record), record.record)
    })
}

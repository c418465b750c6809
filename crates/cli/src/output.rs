//! What a command says: lines and tables for people, one JSON document for programs.

use std::fmt::Display;
use std::io::{BufRead, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use owo_colors::OwoColorize;
use serde::Serialize;
use serde_json::json;

use crate::config::columns;
use crate::failure::Failure;

/// Where answers go, and in which form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    /// Answers: `shown` as JSON where that was asked for, else what `people` makes of it.
    pub(crate) fn answer<T: Serialize>(
        self,
        shown: &T,
        people: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        if self.json {
            self.document(shown)
        } else {
            self.line(people(shown).trim_end())
        }
    }

    /// One JSON document on a line of its own.
    pub(crate) fn document(self, shown: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(shown).map_err(|why| Failure::failed(why.to_string()))?;
        self.line(text)
    }

    /// A line for whoever reads the answers.
    pub(crate) fn line(self, text: impl Display) -> Result<(), Failure> {
        done(writeln!(anstream::stdout(), "{text}"))
    }

    /// A line for whoever watches, which is no part of the answer.
    pub(crate) fn aside(self, text: impl Display) -> Result<(), Failure> {
        done(writeln!(anstream::stderr(), "{text}"))
    }

    /// Whether there is somebody who can be asked.
    pub(crate) fn can_ask(self) -> bool {
        !self.json && std::io::stdin().is_terminal()
    }

    /// Asks a question; whatever is not a yes is a no.
    pub(crate) fn ask(self, question: &str) -> Result<bool, Failure> {
        write!(anstream::stderr(), "{question} [y/N] ")?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// The last word of a command that ended badly, and its exit code.
    pub(crate) fn failure(self, failure: &Failure) -> ExitCode {
        let written = if self.json {
            writeln!(
                anstream::stderr(),
                "{}",
                json!({ "error": failure.shown() })
            )
        } else {
            writeln!(anstream::stderr(), "{} {failure}", "error:".red().bold())
        };
        // Nobody is left who could be told.
        written.unwrap_or_default();
        failure.kind.exit_code()
    }
}

/// Columns without lines between them, as wide as the terminal lets them be, or as `COLUMNS` says where
/// there is none.
pub(crate) fn table<const N: usize>(
    heading: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(heading.map(str::to_uppercase))
        .add_rows(rows);
    if let Some(width) = columns().filter(|_| !table.is_tty()) {
        table.set_width(width);
    }
    table.trim_fmt()
}

/// A reader that went away, such as `head`, has what it wanted.
fn done(written: std::io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(why) if why.kind() != ErrorKind::BrokenPipe => Err(why.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

//! `portico connection remove`: what was known of the account is kept, or erased after a question.

use portico_domain::connection::Connection;
use portico_engine::Engine;
use portico_server::view::connection::RemovedOut;

use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub(crate) struct RemoveArgs {
    /// Its name; with --erase also its identifier, or the name that a removed one had
    name: String,

    /// Delete what is known of its account as well: orders, buyers, contacts and events
    #[arg(long)]
    erase: bool,

    /// Erase without asking
    #[arg(long, requires = "erase")]
    yes: bool,
}

pub(super) async fn run(
    wanted: RemoveArgs,
    engine: &Engine,
    output: Output,
) -> Result<(), Failure> {
    let name = &wanted.name;
    let removed = if wanted.erase {
        let connection = engine.erasable_connection(name).await?;
        if !wanted.yes {
            ask(&connection, output)?;
        }
        // It was found once; by its name another could be found now.
        engine.erase_connection(&connection.id.to_string()).await?
    } else {
        engine.remove_connection(name).await?
    };
    output.answer(&RemovedOut::from(removed), ToString::to_string)
}

/// Says what would be deleted and asks; refuses where nobody can be asked.
fn ask(connection: &Connection, output: Output) -> Result<(), Failure> {
    if !output.can_ask() {
        return Err(Failure::usage(format!(
            "all that is known of {} would be deleted for good; run again with --yes to have that done",
            whose(connection)
        )));
    }
    output.aside(format!(
        "This deletes for good what Portico knows of {}: orders, buyers, contacts, events, and which order \
         has which deal. What stands at the vendors stays there. Should the account be connected again, its past \
         orders can get second deals.",
        whose(connection)
    ))?;
    if output.ask("Erase it?")? {
        return Ok(());
    }
    Err(Failure::failed("nothing was removed"))
}

/// The connection and its account, which is not known of one that was half erased.
fn whose(connection: &Connection) -> String {
    let Connection {
        name, id, account, ..
    } = connection;
    if account.title.is_empty() {
        return format!("connection `{name}` ({id})");
    }
    format!("connection `{name}` ({}, {})", account.title, account.url)
}

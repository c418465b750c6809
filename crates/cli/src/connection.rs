//! `portico connection`: the sites and CRM accounts that Portico may act for.

mod add;
mod consent;
mod remove;

use portico_domain::connection::Connection;
use portico_engine::{Condition, Tested};
use portico_server::view::connection::{ConditionOut, ConnectionsOut, RotatedOut, TestedOut};

use crate::config::Config;
use crate::failure::Failure;
use crate::logging;
use crate::opening::{self, Opened};
use crate::output::{Output, table};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Action {
    /// Connect a site or an account; its credential is tried before it is kept
    #[command(subcommand)]
    Add(Box<add::Add>),
    /// List the connections
    List,
    /// Show one connection: what its credential may do, and what is left of its budget
    Show { name: String },
    /// Try a connection's credential, and make it active again when it works
    Test { name: String },
    /// Give a connection another credential of the same account; its flows go on
    Reconnect {
        name: String,
        #[command(flatten)]
        credential: add::CodeOrCredentialArgs,
    },
    /// Ask the owner of a connected site for consent anew; its flows go on
    ///
    /// Prints the link of a page, and waits until the owner has consented there. The present credential
    /// stays in use until then.
    Reauthorize {
        name: String,
        #[command(flatten)]
        asking: consent::AskArgs,
        #[command(flatten)]
        app: add::AppArgs,
    },
    /// Give the webhook subscription of a site a new secret; no notification is lost by it
    ///
    /// Only sites that are connected by OAuth and followed by a flow have a subscription. What the former
    /// secret has signed is taken for as long as Squarespace repeats it.
    Rotate { name: String },
    /// Remove a connection that no flow uses: end its notifications, and wipe its credential
    ///
    /// What is known of its account is kept, and no longer shown. When the account is connected again,
    /// under whatever name, it is taken up, so that no order gets a second deal. With --erase nothing
    /// is kept.
    Remove(remove::RemoveArgs),
}

pub(crate) async fn run(action: Action, config: &Config, output: Output) -> Result<(), Failure> {
    logging::start_for_calls(config)?;
    let opened = match &action {
        Action::Add(_) => opening::existing_or_new(config).await?.by_command(),
        Action::Test { .. }
        | Action::Reconnect { .. }
        | Action::Reauthorize { .. }
        | Action::Rotate { .. } => opening::existing_with_credentials(config).await?,
        // What was sealed with a key that is lost can still be seen and removed.
        Action::List | Action::Show { .. } | Action::Remove(_) => opening::existing(config).await?,
    };
    let done = on_opened(action, &opened, config, output).await;
    opened.close().await;
    done
}

async fn on_opened(
    action: Action,
    opened: &Opened,
    config: &Config,
    output: Output,
) -> Result<(), Failure> {
    let engine = &opened.engine;
    match action {
        Action::Add(wanted) => match add::run(*wanted, engine).await? {
            add::Added::Tested(done) => tested(done, output),
            add::Added::Asked(asked, asking) => {
                consent::follow(engine, &asked, &asking, &config.own_address(), output).await
            }
        },
        Action::List => list(engine.connections().await?, output),
        Action::Show { name } => show(engine.condition(&name).await?, output),
        Action::Test { name } => tested(engine.test_connection(&name).await?, output),
        Action::Reconnect { name, credential } => {
            tested(engine.reconnect(&name, credential.read()?).await?, output)
        }
        Action::Reauthorize { name, asking, app } => {
            let asked = engine.reauthorize(&name, asking.request(app)?).await?;
            consent::follow(engine, &asked, &asking, &config.own_address(), output).await
        }
        Action::Rotate { name } => {
            let rotated = RotatedOut::from(engine.rotate_hook_secret(&name).await?);
            output.answer(&rotated, ToString::to_string)
        }
        Action::Remove(wanted) => remove::run(wanted, engine, output).await,
    }
}

fn list(connections: Vec<Connection>, output: Output) -> Result<(), Failure> {
    let shown: ConnectionsOut = connections.into_iter().collect();
    if output.json {
        return output.document(&shown);
    }
    if shown.connections.is_empty() {
        return output.line("no connections yet: portico connection add squarespace NAME");
    }
    let rows = shown.connections.into_iter().map(|one| {
        [
            one.name,
            one.app.to_owned(),
            one.status.to_owned(),
            one.account.title,
            one.account.url,
        ]
    });
    output.line(table(["name", "app", "status", "account", "address"], rows))
}

fn show(condition: Condition, output: Output) -> Result<(), Failure> {
    output.answer(&ConditionOut::from(condition), ToString::to_string)
}

fn tested(tested: Tested, output: Output) -> Result<(), Failure> {
    output.answer(&TestedOut::from(tested), ToString::to_string)
}

//! `portico connection`: the sites and CRM accounts that Portico may act for.

mod add;
mod secret;

use jiff::Timestamp;
use portico_domain::connection::{Account, Connection};
use portico_engine::Tested;
use serde::Serialize;
use serde_json::json;

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
    /// Show one connection
    Show { name: String },
    /// Try a connection's credential, and make it active again when it works
    Test { name: String },
    /// Give a connection another credential of the same account; its flows go on
    Reconnect {
        name: String,
        #[command(flatten)]
        credential: add::CredentialArgs,
    },
    /// Remove a connection that no flow uses, with its credential
    Remove { name: String },
}

#[derive(Serialize)]
struct ConnectionOut {
    id: String,
    name: String,
    app: &'static str,
    status: &'static str,
    reason: Option<String>,
    remedy: Option<String>,
    account: Account,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// A connection and what its credential was seen to do; the members are those of `/v1`.
#[derive(Serialize)]
struct TestedOut {
    connection: ConnectionOut,
    findings: Vec<String>,
}

pub(crate) async fn run(action: Action, config: &Config, output: Output) -> Result<(), Failure> {
    logging::start_quiet(config)?;
    let opened = match &action {
        Action::Add(_) => opening::existing_or_new(config).await?,
        Action::List
        | Action::Show { .. }
        | Action::Test { .. }
        | Action::Reconnect { .. }
        | Action::Remove { .. } => opening::existing(config).await?,
    };
    let done = on_opened(action, &opened, output).await;
    opened.store.close().await;
    done
}

async fn on_opened(action: Action, opened: &Opened, output: Output) -> Result<(), Failure> {
    let engine = &opened.engine;
    match action {
        Action::Add(wanted) => tested(add::run(*wanted, engine).await?, output),
        Action::List => list(engine.connections().await?, output),
        Action::Show { name } => show(engine.connection_named(&name).await?, output),
        Action::Test { name } => tested(engine.test_connection(&name).await?, output),
        Action::Reconnect { name, credential } => {
            tested(engine.reconnect(&name, credential.read()?).await?, output)
        }
        Action::Remove { name } => {
            engine.remove_connection(&name).await?;
            output.answer(&json!({ "removed": name }), |_| {
                format!("connection `{name}` is removed, with its credential")
            })
        }
    }
}

fn list(connections: Vec<Connection>, output: Output) -> Result<(), Failure> {
    let shown: Vec<ConnectionOut> = connections.into_iter().map(Into::into).collect();
    if output.json {
        return output.document(&json!({ "connections": shown }));
    }
    if shown.is_empty() {
        return output.line("no connections yet: portico connection add squarespace NAME");
    }
    let rows = shown.into_iter().map(|one| {
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

fn show(connection: Connection, output: Output) -> Result<(), Failure> {
    output.answer(&ConnectionOut::from(connection), for_people)
}

fn tested(tested: Tested, output: Output) -> Result<(), Failure> {
    let shown = TestedOut {
        connection: tested.connection.into(),
        findings: tested.findings,
    };
    output.answer(&shown, |shown| {
        let findings = shown
            .findings
            .iter()
            .map(|finding| format!("\n  {finding}"));
        findings.fold(for_people(&shown.connection), |text, line| text + &line)
    })
}

fn for_people(one: &ConnectionOut) -> String {
    let account = &one.account;
    let mut text = format!(
        "{} ({}): {}\n  {}, {}, {}",
        one.name, one.app, one.status, account.title, account.url, account.currency
    );
    for line in [&one.reason, &one.remedy].into_iter().flatten() {
        text.push_str("\n  ");
        text.push_str(line);
    }
    text
}

impl From<Connection> for ConnectionOut {
    fn from(connection: Connection) -> Self {
        Self {
            id: connection.id.to_string(),
            name: connection.name,
            app: connection.app.as_str(),
            status: connection.status.as_str(),
            reason: connection.reason,
            remedy: connection.remedy,
            account: connection.account,
            created_at: connection.created_at,
            updated_at: connection.updated_at,
        }
    }
}

//! `portico serve`: the web server and the work, until a signal ends both.

use std::net::SocketAddr;

use portico_server::AppSettings;
use secrecy::ExposeSecret;
use serde::Serialize;
use tokio::net::TcpListener;

use crate::config::Config;
use crate::failure::{Failure, Kind};
use crate::output::Output;
use crate::{logging, opening, shutdown};

#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
}

/// What is said once when the server is ready.
#[derive(Serialize)]
struct Ready {
    listening: String,
    database: String,
    /// Present when it was made just now, because there had never been one.
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_key: Option<String>,
}

pub(crate) async fn run(config: &Config, output: Output) -> Result<(), Failure> {
    logging::start(config)?;
    let shutdown = shutdown::on_signal()?;
    let opened = opening::existing_or_new(config).await?;
    let listener = listen(config.listen).await?;
    let first_key = opened.engine.first_admin_key().await?;
    let ready = Ready {
        listening: format!("http://{}", listener.local_addr()?),
        database: config.database()?.to_string(),
        admin_key: first_key.map(|key| key.secret.expose_secret().to_owned()),
    };
    output.answer(&ready, for_people)?;
    tracing::info!(
        "Portico listens on {}, with {}",
        ready.listening,
        ready.database
    );

    let serving = portico_server::serve(
        listener,
        opened.engine.clone(),
        AppSettings::default(),
        shutdown.clone(),
    );
    let (served, ()) = tokio::join!(serving, opened.engine.run(shutdown));
    opened.close().await;
    served?;
    tracing::info!("Ended");
    Ok(())
}

/// Takes the address, or says how to choose another.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|why| {
        Failure::new(
            kind_of(&why),
            format!("cannot listen on {address}: {why}; choose another address"),
        )
    })
}

/// A port that is taken may be free later; any other address is one that this machine does not give.
pub(crate) fn kind_of(why: &std::io::Error) -> Kind {
    if why.kind() == std::io::ErrorKind::AddrInUse {
        Kind::Conflict
    } else {
        Kind::Usage
    }
}

fn for_people(ready: &Ready) -> String {
    let mut text = format!("Portico listens on {}", ready.listening);
    if let Some(key) = &ready.admin_key {
        text.push_str(&format!("\nadmin key: {key} (shown once, keep it)"));
    }
    text
}

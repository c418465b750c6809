//! `portico key`: who may use the admin API and log in, or read the metrics, straight from the store.
//!
//! Whoever has the data folder may make a key at any time: that is how a lost one is replaced.

use portico_engine::{Engine, Error};
use portico_server::Moment;
use portico_server::view::key::{KeyOut, KeysOut, NewKeyOut};
use serde_json::json;

use crate::config::Config;
use crate::failure::Failure;
use crate::output::{Output, table};
use crate::{logging, opening};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Action {
    /// Make a key; this is the only time that it is shown
    Add {
        /// A short name of your choice: whose key it is, or what for
        name: String,
        /// From when on it is refused: a day (from its midnight in UTC) or a moment [default: never]
        #[arg(long, value_name = "DATE")]
        expires: Option<Moment>,
        /// Make one that opens `/metrics` and nothing else, for Prometheus
        #[arg(long)]
        metrics: bool,
    },
    /// List every key that there ever was
    List,
    /// Let a key be used no more, from its holder's next call on
    Revoke {
        name: String,
        /// Revoke it even if nobody can use the API or log in without it
        #[arg(long)]
        yes: bool,
    },
}

pub(crate) async fn run(action: Action, config: &Config, output: Output) -> Result<(), Failure> {
    logging::start_quiet(config)?;
    let opened = opening::existing(config).await?;
    let engine = &opened.engine;
    let done = match action {
        Action::Add {
            name,
            expires,
            metrics,
        } => add(engine, &name, expires, metrics, output).await,
        Action::List => list(engine, output).await,
        Action::Revoke { name, yes } => revoke(engine, &name, yes, output).await,
    };
    opened.close().await;
    done
}

async fn add(
    engine: &Engine,
    name: &str,
    expires: Option<Moment>,
    metrics: bool,
    output: Output,
) -> Result<(), Failure> {
    let expires_at = expires.map(|moment| moment.0);
    let made = if metrics {
        engine.add_metrics_key(name, expires_at).await?
    } else {
        engine.add_admin_key(name, expires_at).await?
    };
    output.answer(&NewKeyOut::of(made, engine.now()), |made| {
        let until = match made.key.expires_at {
            Some(end) => format!("until {end}"),
            None => "until it is revoked".to_owned(),
        };
        format!("{} (shown once, keep it; good {until})", made.secret)
    })
}

async fn list(engine: &Engine, output: Output) -> Result<(), Failure> {
    let shown = KeysOut::of(engine.keys().await?, engine.now());
    output.answer(&shown, |shown| {
        if shown.keys.is_empty() {
            return "no keys yet: portico key add NAME".to_owned();
        }
        table(
            ["name", "kind", "state", "made", "expires", "revoked"],
            shown.keys.iter().map(row),
        )
    })
}

fn row(key: &KeyOut) -> [String; 6] {
    let moment = |moment: Option<_>| moment.map_or_else(|| "-".to_owned(), |at| format!("{at:.0}"));
    [
        key.name.clone(),
        key.kind.to_owned(),
        key.state.to_owned(),
        moment(Some(key.created_at)),
        moment(key.expires_at),
        moment(key.revoked_at),
    ]
}

async fn revoke(engine: &Engine, name: &str, yes: bool, output: Output) -> Result<(), Failure> {
    if yes {
        engine.revoke_key_even_the_last(name).await?;
    } else {
        match engine.revoke_key(name).await {
            Err(Error::Conflict(why)) if output.can_ask() => {
                output.aside(why)?;
                if !output.ask("Revoke it?")? {
                    return Err(Failure::failed("nothing was revoked"));
                }
                engine.revoke_key_even_the_last(name).await?;
            }
            done => done?,
        }
    }
    output.answer(&json!({ "revoked": name }), |_| {
        format!("key `{name}` lets nobody in any more")
    })
}

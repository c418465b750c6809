//! Asking an owner for consent: the link of a page, and how far it has come.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::ProgressBar;
use jiff::Timestamp;
use portico_domain::agent::{Area, Level};
use portico_domain::connection::Connection;
use portico_engine::{Consent, ConsentProgress, ConsentRequest, Engine};
use portico_server::view::connection::ConnectionOut;
use secrecy::ExposeSecret;
use serde::Serialize;
use tokio::time::MissedTickBehavior;
use url::{Host, Url};

use super::add::AppArgs;
use crate::agent::area_and_level;
use crate::failure::Failure;
use crate::output::Output;
use crate::shutdown;

/// How often it is looked whether the owner has consented.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What the owner is asked for, and whether the command waits.
#[derive(Debug, clap::Args)]
pub(crate) struct AskArgs {
    /// Ask for an area at a level, read or full; may be given again [default: everything that can be read but profiles, whose place contacts have taken]
    #[arg(long = "area", value_name = "AREA=LEVEL", value_parser = area_and_level)]
    areas: Vec<(Area, Level)>,

    /// Print the link and end, without waiting for the consent
    #[arg(long)]
    no_wait: bool,
}

/// A link, and what has become of it.
#[derive(Serialize)]
struct Asked {
    connection: ConnectionOut,
    url: String,
    expires_at: Timestamp,
    connected: bool,
}

impl AskArgs {
    pub(super) fn request(&self, app: AppArgs) -> Result<ConsentRequest, Failure> {
        Ok(ConsentRequest {
            client: app.read(None)?,
            access: self.areas.clone(),
        })
    }

    /// Says that nobody is asked.
    pub(super) fn refuse(&self) -> Result<(), Failure> {
        if self.no_wait || !self.areas.is_empty() {
            return Err(Failure::usage(
                "--area and --no-wait are for asking an owner; give --oauth with them",
            ));
        }
        Ok(())
    }
}

/// Prints the link of a page, and follows it until the owner has consented or somebody interrupts.
pub(super) async fn follow(
    engine: &Engine,
    asked: &Consent,
    asking: &AskArgs,
    base: &str,
    output: Output,
) -> Result<(), Failure> {
    let url = format!("{base}/connect/{}", asked.session.expose_secret());
    let until = asked.expires_at.strftime("%-d %B %Y, %H:%M UTC");
    let page = engine.consent_page(&asked.session).await;
    let page = page.map_err(|problem| Failure::failed(problem.to_string()))?;
    let asks: Vec<&str> = page.asks.iter().map(|ask| ask.what).collect();
    let words = format!(
        "open this link, or send it to the owner of the site; it is served by `portico serve`, and good until {until}\n\n  {url}\n\nIt asks for: {}\n",
        asks.join("; ")
    );
    if is_of_this_machine(&url) {
        output.aside("this link works in a browser on this machine only: set `public_url` before you send it to somebody")?;
    }
    if asking.no_wait {
        return answer(asked, &asked.connection, url, false, output, |_| words);
    }
    output.aside(words)?;
    let connected = wait(engine, asked, output).await?;
    let connection = engine.connection_named(&asked.connection.name).await?;
    answer(asked, &connection, url, connected, output, |asked| {
        asked.connection.to_string()
    })
}

/// Whether no other machine finds what is at an address.
fn is_of_this_machine(url: &str) -> bool {
    let url = Url::parse(url).ok();
    url.as_ref()
        .and_then(Url::host)
        .is_some_and(|host| match host {
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(address) => address.is_loopback() || address.is_unspecified(),
            Host::Ipv6(address) => address.is_loopback() || address.is_unspecified(),
        })
}

/// Waits for the consent; false when somebody interrupted.
async fn wait(engine: &Engine, asked: &Consent, output: Output) -> Result<bool, Failure> {
    let interrupted = shutdown::on_signal()?;
    let mut shown = Shown::new(output);
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            () = interrupted.cancelled() => return Ok(false),
        }
        match engine.consent_progress(asked).await? {
            ConsentProgress::Connected => return Ok(true),
            ConsentProgress::Closed => {
                return Err(Failure::failed(format!(
                    "the link has expired, or another has taken its place; `portico connection reauthorize {}` makes a new one",
                    asked.connection.name
                )));
            }
            ConsentProgress::Waiting { at_vendor: false } => {
                shown.show(
                    "waiting for the owner to open the link (Ctrl-C ends only the waiting)",
                )?;
            }
            ConsentProgress::Waiting { at_vendor: true } => {
                let title = asked.connection.app.title();
                shown.show(&format!("waiting for the owner, who is at {title}"))?;
            }
            ConsentProgress::Failed(problem) => {
                shown.show(&format!("waiting for another try: {problem}"))?;
            }
        }
    }
}

fn answer(
    asked: &Consent,
    connection: &Connection,
    url: String,
    connected: bool,
    output: Output,
    people: impl FnOnce(&Asked) -> String,
) -> Result<(), Failure> {
    let asked = Asked {
        connection: connection.clone().into(),
        url,
        expires_at: asked.expires_at,
        connected,
    };
    output.answer(&asked, people)
}

/// A line that changes on a terminal, new lines elsewhere.
struct Shown {
    bar: Option<ProgressBar>,
    output: Output,
    last_line: String,
}

impl Shown {
    fn new(output: Output) -> Self {
        let bar = (!output.json && std::io::stderr().is_terminal()).then(ProgressBar::new_spinner);
        Self {
            bar,
            output,
            last_line: String::new(),
        }
    }

    fn show(&mut self, line: &str) -> Result<(), Failure> {
        if let Some(bar) = &self.bar {
            bar.set_message(line.to_owned());
            bar.tick();
        } else if line != self.last_line {
            line.clone_into(&mut self.last_line);
            self.output.aside(line)?;
        }
        Ok(())
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

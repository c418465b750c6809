//! Portico in a process of its own, so that its memory and its processor time are its own.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use portico_engine::{Paces, Steps};
use portico_store::Database;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use url::Url;

use crate::process::Process;
use crate::stand::Hub;

/// Portico without a budget, which the measured load would use up in a second.
pub(crate) const UNPACED: Paces = Paces {
    squarespace: None,
    kommo: None,
};

/// A Portico that runs until it is told to end.
pub(crate) struct Apart {
    child: Child,
    /// Where its doors are.
    pub(crate) base: Url,
}

impl Apart {
    /// Starts this program again, as a Portico whose site is `upstream`.
    pub(crate) async fn start(database: &str, upstream: &Url) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("gateway")
            .args(["--gateway-of", upstream.as_str()])
            .args(["--database", database])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = child.stdout.take().context("its output")?;
        let address = BufReader::new(output).lines().next_line().await?;
        let address = address.context("the measured process ended at once")?;
        let base = address.parse()?;
        Ok(Self { child, base })
    }

    pub(crate) fn process(&self) -> Result<Process> {
        Process::of(&self.child)
    }

    /// Lets it end in order, so that all is durable that it has on record.
    pub(crate) async fn end(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        let status = self.child.wait().await?;
        ensure!(status.success(), "the measured process failed: {status}");
        Ok(())
    }
}

/// What the started process does: it serves until its input ends.
pub(crate) async fn serve(upstream: Url, database: &Database) -> Result<()> {
    let hub = Hub::of(upstream, database, UNPACED, Steps::default()).await?;
    println!("{}", hub.base);
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    hub.stop().await
}

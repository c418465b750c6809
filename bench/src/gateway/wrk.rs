//! A closed loop: so many connections, each asking again as soon as it is answered; `wrk` of Debian.

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use super::Target;

const SECONDS: u32 = 5;

pub(super) struct Answer {
    pub(super) per_second: f64,
    /// With its unit, as `wrk` says it.
    pub(super) p99: String,
}

pub(super) async fn run(target: &Target, connections: u32) -> Result<Answer> {
    let output = Command::new("wrk")
        .args(["--threads", "1", "--latency", "--timeout", "10s"])
        .args(["--connections", &connections.to_string()])
        .args(["--duration", &format!("{SECONDS}s")])
        .args(["--header", &format!("Authorization: Bearer {}", target.key)])
        .arg(target.url.as_str())
        .output()
        .await
        .context("run wrk; on Debian: apt-get install wrk")?;
    let text = String::from_utf8(output.stdout)?;
    if !output.status.success() || text.contains("Non-2xx") || text.contains("Socket errors") {
        bail!("not every call was answered well:\n{text}");
    }
    let after = |label: &str| {
        let line = text.lines().find(|line| line.trim().starts_with(label))?;
        line.split_whitespace().nth(1)
    };
    Ok(Answer {
        per_second: after("Requests/sec:").context("a rate")?.parse()?,
        p99: after("99%").context("a 99th percentile")?.to_owned(),
    })
}

//! A closed loop: so many connections, each asking again as soon as it is answered; `wrk` of Debian.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use super::{Call, Load, NUMBER, Pair, ROUNDS, Target};
use crate::process::Used;
use crate::records::Calls;

/// What came of a load.
pub(crate) struct Came {
    pub(crate) per_second: f64,
    /// With its unit, as `wrk` says it.
    p99: String,
    /// What one call cost the process that answered it.
    used: Used,
}

/// Begins a table of what is held against what.
pub(crate) fn head(first: &str, peer: &str, own: &str) {
    println!(
        "| {first} | {peer} | {own} | ratio | p99 {peer} | p99 {own} | processor time of a call: {peer} | {own} | of it SQLite's writer |\n\
         |---|---|---|---|---|---|---|---|---|"
    );
}

/// Adds to the table what both sides do under the same load.
pub(crate) async fn row(
    load: &Load,
    first: &str,
    sides: &Pair,
    connections: u32,
    calls: &mut Calls,
) -> Result<()> {
    let (ratio, peer, own) = pair(load, sides, connections, calls).await?;
    println!(
        "| {first} | {:.0}/s | {:.0}/s | {ratio:.2} | {} | {} | {:.0} µs | {:.0} µs | {:.0} µs |",
        peer.per_second,
        own.per_second,
        peer.p99,
        own.p99,
        micros(peer.used.all),
        micros(own.used.all),
        micros(own.used.writer),
    );
    Ok(())
}

/// The middle one of some pairs, by the ratio of their throughputs.
async fn pair(
    load: &Load,
    pair: &Pair,
    connections: u32,
    calls: &mut Calls,
) -> Result<(f64, Came, Came)> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let peer = run(load, &pair.peer, connections, calls).await?;
        let own = run(load, &pair.own, connections, calls).await?;
        rounds.push((own.per_second / peer.per_second, peer, own));
    }
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(rounds.swap_remove(ROUNDS / 2))
}

/// Loads a target with so many connections.
pub(crate) async fn run(
    load: &Load,
    target: &Target,
    connections: u32,
    calls: &mut Calls,
) -> Result<Came> {
    let script = load.folder.join("call.lua");
    std::fs::write(&script, lua(&target.call))?;
    let before = target.process.used()?;
    let output = Command::new("wrk")
        .args(["--threads", "1", "--latency", "--timeout", "10s"])
        .args(["--connections", &connections.to_string()])
        .args(["--duration", &format!("{}s", load.seconds)])
        .arg("--script")
        .arg(&script)
        .arg(target.base.join(&target.call.path)?.as_str())
        .output()
        .await
        .context("run wrk; on Debian: apt-get install wrk")?;
    let used = target.process.used()? - before;
    let text = String::from_utf8(output.stdout)?;
    if !output.status.success() || text.contains("Non-2xx") || text.contains("Socket errors") {
        bail!("not every call was answered well:\n{text}");
    }
    let word = |label: &str, nth| {
        let line = text.lines().find(|line| line.contains(label))?;
        line.split_whitespace().nth(nth)
    };
    let answered: u32 = word(" requests in ", 0).context("a count")?.parse()?;
    // What was under way at the end was cut off.
    calls.made(target.agent, answered.into(), connections.into());
    Ok(Came {
        per_second: word("Requests/sec:", 1).context("a rate")?.parse()?,
        p99: word("99%", 1).context("a 99th percentile")?.to_owned(),
        used: used / answered.max(1),
    })
}

/// The call as `wrk` is told of it: put together once and sent as it is, unless each has a number.
fn lua(call: &Call) -> String {
    let quoted = |text: &str| format!("[==[{text}]==]");
    let headers = call.headers.iter();
    let headers =
        headers.map(|(name, value)| format!("wrk.headers[\"{name}\"] = {}\n", quoted(value)));
    let body = if call.body.is_empty() {
        String::new()
    } else {
        format!("wrk.body = {}\n", quoted(&call.body))
    };
    let method = call.method.as_str();
    let headers: String = headers.collect();
    let numbered = if call.body.contains(NUMBER) {
        format!(
            "local body, n = wrk.body, 0\n\
             request = function()\n\
             n = n + 1\n\
             return wrk.format(nil, nil, nil, (body:gsub(\"{NUMBER}\", n)))\n\
             end\n"
        )
    } else {
        String::new()
    };
    format!("wrk.method = \"{method}\"\n{headers}{body}{numbered}")
}

/// In microseconds.
fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

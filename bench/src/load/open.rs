//! An open loop: calls start when they are due, whether or not earlier ones are answered, so that a
//! stall is counted for every call that it delays.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::{Load, NUMBER, Pair, ROUNDS, Target};
use crate::records::Calls;

/// Enough that none waits for another as long as answers take less than 32 ms at 1,000 a second.
const CONNECTIONS: u32 = 32;

/// No answer takes so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long calls took from the moment when each was due, sorted.
struct Took(Vec<Duration>);

impl Took {
    /// In milliseconds.
    fn percentile(&self, percent: usize) -> f64 {
        self.0[self.0.len() * percent / 100].as_secs_f64() * 1e3
    }
}

/// Begins a table of what is held against what.
pub(crate) fn head(first: &str, peer: &str, own: &str) {
    println!(
        "| {first} | p50 {peer} | p50 {own} | p99 {peer} | p99 {own} | added to p50 | added to p99 |\n\
         |---|---|---|---|---|---|---|"
    );
}

/// Adds to the table how long both sides take at so many calls a second.
pub(crate) async fn row(
    load: &Load,
    first: &str,
    sides: &Pair,
    per_second: u32,
    calls: &mut Calls,
) -> Result<()> {
    let (peer, own) = pair(load, sides, per_second, calls).await?;
    let [half, most] = [50, 99].map(|percent| (peer.percentile(percent), own.percentile(percent)));
    println!(
        "| {first} | {:.2} ms | {:.2} ms | {:.2} ms | {:.2} ms | {:.2} ms | {:.2} ms |",
        half.0,
        half.1,
        most.0,
        most.1,
        half.1 - half.0,
        most.1 - most.0,
    );
    Ok(())
}

/// The middle one of some pairs, by what is added to the 99th percentile.
async fn pair(
    load: &Load,
    pair: &Pair,
    per_second: u32,
    calls: &mut Calls,
) -> Result<(Took, Took)> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let peer = run(load, &pair.peer, per_second, calls).await?;
        let own = run(load, &pair.own, per_second, calls).await?;
        rounds.push((peer, own));
    }
    let added = |(peer, own): &(Took, Took)| own.percentile(99) - peer.percentile(99);
    rounds.sort_by(|a, b| added(a).total_cmp(&added(b)));
    Ok(rounds.swap_remove(ROUNDS / 2))
}

async fn run(load: &Load, target: &Target, per_second: u32, calls: &mut Calls) -> Result<Took> {
    let start = Instant::now() + Duration::from_millis(100);
    let callers: Vec<_> = (0..CONNECTIONS)
        .map(|n| {
            let due = (n..per_second * load.seconds)
                .step_by(CONNECTIONS as usize)
                .map(move |call| (call, start + Duration::from_secs(1) / per_second * call));
            tokio::spawn(caller(target.clone(), due))
        })
        .collect();
    let mut took = Vec::new();
    for caller in callers {
        took.extend(caller.await??);
    }
    calls.made(target.agent, took.len().try_into()?, 0);
    took.sort_unstable();
    Ok(Took(took))
}

async fn caller(
    target: Target,
    calls: impl Iterator<Item = (u32, Instant)>,
) -> Result<Vec<Duration>> {
    let Target { base, call, .. } = &target;
    let mut connection = connect(base).await?;
    let mut took = Vec::new();
    for (number, due) in calls {
        tokio::time::sleep_until(due).await;
        let mut request = Request::builder()
            .method(&call.method)
            .uri(&call.path)
            .header(header::HOST, base.authority());
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let body = call.body.replace(NUMBER, &number.to_string());
        let request = request.body(Full::new(Bytes::from(body)))?;
        let (status, body) = tokio::time::timeout(PATIENCE, answered(&mut connection, request))
            .await
            .context("a call is not answered")??;
        took.push(due.elapsed());
        if !status.is_success() || !target.is_answered_by(&body) {
            bail!("another answer than at first: {status} {body:?}");
        }
    }
    Ok(took)
}

async fn answered(
    connection: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, Bytes)> {
    let answer = connection.send_request(request).await?;
    let status = answer.status();
    Ok((status, answer.into_body().collect().await?.to_bytes()))
}

async fn connect(url: &url::Url) -> Result<SendRequest<Full<Bytes>>> {
    let port = url.port().context("a port")?;
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            eprintln!("a connection of the load broke: {error}");
        }
    });
    Ok(sender)
}

//! An open loop: calls start when they are due, whether or not earlier ones are answered, so that a
//! stall is counted for every call that it delays.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::{ROUNDS, Target};

const PER_SECOND: u32 = 1_000;
const SECONDS: u32 = 5;

/// Enough that none waits for another as long as answers take less than 32 ms.
const CONNECTIONS: u32 = 32;

/// Prints what the gateway adds to nginx's own latency.
pub(super) async fn latency(theirs: &Target, ours: &Target) -> Result<()> {
    println!("| {PER_SECOND} calls a second | p50 | p99 |\n|---|---|---|");
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let nginx = run(theirs).await?;
        let portico = run(ours).await?;
        rounds.push((
            percentile(&portico, 99).saturating_sub(percentile(&nginx, 99)),
            nginx,
            portico,
        ));
    }
    rounds.sort_by_key(|(added, ..)| *added);
    let (_, nginx, portico) = &rounds[ROUNDS / 2];
    let of = |took: &[Duration], percent| percentile(took, percent).as_secs_f64() * 1e3;
    for (name, took) in [("nginx", nginx), ("Portico", portico)] {
        println!(
            "| {name} | {:.2} ms | {:.2} ms |",
            of(took, 50),
            of(took, 99)
        );
    }
    let added = |percent| of(portico, percent) - of(nginx, percent);
    println!(
        "| added by Portico | {:.2} ms | {:.2} ms |",
        added(50),
        added(99)
    );
    println!("(the middle one of {ROUNDS} pairs)\n");
    Ok(())
}

/// How long each call took from the moment when it was due, sorted.
async fn run(target: &Target) -> Result<Vec<Duration>> {
    let start = Instant::now() + Duration::from_millis(100);
    let callers: Vec<_> = (0..CONNECTIONS)
        .map(|n| tokio::spawn(caller(target.url.clone(), target.key.clone(), n, start)))
        .collect();
    let mut took = Vec::new();
    for caller in callers {
        took.extend(caller.await??);
    }
    took.sort_unstable();
    Ok(took)
}

async fn caller(url: url::Url, key: String, n: u32, start: Instant) -> Result<Vec<Duration>> {
    let mut connection = connect(&url).await?;
    let mut took = Vec::new();
    for call in (n..PER_SECOND * SECONDS).step_by(CONNECTIONS as usize) {
        let due = start + Duration::from_secs(1) / PER_SECOND * call;
        tokio::time::sleep_until(due).await;
        let request = Request::get(url.path())
            .header(header::HOST, url.authority())
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .body(Empty::<Bytes>::new())?;
        let answer = connection.send_request(request).await?;
        if !answer.status().is_success() {
            bail!("answered with {}", answer.status());
        }
        answer.into_body().collect().await?;
        took.push(due.elapsed());
    }
    Ok(took)
}

async fn connect(url: &url::Url) -> Result<SendRequest<Empty<Bytes>>> {
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

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[sorted.len() * percent / 100]
}

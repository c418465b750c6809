//! The tools of MCP beside the gateway: the same order, read by the same agent through both doors of Portico.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::HeaderName;
use portico_domain::agent::{Area, Level, Says};
use portico_store::Database;
use serde_json::{Value, json};

use crate::load::{Call, Load, NUMBER, Pair, closed, open};
use crate::records::Calls;
use crate::stage::{ORDERS, Robot, Stage};

const CONNECTIONS: [u32; 3] = [1, 32, 256];

/// Calls a second of the open loop.
const PER_SECOND: u32 = 500;

const READER: &str = "reader";

/// The tool that is called.
const TOOL: &str = "getOrder";

const PATH: &str = "/mcp";

/// The revision without sessions, and the last one with them.
const REVISIONS: [&str; 2] = ["2026-07-28", "2025-11-25"];

const REVISION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");

pub(crate) async fn measure(load: &Load, database: &str) -> Result<()> {
    let place = database.parse::<Database>()?;
    println!(
        "## mcp: `tools/call` of {TOOL}, with key, grant and audit, the budget lifted, on {place}\n"
    );
    let reader = Robot {
        name: READER,
        area: Area::Orders,
        level: Level::Read,
        rule: Some(Says::PersonalData { shown: true }),
    };
    let stage = Stage::set(&load.folder, database, &[reader]).await?;
    let mut calls = Calls::default();
    let process = stage.portico.process()?;
    let path = format!("{ORDERS}/{}", stage.order_id);
    let direct = Call::get(&path, stage.key(READER)?);
    let direct = stage.own(READER, direct, &mut calls).await?;
    ensure!(
        direct.answer == stage.order,
        "an order is not what the vendor has"
    );
    println!("memory when idle: {} MB\n", stage.idle().await?);
    for revision in REVISIONS {
        let call = tool_call(&stage, revision).await?;
        let mut own = stage.own(READER, call, &mut calls).await?;
        own.answer = result(&own.answer)?;
        check(&own.answer, &stage.order)?;
        println!(
            "Revision {revision}, an answer of {} bytes; by the gateway it has {}:\n",
            own.answer.len(),
            direct.answer.len()
        );
        let sides = Pair {
            peer: direct.clone(),
            own,
        };
        process.forget_peak()?;
        closed::head("connections", "gateway", "MCP");
        for connections in CONNECTIONS {
            closed::row(
                load,
                &connections.to_string(),
                &sides,
                connections,
                &mut calls,
            )
            .await?;
        }
        let peak = process.peak()?;
        println!();
        open::head("calls a second", "gateway", "MCP");
        open::row(
            load,
            &PER_SECOND.to_string(),
            &sides,
            PER_SECOND,
            &mut calls,
        )
        .await?;
        println!("\nmemory: at most {peak} MB\n");
    }
    stage.clear(&calls).await
}

/// The call of the tool, as clients of a revision make it.
async fn tool_call(stage: &Stage, revision: &str) -> Result<Call> {
    let params = json!({"name": TOOL, "arguments": {"id": stage.order_id}});
    if revision == REVISIONS[0] {
        let mut params = params;
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": revision,
            "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let call = post(stage, revision, &request("tools/call", &params))?;
        let call = call.with(HeaderName::from_static("mcp-method"), "tools/call");
        return Ok(call.with(HeaderName::from_static("mcp-name"), TOOL));
    }
    let base = &stage.portico.base;
    let begin = json!({
        "protocolVersion": revision,
        "capabilities": {},
        "clientInfo": {"name": "bench", "version": "1"},
    });
    let begun = post(stage, revision, &request("initialize", &begin))?
        .made(base)
        .await?;
    let session = begun.headers().get(SESSION.as_str()).context("a session")?;
    let session = session.to_str()?.to_owned();
    let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    post(stage, revision, &ready)?
        .with(SESSION, &session)
        .made(base)
        .await?;
    Ok(post(stage, revision, &request("tools/call", &params))?.with(SESSION, &session))
}

/// A message with an identifier that no other one of its session has.
fn request(method: &str, params: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": NUMBER, "method": method, "params": params})
}

fn post(stage: &Stage, revision: &str, body: &Value) -> Result<Call> {
    Ok(Call::post(PATH, stage.key(READER)?, body.to_string())
        .with(http::header::ACCEPT, "application/json, text/event-stream")
        .with(REVISION, revision))
}

/// The result in an answer, which comes as an event where there are sessions. Before it stands the call's number.
fn result(answer: &Bytes) -> Result<Bytes> {
    const RESULT: &[u8] = b"\"result\":";
    let begin = answer.windows(RESULT.len()).position(|part| part == RESULT);
    let rest = &answer[begin.context("a result")?..];
    let end = rest.iter().position(|byte| *byte == b'\n');
    Ok(answer.slice_ref(&rest[..end.unwrap_or(rest.len())]))
}

/// The tool tells the order that the vendor has.
fn check(answer: &[u8], order: &[u8]) -> Result<()> {
    let message = [b"{", answer].concat();
    let answer: Value = serde_json::from_slice(&message)?;
    let order: Value = serde_json::from_slice(order)?;
    let result = &answer["result"];
    ensure!(
        result["isError"] == false && result["structuredContent"]["answer"]["id"] == order["id"],
        "the tool answers something else: {answer}"
    );
    Ok(())
}

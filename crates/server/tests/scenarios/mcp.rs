//! Agents that call the shop by the tools of MCP.

mod asking;
mod bounds;
mod clients;
mod doors;
mod tools;

use portico_domain::agent::{Area, Level};
use portico_engine::NewGrant;
use reqwest::{RequestBuilder, Response};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::world::World;

const REVISION: &str = "2026-07-28";

/// An agent with its key and the address that it was given.
struct Robot<'a> {
    world: &'a World,
    key: String,
    query: &'static str,
}

impl World {
    /// An agent that may do this in every connection.
    async fn robot(&self, name: &str, grants: &[(Area, Level)]) -> Robot<'_> {
        let grants: Vec<NewGrant> = grants
            .iter()
            .map(|(area, level)| NewGrant {
                connection: None,
                area: *area,
                level: *level,
            })
            .collect();
        let made = self.engine.add_agent(name, &grants).await.unwrap();
        Robot {
            world: self,
            key: made.secret.expose_secret().to_owned(),
            query: "",
        }
    }
}

impl Robot<'_> {
    /// A request of the revision without sessions.
    fn request(&self, method: &str, mut params: Value) -> RequestBuilder {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": REVISION,
            "io.modelcontextprotocol/clientInfo": {"name": "robot", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let request = self
            .bare()
            .bearer_auth(&self.key)
            .header("mcp-protocol-version", REVISION)
            .header("mcp-method", method);
        let request = match params["name"].as_str() {
            Some(name) => request.header("mcp-name", name),
            None => request,
        };
        request.json(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
    }

    fn bare(&self) -> RequestBuilder {
        let url = format!("{}mcp{}", self.world.hub, self.query);
        self.world
            .http
            .post(url)
            .header("accept", "application/json, text/event-stream")
    }

    async fn ask(&self, method: &str, params: Value) -> Value {
        let answer = self.request(method, params).send().await.unwrap();
        let status = answer.status();
        let body = answer.text().await.unwrap();
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    async fn tools(&self) -> Vec<Value> {
        let answer = self.ask("tools/list", json!({})).await;
        answer["result"]["tools"].as_array().unwrap().clone()
    }

    async fn names(&self) -> Vec<String> {
        let tools = self.tools().await;
        tools
            .iter()
            .map(|tool| tool["name"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn call(&self, name: &str, arguments: Value) -> Value {
        let params = json!({"name": name, "arguments": arguments});
        self.ask("tools/call", params).await["result"].clone()
    }

    /// What a tool tells when all goes well.
    async fn told(&self, name: &str, arguments: Value) -> Value {
        let result = self.call(name, arguments).await;
        assert_eq!(result["isError"], false, "{result}");
        result["structuredContent"].clone()
    }

    /// Why a tool does not do it: the reason, and the words.
    async fn refused(&self, name: &str, arguments: Value) -> String {
        let result = self.call(name, arguments).await;
        assert_eq!(result["isError"], true, "{result}");
        let reason = &result["structuredContent"]["error"]["reason"];
        let words = &result["content"][0]["text"];
        format!("{}: {}", reason.as_str().unwrap(), words.as_str().unwrap())
    }
}

/// The status of an answer that is none of MCP's, and what it says.
async fn problem(answer: Response) -> String {
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    format!("{status} {}", body["detail"].as_str().unwrap())
}

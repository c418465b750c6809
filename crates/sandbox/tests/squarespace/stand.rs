//! A sandbox with a clock that stands still, and the few words with which the tests speak to it.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use portico_sandbox::{Clock, Running, Settings};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

/// 2026-05-14T09:30:00Z
pub(crate) const NOON: i64 = 1_778_751_000_000;

/// A sandbox and the credentials of its websites.
pub(crate) struct Stand {
    pub(crate) sandbox: Running,
    pub(crate) http: Client,
    pub(crate) credentials: Value,
}

/// A status and the JSON that came with it; null when there was no body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Stand {
    pub(crate) async fn up() -> Self {
        Self::with_clock(Clock::still(Arc::new(AtomicI64::new(NOON)))).await
    }

    pub(crate) async fn with_clock(clock: Clock) -> Self {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let settings = Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            seed: 7,
            clock,
        };
        let sandbox = portico_sandbox::start(settings).await.unwrap();
        let http = Client::builder()
            .user_agent("sandbox-tests/1.0")
            .no_proxy()
            .build()
            .unwrap();
        let url = format!("{}/_control/credentials", sandbox.base_url());
        let credentials: Value = http.get(url).send().await.unwrap().json().await.unwrap();
        Self {
            sandbox,
            http,
            credentials: credentials["squarespace"].clone(),
        }
    }

    /// A credential of the first website: `api_key`, `read_only_api_key`, `access_token`, `refresh_token`.
    pub(crate) fn first(&self, kind: &str) -> String {
        self.credentials["sites"][0][kind]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(crate) fn request(&self, method: Method, path: &str, credential: &str) -> RequestBuilder {
        let url = format!("{}/squarespace{path}", self.sandbox.base_url());
        self.http.request(method, url).bearer_auth(credential)
    }

    /// Reads with the full API key of the first website.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path, &self.first("api_key"))).await
    }

    /// Sends JSON with the access token of the first website.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        answer(
            self.request(Method::POST, path, &self.first("access_token"))
                .json(&body),
        )
        .await
    }

    /// Sends JSON with the full API key of the first website.
    pub(crate) async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        answer(
            self.request(method, path, &self.first("api_key"))
                .json(body),
        )
        .await
    }

    pub(crate) async fn import(&self, key: &str, body: &Value) -> Answer {
        let request = self.request(
            Method::POST,
            "/1.0/commerce/orders",
            &self.first("access_token"),
        );
        answer(request.header("Idempotency-Key", key).json(body)).await
    }

    pub(crate) async fn control(&self, call: &str, body: Value) -> Answer {
        let url = format!("{}/_control/{call}", self.sandbox.base_url());
        answer(self.http.post(url).json(&body)).await
    }

    pub(crate) async fn person(&self, action: &str, mut body: Value) -> Value {
        body["app"] = json!("squarespace");
        body["action"] = json!(action);
        let answer = self.control("people", body).await;
        assert_eq!(answer.status, 200, "{action}: {}", answer.body);
        answer.body
    }

    pub(crate) async fn switch(&self, name: &str, value: Value) {
        let answer = self
            .control(
                "switches",
                json!({ "app": "squarespace", "name": name, "value": value }),
            )
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    pub(crate) async fn fault(&self, mut fault: Value) {
        fault["app"] = json!("squarespace");
        let answer = self.control("faults", fault).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    pub(crate) async fn advance(&self, ms: i64) {
        assert_eq!(
            self.control("clock", json!({ "advance_ms": ms }))
                .await
                .status,
            200
        );
    }

    pub(crate) async fn state(&self, collection: &str) -> Vec<Value> {
        let url = format!(
            "{}/_control/state/squarespace/{collection}",
            self.sandbox.base_url()
        );
        let answer = answer(self.http.get(url)).await;
        answer.body["items"].as_array().unwrap().clone()
    }

    pub(crate) async fn journal(&self) -> Value {
        let url = format!(
            "{}/_control/requests?app=squarespace",
            self.sandbox.base_url()
        );
        answer(self.http.get(url)).await.body
    }
}

pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.bytes().await.unwrap();
    let body = serde_json::from_slice(&bytes).unwrap_or_default();
    Answer { status, body }
}

impl Answer {
    /// `status type subtype`, the line that a table of refusals compares.
    pub(crate) fn refusal(&self) -> String {
        let word = |name: &str| self.body[name].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", self.status, word("type"), word("subtype"))
    }

    /// The values of one member of each item of a list.
    pub(crate) fn each(&self, list: &str, member: &str) -> Vec<String> {
        let items = self.body[list]
            .as_array()
            .unwrap_or_else(|| panic!("no list {list} in {}", self.body));
        items
            .iter()
            .map(|item| item[member].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

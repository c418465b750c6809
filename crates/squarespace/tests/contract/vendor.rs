//! A sandbox for one test, and the control calls that move its world.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use portico_sandbox::{Clock, Running, Settings};
use serde_json::{Value, json};

/// A sandbox whose clock stands still.
pub(crate) struct Vendor {
    running: Running,
    http: reqwest::Client,
    pub(crate) credentials: Value,
}

impl Vendor {
    pub(crate) async fn start() -> Self {
        // 2026-08-21T12:00:00Z
        let clock = Clock::still(Arc::new(AtomicI64::new(1_787_313_600_000)));
        let running = portico_sandbox::start(Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            seed: 7,
            clock,
        });
        let running = running.await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut vendor = Self {
            running,
            http,
            credentials: Value::Null,
        };
        vendor.credentials = vendor.get("credentials").await["squarespace"].clone();
        vendor
    }

    /// One text of the credentials, by JSON pointer.
    pub(crate) fn credential(&self, pointer: &str) -> &str {
        self.credentials
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no credential {pointer}"))
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self
            .http
            .post(self.url(path))
            .json(&body)
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "POST {path} answered {status}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.http
            .get(self.url(path))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// The next call of this method whose path matches ends like this.
    pub(crate) async fn fault(&self, method: &str, path: &str, kind: &str, status: u16) {
        let mut fault =
            json!({"app": "squarespace", "method": method, "path": path, "kind": kind, "times": 1});
        if status != 0 {
            fault["status"] = json!(status);
        }
        self.post("faults", fault).await;
    }

    pub(crate) async fn switch(&self, name: &str, value: impl Into<Value>) {
        self.post(
            "switches",
            json!({"app": "squarespace", "name": name, "value": value.into()}),
        )
        .await;
    }

    pub(crate) async fn person(&self, action: &str, mut what: Value) -> Value {
        what["app"] = json!("squarespace");
        what["action"] = json!(action);
        self.post("people", what).await
    }

    /// Waits until no webhook is on its way.
    pub(crate) async fn settle(&self) {
        self.running.settle().await;
    }

    fn url(&self, path: &str) -> String {
        format!("{}/_control/{path}", self.running.base_url())
    }
}

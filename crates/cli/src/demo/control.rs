//! What the demo does to the emulated vendors: people's actions, faults, and looking at their state.

use std::time::Duration;

use serde_json::{Value, json};

use super::stage::Shop;
use crate::failure::Failure;

/// The sandbox is on this machine, so an answer that takes longer never comes.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A client of the sandbox's control API.
pub(super) struct Control {
    http: reqwest::Client,
    base: String,
}

/// An order as the shop has it.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) id: String,
    pub(super) number: String,
    /// The title of the shop, as people call it.
    pub(super) shop: String,
}

impl Control {
    pub(super) fn new(base: String) -> Result<Self, Failure> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(TIMEOUT)
            .build()
            .map_err(|why| Failure::failed(why.to_string()))?;
        Ok(Self { http, base })
    }

    /// Everything that is needed to connect.
    pub(super) async fn credentials(&self) -> Result<Value, Failure> {
        self.get("credentials").await
    }

    /// Somebody buys something; what `wanted` leaves out is made up.
    pub(super) async fn check_out(
        &self,
        shop: &Shop,
        mut wanted: Value,
    ) -> Result<Placed, Failure> {
        wanted["website_id"] = json!(shop.website_id);
        let order = self.shopkeeper("checkout", wanted).await?;
        Ok(Placed {
            id: text(&order, "id"),
            number: text(&order, "orderNumber"),
            shop: shop.title.clone(),
        })
    }

    /// Somebody does something in the shop's own screens.
    pub(super) async fn shopkeeper(&self, action: &str, mut body: Value) -> Result<Value, Failure> {
        body["app"] = json!("squarespace");
        body["action"] = json!(action);
        self.post("people", &body).await
    }

    pub(super) async fn fault(&self, fault: Value) -> Result<(), Failure> {
        self.post("faults", &fault).await.map(drop)
    }

    pub(super) async fn clear_faults(&self) -> Result<(), Failure> {
        let request = self.http.delete(format!("{}/_control/faults", self.base));
        read(request).await.map(drop)
    }

    /// Everything of one kind that an app holds.
    pub(super) async fn state(&self, app: &str, collection: &str) -> Result<Vec<Value>, Failure> {
        let mut state = self.get(&format!("state/{app}/{collection}")).await?;
        Ok(items(state["items"].take()))
    }

    /// Every request that an app has received.
    pub(super) async fn requests(&self, app: &str) -> Result<Vec<Value>, Failure> {
        let mut journal = self.get(&format!("requests?app={app}")).await?;
        Ok(items(journal["requests"].take()))
    }

    async fn get(&self, call: &str) -> Result<Value, Failure> {
        read(self.http.get(format!("{}/_control/{call}", self.base))).await
    }

    async fn post(&self, call: &str, body: &Value) -> Result<Value, Failure> {
        let request = self.http.post(format!("{}/_control/{call}", self.base));
        read(request.json(body)).await
    }
}

/// A member as text; empty when it is absent or null.
pub(super) fn text(of: &Value, member: &str) -> String {
    match &of[member] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            other.to_string()
        }
    }
}

async fn read(request: reqwest::RequestBuilder) -> Result<Value, Failure> {
    let failed = |why: reqwest::Error| Failure::failed(format!("the sandbox: {why}"));
    let answer = request.send().await.map_err(failed)?;
    let status = answer.status();
    let body = answer.bytes().await.map_err(failed)?;
    let body: Value = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&body)
            .map_err(|why| Failure::failed(format!("the sandbox: {why}")))?
    };
    if status.is_success() {
        return Ok(body);
    }
    Err(Failure::failed(format!(
        "the sandbox: {}",
        text(&body, "detail")
    )))
}

fn items(list: Value) -> Vec<Value> {
    match list {
        Value::Array(items) => items,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Vec::new()
        }
    }
}

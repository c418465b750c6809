//! A sandbox with a still clock, and short words for calling it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use portico_sandbox::{Clock, Running, Settings, start};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

pub(crate) const NOW_S: i64 = 1_760_000_000;

pub(crate) struct World {
    pub(crate) sandbox: Running,
    pub(crate) clock: Arc<AtomicI64>,
    pub(crate) http: Client,
    pub(crate) base: String,
    pub(crate) token: String,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) media_type: String,
    pub(crate) text: String,
    /// `null` when the answer is not JSON.
    pub(crate) body: Value,
}

impl World {
    /// A fresh account, without the limit of requests per second.
    pub(crate) async fn new() -> Self {
        let world = Self::limited().await;
        world
            .control("limits", json!({ "kommo_per_second": null }))
            .await;
        world
    }

    /// A fresh account as the vendor limits it.
    pub(crate) async fn limited() -> Self {
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(AtomicI64::new(NOW_S * 1_000));
        let listen = "127.0.0.1:0".parse().unwrap();
        let settings = Settings {
            listen,
            seed: 7,
            clock: Clock::still(Arc::clone(&clock)),
        };
        let sandbox = start(settings).await.unwrap();
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let control = format!("{}/_control/credentials", sandbox.base_url());
        let credentials: Value = http
            .get(control)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let word = |name: &str| credentials["kommo"][name].as_str().unwrap().to_owned();
        let (base, token) = (word("base"), word("access_token"));
        Self {
            sandbox,
            clock,
            http,
            base,
            token,
        }
    }

    pub(crate) fn advance(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.call(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str, body: Option<Value>) -> Reply {
        self.call(Method::DELETE, path, body).await
    }

    /// A call of the API proper, below `/api/v4/`.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let mut request = self
            .http
            .request(method, format!("{}/api/v4/{path}", self.base))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        Reply::of(request).await
    }

    pub(crate) async fn control(&self, path: &str, body: Value) -> Value {
        let request = self
            .http
            .post(format!("{}/_control/{path}", self.sandbox.base_url()))
            .json(&body);
        let reply = Reply::of(request).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply.body
    }

    pub(crate) async fn switch(&self, name: &str, value: impl Into<Value>) {
        self.control(
            "switches",
            json!({ "app": "kommo", "name": name, "value": value.into() }),
        )
        .await;
    }

    pub(crate) async fn person(&self, action: &str, mut body: Value) -> Value {
        body["app"] = "kommo".into();
        body["action"] = action.into();
        self.control("people", body).await
    }

    /// What the account holds of a collection.
    pub(crate) async fn held(&self, collection: &str) -> Vec<Value> {
        let address = format!(
            "{}/_control/state/kommo/{collection}",
            self.sandbox.base_url()
        );
        let reply = Reply::of(self.http.get(address)).await;
        reply.body["items"].as_array().unwrap().clone()
    }

    /// The id of a pipeline and of its stages, by their names.
    pub(crate) async fn pipeline(&self, name: &str) -> (u64, Vec<u64>) {
        let pipelines = self.held("pipelines").await;
        let found = pipelines
            .iter()
            .find(|pipeline| pipeline["name"] == name)
            .unwrap();
        let statuses = found["_embedded"]["statuses"].as_array().unwrap();
        let ids = statuses.iter().map(|status| status["id"].as_u64().unwrap());
        (found["id"].as_u64().unwrap(), ids.collect())
    }

    /// Makes a field and answers its id.
    pub(crate) async fn field(&self, entity: &str, definition: Value) -> u64 {
        let reply = self
            .post(&format!("{entity}/custom_fields"), json!([definition]))
            .await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.body["_embedded"]["custom_fields"][0]["id"]
            .as_u64()
            .unwrap()
    }

    /// Makes one card and answers its id.
    pub(crate) async fn card(&self, entity: &str, body: Value) -> u64 {
        let reply = self.post(entity, json!([body])).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.body["_embedded"][entity][0]["id"].as_u64().unwrap()
    }
}

impl Reply {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let media_type = response
            .headers()
            .get("content-type")
            .map(|value| value.to_str().unwrap().to_owned());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Self {
            status,
            media_type: media_type.unwrap_or_default(),
            text,
            body,
        }
    }

    /// The errors of a refused request, one a line: request id, path, code.
    pub(crate) fn errors(&self) -> String {
        let mut lines = String::new();
        for item in self.body["validation-errors"]
            .as_array()
            .into_iter()
            .flatten()
        {
            for error in item["errors"].as_array().unwrap() {
                let word = |value: &Value| value.as_str().unwrap().to_owned();
                lines += &format!(
                    "{} {} {}\n",
                    word(&item["request_id"]),
                    word(&error["path"]),
                    word(&error["code"])
                );
            }
        }
        lines
    }
}

/// A contact that carries these e-mails.
pub(crate) fn person(name: &str, emails: &[&str]) -> Value {
    let values: Vec<Value> = emails
        .iter()
        .map(|email| json!({ "value": email, "enum_code": "WORK" }))
        .collect();
    json!({ "name": name, "custom_fields_values": [{ "field_code": "EMAIL", "values": values }] })
}

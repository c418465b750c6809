//! The sandbox behind the doors, reached through a listener of ours that sees the secrets it tells.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use http::{HeaderMap, Method, Uri};
use portico_engine::{Endpoints, SquarespaceEndpoints};
use portico_sandbox::{Clock, Running, Settings};
use portico_store::Store;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::stand::{Outside, Stand, clock};

/// A sandbox, and what was seen of it.
pub(crate) struct Vendors {
    sandbox: Running,
    http: reqwest::Client,
    pub(crate) credentials: Value,
    seen: Seen,
}

/// The signing keys of subscriptions, which the vendor tells only once.
type Seen = Arc<Mutex<Vec<String>>>;

/// Doors with vendors behind them. Hooks lead to `public`, or nowhere.
pub(crate) async fn stand_with_vendors(store: Store, public: SocketAddr) -> (Stand, Vendors) {
    let clock = clock();
    let sandbox = portico_sandbox::start(Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        seed: 7,
        clock: Clock::still(clock.cell()),
    })
    .await
    .unwrap();
    let http = reqwest::Client::builder().build().unwrap();
    let credentials = fetch(
        &http,
        &format!("{}/_control/credentials", sandbox.base_url()),
    )
    .await;
    let seen = Seen::default();
    let listener = listen(sandbox.base_url(), http.clone(), Arc::clone(&seen)).await;
    let outside = Outside {
        endpoints: Endpoints {
            squarespace: SquarespaceEndpoints {
                api: format!("http://{listener}/squarespace").parse().unwrap(),
                login: url(&credentials["squarespace"]["login_base"]),
            },
            ..Endpoints::default()
        },
        public_url: Some(format!("http://{public}").parse().unwrap()),
    };
    let vendors = Vendors {
        sandbox,
        http,
        credentials,
        seen,
    };
    (Stand::at(store, outside, clock).await, vendors)
}

impl Vendors {
    /// What connects the first site by OAuth.
    pub(crate) fn site(&self, name: &str) -> Value {
        let app = &self.credentials["squarespace"];
        json!({ "name": name, "account": { "squarespace": { "tokens": {
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "access_token": app["sites"][0]["access_token"],
            "refresh_token": app["sites"][0]["refresh_token"],
        } } } })
    }

    /// What connects the second site by its key.
    pub(crate) fn site_by_key(&self, name: &str) -> Value {
        let key = &self.credentials["squarespace"]["sites"][1]["api_key"];
        json!({ "name": name, "account": { "squarespace": { "api_key": key } } })
    }

    /// What connects the CRM.
    pub(crate) fn crm(&self, name: &str) -> Value {
        let app = &self.credentials["kommo"];
        json!({ "name": name, "account": { "kommo": {
            "base": app["base"],
            "credential": { "long_lived_token": app["access_token"] },
        } } })
    }

    /// The signing key of the newest subscription.
    pub(crate) fn signing_key(&self) -> String {
        self.seen.lock().unwrap().last().unwrap().clone()
    }

    pub(crate) async fn control(&self, path: &str, body: Value) -> Value {
        let request = self
            .http
            .post(format!("{}/_control/{path}", self.sandbox.base_url()));
        let answer = request.json(&body).send().await.unwrap();
        let is_done = answer.status().is_success();
        let answer = answer.json().await.unwrap();
        assert!(is_done, "{path}: {answer}");
        self.sandbox.settle().await;
        answer
    }

    pub(crate) async fn state(&self, collection: &str) -> Value {
        let path = format!("{}/_control/state/{collection}", self.sandbox.base_url());
        fetch(&self.http, &path).await
    }
}

#[derive(Clone)]
struct Between {
    sandbox: String,
    http: reqwest::Client,
    seen: Seen,
}

async fn listen(sandbox: String, http: reqwest::Client, seen: Seen) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let between = Between {
        sandbox,
        http,
        seen,
    };
    let routes = Router::new().fallback(pass_on).with_state(between);
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    address
}

async fn pass_on(
    State(between): State<Between>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> http::Response<Body> {
    headers.remove(http::header::HOST);
    let request = between
        .http
        .request(method, format!("{}{uri}", between.sandbox));
    let answer = request.headers(headers).body(body).send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await.unwrap();
    let told: Option<Value> = serde_json::from_slice(&body).ok();
    if let Some(secret) = told.as_ref().and_then(|told| told["secret"].as_str()) {
        between.seen.lock().unwrap().push(secret.to_owned());
    }
    let mut response = http::Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

async fn fetch(http: &reqwest::Client, address: &str) -> Value {
    let answer = http.get(address).send().await.unwrap();
    answer.json().await.unwrap()
}

fn url<T: std::str::FromStr>(text: &Value) -> T
where
    T::Err: std::fmt::Debug,
{
    text.as_str().unwrap().parse().unwrap()
}

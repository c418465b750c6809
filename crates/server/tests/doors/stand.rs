//! An engine with its doors, and the only lines that know how a request is sent to them.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use portico_domain::Chance;
use portico_domain::clock::StillClock;
use portico_engine::{AuditSettings, Endpoints, Engine, MasterKey, Paces, Setup, Steps};
use portico_server::{AppSettings, app};
use portico_store::Store;
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use url::Url;

/// Doors that are closed to nobody who has the key.
pub(crate) struct Stand {
    pub(crate) engine: Engine,
    pub(crate) app: Router,
    /// The administration key.
    pub(crate) key: String,
    pub(crate) clock: StillClock,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// Where the engine finds the vendors, and they it.
#[derive(Default)]
pub(crate) struct Outside {
    pub(crate) endpoints: Endpoints,
    pub(crate) public_url: Option<Url>,
}

impl Stand {
    /// Doors without vendors behind them.
    pub(crate) async fn alone(store: Store) -> Self {
        Self::at(store, Outside::default(), clock()).await
    }

    pub(crate) async fn at(store: Store, outside: Outside, clock: StillClock) -> Self {
        install_crypto();
        let chance = Arc::new(Chance::of(7));
        let engine = Engine::new(Setup {
            store,
            clock: Arc::new(clock.clone()),
            master_key: MasterKey::new(&chance),
            chance,
            endpoints: outside.endpoints,
            public_url: outside.public_url,
            paces: Paces::default(),
            lease: jiff::SignedDuration::from_secs(60),
            steps: Steps::default(),
            audit: AuditSettings::default(),
        })
        .unwrap();
        let key = engine.first_admin_key().await.unwrap().unwrap().secret;
        Self {
            app: app(
                engine.clone(),
                AppSettings::default(),
                CancellationToken::new(),
            ),
            engine,
            key: key.expose_secret().to_owned(),
            clock,
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// Sends a request of the admin API with its key.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key));
        let request = match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string().into()),
            None => request.body(Body::empty()),
        };
        self.send(request.unwrap()).await
    }

    /// What a `GET` of the admin API answers.
    pub(crate) async fn read(&self, path: &str) -> Value {
        self.call(Method::GET, path, None).await.json(200)
    }

    /// What a `POST` of the admin API answers.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }
}

impl Answer {
    /// The body, when the status is the expected one.
    pub(crate) fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        serde_json::from_str(&self.body).unwrap()
    }

    /// A problem in one line; fails when the answer is none.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(
            self.headers[header::CONTENT_TYPE],
            "application/problem+json",
            "{}",
            self.body
        );
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["status"], self.status.as_u16());
        let kind = problem["type"].as_str().unwrap();
        let kind = kind.strip_prefix("urn:portico:problem:").unwrap();
        assert!(!problem["title"].as_str().unwrap().is_empty());
        let detail = problem["detail"].as_str().unwrap();
        format!("{} {kind}: {detail}", self.status.as_u16())
    }
}

pub(crate) fn clock() -> StillClock {
    StillClock::at("2026-03-02T12:00:00Z".parse().unwrap())
}

pub(crate) fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

/// The first one installed in the process wins, and all are the same.
fn install_crypto() {
    rustls::crypto::ring::default_provider()
        .install_default()
        .unwrap_or_default();
}

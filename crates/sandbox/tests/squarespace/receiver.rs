//! A receiver of webhooks, for the tests that listen.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::stand::Stand;

/// A receiver that keeps what it gets and answers the statuses it was given, then 204.
#[derive(Clone, Default)]
pub(crate) struct Receiver {
    pub(crate) received: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    statuses: Arc<Mutex<VecDeque<u16>>>,
}

impl Receiver {
    /// Starts listening; the answer holds the address too.
    pub(crate) async fn listening() -> (Self, String) {
        let receiver = Self::default();
        let inner = receiver.clone();
        let routes = Router::new().fallback(move |headers: HeaderMap, body: Bytes| async move {
            inner.received.lock().unwrap().push((headers, body));
            let status = inner.statuses.lock().unwrap().pop_front().unwrap_or(204);
            StatusCode::from_u16(status).unwrap()
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        (receiver, url)
    }

    pub(crate) fn then_answers(&self, statuses: &[u16]) {
        self.statuses.lock().unwrap().extend(statuses);
    }

    pub(crate) fn bodies(&self) -> Vec<Value> {
        self.received
            .lock()
            .unwrap()
            .iter()
            .map(|(_, body)| serde_json::from_slice(body).unwrap())
            .collect()
    }

    /// `topic` or `topic:update` of each notification.
    pub(crate) fn topics(&self) -> Vec<String> {
        let name = |body: &Value| match body["data"]["update"].as_str() {
            Some(update) => format!("{}:{update}", body["topic"].as_str().unwrap()),
            None => body["topic"].as_str().unwrap().to_owned(),
        };
        self.bodies().iter().map(name).collect()
    }

    pub(crate) fn orders(&self) -> Vec<Value> {
        self.bodies()
            .iter()
            .map(|body| body["data"]["orderId"].clone())
            .collect()
    }
}

pub(crate) async fn subscribe(stand: &Stand, url: &str, topics: &[&str]) -> Value {
    let answer = stand
        .post(
            "/1.0/webhook_subscriptions",
            json!({ "endpointUrl": url, "topics": topics }),
        )
        .await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body
}

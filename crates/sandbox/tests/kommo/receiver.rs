//! A receiver of webhooks that answers as it is told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

pub(crate) struct Receiver {
    pub(crate) url: String,
    inner: Arc<Inner>,
}

struct Inner {
    status: AtomicU16,
    bodies: Mutex<Vec<BTreeMap<String, String>>>,
}

impl Receiver {
    pub(crate) async fn answering(status: u16) -> Self {
        let inner = Arc::new(Inner {
            status: AtomicU16::new(status),
            bodies: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks?key=1", listener.local_addr().unwrap());
        let routes = Router::new().fallback(take).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, inner }
    }

    pub(crate) fn now_answers(&self, status: u16) {
        self.inner.status.store(status, Ordering::SeqCst);
    }

    /// The deliveries so far, each as its decoded pairs.
    pub(crate) fn bodies(&self) -> Vec<BTreeMap<String, String>> {
        self.inner.bodies.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.inner.bodies.lock().unwrap().len()
    }
}

async fn take(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: String) -> StatusCode {
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    let pairs = form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    inner.bodies.lock().unwrap().push(pairs);
    StatusCode::from_u16(inner.status.load(Ordering::SeqCst)).unwrap()
}

//! The emulated shop and CRM: what happened there before, what people do, and what the CRM holds.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::state::State;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(120);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// More than one page of the CRM's list; the last is a buyer of the story.
pub(crate) const CONTACTS: usize = 300;

pub(crate) struct Vendors {
    pub(crate) sandbox: portico_sandbox::Running,
    http: reqwest::Client,
    /// The first is of another store page than the last, and so of another category.
    pub(crate) skus: Vec<String>,
}

impl Vendors {
    pub(crate) async fn start() -> Self {
        let sandbox = portico_sandbox::start(portico_sandbox::Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            seed: 7,
            clock: portico_sandbox::Clock::running(),
        })
        .await
        .unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut vendors = Self {
            sandbox,
            http,
            skus: Vec::new(),
        };
        let products = vendors.get("state/squarespace/products").await;
        let products = products["items"].as_array().unwrap();
        let first_site = &products[0]["websiteId"];
        vendors.skus = products
            .iter()
            .filter(|product| product["websiteId"] == *first_site)
            .filter_map(|product| product["variants"][0]["sku"].as_str().map(str::to_owned))
            .collect();
        vendors.live_through_the_past().await;
        vendors
    }

    /// `a@example.com` has ordered before, and the CRM knows `b@example.com`: either stands on a later
    /// page of its list.
    async fn live_through_the_past(&self) {
        self.post(
            "switches",
            json!({"app": "squarespace", "name": "page_size", "value": 2}),
        )
        .await;
        let now = Timestamp::from_millisecond(self.sandbox.clock().now_ms()).unwrap();
        for (days, email) in [
            (5, "a@example.com"),
            (4, "c@example.com"),
            (3, "d@example.com"),
        ] {
            let at = now - SignedDuration::from_hours(24 * days);
            let order = json!({"app": "squarespace", "action": "checkout", "silent": true,
                "email": email, "at": at.to_string()});
            self.people(order).await;
        }
        let cards: Vec<Value> = (1..=CONTACTS)
            .map(|n| {
                let email = if n == CONTACTS {
                    "b@example.com".to_owned()
                } else {
                    format!("known{n}@example.com")
                };
                json!({"name": format!("Known {n}"), "custom_fields_values": [
                    {"field_code": "EMAIL", "values": [{"value": email, "enum_code": "WORK"}]}]})
            })
            .collect();
        self.post("kommo/contacts", json!(cards)).await;
    }

    /// The CRM's next answer to new deals with contacts does not come.
    pub(crate) async fn lose_a_create(&self, kind: &str) {
        let fault = json!({"app": "kommo", "method": "POST", "path": "/leads/complex",
            "kind": kind, "times": 1});
        self.post("faults", fault).await;
    }

    /// Places an order of one piece.
    pub(crate) async fn checkout(&self, email: &str, sku: Option<&String>) -> Value {
        let basket = [json!({"sku": sku.unwrap(), "quantity": 1})];
        self.people(
            json!({"app": "squarespace", "action": "checkout", "email": email, "basket": basket}),
        )
        .await
    }

    pub(crate) async fn fulfill(&self, order: &Value, tracking_number: &str) {
        self.people(
            json!({"app": "squarespace", "action": "fulfill", "id": order["id"],
            "carrier": "UPS", "tracking_number": tracking_number}),
        )
        .await;
    }

    pub(crate) async fn state(&self) -> State {
        State {
            leads: self.held("leads").await,
            notes: self.held("notes").await,
            contacts: self.held("contacts").await,
        }
    }

    async fn held(&self, collection: &str) -> Vec<Value> {
        let held = self.get(&format!("state/kommo/{collection}")).await;
        held["items"].as_array().unwrap().clone()
    }

    /// Looks until it is so.
    #[expect(
        clippy::disallowed_methods,
        reason = "another process is waited for, whose time is the machine's"
    )]
    pub(crate) async fn until(&self, mut so: impl FnMut(&State) -> bool) {
        for _ in 0..PATIENCE.as_millis() / BETWEEN_LOOKS.as_millis() {
            let state = self.state().await;
            if so(&state) {
                return;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        panic!("it did not come to that in time: {:?}", self.state().await);
    }

    /// The same, while the vendors' clock runs fast: a webhook that met no hub is sent again after
    /// a minute of theirs.
    pub(crate) async fn until_later(&self, mut so: impl FnMut(&State) -> bool) {
        for _ in 0..20 {
            self.post("clock", json!({"advance_ms": 5_000})).await;
        }
        self.until(|state| so(state)).await;
    }

    async fn people(&self, body: Value) -> Value {
        self.post("people", body).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/_control/{path}", self.sandbox.base_url());
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        let (status, answer) = (answer.status(), answer.json::<Value>().await.unwrap());
        assert!(status.is_success(), "{path}: {answer}");
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let url = format!("{}/_control/{path}", self.sandbox.base_url());
        let answer = self.http.get(url).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }
}

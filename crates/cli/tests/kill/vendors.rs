//! The emulated shop and CRM, and what they hold.

use std::time::Duration;

use serde_json::{Value, json};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(120);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

pub(crate) struct Vendors {
    pub(crate) sandbox: portico_sandbox::Running,
    http: reqwest::Client,
    /// The first is of another store page than the last, and so of another category.
    pub(crate) skus: Vec<String>,
}

/// What the CRM holds.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) deals: usize,
    pub(crate) contacts: usize,
    /// The last lines of all notes, by which Portico recognises them.
    pub(crate) markers: Vec<String>,
    pub(crate) fulfilled: bool,
}

impl State {
    /// Every order has its deal, with the note of what was bought.
    pub(crate) fn has_all_orders(&self) -> bool {
        let items = self
            .markers
            .iter()
            .filter(|marker| marker.ends_with(" items]"));
        self.deals == 3 && items.count() == 3
    }
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
        vendors
    }

    /// Places an order of one piece.
    pub(crate) async fn checkout(&self, email: &str, sku: Option<&String>) -> Value {
        let basket = [json!({"sku": sku.unwrap(), "quantity": 1})];
        self.people(
            json!({"app": "squarespace", "action": "checkout", "email": email, "basket": basket}),
        )
        .await
    }

    pub(crate) async fn fulfill(&self, order: &Value) {
        self.people(
            json!({"app": "squarespace", "action": "fulfill", "id": order["id"],
            "carrier": "UPS", "tracking_number": "1Z0000000000000000"}),
        )
        .await;
    }

    pub(crate) async fn state(&self) -> State {
        let leads = self.get("state/kommo/leads").await;
        let fulfilled = leads["items"].to_string().contains("\"FULFILLED\"");
        let notes = self.get("state/kommo/notes").await;
        let markers = notes["items"].as_array().unwrap().iter().map(|note| {
            let text = note["params"]["text"].as_str().unwrap();
            text.lines().last().unwrap().to_owned()
        });
        State {
            deals: count(&leads),
            contacts: count(&self.get("state/kommo/contacts").await),
            markers: markers.collect(),
            fulfilled,
        }
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
        answer.error_for_status().unwrap().json().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let url = format!("{}/_control/{path}", self.sandbox.base_url());
        let answer = self.http.get(url).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }
}

fn count(state: &Value) -> usize {
    usize::try_from(state["count"].as_u64().unwrap()).unwrap()
}

//! What every measurement stands on: the sandbox, an engine with its doors open, and the journal.

use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::SignedDuration;
use portico_domain::Chance;
use portico_domain::flow::Settings;
use portico_engine::{
    AuditSettings, Endpoints, Engine, MasterKey, NewCredential, NewFlow, OAuthClient, Paces, Setup,
    SquarespaceEndpoints, Steps, SystemClock,
};
use portico_store::{Database, Store};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

/// The emulated vendors.
pub(crate) struct Vendors {
    sandbox: portico_sandbox::Running,
    http: reqwest::Client,
}

/// A running Portico.
pub(crate) struct Hub {
    pub(crate) engine: Engine,
    /// Where its own doors are.
    pub(crate) base: Url,
    store: Store,
    shutdown: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Vendors {
    pub(crate) async fn start() -> Result<Self> {
        let settings = portico_sandbox::Settings {
            listen: "127.0.0.1:0".parse()?,
            seed: 7,
            clock: portico_sandbox::Clock::running(),
        };
        Ok(Self {
            sandbox: portico_sandbox::start(settings).await?,
            http: reqwest::Client::builder().no_proxy().build()?,
        })
    }

    /// Where the sandbox is, without a slash at its end.
    pub(crate) fn base(&self) -> String {
        self.sandbox.base_url()
    }

    /// A page of so many new orders, as the emulated shop writes it.
    pub(crate) async fn page_of_orders(&self, orders: usize) -> Result<Vec<u8>> {
        for n in 0..orders {
            let email = format!("buyer{n}@example.com");
            let order = json!({"app": "squarespace", "action": "checkout", "email": email});
            self.post("people", &order).await?;
        }
        let credentials = self.get("credentials").await?;
        let token = text(&credentials["squarespace"]["sites"][0]["access_token"])?;
        let url = format!("{}/squarespace/1.0/commerce/orders", self.base());
        let page = self
            .http
            .get(url)
            .bearer_auth(token)
            .header("user-agent", "portico-bench")
            .send()
            .await?
            .error_for_status()?;
        Ok(page.bytes().await?.to_vec())
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        let url = format!("{}/_control/{path}", self.sandbox.base_url());
        Ok(self
            .http
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?)
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let url = format!("{}/_control/{path}", self.sandbox.base_url());
        Ok(self
            .http
            .post(url)
            .json(body)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?)
    }

    pub(crate) async fn count(&self, app: &str, collection: &str) -> Result<u64> {
        let state = self.get(&format!("state/{app}/{collection}")).await?;
        state["count"].as_u64().context("a count")
    }

    pub(crate) async fn requests(&self, app: &str) -> Result<Vec<Value>> {
        let journal = self.get(&format!("requests?app={app}")).await?;
        Ok(journal["requests"].as_array().cloned().unwrap_or_default())
    }
}

impl Hub {
    /// Starts Portico on a database; starting it again on the same one is a restart.
    pub(crate) async fn start(
        vendors: &Vendors,
        database: &Database,
        paces: Paces,
        steps: Steps,
    ) -> Result<Self> {
        let api = format!("{}/squarespace", vendors.base()).parse()?;
        let login = format!("{}/squarespace-login", vendors.base()).parse()?;
        Self::at(SquarespaceEndpoints { api, login }, database, paces, steps).await
    }

    /// Starts Portico in front of another vendor, where nobody logs in.
    pub(crate) async fn of(
        api: Url,
        database: &Database,
        paces: Paces,
        steps: Steps,
    ) -> Result<Self> {
        let login = api.clone();
        Self::at(SquarespaceEndpoints { api, login }, database, paces, steps).await
    }

    async fn at(
        squarespace: SquarespaceEndpoints,
        database: &Database,
        paces: Paces,
        steps: Steps,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let hub: Url = format!("http://{}", listener.local_addr()?).parse()?;
        let chance = Arc::new(Chance::of(u64::from(std::process::id())));
        let store = Store::open(database).await?;
        let engine = Engine::new(Setup {
            store: store.clone(),
            clock: Arc::new(SystemClock),
            // The same for every start, as the key file of an installation is.
            master_key: MasterKey::new(&Chance::of(7)),
            chance,
            endpoints: Endpoints {
                squarespace,
                ..Endpoints::default()
            },
            public_url: Some(hub.clone()),
            paces,
            lease: SignedDuration::from_secs(15),
            steps,
            audit: AuditSettings::default(),
        })?;
        let shutdown = CancellationToken::new();
        let (serving, working) = (engine.clone(), engine.clone());
        let (serve_end, work_end) = (shutdown.clone(), shutdown.clone());
        let tasks = vec![
            tokio::spawn(async move {
                let settings = portico_server::AppSettings::default();
                if let Err(error) =
                    portico_server::serve(listener, serving, settings, serve_end).await
                {
                    eprintln!("the hub stopped serving: {error}");
                }
            }),
            tokio::spawn(async move { working.run(work_end).await }),
        ];
        Ok(Self {
            engine,
            base: hub,
            store,
            shutdown,
            tasks,
        })
    }

    /// Connects the first site, as `acme`.
    pub(crate) async fn connect_site(&self, vendors: &Vendors) -> Result<()> {
        let credentials = vendors.get("credentials").await?;
        let squarespace = &credentials["squarespace"];
        let site = &squarespace["sites"][0];
        let input = NewCredential::Tokens {
            client: OAuthClient {
                id: text(&squarespace["client_id"])?,
                secret: text(&squarespace["client_secret"])?.into(),
                redirect_uri: None,
            },
            access_token: text(&site["access_token"])?.into(),
            refresh_token: text(&site["refresh_token"])?.into(),
        };
        self.engine.add_squarespace("acme", input).await?;
        Ok(())
    }

    /// Connects the first site and the CRM, and sets up the flow `orders`.
    pub(crate) async fn connect(&self, vendors: &Vendors) -> Result<()> {
        self.connect_site(vendors).await?;
        let credentials = vendors.get("credentials").await?;
        let kommo = &credentials["kommo"];
        let base = text(&kommo["base"])?.parse()?;
        let token = NewCredential::Key(text(&kommo["access_token"])?.into());
        self.engine.add_kommo("crm", &base, token).await?;
        let flow = NewFlow {
            name: "orders".to_owned(),
            site: "acme".to_owned(),
            crm: "crm".to_owned(),
            settings: Settings::default(),
        };
        self.engine.add_flow(&flow).await?;
        Ok(())
    }

    /// Ends as the product does: what is on record becomes durable.
    pub(crate) async fn stop(self) -> Result<()> {
        self.shutdown.cancel();
        for task in self.tasks {
            task.await?;
        }
        self.engine.close().await;
        self.store.close().await;
        Ok(())
    }
}

pub(crate) fn text(value: &Value) -> Result<String> {
    Ok(value
        .as_str()
        .with_context(|| format!("no text: {value}"))?
        .to_owned())
}

/// Pauses between two looks at something that goes on elsewhere.
#[expect(
    clippy::disallowed_methods,
    reason = "a measurement waits in real time"
)]
pub(crate) async fn pause(ms: u64) {
    tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
}

/// The machine, as a reader of the figures must know it.
pub(crate) fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find(|line| line.starts_with("model name"));
    let model = model
        .and_then(|line| line.split(':').nth(1))
        .unwrap_or(" unknown")
        .trim();
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kb = memory
        .lines()
        .next()
        .and_then(|line| line.split_whitespace().nth(1));
    let gib = kb.and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0 / 1024.0;
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("machine: {cores} cores of {model}, {gib:.0} GiB")
}

/// The largest number of requests in any window of this length.
pub(crate) fn most_within(requests: &[Value], window_ms: i64) -> usize {
    let mut at: Vec<i64> = requests
        .iter()
        .filter_map(|request| request["at"].as_i64())
        .collect();
    at.sort_unstable();
    let within = |n: usize| at[n..].partition_point(|time| *time < at[n] + window_ms);
    (0..at.len()).map(within).max().unwrap_or(0)
}

/// What a seeded order of a history looks like; six in ten buyers are unknown to the CRM.
pub(crate) fn order(n: usize, contacts: usize, now: jiff::Timestamp, product: &Value) -> Value {
    let email = if n % 10 < 6 {
        format!("new{n}@example.com")
    } else {
        format!("known{}@example.com", n % contacts)
    };
    let hours = i64::try_from(n).unwrap_or(0) + 24;
    let placed = now - SignedDuration::from_hours(hours);
    json!({
        "createdOn": placed.to_string(), "modifiedOn": placed.to_string(), "customerEmail": email,
        "lineItems": [{
            "lineItemType": "PHYSICAL_PRODUCT", "productId": product["id"], "productName": product["name"],
            "sku": format!("SKU-{n}"), "quantity": 1, "unitPricePaid": {"value": "45.00", "currency": "USD"},
        }],
        "grandTotal": {"value": format!("{}.50", 20 + n % 900), "currency": "USD"},
    })
}

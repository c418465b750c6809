//! The world of a scenario: the emulated vendors, Portico with its doors open, and a still clock.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use portico_domain::clock::StillClock;
use portico_domain::flow::Settings;
use portico_domain::{Chance, Clock};
use portico_engine::{
    AuditSettings, Endpoints, Engine, MasterKey, NewCredential, NewFlow, OAuthClient, OrderView,
    Paces, Setup, Steps,
};
use portico_store::Store;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

/// A scenario that has not come to its end by then never will.
const PATIENCE: Duration = Duration::from_secs(120);

/// Everything a scenario needs.
pub(crate) struct World {
    pub(crate) sandbox: portico_sandbox::Running,
    pub(crate) engine: Engine,
    pub(crate) clock: StillClock,
    pub(crate) store: Store,
    /// Where Portico's doors are.
    pub(crate) hub: Url,
    pub(crate) http: reqwest::Client,
    shutdown: CancellationToken,
}

/// In what a process of Portico differs from the one that has the doors.
pub(crate) struct Process {
    /// What it draws by chance; two processes must not draw the same.
    pub(crate) seed: u64,
    pub(crate) lease: SignedDuration,
    /// How long it waits for a vendor's answer.
    pub(crate) patience: Duration,
    pub(crate) paces: Paces,
    /// Where it finds Squarespace, when that is not the sandbox.
    pub(crate) api: Option<Url>,
    /// The app that it is registered as.
    pub(crate) app: Option<OAuthClient>,
    /// Another clock than the world's, for the same time.
    pub(crate) clock: Option<Arc<dyn Clock>>,
    pub(crate) steps: Steps,
    pub(crate) audit: AuditSettings,
}

impl Default for Process {
    fn default() -> Self {
        Self {
            seed: 8,
            lease: SignedDuration::from_secs(30),
            patience: Endpoints::default().timeouts.call,
            paces: Paces::default(),
            api: None,
            app: None,
            clock: None,
            steps: Steps::default(),
            audit: AuditSettings::default(),
        }
    }
}

/// How a site is connected: by OAuth it sends notifications, by key it is swept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    OAuth,
    ApiKey,
}

impl World {
    /// Two seeded shops, an empty CRM, and Portico with no connection yet.
    pub(crate) async fn new(store: Store) -> Self {
        let clock = StillClock::at("2026-05-14T09:00:00Z".parse().unwrap());
        let sandbox = portico_sandbox::start(portico_sandbox::Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            seed: 7,
            clock: portico_sandbox::Clock::still(clock.cell()),
        })
        .await
        .unwrap();
        let (listener, hub) = listen().await;
        let first = Process {
            seed: 7,
            ..Process::default()
        };
        let engine = engine(&store, &clock, &sandbox, &hub, first);
        let shutdown = CancellationToken::new();
        open_doors(listener, &engine, &shutdown);
        Self {
            sandbox,
            engine,
            clock,
            store,
            hub,
            http: client(),
            shutdown,
        }
    }

    /// One site connected as `acme`, the CRM as `crm`, and the flow `orders` between them, ready.
    pub(crate) async fn connected(store: Store, link: Link) -> Self {
        let world = Self::new(store).await;
        world.connect_site("acme", 0, link).await;
        world.connect_crm().await;
        world.add_flow("orders", "acme", Settings::default()).await;
        world.settle().await;
        world
    }

    pub(crate) async fn connect_site(&self, name: &str, number: usize, link: Link) {
        let credentials = self.credentials().await;
        let squarespace = &credentials["squarespace"];
        let site = &squarespace["sites"][number];
        let input = match link {
            Link::ApiKey => NewCredential::Key(text(&site["api_key"]).into()),
            Link::OAuth => NewCredential::Tokens {
                client: OAuthClient {
                    id: text(&squarespace["client_id"]),
                    secret: text(&squarespace["client_secret"]).into(),
                    redirect_uri: None,
                },
                access_token: text(&site["access_token"]).into(),
                refresh_token: text(&site["refresh_token"]).into(),
            },
        };
        self.engine.add_squarespace(name, input).await.unwrap();
    }

    pub(crate) async fn connect_crm(&self) {
        let credentials = self.credentials().await;
        let kommo = &credentials["kommo"];
        let base = text(&kommo["base"]).parse().unwrap();
        let token = NewCredential::Key(text(&kommo["access_token"]).into());
        self.engine.add_kommo("crm", &base, token).await.unwrap();
    }

    pub(crate) async fn add_flow(&self, name: &str, site: &str, settings: Settings) {
        let new = NewFlow {
            name: name.to_owned(),
            site: site.to_owned(),
            crm: "crm".to_owned(),
            settings,
        };
        self.engine.add_flow(&new).await.unwrap();
    }

    /// Another process that works on the same database; its doors are closed.
    pub(crate) fn process(&self, store: &Store, process: Process) -> Engine {
        engine(store, &self.clock, &self.sandbox, &self.hub, process)
    }

    /// Opens the doors of another process, and says where they are.
    pub(crate) async fn doors_of(&self, engine: &Engine) -> Url {
        let (listener, hub) = listen().await;
        open_doors(listener, engine, &self.shutdown);
        hub
    }

    /// Looks until it is so, for what happens in real time: a call under way, another task.
    pub(crate) async fn until(&self, what: &str, so: impl AsyncFn() -> bool) {
        let look = async {
            while !so().await {
                tokio::task::yield_now().await;
            }
        };
        let came = tokio::time::timeout(PATIENCE, look).await;
        assert!(came.is_ok(), "it did not come to that: {what}");
    }

    /// Waits until a fault that strikes a number of times has struck for the last.
    pub(crate) async fn until_struck(&self) {
        let struck = async || {
            let faults = self.control_get("faults").await;
            let faults = faults["faults"].as_array().unwrap().clone();
            faults.iter().all(|fault| fault["times"] == 0)
        };
        self.until("the fault strikes", struck).await;
    }

    /// Lets everything that is under way come to rest: deliveries and due work.
    pub(crate) async fn settle(&self) {
        loop {
            self.sandbox.settle().await;
            if self.engine.run_due().await.unwrap().batches == 0 {
                return;
            }
        }
    }

    /// Moves the clock of everybody, and lets what became due happen.
    pub(crate) async fn advance(&self, by: SignedDuration) {
        let ms = i64::try_from(by.as_millis()).unwrap();
        self.control_post("clock", &json!({ "advance_ms": ms }))
            .await;
        self.settle().await;
    }

    /// Lets time pass in steps until no work is waiting for a time within the hour.
    pub(crate) async fn pass(&self, by: SignedDuration) {
        let end = self.clock.now() + by;
        while self.clock.now() < end {
            self.advance(SignedDuration::from_secs(30)).await;
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) async fn credentials(&self) -> Value {
        self.control_get("credentials").await
    }

    /// What a person does in a vendor's own screens.
    pub(crate) async fn people(&self, body: Value) -> Value {
        self.control_post("people", &body).await
    }

    pub(crate) async fn fault(&self, body: Value) {
        self.control_post("faults", &body).await;
    }

    pub(crate) async fn clear_faults(&self) {
        let url = self.control_url("faults");
        self.http
            .delete(url)
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
    }

    pub(crate) async fn switch(&self, app: &str, name: &str, value: Value) {
        let body = json!({ "app": app, "name": name, "value": value });
        self.control_post("switches", &body).await;
    }

    /// What a vendor holds.
    pub(crate) async fn state(&self, app: &str, collection: &str) -> Vec<Value> {
        let state = self.control_get(&format!("state/{app}/{collection}")).await;
        state["items"].as_array().unwrap().clone()
    }

    /// The requests that a vendor has seen since they were last forgotten.
    pub(crate) async fn requests(&self, app: &str) -> Vec<Value> {
        let journal = self.control_get(&format!("requests?app={app}")).await;
        journal["requests"].as_array().unwrap().clone()
    }

    pub(crate) async fn forget_requests(&self) {
        let url = self.control_url("requests");
        self.http
            .delete(url)
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
    }

    /// The order as Portico shows it.
    pub(crate) async fn shown(&self, order: &Value) -> OrderView {
        let number = text(&order["orderNumber"]);
        let shown = self.engine.orders_numbered(&number).await.unwrap();
        let id = text(&order["id"]);
        shown.into_iter().find(|view| view.id == id).unwrap()
    }

    pub(crate) async fn control_get(&self, path: &str) -> Value {
        let answer = self.http.get(self.control_url(path)).send().await.unwrap();
        read(answer).await
    }

    pub(crate) async fn control_post(&self, path: &str, body: &Value) -> Value {
        let answer = self
            .http
            .post(self.control_url(path))
            .json(body)
            .send()
            .await
            .unwrap();
        read(answer).await
    }

    fn control_url(&self, path: &str) -> String {
        format!("{}/_control/{path}", self.sandbox.base_url())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

async fn listen() -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, format!("http://{address}").parse().unwrap())
}

fn open_doors(listener: TcpListener, engine: &Engine, shutdown: &CancellationToken) {
    let settings = portico_server::AppSettings::default();
    let serving = portico_server::serve(listener, engine.clone(), settings, shutdown.clone());
    tokio::spawn(serving);
}

fn engine(
    store: &Store,
    clock: &StillClock,
    sandbox: &portico_sandbox::Running,
    hub: &Url,
    process: Process,
) -> Engine {
    let mut endpoints = Endpoints {
        squarespace: squarespace_endpoints(sandbox),
        ..Endpoints::default()
    };
    endpoints.timeouts.call = process.patience;
    endpoints.squarespace_app = process.app;
    if let Some(api) = process.api {
        endpoints.squarespace.api = api;
    }
    Engine::new(Setup {
        store: store.clone(),
        clock: process.clock.unwrap_or_else(|| Arc::new(clock.clone())),
        // All processes have the same.
        master_key: MasterKey::new(&Chance::of(1)),
        chance: Arc::new(Chance::of(process.seed)),
        endpoints,
        public_url: Some(hub.clone()),
        paces: process.paces,
        lease: process.lease,
        steps: process.steps,
        audit: process.audit,
    })
    .unwrap()
}

fn squarespace_endpoints(
    sandbox: &portico_sandbox::Running,
) -> portico_engine::SquarespaceEndpoints {
    let base = sandbox.base_url();
    portico_engine::SquarespaceEndpoints {
        api: format!("{base}/squarespace").parse().unwrap(),
        login: format!("{base}/squarespace-login").parse().unwrap(),
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn read(answer: reqwest::Response) -> Value {
    let status = answer.status();
    let body = answer.text().await.unwrap();
    assert!(status.is_success(), "{status}: {body}");
    serde_json::from_str(&body).unwrap_or(Value::Null)
}

pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

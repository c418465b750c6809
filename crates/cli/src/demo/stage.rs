//! The stage: the sandbox and the hub, started together on two ports and connected.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use portico_domain::flow::Settings;
use portico_engine::{Engine, NewCredential, NewFlow, OAuthClient};
use portico_sandbox::Running;
use portico_server::AppSettings;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::control::{Control, text};
use super::narrator::Narrator;
use crate::config::{Config, Environment, FILE_NAME, Flags};
use crate::failure::{Failure, Kind};
use crate::opening::{self, Opened};
use crate::{key_file, sandbox, serve};

/// The sandbox's world is the same in every demo.
const SEED: u64 = 7;

const CRM: &str = "crm";

/// The short names of the sandbox's websites.
const SHOP_NAMES: [&str; 2] = ["harbor", "brume"];

/// Where the two listen.
pub(super) struct Ports {
    hub: u16,
    sandbox: u16,
}

impl Ports {
    /// The hub's port with the next one for the sandbox; 0 takes any two that are free.
    pub(super) fn of(port: Option<u16>) -> Self {
        match port {
            None => Self {
                hub: 8080,
                sandbox: 9090,
            },
            Some(0) => Self { hub: 0, sandbox: 0 },
            Some(port) => Self {
                hub: port,
                sandbox: port.saturating_add(1),
            },
        }
    }
}

/// A shop on the stage.
#[derive(Clone, Debug)]
pub(super) struct Shop {
    pub(super) name: &'static str,
    pub(super) website_id: String,
    pub(super) title: String,
}

/// Everything that runs during a demo.
pub(super) struct Stage {
    pub(super) engine: Engine,
    pub(super) control: Control,
    pub(super) sandbox: Running,
    hub: SocketAddr,
    opened: Opened,
    end: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    folder: Folder,
}

enum Folder {
    Passing(TempDir),
    Kept(PathBuf),
}

impl Stage {
    pub(super) async fn start(ports: Ports, data: Option<PathBuf>) -> Result<Self, Failure> {
        let listener = serve::listen(local(ports.hub)).await.map_err(other_port)?;
        let hub = listener.local_addr()?;
        let sandbox = sandbox::start(local(ports.sandbox), SEED)
            .await
            .map_err(other_port)?;
        let folder = Folder::make(data)?;
        let config = config(folder.path(), hub, &sandbox.base_url())?;
        let opened = opening::existing_or_new(&config).await?;
        let end = CancellationToken::new();
        let mut stage = Self {
            engine: opened.engine.clone(),
            control: Control::new(sandbox.base_url())?,
            sandbox,
            hub,
            opened,
            end,
            tasks: Vec::new(),
            folder,
        };
        stage.run(listener);
        Ok(stage)
    }

    fn run(&mut self, listener: tokio::net::TcpListener) {
        let open = AppSettings {
            open_overview: true,
        };
        let serving = portico_server::serve(listener, self.engine.clone(), open, self.end.clone());
        let (engine, end) = (self.engine.clone(), self.end.clone());
        self.tasks = vec![
            tokio::spawn(async move {
                if let Err(why) = serving.await {
                    tracing::error!(error = %why, "The hub's web server ended");
                }
            }),
            tokio::spawn(async move { engine.run(end).await }),
        ];
    }

    /// Ends the hub, then the vendors that it talks to.
    pub(super) async fn end(self) {
        self.end.cancel();
        for task in self.tasks {
            if let Err(why) = task.await {
                tracing::error!(error = %why, "A part of the hub ended badly");
            }
        }
        self.opened.close().await;
        drop(self.control);
        self.sandbox.stop().await;
    }

    pub(super) fn overview(&self) -> String {
        format!("http://{}/", self.hub)
    }

    pub(super) fn board(&self) -> String {
        format!("{}/board", self.sandbox.base_url())
    }

    /// Where the hub keeps its data, and what that is good for.
    pub(super) fn folder(&self) -> String {
        match &self.folder {
            Folder::Passing(_) => {
                "a temporary folder, gone at the end (--data DIR keeps it)".to_owned()
            }
            Folder::Kept(path) => format!(
                "{}  meanwhile: portico --data {} order show 1001",
                path.display(),
                path.display()
            ),
        }
    }

    /// Connects both shops by their token pairs and the CRM by its long-lived token.
    pub(super) async fn connect(&self, narrator: &mut Narrator) -> Result<Vec<Shop>, Failure> {
        narrator.heading("Connecting")?;
        let credentials = self.control.credentials().await?;
        let mut shops = Vec::new();
        for (name, site) in SHOP_NAMES.into_iter().zip(sites(&credentials)) {
            let input = tokens(&credentials["squarespace"], site);
            let tested = self.engine.add_squarespace(name, input).await?;
            let account = tested.connection.account;
            narrator.fact(
                name,
                format!("{}, sells in {}", account.title, account.currency),
            )?;
            shops.push(Shop {
                name,
                website_id: text(site, "website_id"),
                title: account.title,
            });
        }
        let kommo = &credentials["kommo"];
        let base = text(kommo, "base")
            .parse()
            .map_err(|why| Failure::failed(format!("the sandbox's CRM address: {why}")))?;
        let token = NewCredential::Key(text(kommo, "access_token").into());
        let tested = self.engine.add_kommo(CRM, &base, token).await?;
        let account = tested.connection.account;
        narrator.fact(
            CRM,
            format!("{} in Kommo, counts in {}", account.title, account.currency),
        )?;
        for shop in &shops {
            self.add_flow(shop, narrator).await?;
        }
        self.histories_are_read(narrator).await?;
        Ok(shops)
    }

    async fn add_flow(&self, shop: &Shop, narrator: &Narrator) -> Result<(), Failure> {
        let new = NewFlow {
            name: shop.name.to_owned(),
            site: shop.name.to_owned(),
            crm: CRM.to_owned(),
            settings: Settings::default(),
        };
        for sentence in self.engine.plan_flow(&new).await?.to_make {
            // The names of all fields would fill the screen.
            narrator.fact("in CRM", sentence.split(':').next().unwrap_or_default())?;
        }
        self.engine.add_flow(&new).await?;
        narrator.fact("flow", format!("orders of {} become deals", shop.title))
    }

    /// Deals wait until the shops' histories and the CRM's contacts are known.
    async fn histories_are_read(&self, narrator: &mut Narrator) -> Result<(), Failure> {
        for name in SHOP_NAMES {
            narrator
                .until("the histories to be read", async |engine: &Engine| {
                    let progress = engine.progress(name).await?;
                    Ok(progress.history_read && progress.contacts_read)
                })
                .await?;
        }
        Ok(())
    }
}

impl Folder {
    fn make(data: Option<PathBuf>) -> Result<Self, Failure> {
        let Some(path) = data else {
            let folder = tempfile::Builder::new().prefix("portico-demo-").tempdir()?;
            return Ok(Self::Passing(folder));
        };
        key_file::make_folder(&path)?;
        if std::fs::read_dir(&path)?.next().is_some() {
            return Err(Failure::new(
                Kind::Conflict,
                format!(
                    "{} is not empty, and every demo starts with new vendors; give an empty folder",
                    path.display()
                ),
            ));
        }
        Ok(Self::Kept(path))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Passing(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }
}

/// The hub's configuration, written into the folder so that other commands find the same vendors.
fn config(folder: &Path, hub: SocketAddr, sandbox: &str) -> Result<Config, Failure> {
    let text = format!(
        "# Made by `portico demo`: the vendors are those of its sandbox.\n\
         listen = \"{hub}\"\n\
         public_url = \"http://{hub}\"\n\n\
         [squarespace]\n\
         api_base = \"{sandbox}/squarespace\"\n\
         login_base = \"{sandbox}/squarespace-login\"\n"
    );
    let path = folder.join(FILE_NAME);
    key_file::write_new(&path, &text)?;
    let flags = Flags {
        config: Some(path),
        values: Vec::new(),
    };
    Config::load(&flags, &Environment::default())
}

fn sites(credentials: &Value) -> impl Iterator<Item = &Value> {
    credentials["squarespace"]["sites"]
        .as_array()
        .into_iter()
        .flatten()
}

fn tokens(app: &Value, site: &Value) -> NewCredential {
    NewCredential::Tokens {
        client: OAuthClient {
            id: text(app, "client_id"),
            secret: text(app, "client_secret").into(),
            redirect_uri: None,
        },
        access_token: text(site, "access_token").into(),
        refresh_token: text(site, "refresh_token").into(),
    }
}

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// A taken port is the one thing that a stranger is likely to meet.
fn other_port(failure: Failure) -> Failure {
    Failure::new(
        failure.kind,
        format!("{failure}, such as by --port 8181 (the sandbox then takes 8182)"),
    )
}

//! The real binary: set up by its own commands, served, and killed.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Duration;

use portico_store::Database;
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::vendors::Vendors;

/// One installation.
pub(crate) struct Hub {
    folder: tempfile::TempDir,
    port: u16,
}

/// A serving process.
pub(crate) struct Process {
    child: Child,
    stopped: Arc<AtomicBool>,
}

impl Hub {
    /// Connects the first site and the CRM, and sets up the flow between them.
    pub(crate) async fn set_up(vendors: &Vendors, database: &Database) -> Self {
        let hub = Self {
            folder: tempfile::tempdir().unwrap(),
            port: own_port(),
        };
        hub.run(&["init"]);
        std::fs::write(hub.config(), hub.settings(vendors, database)).unwrap();
        let credentials = vendors.get("credentials").await;
        let squarespace = &credentials["squarespace"];
        let site = &squarespace["sites"][0];
        let access = hub.secret("access", &site["access_token"]);
        let refresh = hub.secret("refresh", &site["refresh_token"]);
        let client_secret = hub.secret("client", &squarespace["client_secret"]);
        let client_id = squarespace["client_id"].as_str().unwrap();
        hub.run(&[
            "connection",
            "add",
            "squarespace",
            "acme",
            "--access-token-file",
            &access,
            "--refresh-token-file",
            &refresh,
            "--client-id",
            client_id,
            "--client-secret-file",
            &client_secret,
        ]);
        let kommo = &credentials["kommo"];
        let token = hub.secret("kommo", &kommo["access_token"]);
        let base = kommo["base"].as_str().unwrap();
        hub.run(&[
            "connection",
            "add",
            "kommo",
            "crm",
            "--base",
            base,
            "--key-file",
            &token,
        ]);
        hub.run(&[
            "flow",
            "add",
            "orders-to-kommo",
            "orders",
            "--site",
            "acme",
            "--crm",
            "crm",
            "--yes",
        ]);
        hub
    }

    fn settings(&self, vendors: &Vendors, database: &Database) -> String {
        let base = vendors.sandbox.base_url();
        let database = match database {
            Database::Sqlite(path) => path.display().to_string(),
            Database::Postgres(url) => url.expose_secret().to_owned(),
        };
        let port = self.port;
        format!(
            "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\ndatabase = \"{database}\"\n\
             [squarespace]\napi_base = \"{base}/squarespace\"\nlogin_base = \"{base}/squarespace-login\"\n\
             [work]\nlease_seconds = 2\n"
        )
    }

    /// Starts the server, which stands still at a step when it reaches it.
    pub(crate) async fn serve(&self, stop_at: Option<&str>) -> Process {
        let mut command = self.command(&["serve"]);
        if let Some(step) = stop_at {
            command.env("PORTICO_STOP_AT", step);
        }
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stopped = Arc::new(AtomicBool::new(false));
        let said = Arc::clone(&stopped);
        let errors = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                if line.starts_with("stopped at ") {
                    said.store(true, Ordering::SeqCst);
                }
            }
        });
        self.until_it_answers().await;
        Process { child, stopped }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "another process is waited for, whose time is the machine's"
    )]
    async fn until_it_answers(&self) {
        let address = format!("127.0.0.1:{}", self.port);
        for _ in 0..600 {
            if tokio::net::TcpStream::connect(&address).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server does not answer");
    }

    /// Nothing of orders and deals waits, runs or is stuck.
    pub(crate) fn has_no_work(&self) -> bool {
        let listed: Value = serde_json::from_str(&self.run(&["work", "list", "--json"])).unwrap();
        let items = listed
            .as_array()
            .or_else(|| listed["work"].as_array())
            .unwrap();
        !items
            .iter()
            .any(|item| item["queue"] == "sync_deal" || item["queue"] == "read_order")
    }

    fn run(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "portico {args:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portico"));
        command
            .args(args)
            .arg("--data")
            .arg(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("portico.toml")
    }

    /// Writes a secret to a file, as a user would.
    fn secret(&self, name: &str, secret: &Value) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, secret.as_str().unwrap()).unwrap();
        path.display().to_string()
    }
}

impl Process {
    /// It stands at the step that it was told to stop at.
    pub(crate) fn has_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// SIGKILL: nothing is finished, closed or released.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A failed test must not leave its server behind.
        self.child.kill().unwrap_or_default();
        self.child.wait().map(drop).unwrap_or_default();
    }
}

/// A port that stays ours between two servers: the system gives none of these away by itself, no test of
/// this process gets it twice, and those of others look from the number of their own process on.
fn own_port() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);

    let from = 10_000 + u16::try_from(std::process::id() % 20_000).unwrap();
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let untaken = std::iter::repeat_with(|| from + TAKEN.fetch_add(1, Ordering::SeqCst));
    untaken.take(1_000).find(is_free).unwrap()
}

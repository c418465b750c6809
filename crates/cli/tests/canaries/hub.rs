//! The real binary: its commands, its server, and everything that either says.

use std::io::Read;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread::JoinHandle;

use portico_store::Database;
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::canary::Canaries;

/// One installation.
pub(crate) struct Hub {
    folder: tempfile::TempDir,
    port: u16,
    http: reqwest::Client,
    pub(crate) admin_key: String,
    pub(crate) metrics_key: String,
    heard: Mutex<Vec<(String, String)>>,
}

/// A serving process, whose output is kept.
pub(crate) struct Server {
    child: Child,
    listeners: Vec<(&'static str, JoinHandle<String>)>,
}

impl Hub {
    /// Makes the folder and its configuration, with logs that leave nothing out.
    pub(crate) fn set_up(vendors: &str, database: &str, format: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut hub = Self {
            folder: tempfile::tempdir().unwrap(),
            port: listener.local_addr().unwrap().port(),
            // After some refusals the server hangs up, which must not end a later request.
            http: reqwest::Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(0)
                .build()
                .unwrap(),
            admin_key: String::new(),
            metrics_key: String::new(),
            heard: Mutex::default(),
        };
        drop(listener);
        let address = hub.address();
        let listen = address.trim_start_matches("http://");
        let settings = format!(
            "listen = \"{listen}\"\npublic_url = \"{address}\"\ndatabase = \"{database}\"\n\
             [log]\nlevel = \"trace\"\nformat = \"{format}\"\n\
             [squarespace]\napi_base = \"{vendors}/squarespace\"\nlogin_base = \"{vendors}/squarespace-login\"\n\
             [kommo]\nrequests_per_second = 7\n"
        );
        hub.write("portico.toml", &settings);
        hub.admin_key = hub.made(&["init", "--json"], "admin_key");
        let metrics_key = ["key", "add", "prometheus", "--metrics", "--json"];
        hub.metrics_key = hub.made(&metrics_key, "secret");
        hub
    }

    /// A key, from the one answer that may hold a secret: it is shown this once.
    fn made(&self, args: &[&str], member: &str) -> String {
        let made = self.command(args).output().unwrap();
        let made: Value = serde_json::from_slice(&made.stdout).unwrap();
        made[member].as_str().unwrap().to_owned()
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn master_key(&self) -> String {
        let text = std::fs::read_to_string(self.path("master.key")).unwrap();
        text.trim().to_owned()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).display().to_string()
    }

    /// Runs a command that must go well.
    pub(crate) fn run(&self, args: &[&str]) -> String {
        let (went_well, answer) = self.ran(args);
        assert!(went_well, "portico {args:?}: {answer}");
        answer
    }

    /// Runs a command that must be refused.
    pub(crate) fn refused(&self, args: &[&str]) {
        let (went_well, answer) = self.ran(args);
        assert!(!went_well, "portico {args:?}: {answer}");
    }

    fn ran(&self, args: &[&str]) -> (bool, String) {
        let output = self.command(args).output().unwrap();
        let said = |bytes| String::from_utf8(bytes).unwrap();
        let (answer, errors) = (said(output.stdout), said(output.stderr));
        self.hear(
            &format!("`portico {}`", args[..2].join(" ")),
            &format!("{answer}\n{errors}"),
        );
        let went_well = output.status.success();
        (went_well, if went_well { answer } else { errors })
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portico"));
        command.args(args).stdin(Stdio::null()).env_clear();
        command.env("PORTICO_DATA", self.folder.path());
        command
    }

    /// Starts the server and waits until it answers.
    pub(crate) async fn serve(&self) -> Server {
        let mut child = self
            .command(&["serve"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let listeners = vec![
            ("the server's output", listen(child.stdout.take().unwrap())),
            ("the log", listen(child.stderr.take().unwrap())),
        ];
        until("the server answers", async || {
            self.http
                .get(self.address() + "/healthz")
                .send()
                .await
                .is_ok()
        })
        .await;
        Server { child, listeners }
    }

    /// Ends the server, and keeps what it said.
    pub(crate) fn end(&self, mut server: Server) {
        let id = server.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        assert!(server.child.wait().unwrap().success());
        for (place, listener) in std::mem::take(&mut server.listeners) {
            self.hear(place, &listener.join().unwrap());
        }
    }

    /// A request of the admin API with its key; the answer is kept.
    pub(crate) async fn ask(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> Value {
        let mut request = self
            .http
            .request(method, self.address() + path)
            .bearer_auth(&self.admin_key);
        if let Some(body) = body {
            request = request.json(body);
        }
        let (_, text) = self.send(request).await;
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Sends a request of any kind; the answer is kept, with its headers.
    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> (u16, String) {
        let answer = request.send().await.unwrap();
        let (status, place) = (answer.status(), answer.url().path().to_owned());
        let headers = format!("{:?}", answer.headers());
        let text = answer.text().await.unwrap();
        self.hear(
            &format!("the answer of {place}"),
            &format!("{status} {headers}\n{text}"),
        );
        (status.as_u16(), text)
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// What was said by one of the places.
    pub(crate) fn said_by(&self, place: &str) -> String {
        let heard = self.heard.lock().unwrap();
        let said = heard.iter().filter(|(by, _)| by == place);
        said.map(|(_, text)| text.as_str()).collect()
    }

    /// Fails when anything that was said holds a canary.
    pub(crate) fn said_none_of(&self, canaries: &Canaries) {
        for (place, text) in self.heard.lock().unwrap().iter() {
            canaries.are_not_in(place, text);
        }
    }

    fn hear(&self, place: &str, text: &str) {
        self.heard
            .lock()
            .unwrap()
            .push((place.to_owned(), text.to_owned()));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A failed test must not leave its server behind.
        self.child.kill().unwrap_or_default();
        self.child.wait().map(drop).unwrap_or_default();
    }
}

/// The database's address as the configuration takes it; a server's with a password in it.
pub(crate) fn address_of(database: &Database, password: &str) -> String {
    match database {
        Database::Sqlite(path) => path.display().to_string(),
        Database::Postgres(url) => {
            let (user, place) = url.expose_secret().split_once('@').unwrap();
            assert!(
                user.matches(':').count() == 1,
                "the test server wants a password of its own"
            );
            format!("{user}:{password}@{place}")
        }
    }
}

/// Looks again and again until it is so.
#[expect(
    clippy::disallowed_methods,
    reason = "another process is waited for, whose time is the machine's"
)]
pub(crate) async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    for _ in 0..900 {
        if so().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("it did not come to that in time: {what}");
}

fn listen(mut output: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut said = String::new();
        output.read_to_string(&mut said).unwrap();
        said
    })
}

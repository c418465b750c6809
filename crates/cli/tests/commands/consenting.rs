//! Asking an owner: the link, the wait for the consent, and the connection at its end.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use serde_json::{Value, json};

use crate::beside_a_server::ask;
use crate::binary::{Place, Served};

/// A vendor whose owner says yes to everything, and a server that is its registered app.
struct Scene {
    place: Place,
    _sandbox: Served,
    _server: Served,
}

impl Scene {
    async fn start() -> Self {
        let mut place = Place::new();
        let mut sandbox = place.start(["sandbox", "--listen", "127.0.0.1:0", "--json"]);
        let ready: Value = serde_json::from_str(&sandbox.line()).unwrap();
        let base = ready["listening"].as_str().unwrap();
        let yes = json!({ "app": "squarespace", "name": "consent", "value": "allow" });
        ask(base, "switches", Some(yes)).await;
        let app = ask(base, "credentials", None).await["squarespace"].clone();
        let secret = place.write("client.secret", app["client_secret"].as_str().unwrap());
        place.set(
            "PORTICO_SQUARESPACE_API_BASE",
            format!("{base}/squarespace"),
        );
        place.set(
            "PORTICO_SQUARESPACE_LOGIN_BASE",
            format!("{base}/squarespace-login"),
        );
        place.set(
            "PORTICO_SQUARESPACE_CLIENT_ID",
            app["client_id"].as_str().unwrap(),
        );
        place.set("PORTICO_SQUARESPACE_CLIENT_SECRET_FILE", secret);
        let mut server = place.start(["serve", "--listen", "127.0.0.1:0"]);
        let line = server.line();
        let address = line.strip_prefix("Portico listens on ").unwrap();
        place.set("PORTICO_PUBLIC_URL", address.trim());
        Self {
            place,
            _sandbox: sandbox,
            _server: server,
        }
    }

    /// A command that waits for an owner.
    fn waiting<const N: usize>(&self, args: [&str; N]) -> Child {
        let mut command = self.place.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }
}

/// The link that a waiting command shows to whoever watches.
fn link_of(waiting: &mut Child) -> String {
    let lines = BufReader::new(waiting.stderr.take().unwrap()).lines();
    let mut lines = lines.map(|line| line.unwrap().trim().to_owned());
    lines.find(|line| line.starts_with("http://")).unwrap()
}

/// What a browser does when its person presses the page's button.
async fn consent(link: &str) -> reqwest::StatusCode {
    let http = reqwest::Client::builder()
        .no_proxy()
        .user_agent("Browser/1.0")
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let leave = http.post(link).header("sec-fetch-site", "same-origin");
    let left = leave.send().await.unwrap();
    let cookie = left.headers()[SET_COOKIE].clone();
    let vendor = left.headers()[LOCATION].to_str().unwrap();
    let answered = http.get(vendor).send().await.unwrap();
    let back = answered.headers()[LOCATION].to_str().unwrap();
    let done = http.get(back).header(COOKIE, cookie).send().await.unwrap();
    done.status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_waits_until_the_owner_has_consented() {
    rustls::crypto::ring::default_provider()
        .install_default()
        .unwrap_or_default();
    let scene = Scene::start().await;
    let asking = ["connection", "add", "squarespace", "acme", "--oauth"];
    let mut waiting = scene.waiting(asking);
    assert_eq!(consent(&link_of(&mut waiting)).await, 200);
    let ended = waiting.wait_with_output().unwrap();
    assert!(ended.status.success());
    let answer = String::from_utf8(ended.stdout).unwrap();
    assert!(
        answer.starts_with("acme (squarespace): ACTIVE\n"),
        "{answer}"
    );

    let anew = ["connection", "reauthorize", "acme", "--json"];
    let mut waiting = scene.waiting(anew);
    assert_eq!(consent(&link_of(&mut waiting)).await, 200);
    let ended = waiting.wait_with_output().unwrap();
    let answer: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(answer["connected"], true);
    assert_eq!(answer["connection"]["status"], "ACTIVE");

    let link = scene
        .place
        .json(["connection", "reauthorize", "acme", "--no-wait"]);
    assert_eq!(link["connected"], false);
    assert!(link["url"].as_str().unwrap().contains("/connect/"));
}

#[test]
fn an_owner_is_asked_as_a_registered_app_alone() {
    let place = Place::new();
    let asking = ["connection", "add", "squarespace", "acme", "--oauth"];
    let ended = place.run(asking);
    assert_eq!(ended.code, 2);
    assert!(
        ended
            .complaint
            .contains("set `squarespace.client_id` and `squarespace.client_secret_file`"),
        "{}",
        ended.complaint
    );
    let half = place
        .command(asking)
        .env("PORTICO_SQUARESPACE_CLIENT_ID", "app")
        .output()
        .unwrap();
    let complaint = String::from_utf8(half.stderr).unwrap();
    assert!(complaint.contains("belong together"), "{complaint}");
    place.write("secret", "of the app");
    let twice = place
        .command(asking)
        .args(["--area", "orders=read", "--area", "orders=full"])
        .env("PORTICO_SQUARESPACE_CLIENT_ID", "app")
        .env("PORTICO_SQUARESPACE_CLIENT_SECRET_FILE", "secret")
        .output()
        .unwrap();
    let complaint = String::from_utf8(twice.stderr).unwrap();
    assert_eq!(twice.status.code(), Some(2), "{complaint}");
    assert!(
        complaint.contains("`orders=read` and `orders=full` contradict each other"),
        "{complaint}"
    );
    let aside = place.run(["connection", "add", "squarespace", "acme", "--no-wait"]);
    assert_eq!(aside.code, 2);
    assert!(aside.complaint.contains("give --oauth with them"));
}

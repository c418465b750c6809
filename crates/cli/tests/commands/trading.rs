//! Connecting an account of Kommo by what a private integration shows: its id, its secret and a code.

use serde_json::{Value, json};

use crate::beside_a_server::ask;
use crate::binary::{Ended, Place, Served};

/// A sandbox, and a folder with the secret of its integration in a file.
struct Scene {
    place: Place,
    _sandbox: Served,
    base: String,
    integration: Value,
}

impl Scene {
    async fn start() -> Self {
        let mut place = Place::new();
        let mut sandbox = place.start(["sandbox", "--listen", "127.0.0.1:0", "--json"]);
        let ready: Value = serde_json::from_str(&sandbox.line()).unwrap();
        let base = ready["listening"].as_str().unwrap().to_owned();
        let integration = ask(&base, "credentials", None).await["kommo"].clone();
        place.write("secret", integration["client_secret"].as_str().unwrap());
        place.set(
            "PORTICO_SQUARESPACE_API_BASE",
            format!("{base}/squarespace"),
        );
        Self {
            place,
            _sandbox: sandbox,
            base,
            integration,
        }
    }

    async fn code(&self) -> String {
        let issue = json!({ "app": "kommo", "action": "issue_code" });
        let issued = ask(&self.base, "people", Some(issue)).await;
        issued["code"].as_str().unwrap().to_owned()
    }

    fn of_integration(&self, member: &str) -> &str {
        self.integration[member].as_str().unwrap()
    }

    fn add<'a>(&'a self, name: &'a str, code: &'a str) -> [&'a str; 14] {
        [
            "connection",
            "add",
            "kommo",
            name,
            "--base",
            self.of_integration("base"),
            "--client-id",
            self.of_integration("client_id"),
            "--client-secret-file",
            "secret",
            "--redirect-uri",
            self.of_integration("redirect_uri"),
            "--code-file",
            code,
        ]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_traded_once_and_a_used_one_is_refused() {
    rustls::crypto::ring::default_provider()
        .install_default()
        .unwrap_or_default();
    let mut scene = Scene::start().await;
    scene.place.write("code", &scene.code().await);
    let added = scene.place.json(scene.add("crm", "code"));
    assert_eq!(added["connection"]["status"], "ACTIVE");

    let used = scene.place.run(scene.add("again", "code"));
    assert_eq!(used.code, 2);
    assert!(
        used.complaint.contains("take a fresh one"),
        "{}",
        used.complaint
    );

    let fresh = scene.code().await;
    scene.place.set("CODE", fresh);
    let anew = scene.place.json([
        "connection",
        "reconnect",
        "crm",
        "--client-id",
        scene.of_integration("client_id"),
        "--client-secret-file",
        "secret",
        "--redirect-uri",
        scene.of_integration("redirect_uri"),
        "--code-file",
        "env:CODE",
    ]);
    assert_eq!(anew["connection"]["status"], "ACTIVE");
}

#[test]
fn a_code_without_the_rest_of_its_integration_is_a_wrong_command_line() {
    let place = Place::new();
    let refused = |args: &[&str], words: &str| {
        let account = "connection add kommo crm --base https://acme.kommo.com";
        let given = account.split(' ').chain(args.iter().copied());
        let ended = Ended::from(place.command(given).output().unwrap());
        assert_eq!(ended.code, 2, "{args:?}");
        assert!(ended.complaint.contains(words), "{}", ended.complaint);
    };
    let integration = ["--client-id", "7f0a", "--client-secret-file", "-"];
    let code = ["--redirect-uri", "https://acme.example", "--code-file", "-"];
    refused(&[], "--code-file");
    refused(
        &[&integration[..], &code[2..]].concat(),
        "--redirect-uri <URL>",
    );
    refused(&code, "--client-id <ID>");
    refused(
        &[&integration[..], &code[..]].concat(),
        "only one secret can come from standard input",
    );
    refused(
        &["--code-file", "code", "--key-file", "key"],
        "cannot be used with",
    );
}

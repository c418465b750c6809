//! The commands beside a running server, from connecting to the timeline of a past order.

use serde_json::{Value, json};

use crate::binary::Place;

/// Orders that were placed before anything was connected.
const PAST: usize = 4;

/// A sandbox and a server on a new folder, with the credentials in files.
struct Scene {
    place: Place,
    sandbox: crate::binary::Served,
    server: crate::binary::Served,
    kommo: String,
}

impl Scene {
    async fn start() -> Self {
        let mut place = Place::new();
        let mut sandbox = place.start(["sandbox", "--listen", "127.0.0.1:0", "--json"]);
        let ready: Value = serde_json::from_str(&sandbox.line()).unwrap();
        let base = ready["listening"].as_str().unwrap();
        let credentials = ask(base, "credentials", None).await;
        for _ in 0..PAST {
            let checkout = json!({ "app": "squarespace", "action": "checkout" });
            ask(base, "people", Some(checkout)).await;
        }
        let site = &credentials["squarespace"]["sites"][0];
        let kommo = &credentials["kommo"];
        place.write("site.key", site["api_key"].as_str().unwrap());
        place.write("crm.token", kommo["access_token"].as_str().unwrap());
        place.set(
            "PORTICO_SQUARESPACE_API_BASE",
            format!("{base}/squarespace"),
        );
        let mut server = place.start(["serve", "--listen", "127.0.0.1:0"]);
        assert!(
            server
                .line()
                .starts_with("Portico listens on http://127.0.0.1:")
        );
        assert!(server.line().starts_with("admin key: ptc_adm_"));
        let kommo = kommo["base"].as_str().unwrap().to_owned();
        Self {
            place,
            sandbox,
            server,
            kommo,
        }
    }
}

/// One call of the sandbox's control API.
pub(crate) async fn ask(base: &str, call: &str, body: Option<Value>) -> Value {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{base}/_control/{call}");
    let request = match body {
        None => http.get(url),
        Some(body) => http.post(url).json(&body),
    };
    let answer = request.send().await.unwrap().error_for_status().unwrap();
    answer.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn past_orders_get_their_deals_beside_a_running_server() {
    // Another test of this process may have installed it.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let scene = Scene::start().await;
    let place = &scene.place;

    let added = place.json([
        "connection",
        "add",
        "squarespace",
        "acme",
        "--key-file",
        "site.key",
    ]);
    assert_eq!(added["connection"]["status"], "ACTIVE");
    assert_eq!(added["connection"]["account"]["title"], "Harbor & Lantern");
    let base = &scene.kommo;
    let args = [
        "connection",
        "add",
        "kommo",
        "crm",
        "--base",
        base,
        "--key-file",
        "crm.token",
    ];
    assert_eq!(place.json(args)["connection"]["app"], "kommo");

    let flow = [
        "flow",
        "add",
        "orders-to-kommo",
        "acme-orders",
        "--site",
        "acme",
        "--crm",
        "crm",
    ];
    let refused = place.run(flow);
    assert_eq!(refused.code, 2);
    assert!(
        refused.complaint.contains("deal fields"),
        "{}",
        refused.complaint
    );
    assert!(refused.complaint.contains("--yes"), "{}", refused.complaint);
    let yes = [
        "flow",
        "add",
        "orders-to-kommo",
        "acme-orders",
        "--site",
        "acme",
        "--crm",
        "crm",
        "--yes",
    ];
    assert_eq!(place.json(yes)["flow"]["name"], "acme-orders");

    let filled = place.json(["flow", "backfill", "acme-orders", "--since", "2020-01-01"]);
    assert_eq!(filled["deals"], PAST);
    assert_eq!(
        (&filled["held"], &filled["finished"]),
        (&json!(0), &json!(true))
    );

    let shown = place.json(["order", "show", "#1001"]);
    let deal = &shown["orders"][0]["deals"][0];
    assert_eq!(deal["pipeline"], "New Clients");
    assert_eq!(deal["summary"], format!("deal {}", deal["lead_id"]));
    let timeline = shown["orders"][0]["timeline"].to_string();
    assert!(timeline.contains("in New Clients: new buyer"), "{timeline}");

    assert_eq!(place.json(["flow", "list"])["flows"][0]["deals"], PAST);
    assert_eq!(
        place.json(["work", "list", "--state", "held"])["work"],
        json!([])
    );
    assert_eq!(place.json(["work", "retry"])["retried"], 0);
    changes_in_place(place);
    comes_back(place);
    assert_eq!(place.json(["flow", "pause", "acme-orders"])["paused"], true);
    assert_eq!(place.run(["connection", "remove", "acme"]).code, 4);
    let by_key = place.run(["connection", "rotate", "acme"]);
    assert_eq!(by_key.code, 4, "an API key subscribes to nothing");
    leaves_nothing(place);

    assert_eq!(scene.server.end("-TERM"), 0);
    assert_eq!(scene.sandbox.end("-TERM"), 0);
    refuses_another_key(place);
}

fn changes_in_place(place: &Place) {
    let bands = place.write("bands.toml", "bands = [75]\n");
    let changed = place.json(["flow", "set", "acme-orders", "--settings", &bands]);
    assert_eq!(changed["flow"]["settings"]["bands"], json!([75]));
    assert_eq!(changed["flow"]["settings"]["new_pipeline"], "New Clients");
    let shown = place.run(["flow", "show", "acme-orders"]).answer;
    assert!(shown.contains("bands = [75]"), "{shown}");
    let said = place.run(["flow", "set", "acme-orders", "--default", "bands"]);
    assert!(
        said.answer
            .contains("To apply them to earlier orders now: portico flow backfill acme-orders"),
        "{}",
        said.answer
    );

    let refused = |args: &[&str], words: &str| {
        let ended: crate::binary::Ended = place.command(args).output().unwrap().into();
        assert_eq!(ended.code, 2, "{args:?}: {}", ended.complaint);
        assert!(ended.complaint.contains(words), "{}", ended.complaint);
    };
    let stage = place.write("stage.toml", "fulfilled_stage = { named = \"Lunch\" }\n");
    let fresh = place.write("fresh.toml", "new_pipeline = \"Fresh\"\n");
    let set = ["flow", "set", "acme-orders"];
    refused(&set, "--settings");
    refused(
        &[&set[..], &["--default", "band"]].concat(),
        "the settings are bands",
    );
    refused(
        &[&set[..], &["--settings", &stage]].concat(),
        "its stages are New order",
    );
    refused(&[&set[..], &["--settings", &fresh]].concat(), "--yes");
    assert_eq!(
        place.json(["flow", "show", "acme-orders"])["settings"]["new_pipeline"],
        "New Clients"
    );
}

/// The same two connections under another name: every order keeps its one deal.
fn comes_back(place: &Place) {
    let removed = place.run(["flow", "remove", "acme-orders"]);
    assert!(
        removed.answer.contains("takes them up"),
        "{}",
        removed.answer
    );
    assert_eq!(place.json(["flow", "list"])["flows"], json!([]));
    let added = place.json([
        "flow",
        "add",
        "orders-to-kommo",
        "again",
        "--site",
        "acme",
        "--crm",
        "crm",
    ]);
    assert_eq!(added["taken_up"], PAST);
    let filled = place.json(["flow", "backfill", "again", "--since", "2020-01-01"]);
    assert_eq!(filled["deals"], PAST);
    let renamed = place.json(["flow", "set", "again", "--rename", "once-more"]);
    assert_eq!(renamed["flow"]["name"], "once-more");
    assert_eq!(renamed["settings_changed"], false);
    let renamed = place.run(["flow", "set", "once-more", "--rename", "acme-orders"]);
    assert_eq!(
        renamed.answer.trim(),
        "flow `once-more` is called `acme-orders` from now on"
    );
    let repaired = place.run(["flow", "repair", "acme-orders"]);
    assert_eq!(
        repaired.answer.trim(),
        "flow `acme-orders`: there was nothing to do, it has everything that it needs"
    );
}

/// Removed, the CRM is remembered; erased, it is not.
fn leaves_nothing(place: &Place) {
    let remove = ["connection", "remove", "crm"];
    let in_use = place.run(["connection", "remove", "crm", "--erase"]);
    assert_eq!(in_use.code, 4, "{}", in_use.complaint);
    place.json(["flow", "remove", "acme-orders"]);
    let id = place.json(["connection", "show", "crm"])["id"].clone();
    let removed = place.run(remove);
    assert_eq!(removed.code, 0, "{}", removed.complaint);
    let erase = format!("portico connection remove {} --erase", id.as_str().unwrap());
    assert!(removed.answer.contains(&erase), "{}", removed.answer);
    assert_eq!(place.run(remove).code, 3);

    // Nobody is there to be asked.
    let unasked = place.run(["connection", "remove", "crm", "--erase"]);
    assert_eq!(unasked.code, 2);
    assert!(
        unasked.complaint.contains("would be deleted for good")
            && unasked.complaint.contains("--yes"),
        "{}",
        unasked.complaint
    );
    let without = place.run(["connection", "remove", "crm", "--yes"]);
    assert_eq!(without.code, 2, "{}", without.complaint);
    assert_eq!(
        place.json(["connection", "remove", "crm", "--erase", "--yes"]),
        json!({ "removed": "crm", "id": id, "erased": true, "findings": [] })
    );
    let gone = place.run(["connection", "remove", "crm", "--erase", "--yes"]);
    assert_eq!(gone.code, 3, "{}", gone.complaint);
}

fn refuses_another_key(place: &Place) {
    let refused = |ended: crate::binary::Ended, code, words: &str| {
        assert_eq!(ended.code, code, "{}", ended.complaint);
        assert!(ended.complaint.contains(words), "{}", ended.complaint);
    };
    let key = place.path("portico-data/master.key");
    std::fs::remove_file(&key).unwrap();
    refused(
        place.run(["serve"]),
        2,
        "the credentials of connection `acme`",
    );
    assert!(
        !key.exists(),
        "a second key was made beside a database that knows another"
    );

    place.json(["init", "--data", "other"]);
    std::fs::copy(place.path("other/master.key"), &key).unwrap();
    refused(
        place.run(["serve"]),
        2,
        "the credentials of connection `acme`",
    );
}

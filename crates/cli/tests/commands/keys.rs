//! Keys are made, listed and taken back straight from the store, beside a running server too.

use serde_json::{Value, json};

use crate::binary::Place;

/// Name and state of every key.
fn states(place: &Place) -> Vec<String> {
    let listed = place.json(["key", "list"]);
    let keys = listed["keys"].as_array().unwrap().iter();
    keys.map(|key| format!("{} {}", key["name"], key["state"]).replace('"', ""))
        .collect()
}

/// What the admin API answers to a key.
async fn status(base: &str, key: &Value) -> u16 {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let asked = http
        .get(format!("{base}/v1/flows"))
        .bearer_auth(key.as_str().unwrap());
    asked.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_lets_in_with_a_new_key_and_not_with_a_revoked_one() {
    // Another test of this process may have installed it.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let place = Place::new();
    let mut server = place.start(["serve", "--listen", "127.0.0.1:0", "--json"]);
    let ready: Value = serde_json::from_str(&server.line()).unwrap();
    let base = ready["listening"].as_str().unwrap();

    let made = place.json(["key", "add", "laptop"]);
    assert_eq!(status(base, &made["secret"]).await, 200);
    assert_eq!(
        place.json(["key", "revoke", "laptop"]),
        json!({ "revoked": "laptop" })
    );
    assert_eq!(status(base, &made["secret"]).await, 401);
    assert_eq!(status(base, &ready["admin_key"]).await, 200);
    assert_eq!(server.end("-TERM"), 0);
}

#[test]
fn a_lost_key_is_replaced_by_whoever_has_the_folder() {
    let place = Place::new();
    place.json(["init"]);
    place.json(["key", "add", "second", "--expires", "2100-01-01"]);
    place.json(["key", "revoke", "first"]);

    assert_eq!(states(&place), ["first revoked", "second active"]);
    let listed = place.json(["key", "list"]);
    assert_eq!(listed["keys"][1]["expires_at"], "2100-01-01T00:00:00Z");
}

#[test]
fn a_metrics_key_is_made_and_listed_as_what_it_is() {
    let place = Place::new();
    place.json(["init"]);
    let made = place.json(["key", "add", "prometheus", "--metrics"]);
    assert!(made["secret"].as_str().unwrap().starts_with("ptc_met_"));

    let listed = place.json(["key", "list"]);
    assert_eq!(listed["keys"][0]["kind"], "administration");
    assert_eq!(listed["keys"][1]["kind"], "metrics");
}

#[test]
fn the_last_key_is_revoked_only_by_who_means_it() {
    let place = Place::new();
    place.json(["init"]);
    let refused = place.run(["key", "revoke", "first"]);
    assert_eq!(refused.code, 4);
    assert_eq!(
        refused.complaint,
        "error: `first` is the last key that lets anybody in; make another first with \
         `portico key add NAME`, or go without with `portico key revoke first --yes`\n"
    );
    assert_eq!(states(&place), ["first active"]);

    place.json(["key", "revoke", "first", "--yes"]);
    assert_eq!(states(&place), ["first revoked"]);
    let mut server = place.start(["serve", "--listen", "127.0.0.1:0", "--json"]);
    let ready: Value = serde_json::from_str(&server.line()).unwrap();
    assert!(
        ready.get("admin_key").is_none(),
        "a key was made that nobody asked for"
    );
}

#[test]
fn a_key_that_cannot_be_is_refused_in_words() {
    let place = Place::new();
    place.json(["init"]);
    for (args, code, words) in [
        (["key", "add", "a b"], 2, "a name has 1 to 40 letters"),
        (["key", "add", "first"], 4, "there is already a key `first`"),
        (["key", "revoke", "gone"], 3, "no such key `gone`"),
    ] {
        let ended = place.run(args);
        assert_eq!(ended.code, code, "{}", ended.complaint);
        assert!(ended.complaint.contains(words), "{}", ended.complaint);
    }
    for (day, words) in [
        ("2020-01-01", "could never be used"),
        (
            "soon",
            "give a day such as 2026-01-31 or a moment such as 2026-01-31T00:00:00Z",
        ),
    ] {
        let ended = place.run(["key", "add", "late", "--expires", day]);
        assert_eq!(ended.code, 2);
        assert!(ended.complaint.contains(words), "{}", ended.complaint);
    }
}

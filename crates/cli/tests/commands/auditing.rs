//! What commands change is on record, reads as sentences, and can be proven.

use portico_store::{Database, Store, Tx};

use crate::binary::Place;

/// A place in which two keys were made and one was not.
fn with_records() -> Place {
    let place = Place::new();
    place.json(["init"]);
    place.json(["key", "add", "laptop"]);
    assert_eq!(place.run(["key", "add", "laptop"]).code, 4);
    place
}

#[test]
fn commands_are_on_record_and_those_that_change_nothing_are_not() {
    let place = with_records();
    place.json(["key", "list"]);
    // What is not there may be anything, a secret too.
    assert_eq!(place.run(["key", "revoke", "desktop"]).code, 3);
    let listed = place.json(["audit", "list"]);
    let records = listed["records"].as_array().unwrap().iter();
    let sentences: Vec<&str> = records
        .map(|record| record["sentence"].as_str().unwrap())
        .collect();
    assert_eq!(
        sentences,
        [
            "Somebody at the command line tried to make the key `laptop`; not done: it conflicts with what is there",
            "Somebody at the command line made the key `laptop`",
            "Portico made the key `first`",
        ]
    );
    let chains = place.json(["audit", "list", "--kind", "chain"]);
    assert_eq!(chains["records"].as_array().unwrap().len(), 3);
    let listed = place.run(["audit", "list"]).answer;
    let id = listed.lines().nth(1).unwrap().rsplit("  ").next().unwrap();
    let shown = place.run(["audit", "show", id]);
    assert!(
        shown.answer.contains("made the key `laptop`"),
        "{}",
        shown.answer
    );
    let missing = place.run(["audit", "show", "chn_00000000000000000000000000000000-1"]);
    assert_eq!(missing.code, 3, "{}", missing.complaint);
}

#[test]
fn a_name_that_may_be_mistyped_is_told_where_nothing_is_found() {
    let place = with_records();
    let told = |flag: &str, name: &str| place.run(["audit", "list", flag, name]).answer;
    let start = "nothing of this is on record";
    assert_eq!(
        told("--agent", "nobody"),
        format!("{start}; there is no agent `nobody`: `portico agent list` has the names\n")
    );
    assert_eq!(
        told("--connection", "acme"),
        format!(
            "{start}; there is no connection `acme`: `portico connection list` has the names\n"
        )
    );
    assert_eq!(
        told("--operation", "getOrder s"),
        format!(
            "{start}; no such operation `getOrder s`; did you mean `getOrders`? `portico operations list` shows those that there are\n"
        )
    );
    for known in ["getOrders", "flow.pause", "order_status"] {
        assert_eq!(told("--operation", known), format!("{start}\n"));
    }
}

#[test]
fn a_verification_ends_with_a_failure_where_something_was_altered() {
    let place = with_records();
    let verified = place.run(["audit", "verify"]);
    assert_eq!(verified.code, 0, "{}", verified.complaint);
    assert!(
        verified
            .answer
            .starts_with("verified: 9 records in 3 chains since "),
        "{}",
        verified.answer
    );

    alter(
        &place,
        "DELETE FROM audit WHERE number = 2 AND chain = (SELECT min(chain) FROM audit)",
    );
    let verified = place.run(["audit", "verify"]);
    assert_eq!(verified.code, 1);
    assert!(
        verified.answer.contains("-2 is missing"),
        "{}",
        verified.answer
    );
    let found = place.run(["audit", "verify", "--json"]);
    assert_eq!(found.code, 1);
    assert!(
        found.answer.contains("\"verified\":false"),
        "{}",
        found.answer
    );
}

#[test]
fn an_export_has_a_line_for_each_record() {
    let place = with_records();
    let csv = place.run(["audit", "export"]).answer;
    assert_eq!(csv.lines().count(), 1 + 6, "{csv}");
    let found = place.run(["audit", "export", "--format", "jsonl", "--until", "1d"]);
    assert_eq!(found.answer.lines().count(), 0, "{}", found.answer);
    assert_eq!(place.run(["audit", "export", "--json"]).code, 2);
}

#[tokio::main]
async fn alter(place: &Place, sql: &'static str) {
    let store = Store::open(&Database::Sqlite(place.path("portico-data/portico.db")))
        .await
        .unwrap();
    let alter = move |tx: &mut dyn Tx| tx.execute(sql, &[]);
    assert!(store.write(alter).await.unwrap() > 0);
    store.close().await;
}

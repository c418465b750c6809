//! The audit over HTTP: listed, found, exported and verified.

use http::{Method, header};
use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::stand::{Answer, Stand};

async fn sentences(stand: &Stand, query: &str) -> Vec<String> {
    let listed = stand.read(&format!("/v1/audit{query}")).await;
    let records = listed["records"].as_array().unwrap().iter();
    let sentence = |record: &Value| record["sentence"].as_str().unwrap().to_owned();
    records.map(sentence).collect()
}

/// A stand whose records of three changes are durable.
async fn with_records(store: Store) -> Stand {
    let stand = Stand::alone(store).await;
    let body = json!({ "name": "laptop" });
    stand.post("/v1/keys", body.clone()).await.json(201);
    assert_eq!(stand.post("/v1/keys", body).await.status, 409);
    stand.engine.close().await;
    stand
}

on_both! {
    async fn changes_are_listed_and_found(store: Store) {
        let stand = with_records(store).await;
        insta::assert_snapshot!(sentences(&stand, "").await.join("\n"), @r"
        The administration key `first` tried to make the key `laptop`; not done: it conflicts with what is there
        The administration key `first` made the key `laptop`
        Portico made the key `first`
        ");
        assert_eq!(sentences(&stand, "?kind=chain").await, ["Portico began the first chain of records"]);
        assert_eq!(sentences(&stand, "?kind=change").await.len(), 3);
        assert_eq!(sentences(&stand, "?operation=key.add&limit=1").await.len(), 1);
        assert_eq!(sentences(&stand, "?agent=Robot").await.len(), 0);
        assert_eq!(sentences(&stand, "?since=1h").await.len(), 3);
        assert_eq!(sentences(&stand, "?until=2026-03-02").await.len(), 0);
        assert_eq!(sentences(&stand, "?verdict=denied").await.len(), 0);

        let page = stand.read("/v1/audit?limit=2").await;
        let next = page["next"].as_str().unwrap();
        assert_eq!(sentences(&stand, &format!("?next={next}")).await.len(), 1);
        let id = page["records"][0]["id"].as_str().unwrap();
        let shown = stand.read(&format!("/v1/audit/{id}")).await;
        assert_eq!(shown, page["records"][0]);
        assert_eq!(shown["record"]["what"]["by"]["who"]["name"], "first");
    }
}

on_both! {
    async fn what_cannot_be_asked_says_how_to_ask(store: Store) {
        let stand = Stand::alone(store).await;
        let ask = async |path: &str| -> Answer { stand.call(Method::GET, path, None).await };
        let mut told = Vec::new();
        for path in [
            "/v1/audit?kind=outcome",
            "/v1/audit?verdict=maybe",
            "/v1/audit?since=lately",
            "/v1/audit?limit=0",
            "/v1/audit?next=1",
            "/v1/audit/17",
            "/v1/audit/export?format=xlsx",
        ] {
            told.push(ask(path).await.problem());
        }
        insta::assert_snapshot!(told.join("\n"), @"
        400 request: `kind`: a kind is call, change, deal or chain
        400 request: `verdict`: a verdict is allowed, denied, refused, asked or tried_out
        400 request: the query: since: give how long ago, such as 30m, 12h, 1d or 2w, or a day such as 2026-01-31 or a moment such as 2026-01-31T00:00:00Z
        400 request: `limit` is a number from 1 to 500
        422 request: this is not the `next` of a page before; begin without it
        404 not-found: no such record `17`
        400 request: `format`: the formats are csv and jsonl
        ");
    }
}

on_both! {
    async fn an_export_is_a_file_with_all_records(store: Store) {
        let stand = with_records(store).await;
        let answer = stand.call(Method::GET, "/v1/audit/export", None).await;
        assert_eq!(answer.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
        let mut lines = answer.body.split("\r\n");
        assert_eq!(
            lines.next(),
            Some("at,id,kind,actor,connection,operation,verdict,status,milliseconds,sentence")
        );
        assert_eq!(lines.count(), 4 + 1, "and an end");
        let answer = stand.call(Method::GET, "/v1/audit/export?format=jsonl", None).await;
        let lines = answer.body.lines().map(|line| serde_json::from_str(line).unwrap());
        let lines: Vec<Value> = lines.collect();
        assert_eq!(lines.len(), 4);
        let answer = stand.call(Method::GET, "/v1/audit/export?format=jsonl&kind=chain", None).await;
        assert_eq!(answer.body.lines().count(), 1);
        assert_eq!(lines[2]["sentence"], "The administration key `first` made the key `laptop`");
    }
}

on_both! {
    async fn a_verification_says_what_it_read(store: Store) {
        let stand = with_records(store).await;
        let found = stand.read("/v1/audit/verify").await;
        assert_eq!(found["verified"], true);
        assert_eq!((&found["records"], &found["chains"]), (&json!(7), &json!(1)));
        assert_eq!(found["since"], "2026-03-02T12:00:00Z");
        assert_eq!(found["faults"], json!([]));
    }
}

//! What is refused says what to change, and never repeats a secret.

use axum::body::Body;
use http::{Method, Request, header};
use portico_store::{Store, on_both};
use serde_json::json;

use crate::stand::{Stand, get};
use crate::vendors::stand_with_vendors;

/// Stands wherever a secret or personal data could stand.
const CANARY: &str = "canary.7f3a@example.com";

on_both! {
    async fn a_refusal_says_what_to_change(store: Store) {
        let stand = Stand::alone(store).await;
        let said = async |method: Method, path: &str, body: Option<serde_json::Value>| {
            stand.call(method, path, body).await.problem()
        };
        let flow = json!({ "name": "f", "site": "s", "crm": "c", "settings": { "bandz": [] } });
        assert_eq!(
            said(Method::POST, "/v1/flows", Some(flow)).await.split(", expected").next().unwrap(),
            "422 request: settings.bandz: unknown field `bandz`"
        );
        assert_eq!(
            said(Method::POST, "/v1/flows", Some(json!({ "name": "f" }))).await,
            "422 request: the body: missing field `site`"
        );
        assert_eq!(
            said(Method::POST, "/v1/flows/f/backfill", None).await,
            "415 request: send the body as JSON, with `Content-Type: application/json`"
        );
        assert_eq!(
            said(Method::POST, "/v1/flows/f/backfill", Some(json!({ "since": "2026-01-01" }))).await,
            "404 not-found: no such flow `f`"
        );
        assert_eq!(
            said(Method::POST, "/v1/work/retry", Some(json!({ "queue": "moons", "key": "1" }))).await,
            "422 request: queue: `moons` is not a queue; the queues are read_history, sweep_orders, \
             read_order, index_contacts, sync_deal and refresh_token"
        );
        assert_eq!(
            said(Method::GET, "/v1/work?limit=5000", None).await,
            "400 request: the query: limit: a limit is from 1 to 1000"
        );
        assert_eq!(
            said(Method::GET, "/v1/work?state=asleep", None).await,
            "400 request: the query: state: expected one of `waiting`, `running`, `held`"
        );
        assert_eq!(
            said(Method::GET, "/v1/work?colour=red", None).await,
            "400 request: the query: colour: unknown field `colour`, expected `state` or `limit`"
        );
        assert_eq!(
            said(Method::GET, "/v1/connections/acme", None).await,
            "404 not-found: no such connection `acme`"
        );
        assert_eq!(
            said(Method::GET, "/v1/nothing", None).await,
            "404 not-found: there is nothing at this address; `/v1/openapi.json` lists what there is"
        );
    }
}

on_both! {
    async fn a_wrong_method_is_told_the_right_ones(store: Store) {
        let stand = Stand::alone(store).await;
        for (method, path, allowed) in [
            (Method::PUT, "/v1/flows", "GET,HEAD,POST"),
            (Method::GET, "/hooks/squarespace/x", "POST"),
            (Method::POST, "/healthz", "GET,HEAD"),
        ] {
            let answer = stand.call(method, path, None).await;
            assert!(answer.problem().starts_with("405 method: "), "{path}");
            assert_eq!(answer.headers[header::ALLOW], allowed, "{path}");
        }
    }
}

on_both! {
    async fn every_answer_has_an_identifier_and_is_not_kept(store: Store) {
        let stand = Stand::alone(store).await;
        let mut seen = std::collections::HashSet::new();
        for path in ["/healthz", "/readyz", "/v1/openapi.json", "/nothing", "/v1/flows", "/login"] {
            let answer = stand.send(get(path)).await;
            assert!(seen.insert(answer.headers["x-request-id"].clone()), "{path}");
            assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store", "{path}");
            assert_eq!(answer.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        }
    }
}

on_both! {
    async fn the_database_is_asked_whether_it_answers(store: Store) {
        let stand = Stand::alone(store).await;
        assert_eq!(stand.send(get("/healthz")).await.status, 204);
        assert_eq!(stand.send(get("/readyz")).await.status, 204);
    }
}

on_both! {
    async fn no_refusal_repeats_a_secret_or_an_address(store: Store) {
        let (stand, vendors) = stand_with_vendors(store, "127.0.0.1:9".parse().unwrap()).await;
        let kommo = vendors.crm("crm")["account"]["kommo"]["base"].clone();
        let connections = [
            json!({ "name": "a", "account": { "squarespace": { "api_key": CANARY } } }),
            json!({ "name": "a", "account": { "squarespace": { "api_key": format!("{CANARY}\n") } } }),
            json!({ "name": "a", "account": { "squarespace": { "api_key": [CANARY] } } }),
            json!({ "name": "a", "account": { "squarespace": CANARY } }),
            json!({ "name": "a", "account": { "squarespace": { "tokens": CANARY } } }),
            json!({ "name": "a", "account": { "squarespace": { "tokens": {
                "client_id": "c", "client_secret": CANARY, "access_token": CANARY,
                "refresh_token": CANARY } } } }),
            json!({ "name": "a", "account": { "kommo": {
                "base": kommo, "credential": { "long_lived_token": CANARY } } } }),
            json!({ "name": "a", "account": { "kommo": {
                "base": CANARY, "credential": { "long_lived_token": CANARY } } } }),
            json!({ "name": "a", "account": { "kommo": {
                "base": kommo, "credential": { "authorization_code": {
                    "client_id": "c", "client_secret": CANARY, "redirect_uri": "https://acme.example",
                    "code": CANARY } } } } }),
            json!({ "name": "a", "account": { "kommo": { "base": kommo, "credential": CANARY } } }),
            json!({ "name": "a", "account": CANARY }),
            json!([CANARY]),
            json!(CANARY),
        ];
        for connection in connections {
            let answer = stand.post("/v1/connections", connection.clone()).await;
            assert!(!answer.problem().contains("canary"), "{connection}: {}", answer.body);
        }
        let bodies = [CANARY.to_owned(), format!("{{\"name\": {CANARY}"), format!("[] {CANARY}")];
        for body in bodies {
            let request = Request::post("/v1/connections")
                .header(header::AUTHORIZATION, format!("Bearer {}", stand.key))
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body))
                .unwrap();
            let answer = stand.send(request).await;
            assert!(!answer.problem().contains("canary"), "{}", answer.body);
        }
        let wrong_key = Request::get("/v1/flows")
            .header(header::AUTHORIZATION, format!("Bearer {CANARY}"))
            .body(Body::empty())
            .unwrap();
        assert!(!stand.send(wrong_key).await.body.contains("canary"));
        let query = stand.call(Method::GET, &format!("/v1/work?state={CANARY}"), None).await;
        assert!(!query.problem().contains("canary"), "{}", query.body);
        assert_eq!(stand.read("/v1/connections").await, json!({ "connections": [] }));
    }
}

//! Nobody gets into the admin API without a key, and nobody with one that was taken back.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use jiff::SignedDuration;
use portico_domain::key::{KeyKind, compose};
use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::document::operations;
use crate::stand::{Answer, Stand, get};

on_both! {
    async fn no_operation_is_open_without_the_key(store: Store) {
        let stand = Stand::alone(store).await;
        let unknown = compose(KeyKind::Administration, &[9; 32]);
        let keys = [
            None,
            Some("Bearer ".to_owned()),
            Some(stand.key.clone()),
            Some(format!("Basic {}", stand.key)),
            Some("Bearer ptc_adm_short".to_owned()),
            Some(format!("Bearer {}x", stand.key)),
            Some(format!("Bearer {unknown}")),
        ];
        for (method, path) in &doors_of_the_api(&stand).await {
            for key in &keys {
                let mut request = Request::builder().method(method.as_str()).uri(path);
                if let Some(key) = key {
                    request = request.header(header::AUTHORIZATION, key);
                }
                let answer = stand.send(request.body(Body::empty()).unwrap()).await;
                assert_eq!(
                    answer.problem(),
                    "401 unauthorized: the key is missing or wrong; send `Authorization: Bearer ptc_adm_…`",
                    "{method} {path} {key:?}"
                );
                assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
            }
        }
    }
}

on_both! {
    async fn the_scheme_of_the_key_is_read_without_case(store: Store) {
        let stand = Stand::alone(store).await;
        let request = Request::get("/v1/flows")
            .header(header::AUTHORIZATION, format!("bearer {}", stand.key))
            .body(Body::empty())
            .unwrap();
        stand.send(request).await.json(200);
    }
}

/// Method and path of everything below `/v1` that wants a key.
pub(crate) async fn doors_of_the_api(stand: &Stand) -> Vec<(String, String)> {
    let document = stand.send(get("/v1/openapi.json")).await.json(200);
    let mut doors: Vec<(String, String)> = operations(&document)
        .into_iter()
        .filter(|(path, ..)| path != "/v1/openapi.json")
        .map(|(path, method, _)| (method, path.replace(['{', '}'], "")))
        .collect();
    assert!(doors.len() >= 20, "{doors:?}");
    // What is not there, or takes another method, tells no more than what is.
    doors.push(("GET".to_owned(), "/v1/nothing".to_owned()));
    doors.push(("PUT".to_owned(), "/v1/flows".to_owned()));
    doors
}

/// What a door answers to a key that was made.
async fn answer(stand: &Stand, method: &str, path: &str, made: &Value) -> Answer {
    let key = made["secret"].as_str().unwrap();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .body(Body::empty());
    stand.send(request.unwrap()).await
}

/// Whether a key lets its holder in.
async fn lets_in(stand: &Stand, made: &Value) -> bool {
    answer(stand, "GET", "/v1/flows", made).await.status == StatusCode::OK
}

/// Name and state of every key.
async fn states(stand: &Stand) -> Vec<String> {
    let keys = stand.read("/v1/keys").await;
    let keys = keys["keys"].as_array().unwrap().iter();
    keys.map(|key| {
        format!(
            "{} {}",
            key["name"].as_str().unwrap(),
            key["state"].as_str().unwrap()
        )
    })
    .collect()
}

on_both! {
    async fn a_key_lets_in_until_it_is_revoked(store: Store) {
        let stand = Stand::alone(store).await;
        stand.clock.advance(SignedDuration::from_mins(1));
        let made = stand.post("/v1/keys", json!({ "name": "laptop" })).await.json(201);
        assert_eq!(made["key"]["kind"], "administration");
        assert!(lets_in(&stand, &made).await);

        let taken = stand.post("/v1/keys", json!({ "name": "laptop" })).await;
        assert_eq!(
            taken.problem(),
            "409 conflict: there is already a key `laptop`; choose another name, or revoke it first"
        );
        let gone = stand.call(Method::DELETE, "/v1/keys/laptop", None).await;
        assert_eq!(gone.status, 204);
        assert!(!lets_in(&stand, &made).await);
        let again = stand.call(Method::DELETE, "/v1/keys/laptop", None).await;
        assert_eq!(again.problem(), "404 not-found: no such key `laptop`");

        stand.clock.advance(SignedDuration::from_mins(1));
        let another = stand.post("/v1/keys", json!({ "name": "laptop" })).await.json(201);
        assert!(lets_in(&stand, &another).await);
        assert!(!lets_in(&stand, &made).await);
        assert_eq!(states(&stand).await, ["first active", "laptop revoked", "laptop active"]);
    }
}

on_both! {
    async fn a_key_lets_in_until_it_expires(store: Store) {
        let stand = Stand::alone(store).await;
        stand.clock.advance(SignedDuration::from_mins(1));
        let wanted = json!({ "name": "guest", "expires_at": "2026-03-02T13:00:00Z" });
        let made = stand.post("/v1/keys", wanted).await.json(201);
        assert!(lets_in(&stand, &made).await);

        stand.clock.advance(SignedDuration::from_hours(1));
        assert!(!lets_in(&stand, &made).await);
        assert_eq!(states(&stand).await, ["first active", "guest expired"]);
        let late = json!({ "name": "late", "expires_at": "2026-03-02T13:00:00Z" });
        assert_eq!(
            stand.post("/v1/keys", late).await.problem(),
            "422 request: a key that expires at 2026-03-02T13:00:00Z could never be used; choose a later time"
        );
    }
}

on_both! {
    async fn a_metrics_key_opens_the_metrics_and_nothing_else(store: Store) {
        let stand = Stand::alone(store).await;
        stand.clock.advance(SignedDuration::from_mins(1));
        let wanted = json!({ "name": "prometheus", "kind": "metrics" });
        let made = stand.post("/v1/keys", wanted).await.json(201);
        assert!(made["secret"].as_str().unwrap().starts_with("ptc_met_"));
        assert_eq!(answer(&stand, "GET", "/metrics", &made).await.status, 200);

        let mut doors = doors_of_the_api(&stand).await;
        let others = [
            ("GET", "/connections"),
            ("POST", "/connections"),
            ("GET", "/connections/1"),
            ("DELETE", "/connections/1"),
            ("GET", "/squarespace/1.0/commerce/orders"),
        ];
        doors.extend(others.map(|(method, path)| (method.to_owned(), path.to_owned())));
        for (method, path) in doors {
            assert_eq!(
                answer(&stand, &method, &path, &made).await.problem(),
                "403 denied: this key opens `/metrics` and nothing else; an administrator makes \
                 others with `portico agent add` or `portico key add`",
                "{method} {path}"
            );
        }
        let listed = stand.read("/v1/keys").await;
        assert_eq!(listed["keys"][0]["kind"], "administration");
        assert_eq!(listed["keys"][1]["kind"], "metrics");
    }
}

on_both! {
    async fn a_metrics_key_ends_as_other_keys_do(store: Store) {
        let stand = Stand::alone(store).await;
        let lasting = json!({ "name": "prometheus", "kind": "metrics" });
        let lasting = stand.post("/v1/keys", lasting).await.json(201);
        let short = json!({ "name": "trial", "kind": "metrics", "expires_at": "2026-03-02T13:00:00Z" });
        let short = stand.post("/v1/keys", short).await.json(201);
        let taken = stand.post("/v1/keys", json!({ "name": "prometheus" })).await;
        assert_eq!(taken.status, 409, "a name says which key is revoked");

        stand.clock.advance(SignedDuration::from_hours(1));
        let revoked = stand.call(Method::DELETE, "/v1/keys/prometheus", None).await;
        assert_eq!(revoked.status, 204);
        for ended in [&lasting, &short] {
            let refused = answer(&stand, "GET", "/metrics", ended).await;
            assert_eq!(
                refused.problem(),
                "401 unauthorized: the key is missing or wrong; send `Authorization: Bearer ptc_met_…`, \
                 of a key that `portico key add NAME --metrics` made"
            );
            assert_eq!(refused.headers[header::WWW_AUTHENTICATE], "Bearer");
            assert_eq!(answer(&stand, "GET", "/v1/flows", ended).await.status, 401);
        }
    }
}

on_both! {
    async fn the_last_key_that_lets_in_is_kept(store: Store) {
        let stand = Stand::alone(store).await;
        let metrics = json!({ "name": "prometheus", "kind": "metrics" });
        stand.post("/v1/keys", metrics).await.json(201);
        let guest = json!({ "name": "guest", "expires_at": "2026-03-02T13:00:00Z" });
        stand.post("/v1/keys", guest).await.json(201);
        stand.clock.advance(SignedDuration::from_hours(1));

        let last = stand.call(Method::DELETE, "/v1/keys/first", None).await;
        assert_eq!(
            last.problem(),
            "409 conflict: `first` is the last key that lets anybody in; make another first with \
             `portico key add NAME`, or go without with `portico key revoke first --yes`"
        );
        let expired = stand.call(Method::DELETE, "/v1/keys/guest", None).await;
        assert_eq!(expired.status, 204);

        stand.engine.revoke_key_even_the_last("first").await.unwrap();
        assert!(stand.engine.first_admin_key().await.unwrap().is_none());
    }
}

on_both! {
    async fn no_list_of_keys_holds_a_secret(store: Store) {
        let stand = Stand::alone(store).await;
        let made = stand.post("/v1/keys", json!({ "name": "laptop" })).await.json(201);
        let listed = stand.read("/v1/keys").await.to_string();

        for secret in [&stand.key, made["secret"].as_str().unwrap()] {
            assert!(!listed.contains(&secret["ptc_adm_".len()..]), "{listed}");
        }
    }
}

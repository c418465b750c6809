//! Each door that wants a key, with every kind of key that there is.

use axum::body::Body;
use http::{Request, header};
use jiff::SignedDuration;
use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::keys::doors_of_the_api;
use crate::stand::{Answer, Stand};

/// What agents may read of the admin API: what they could call, and their own approvals.
const FOR_AGENTS: [&str; 3] = ["/v1/operations", "/v1/operations/id", "/v1/approvals/id"];

/// A key with the name by which a failure tells it.
struct Key {
    name: &'static str,
    secret: Option<String>,
}

/// Keys that open nothing, then those that open something.
struct Keys {
    dead: Vec<Key>,
    metrics: Key,
    agent: Key,
    stopped: Key,
}

async fn keys(stand: &Stand) -> Keys {
    let of = |name, made: &Value| Key {
        name,
        secret: Some(made["secret"].as_str().unwrap().to_owned()),
    };
    let key = async |wanted: Value| stand.post("/v1/keys", wanted).await.json(201);
    let agent = async |name: &str| {
        stand
            .post("/v1/agents", json!({ "name": name }))
            .await
            .json(201)
    };
    let revoked = key(json!({ "name": "revoked" })).await;
    let expired = key(json!({ "name": "expired", "expires_at": "2026-03-02T13:00:00Z" })).await;
    let metrics = key(json!({ "name": "prometheus", "kind": "metrics" })).await;
    let (gone, idle) = (agent("Gone").await, agent("Idle").await);
    let rotated = agent("Rotated").await;
    stand
        .engine
        .revoke_key_even_the_last("revoked")
        .await
        .unwrap();
    stand.engine.revoke_agent("Gone").await.unwrap();
    let rotate = json!({ "overlap_seconds": 0 });
    stand
        .post("/v1/agents/Rotated/rotate", rotate)
        .await
        .json(200);
    stand.clock.advance(SignedDuration::from_hours(2));
    let whole = idle["secret"].as_str().unwrap();
    let cut = |secret: &str| Some(secret[..secret.len() - 6].to_owned());
    let dead = vec![
        Key {
            name: "none",
            secret: None,
        },
        Key {
            name: "garbage",
            secret: Some("nonsense".to_owned()),
        },
        Key {
            name: "a truncated administration key",
            secret: cut(&stand.key),
        },
        Key {
            name: "a truncated agent's key",
            secret: cut(whole),
        },
        of("an expired key", &expired),
        of("a revoked key", &revoked),
        of("a revoked agent's key", &gone),
        of("a former key of an agent", &rotated),
    ];
    let (agent, stopped) = (
        of("an agent without a grant", &idle),
        of("a stopped agent", &idle),
    );
    Keys {
        dead,
        metrics: of("a metrics key", &metrics),
        agent,
        stopped,
    }
}

async fn knock(stand: &Stand, door: &(String, String), key: &Key) -> Answer {
    let (method, path) = door;
    let mut request = Request::builder()
        .method(method.as_str())
        .uri(path)
        .header(header::HOST, "localhost");
    if let Some(secret) = &key.secret {
        request = request.header(header::AUTHORIZATION, format!("Bearer {secret}"));
    }
    stand.send(request.body(Body::empty()).unwrap()).await
}

/// The doors outside of the API that want a key, with what an agent without a grant is told there.
const OTHERS: [(&str, &str, &str); 6] = [
    (
        "GET",
        "/squarespace/1.0/commerce/orders",
        "400 no-connection: ",
    ),
    (
        "POST",
        "/squarespace/1.0/commerce/inventory/adjustments",
        "400 no-connection: ",
    ),
    (
        "GET",
        "/connections/00000000-0000-0000-0000-000000000000",
        "404 not-found: ",
    ),
    ("POST", "/connections", "403 denied: "),
    (
        "DELETE",
        "/connections/00000000-0000-0000-0000-000000000000",
        "403 denied: ",
    ),
    ("GET", "/metrics", "403 denied: "),
];

on_both! {
    async fn doors_outside_of_the_api_tell_each_kind_of_key_from_the_others(store: Store) {
        let stand = Stand::alone(store).await;
        let Keys { dead, metrics, agent, stopped } = keys(&stand).await;
        let administrator = Key { name: "an administrator", secret: Some(stand.key.clone()) };
        for (method, path, told) in OTHERS {
            let door = (method.to_owned(), path.to_owned());
            for key in &dead {
                let answer = knock(&stand, &door, key).await;
                assert!(answer.problem().starts_with("401 unauthorized: "), "{door:?} {}: {}", key.name, answer.body);
                assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer", "{door:?} {}", key.name);
            }
            let answer = knock(&stand, &door, &metrics).await;
            if path == "/metrics" {
                assert_eq!(answer.status, 200);
            } else {
                assert!(answer.problem().starts_with("403 denied: this key opens `/metrics` and nothing else"), "{door:?}");
            }
            let answer = knock(&stand, &door, &agent).await;
            assert!(answer.problem().starts_with(told), "{door:?}: {}", answer.problem());
            let answer = knock(&stand, &door, &administrator).await;
            assert!(![401, 403].contains(&answer.status.as_u16()), "{door:?}: {}", answer.body);
        }
        let list = ("GET".to_owned(), "/connections".to_owned());
        assert_eq!(knock(&stand, &list, &agent).await.json(200), json!({ "connections": [] }));
        stand.engine.stop_agents().await.unwrap();
        for (method, path, _) in OTHERS.into_iter().filter(|(_, path, _)| *path != "/metrics") {
            let refused = knock(&stand, &(method.to_owned(), path.to_owned()), &stopped).await.problem();
            assert!(refused.starts_with("403 stopped: all agents are stopped since "), "{path}: {refused}");
        }
    }
}

on_both! {
    async fn every_door_tells_each_kind_of_key_from_the_others(store: Store) {
        let stand = Stand::alone(store).await;
        let Keys { dead, metrics, agent, stopped } = keys(&stand).await;
        let mut doors = doors_of_the_api(&stand).await;
        doors.push(("POST".to_owned(), "/mcp".to_owned()));
        doors.push(("DELETE".to_owned(), "/mcp".to_owned()));
        for part in ["/mcp", "/v1/agents", "/v1/approvals", "/v1/audit"] {
            assert!(doors.iter().filter(|(_, path)| path.starts_with(part)).count() > 1, "{part}");
        }
        for door in &doors {
            for key in &dead {
                let answer = knock(&stand, door, key).await;
                assert!(answer.problem().starts_with("401 unauthorized: "), "{door:?} {}: {}", key.name, answer.body);
                assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer", "{door:?} {}", key.name);
            }
            let refused = knock(&stand, door, &metrics).await.problem();
            assert!(refused.starts_with("403 denied: this key opens `/metrics` and nothing else"), "{door:?}: {refused}");
            let answer = knock(&stand, door, &agent).await;
            let (method, path) = door;
            let is_open = path == "/mcp" || (method == "GET" && FOR_AGENTS.contains(&path.as_str()));
            if is_open {
                assert!(![401, 403].contains(&answer.status.as_u16()), "{door:?}: {}", answer.body);
            } else {
                assert!(answer.problem().starts_with("403 denied: "), "{door:?}: {}", answer.body);
            }
        }
        stand.engine.stop_agents().await.unwrap();
        for door in &doors {
            let refused = knock(&stand, door, &stopped).await.problem();
            assert!(refused.starts_with("403 stopped: all agents are stopped since "), "{door:?}: {refused}");
        }
        let administrator = Key { name: "an administrator", secret: Some(stand.key.clone()) };
        for door in &doors {
            let answer = knock(&stand, door, &administrator).await;
            assert!(![401, 403].contains(&answer.status.as_u16()), "{door:?}: {}", answer.body);
        }
    }
}

//! What Prometheus reads of a shop's day.

use portico_domain::agent::{Area, Level};
use portico_engine::NewGrant;
use portico_store::{Store, on_both};
use reqwest::StatusCode;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::world::{Link, World};

/// The lines that begin so, without the buckets of histograms.
fn lines(text: &str, of: &[&str]) -> String {
    let wanted = |line: &&str| of.iter().any(|name| line.starts_with(name));
    let mut lines: Vec<&str> = text.lines().filter(wanted).collect();
    lines.sort_unstable();
    lines.join("\n")
}

async fn metrics(world: &World) -> String {
    let key = world.engine.first_admin_key().await.unwrap().unwrap();
    let url = format!("{}metrics", world.hub);
    let call = world.http.get(url).bearer_auth(key.secret.expose_secret());
    let answer = call.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let kind = answer.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    answer.text().await.unwrap()
}

on_both! {
    async fn calls_are_counted_by_connection_operation_and_answer(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let order = world.people(json!({"app": "squarespace", "action": "checkout", "email": "ines@example.com"})).await;
        world.settle().await;
        let grant = NewGrant { connection: None, area: Area::Orders, level: Level::Read };
        let agent = world.engine.add_agent("Robot", &[grant]).await.unwrap();
        world.fault(json!({"app": "squarespace", "kind": "status", "status": 503, "method": "GET", "path": "orders/", "times": 1})).await;
        let url = format!("{}squarespace/1.0/commerce/orders/{}", world.hub, order["id"].as_str().unwrap());
        let call = world.http.get(url).bearer_auth(agent.secret.expose_secret());
        assert_eq!(call.send().await.unwrap().status(), StatusCode::OK);

        let text = metrics(&world).await;
        insta::assert_snapshot!(lines(&text, &["portico_requests_total{connection=\"acme\",operation=\"getOrder\"", "portico_retries", "portico_connection_active", "portico_token_renewals"]), @r#"
        portico_connection_active{connection="acme",app="squarespace"} 1
        portico_connection_active{connection="crm",app="kommo"} 1
        portico_requests_total{connection="acme",operation="getOrder",status="200"} 2
        portico_requests_total{connection="acme",operation="getOrder",status="503"} 1
        portico_retries_total{connection="acme",operation="getOrder"} 1
        "#);
        assert!(lines(&text, &["portico_request_seconds_count"]).contains("createLeadsComplex"), "{text}");
        assert!(!text.contains("ines@example.com"), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
    }
}

on_both! {
    async fn nobody_reads_them_without_a_key_of_an_administrator(store: Store) {
        let world = World::new(store).await;
        let agent = world.engine.add_agent("Robot", &[]).await.unwrap();
        let url = format!("{}metrics", world.hub);
        let without = world.http.get(&url);
        let of_agent = world.http.get(&url).bearer_auth(agent.secret.expose_secret());
        for call in [without, of_agent] {
            assert_eq!(call.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
        }
    }
}

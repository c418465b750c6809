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
    let key = world
        .engine
        .add_metrics_key("prometheus", None)
        .await
        .unwrap();
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
    async fn renewals_and_what_is_left_of_a_budget_are_told(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let grant = NewGrant { connection: None, area: Area::Orders, level: Level::Read };
        let agent = world.engine.add_agent("Robot", &[grant]).await.unwrap();
        let id = world.credentials().await["squarespace"]["sites"][0]["website_id"].clone();
        world.people(json!({"app": "squarespace", "action": "expire_tokens", "kind": "access", "website_id": id})).await;
        world.clock.advance(jiff::SignedDuration::from_mins(1));
        let url = format!("{}squarespace/1.0/commerce/orders", world.hub);
        let call = world.http.get(url).bearer_auth(agent.secret.expose_secret());
        assert_eq!(call.send().await.unwrap().status(), StatusCode::OK);

        // Of twenty that may start at once, one was refused, one renewed the token, and one was the repeat.
        insta::assert_snapshot!(lines(&metrics(&world).await, &["portico_token_renewals_total", "portico_budget_calls"]), @r#"
        portico_budget_calls{connection="acme",app="squarespace"} 17
        portico_token_renewals_total{connection="acme",outcome="renewed"} 1
        "#);
    }
}

on_both! {
    async fn calls_that_the_gateway_refuses_are_counted_by_reason(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let grant = NewGrant { connection: None, area: Area::Orders, level: Level::Read };
        let agent = world.engine.add_agent("Robot", &[grant]).await.unwrap();
        let get = |path: &str| world.http.get(format!("{}squarespace/1.0/commerce/{path}", world.hub));
        let of_agent = |path: &str| get(path).bearer_auth(agent.secret.expose_secret());
        let calls = [
            (of_agent("orders"), 200),
            (of_agent("inventory"), 403),
            (of_agent("wishes"), 404),
            (of_agent("orders").header("portico-connection", "other"), 404),
            (get("orders"), 401),
            (get("orders").bearer_auth("ptc_agt_wrong"), 401),
        ];
        for (call, status) in calls {
            assert_eq!(call.send().await.unwrap().status(), status);
        }

        insta::assert_snapshot!(lines(&metrics(&world).await, &["portico_refusals"]), @r#"
        portico_refusals_total{reason="denied"} 1
        portico_refusals_total{reason="not-found"} 2
        portico_refusals_total{reason="unauthorized"} 2
        "#);
    }
}

on_both! {
    async fn they_are_read_with_a_key_of_their_own_or_an_administrators(store: Store) {
        let world = World::new(store).await;
        let metrics = world.engine.add_metrics_key("prometheus", None).await.unwrap();
        let agent = world.engine.add_agent("Robot", &[]).await.unwrap();
        let first = world.engine.first_admin_key().await.unwrap();
        let first = first.expect("a key of the metrics is no administrator's");
        let get = || world.http.get(format!("{}metrics", world.hub));
        for (call, status) in [
            (get(), StatusCode::UNAUTHORIZED),
            (get().bearer_auth(agent.secret.expose_secret()), StatusCode::FORBIDDEN),
            (get().bearer_auth(metrics.secret.expose_secret()), StatusCode::OK),
            (get().bearer_auth(first.secret.expose_secret()), StatusCode::OK),
        ] {
            assert_eq!(call.send().await.unwrap().status(), status);
        }
    }
}

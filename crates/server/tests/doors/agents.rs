//! Agents are made, granted and revoked over `/v1`, and their keys open the gateway and nothing else.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::body::Body;
use http::{Method, Request, header};
use jiff::SignedDuration;
use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::stand::{Answer, Stand};
use crate::vendors::stand_with_vendors;

/// No notifications are needed here.
const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9);

/// Calls as the agent does.
async fn call(stand: &Stand, made: &Value, path: &str) -> Answer {
    let key = made["secret"].as_str().unwrap();
    let request = Request::get(path)
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .body(Body::empty());
    stand.send(request.unwrap()).await
}

async fn set(stand: &Stand, method: Method, grants: Value) -> Answer {
    let path = "/v1/agents/Store%20Agent/grants";
    stand
        .call(method, path, Some(json!({ "grants": grants })))
        .await
}

on_both! {
    async fn an_agent_may_do_what_it_is_granted_from_its_next_call_on(store: Store) {
        let (stand, vendors) = stand_with_vendors(store, NOWHERE).await;
        stand.post("/v1/connections", vendors.site("acme")).await.json(201);
        let orders = "/squarespace/1.0/commerce/orders";
        let made = stand.post("/v1/agents", json!({ "name": "Store Agent" })).await.json(201);
        assert_eq!(made["agent"]["grants"], json!([]));
        let refused = call(&stand, &made, orders).await;
        assert!(refused.problem().starts_with("400 no-connection: "), "{}", refused.body);

        let read = json!([{ "area": "orders", "level": "read" }]);
        let granted = set(&stand, Method::PATCH, read).await.json(200);
        assert_eq!(
            granted["grants"],
            json!([{ "connection": null, "area": "orders", "level": "read" }])
        );
        assert_eq!(call(&stand, &made, orders).await.status, 200);
        let products = "/squarespace/v2/commerce/products";
        let refused = call(&stand, &made, products).await;
        assert!(refused.problem().contains("products=read"), "{}", refused.body);

        let only = json!([{ "connection": "acme", "area": "products", "level": "full" }]);
        let granted = set(&stand, Method::PUT, only.clone()).await.json(200);
        assert_eq!(granted["grants"], only);
        assert_eq!(call(&stand, &made, products).await.status, 200);
        assert_eq!(call(&stand, &made, orders).await.status, 403);
        assert_eq!(stand.read("/v1/agents/Store%20Agent").await, granted);
        assert_eq!(stand.read("/v1/agents").await, json!({ "agents": [granted], "stopped_at": null }));

        let gone = stand.call(Method::DELETE, "/v1/agents/Store%20Agent", None).await;
        assert_eq!(gone.status, 204);
        assert_eq!(call(&stand, &made, products).await.status, 401);
        assert_eq!(stand.read("/v1/agents").await, json!({ "agents": [], "stopped_at": null }));
    }
}

on_both! {
    async fn an_agents_key_opens_the_operations_and_nothing_else_of_the_admin_api(store: Store) {
        let stand = Stand::alone(store).await;
        let all = json!([{ "area": "orders", "level": "full" }, { "area": "site", "level": "full" }]);
        let wanted = json!({ "name": "Store Agent", "grants": all });
        let made = stand.post("/v1/agents", wanted).await.json(201);
        for path in ["/v1/agents", "/v1/connections", "/v1/keys", "/v1/nothing"] {
            let refused = call(&stand, &made, path).await;
            assert!(refused.problem().starts_with("403 denied: "), "{path}");
        }
        for path in ["/v1/operations", "/v1/operations/getOrders"] {
            assert_eq!(call(&stand, &made, path).await.status, 200, "{path}");
            let stranger = json!({ "secret": "ptc_agt_0000" });
            let refused = call(&stand, &stranger, path).await;
            assert!(refused.problem().starts_with("401 unauthorized: "), "{path}");
        }
        let listed = stand.read("/v1/agents").await.to_string();
        let secret = made["secret"].as_str().unwrap();
        assert!(!listed.contains(&secret["ptc_agt_".len()..]), "{listed}");
        let keys = stand.read("/v1/keys").await;
        assert_eq!(keys["keys"].as_array().unwrap().len(), 1, "{keys}");
    }
}

on_both! {
    async fn a_name_belongs_to_one_agent_at_a_time(store: Store) {
        let stand = Stand::alone(store).await;
        let wanted = json!({ "name": "Store Agent" });
        stand.post("/v1/agents", wanted.clone()).await.json(201);
        assert_eq!(
            stand.post("/v1/agents", wanted.clone()).await.problem(),
            "409 conflict: there is already an agent `Store Agent`; choose another name, or revoke it first"
        );
        stand.clock.advance(SignedDuration::from_mins(1));
        let gone = stand.call(Method::DELETE, "/v1/agents/Store%20Agent", None).await;
        assert_eq!(gone.status, 204);
        stand.post("/v1/agents", wanted).await.json(201);
    }
}

on_both! {
    async fn what_cannot_be_granted_is_refused_in_words_and_changes_nothing(store: Store) {
        let stand = Stand::alone(store).await;
        stand.post("/v1/agents", json!({ "name": "Store Agent" })).await.json(201);
        for (grants, words) in [
            (json!([{ "area": "tills", "level": "read" }]), "422 request: "),
            (json!([{ "area": "orders", "level": "write" }]), "422 request: "),
            (json!([{ "area": "orders", "level": "read", "until": "noon" }]), "422 request: "),
            (
                json!([{ "area": "orders", "level": "read" }, { "area": "orders", "level": "off" }]),
                "422 request: `orders=read` and `orders=off` contradict each other",
            ),
            (
                json!([
                    { "area": "orders", "level": "read" },
                    { "connection": "gone", "area": "orders", "level": "read" },
                ]),
                "404 not-found: no such connection `gone`",
            ),
        ] {
            for method in [Method::PATCH, Method::PUT] {
                let refused = set(&stand, method, grants.clone()).await;
                assert!(refused.problem().starts_with(words), "{}", refused.body);
            }
        }
        assert_eq!(stand.read("/v1/agents/Store%20Agent").await["grants"], json!([]));

        let blank = stand.post("/v1/agents", json!({ "name": " " })).await;
        assert!(blank.problem().starts_with("422 request: "), "{}", blank.body);
        for method in [Method::GET, Method::DELETE] {
            let nobody = stand.call(method, "/v1/agents/Nobody", None).await;
            assert_eq!(nobody.problem(), "404 not-found: no such agent `Nobody`");
        }
    }
}

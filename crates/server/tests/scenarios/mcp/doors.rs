//! Who comes in at `/mcp`, and who does not.

use portico_domain::agent::{Area, Level};
use portico_store::{Store, on_both};
use reqwest::{RequestBuilder, Response};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Robot, problem};
use crate::world::{Link, World};

impl Robot<'_> {
    /// Begins a session as clients of earlier revisions do.
    async fn initialize(&self) -> Response {
        self.initialize_in("2025-11-25").send().await.unwrap()
    }

    fn initialize_in(&self, revision: &str) -> RequestBuilder {
        let params = json!({
            "protocolVersion": revision,
            "capabilities": {},
            "clientInfo": {"name": "robot", "version": "1"},
        });
        let begin = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
        self.bare().bearer_auth(&self.key).json(&begin)
    }
}

on_both! {
    async fn a_key_is_looked_at_as_at_the_gateway(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let robot = world.robot("Robot", &[(Area::Orders, Level::Read)]).await;
        let metrics = world.engine.add_metrics_key("prometheus", None).await.unwrap();
        let list = || json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
        let without = robot.bare().json(&list()).send().await.unwrap();
        assert_eq!(without.headers()["www-authenticate"], "Bearer");
        let of = async |key: &str| problem(robot.bare().bearer_auth(key).json(&list()).send().await.unwrap()).await;
        let mut refusals = vec![problem(without).await, of("ptc_agt_0000").await, of(&robot.key[..50]).await, of(metrics.secret.expose_secret()).await];

        robot.told("getOrders", json!({})).await;
        world.engine.revoke_agent("Robot").await.unwrap();
        refusals.push(problem(robot.request("tools/list", json!({})).send().await.unwrap()).await);
        insta::assert_snapshot!(refusals.join("\n"), @r"
        401 the key is missing or wrong; send `Authorization: Bearer ptc_agt_…`
        401 the key is missing or wrong; send `Authorization: Bearer ptc_agt_…`
        401 the key is missing or wrong; send `Authorization: Bearer ptc_agt_…`
        403 this key opens `/metrics` and nothing else; an administrator makes others with `portico agent add` or `portico key add`
        401 the key is missing or wrong; send `Authorization: Bearer ptc_agt_…`
        ");
        let counted = world.engine.metrics().await.unwrap();
        assert!(counted.contains(r#"portico_refusals_total{reason="unauthorized"} 4"#), "{counted}");
    }
}

on_both! {
    async fn an_administrator_sees_everything(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let mut robot = world.robot("Robot", &[]).await;
        let admin = world.engine.first_admin_key().await.unwrap().unwrap();
        robot.key = admin.secret.expose_secret().to_owned();
        assert_eq!(robot.names().await.len(), 57);
        robot.told("getProducts", json!({})).await;
    }
}

on_both! {
    async fn pages_of_other_sites_and_what_is_too_much_are_kept_out(store: Store) {
        let world = World::new(store).await;
        let robot = world.robot("Robot", &[]).await;
        let list = || robot.request("tools/list", json!({}));
        let own = world.hub.origin().ascii_serialization();
        assert_eq!(list().header("origin", own).send().await.unwrap().status(), 200);
        let long = "x".repeat(5 * 1024 * 1024);
        let refusals = [
            problem(list().header("origin", "https://evil.example").send().await.unwrap()).await,
            problem(list().header("host", "rebound.example").send().await.unwrap()).await,
            problem(robot.bare().bearer_auth(&robot.key).header("content-type", "application/json").body(long).send().await.unwrap()).await,
            problem(world.http.post(format!("{}mcp?mode=tiny", world.hub)).bearer_auth(&robot.key).send().await.unwrap()).await,
        ];
        insta::assert_snapshot!(refusals.join("\n"), @r"
        403 pages of other sites may not use this; a client that is no browser sends no `Origin`
        403 this server does not know itself under that `Host`; its owner sets `public_url` to the address at which clients reach it
        413 the body is larger than 4194304 bytes
        400 `/mcp` takes `mode=compact` or `mode=full`, and nothing else
        ");
        let deep = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"getOrder","arguments":{}1{}}}}}"#, "[".repeat(50_000), "]".repeat(50_000));
        let mut unread = Vec::new();
        for body in [deep.as_str(), "{\"jsonrpc\"", "[]", "null"] {
            let sent = robot.bare().bearer_auth(&robot.key).header("content-type", "application/json").body(body.to_owned());
            unread.push(problem(sent.send().await.unwrap()).await);
        }
        insta::assert_snapshot!(unread.join("\n"), @r"
        400 the body is no message of MCP: send one JSON-RPC 2.0 object
        400 the body is no JSON: EOF while parsing an object at line 1 column 10
        400 the body is no message of MCP: send one JSON-RPC 2.0 object
        400 the body is no message of MCP: send one JSON-RPC 2.0 object
        ");
        let browser = world.http.get(format!("{}mcp", world.hub)).send().await.unwrap();
        assert_eq!((browser.status().as_u16(), browser.headers()["allow"].to_str().unwrap()), (405, "POST, DELETE"));
    }
}

on_both! {
    async fn a_session_is_for_the_agent_who_began_it(store: Store) {
        let world = World::new(store).await;
        let robot = world.robot("Robot", &[]).await;
        let other = world.robot("Other", &[]).await;
        let begun = robot.initialize().await;
        assert_eq!(begun.status(), 200);
        let session = begun.headers()["mcp-session-id"].clone();
        drop(begun);
        let ping = |from: &Robot<'_>| {
            let ping = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
            from.bare().bearer_auth(&from.key).header("mcp-session-id", session.clone()).json(&ping).send()
        };
        assert_eq!(ping(&robot).await.unwrap().status(), 202);
        let refused = problem(ping(&other).await.unwrap()).await;
        insta::assert_snapshot!(refused, @"404 there is no such session (any more); begin another with `initialize`");
        let end = world.http.delete(format!("{}mcp", world.hub)).bearer_auth(&robot.key).header("mcp-session-id", session.clone()).send().await.unwrap();
        assert!(end.status().is_success(), "{}", end.status());
        assert_eq!(ping(&robot).await.unwrap().status(), 404);
    }
}

on_both! {
    async fn one_key_opens_so_many_sessions_and_keeps_nobody_else_out(store: Store) {
        let world = World::new(store).await;
        let (robot, other) = (world.robot("Robot", &[]).await, world.robot("Other", &[]).await);
        let at_once = futures_util::future::join_all((0..40).map(|_| robot.initialize())).await;
        let begun = at_once.iter().filter(|begun| begun.status() == 200);
        let sessions: Vec<_> = begun.map(|begun| begun.headers()["mcp-session-id"].clone()).collect();
        assert_eq!(sessions.len(), 32);
        let named = robot.initialize_in("2026-07-28").header("mcp-protocol-version", "2026-07-28");
        let refused = problem(named.send().await.unwrap()).await;
        assert_eq!(refused, problem(robot.initialize().await).await, "whatever revision it names");
        insta::assert_snapshot!(refused, @"503 256 sessions, or 32 of one key, are open, which is the most; close one, or speak revision 2026-07-28, which has none");
        assert_eq!(other.initialize().await.status(), 200);
        let end = world.http.delete(format!("{}mcp", world.hub)).bearer_auth(&robot.key).header("mcp-session-id", sessions[0].clone());
        assert!(end.send().await.unwrap().status().is_success());
        assert_eq!(robot.initialize().await.status(), 200);
    }
}

on_both! {
    async fn a_request_without_a_session_is_told_what_to_do_in_a_document(store: Store) {
        let world = World::new(store).await;
        let robot = world.robot("Robot", &[]).await;
        let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
        let answer = robot.bare().bearer_auth(&robot.key).json(&list).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        insta::assert_snapshot!(problem(answer).await, @"400 Bad Request: Session ID is required; begin a session with `initialize` and name it in `Mcp-Session-Id`, or send the headers of revision 2026-07-28, which has none");
    }
}

on_both! {
    async fn who_asks_for_what_there_is_not_is_told_by_the_protocol(store: Store) {
        let world = World::new(store).await;
        let robot = world.robot("Robot", &[]).await;
        let answer: Value = robot.ask("tools/call", json!({"name": "dropAllTables"})).await;
        assert_eq!(answer["error"]["code"], -32602);
        insta::assert_snapshot!(answer["error"]["message"].as_str().unwrap(), @"there is no tool `dropAllTables`; `tools/list` has those that there are");
    }
}

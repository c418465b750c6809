//! Callers who leave things out, send too much, hang up, or try to get elsewhere.

use std::time::Duration;

use portico_domain::agent::{Area, Level};
use portico_store::{Store, on_both};
use reqwest::{Body, Method};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{ADJUST, ORDERS, PRODUCTS, Program, json_of, many_orders};
use crate::world::{Link, Process, World, text};

async fn keeper(world: &World) -> Program<'_> {
    world.connect_site("acme", 0, Link::OAuth).await;
    let all = Area::ALL.map(|area| (area, Level::Full));
    world.program(&all).await
}

impl Program<'_> {
    /// A connection to the doors on which anything can be said.
    async fn wire(&self) -> TcpStream {
        let address = (self.hub.host_str().unwrap(), self.hub.port().unwrap());
        TcpStream::connect(address).await.unwrap()
    }

    /// The status of a request whose every byte is given; `KEY` stands for the key.
    async fn raw(&self, request: &str) -> u16 {
        let mut wire = self.wire().await;
        let request = request.replace("KEY", &self.key);
        wire.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        wire.read_to_string(&mut answer).await.unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

on_both! {
    async fn who_names_no_connection_is_answered_by_the_oldest_and_told_its_name(store: Store) {
        let world = World::new(store).await;
        world.connect_site("first", 0, Link::OAuth).await;
        world.clock.advance(jiff::SignedDuration::from_secs(60));
        world.connect_site("second", 1, Link::ApiKey).await;
        let program = world.program(&[(Area::Site, Level::Read)]).await;
        let id = world.engine.connection_named("second").await.unwrap().id;

        let site = "/1.0/authorization/website";
        let mut answered = Vec::new();
        let (ours, theirs) = ("portico-connection", "maton-connection");
        for (header, name) in [(ours, None), (ours, Some("second".to_owned())), (theirs, Some(id.uuid().to_string())), (ours, Some(id.to_string()))] {
            let call = program.call(Method::GET, site);
            let call = name.into_iter().fold(call, |call, name| call.header(header, name));
            let answer = call.send().await.unwrap();
            answered.push(answer.headers()["portico-connection"].to_str().unwrap().to_owned());
            json_of(answer, 200).await;
        }
        assert_eq!(answered, ["first", "second", "second", "second"]);
    }
}

on_both! {
    async fn two_names_of_a_connection_are_refused_since_a_write_goes_to_one(store: Store) {
        let world = World::new(store).await;
        world.connect_site("first", 0, Link::OAuth).await;
        let program = world.program(&[(Area::Site, Level::Read)]).await;
        let call = || program.call(Method::GET, "/1.0/authorization/website").header("portico-connection", "first");
        world.forget_requests().await;
        for other in ["portico-connection", "maton-connection"] {
            let refusal = program.refused(call().header(other, "second")).await;
            assert_eq!(refusal, "400 request: two connections are named; send one `portico-connection`");
        }
        assert_eq!(world.requests("squarespace").await.len(), 0);
        json_of(call().header("maton-connection", "first").send().await.unwrap(), 200).await;
    }
}

on_both! {
    async fn what_is_too_much_is_refused_before_it_is_sent(store: Store) {
        let world = World::new(store).await;
        let program = keeper(&world).await;
        world.forget_requests().await;
        let ids = vec!["66f0a2000102030405060708"; 51].join(",");
        let long = format!("\"{}\"", "x".repeat(1024 * 1024));
        let chunks: Vec<Result<String, std::io::Error>> = vec![Ok(long.clone())];
        let json = |body: Body| program.call(Method::POST, ADJUST).header("content-type", "application/json").body(body);
        let refusals = [
            program.refused(program.call(Method::GET, &format!("{PRODUCTS}/{ids}"))).await,
            program.refused(json(long.into())).await,
            program.refused(json(Body::wrap_stream(futures_util::stream::iter(chunks)))).await,
        ];
        insta::assert_snapshot!(refusals.join("\n"), @r"
        400 request: getSpecificProducts takes at most 50 identifiers at once; ask in several calls
        413 request: the body is larger than the 1048576 bytes that adjustInventoryStockLevels takes
        413 request: the body is larger than the 1048576 bytes that adjustInventoryStockLevels takes
        ");
        let upload = "POST /squarespace/v2/commerce/products/p/images HTTP/1.1\r\nhost: x\r\nauthorization: Bearer KEY\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 99999999\r\nconnection: close\r\n\r\n";
        assert_eq!(program.raw(upload).await, 413);
        assert_eq!(world.requests("squarespace").await.len(), 0);
    }
}

on_both! {
    async fn a_caller_who_is_refused_while_it_sends_reads_why_and_may_go_on(store: Store) {
        let world = World::new(store).await;
        let program = keeper(&world).await;
        let mut stream = program.wire().await;
        let long = 1024 * 1024 + 1;
        let head = format!("POST /squarespace{ADJUST} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {long}\r\n\r\n", program.key);
        stream.write_all(head.as_bytes()).await.unwrap();
        let refused = answer_of(&mut stream).await;
        assert!(refused.starts_with("HTTP/1.1 413 "), "{refused}");
        stream.write_all(&vec![b'x'; long]).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let healthy = answer_of(&mut stream).await;
        assert!(healthy.starts_with("HTTP/1.1 204 "), "{refused}\n{healthy}");
    }
}

/// What comes next on a connection.
async fn answer_of(stream: &mut TcpStream) -> String {
    let mut answer = vec![0; 16 * 1024];
    let length = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

on_both! {
    async fn an_upload_that_does_not_say_how_long_it_is_ends_at_the_limit(store: Store) {
        let world = World::new(store).await;
        let program = keeper(&world).await;
        let (vendor, hub) = world.scripted(&[]).await;
        let program = program.at(hub);
        let part = || Ok::<_, std::io::Error>(vec![b'x'; 1024 * 1024]);
        let parts = futures_util::stream::iter((0..20).map(move |_| part()));
        let images = format!("{PRODUCTS}/66f0a2000102030405060708/images");
        let upload = program.call(Method::POST, &images).header("content-type", "multipart/form-data; boundary=x").body(Body::wrap_stream(parts));
        insta::assert_snapshot!(program.refused(upload).await, @"413 request: the body is larger than the 20065536 bytes that uploadProductImage takes");
        assert_eq!(vendor.heads().len(), 1);
    }
}

on_both! {
    async fn what_an_operation_does_not_take_is_refused_before_it_is_sent(store: Store) {
        let world = World::new(store).await;
        let program = keeper(&world).await;
        world.forget_requests().await;
        let chunks = || Body::wrap_stream(futures_util::stream::iter([Ok::<_, std::io::Error>("{}")]));
        let adjust = |key: &str| program.call(Method::POST, ADJUST).header("idempotency-key", key).json(&json!({}));
        let refusals = [
            program.refused(program.call(Method::GET, ORDERS).body("{}")).await,
            // A client sends no body of unknown length with a GET unless it is told to.
            program.refused(program.call(Method::GET, ORDERS).header("transfer-encoding", "chunked").body(chunks())).await,
            program.refused(adjust("two words")).await,
            program.refused(adjust("")).await,
            program.refused(adjust(&"x".repeat(65))).await,
        ];
        insta::assert_snapshot!(refusals.join("\n"), @r"
        400 request: getOrders takes no body; send it without one
        400 request: getOrders takes no body; send it without one
        400 request: the Idempotency-Key of adjustInventoryStockLevels does not match `^[A-Za-z0-9_-]{1,64}$`; send another, or none
        400 request: the Idempotency-Key of adjustInventoryStockLevels does not match `^[A-Za-z0-9_-]{1,64}$`; send another, or none
        400 request: the Idempotency-Key of adjustInventoryStockLevels does not match `^[A-Za-z0-9_-]{1,64}$`; send another, or none
        ");
        assert_eq!(world.requests("squarespace").await.len(), 0);
    }
}

on_both! {
    async fn the_subscription_that_keeps_portico_informed_is_not_for_callers(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let all = Area::ALL.map(|area| (area, Level::Full));
        let program = world.program(&all).await;
        let list = "/1.0/webhook_subscriptions";
        let own = text(&program.read(list).await["webhookSubscriptions"][0]["id"]);
        world.forget_requests().await;

        let own = format!("{list}/{own}");
        let update = json!({"endpointUrl": "https://elsewhere.example/hook", "topics": ["order.create"]});
        let refusals = [
            program.refused(program.call(Method::POST, &own).json(&update)).await,
            program.refused(program.call(Method::DELETE, &own)).await,
            program.refused(program.call(Method::POST, &format!("{own}/actions/rotateSecret"))).await,
        ];
        insta::assert_snapshot!(refusals.join("\n"), @r"
        409 conflict: updateWebhookSubscription is refused: this subscription is Portico's own, by which it learns what changes at `acme`; for a new secret use `portico connection rotate acme`
        409 conflict: deleteWebhookSubscription is refused: this subscription is Portico's own, by which it learns what changes at `acme`; for a new secret use `portico connection rotate acme`
        409 conflict: rotateSubscriptionSecret is refused: this subscription is Portico's own, by which it learns what changes at `acme`; for a new secret use `portico connection rotate acme`
        ");
        assert_eq!(world.requests("squarespace").await.len(), 0);
        program.read(&own).await;
    }
}

on_both! {
    async fn while_portico_changes_its_own_subscription_callers_change_none(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let all = Area::ALL.map(|area| (area, Level::Full));
        let program = world.program(&all).await;
        let list = "/1.0/webhook_subscriptions";
        let own = text(&program.read(list).await["webhookSubscriptions"][0]["id"]);
        world.fault(json!({"app": "squarespace", "path": "rotateSecret", "kind": "delay", "ms": 600_000, "times": 1})).await;
        let engine = world.engine.clone();
        let rotating = tokio::spawn(async move { engine.rotate_hook_secret("acme").await });
        world.until_struck().await;

        let delete = || program.call(Method::DELETE, &format!("{list}/{own}"));
        let meanwhile = program.refused(delete()).await;
        world.clear_faults().await;
        rotating.await.unwrap().unwrap();
        let afterwards = program.refused(delete()).await;
        insta::assert_snapshot!([meanwhile, afterwards].join("\n"), @r"
        409 conflict: deleteWebhookSubscription is refused: Portico is changing its own subscription at `acme`; try again in a moment
        409 conflict: deleteWebhookSubscription is refused: this subscription is Portico's own, by which it learns what changes at `acme`; for a new secret use `portico connection rotate acme`
        ");
    }
}

on_both! {
    async fn a_link_to_the_next_page_leads_where_its_caller_came_from(store: Store) {
        let world = World::new(store).await;
        let program = keeper(&world).await;
        many_orders(&world, 60).await;
        let mut links = Vec::new();
        for (host, scheme) in [("shop-tools:8080", None), ("portico.example", Some("https")), ("portico.example", Some("http"))] {
            let call = program.call(Method::GET, ORDERS).header("host", host);
            let call = scheme.into_iter().fold(call, |call, scheme| call.header("x-forwarded-proto", scheme));
            let page = json_of(call.send().await.unwrap(), 200).await;
            let link = text(&page["pagination"]["nextPageUrl"]);
            links.push(link.split('?').next().unwrap().to_owned());
        }
        insta::assert_snapshot!(links.join("\n"), @r"
        http://shop-tools:8080/squarespace/1.0/commerce/orders
        https://portico.example/squarespace/1.0/commerce/orders
        http://portico.example/squarespace/1.0/commerce/orders
        ");
    }
}

on_both! {
    async fn a_version_that_an_operation_does_not_have_is_no_operation(store: Store) {
        let world = World::new(store).await;
        let program = keeper(&world).await;
        world.forget_requests().await;
        for path in ["/9.9/commerce/orders", "/v3/commerce/products", "/v2/commerce/products/", "/", ""] {
            let answer = program.get(path).await;
            assert_eq!(answer.status(), 404, "{path}");
        }
        assert_eq!(world.requests("squarespace").await.len(), 0);
    }
}

on_both! {
    async fn a_caller_who_hangs_up_midway_has_sent_nothing(store: Store) {
        let world = World::new(store).await;
        let program = keeper(&world).await;
        world.forget_requests().await;
        let mut wire = program.wire().await;
        let begun = format!("POST /squarespace{ADJUST} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{{\"incrementOperations\": [", program.key);
        wire.write_all(begun.as_bytes()).await.unwrap();
        wire.shutdown().await.unwrap();
        let mut answer = String::new();
        // The doors may say that it broke off, or say nothing; what counts is what the vendor saw.
        let heard = wire.read_to_string(&mut answer).await;
        assert!(heard.is_err() || answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert_eq!(world.requests("squarespace").await.len(), 0);
        program.read(ORDERS).await;
    }
}

on_both! {
    async fn a_caller_who_hangs_in_the_middle_of_its_body_is_told_so(store: Store) {
        let world = World::new(store).await;
        let program = keeper(&world).await;
        let process = Process { seed: 31, patience: Duration::from_millis(50), ..Process::default() };
        let program = program.at(world.doors_of(&world.process(&world.store, process)).await);
        world.forget_requests().await;
        let begun = format!("POST /squarespace{ADJUST} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer KEY\r\ncontent-type: application/json\r\ncontent-length: 500\r\nconnection: close\r\n\r\n{{\"incrementOperations\": [");
        assert_eq!(program.raw(&begun).await, 408);
        assert_eq!(world.requests("squarespace").await.len(), 0);
    }
}

on_both! {
    async fn a_caller_who_hangs_up_while_the_vendor_works_changes_nothing_for_the_next(store: Store) {
        let world = World::new(store).await;
        let program = keeper(&world).await;
        let item = program.read("/1.0/commerce/inventory").await["inventory"].as_array().unwrap().iter().find(|item| item["isUnlimited"] == false).unwrap().clone();
        world.fault(json!({"app": "squarespace", "path": ADJUST, "kind": "delay", "ms": 600_000, "times": 1})).await;

        let more = json!({"incrementOperations": [{"variantId": item["variantId"], "quantity": 3}]});
        let call = program.call(Method::POST, ADJUST).header("idempotency-key", "once").json(&more);
        let again = call.try_clone().unwrap();
        let left = tokio::spawn(call.send());
        world.until_struck().await;
        left.abort();
        world.clear_faults().await;

        assert_eq!(again.send().await.unwrap().status(), 204);
        let after = program.read(&format!("/1.0/commerce/inventory/{}", text(&item["variantId"]))).await;
        assert_eq!(after["inventory"][0]["quantity"].as_i64(), item["quantity"].as_i64().map(|before| before + 3));
    }
}

on_both! {
    async fn an_address_of_another_host_in_the_request_leads_nowhere_else(store: Store) {
        let world = World::new(store).await;
        let program = keeper(&world).await;
        world.forget_requests().await;
        let refused = [
            "GET http://evil.example/1.0/commerce/orders HTTP/1.1",
            "GET /squarespace/http://evil.example/1.0/commerce/orders HTTP/1.1",
            "GET /squarespace//evil.example/1.0/commerce/orders HTTP/1.1",
            "GET /squarespace/1.0/commerce/orders/../../../v1 HTTP/1.1",
        ];
        for line in refused {
            let status = program.raw(&format!("{line}\r\nhost: x\r\nauthorization: Bearer KEY\r\nconnection: close\r\n\r\n")).await;
            assert!((400..500).contains(&status), "{line}: {status}");
        }
        assert_eq!(world.requests("squarespace").await.len(), 0);
    }
}

on_both! {
    async fn a_header_cannot_smuggle_another(store: Store) {
        let world = World::new(store).await;
        let program = keeper(&world).await;
        world.forget_requests().await;
        for value in ["acme\u{1}", "acme\0", "ac\u{e9}"] {
            let request = format!("GET /squarespace{ORDERS} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer KEY\r\nportico-connection: {value}\r\nconnection: close\r\n\r\n");
            let status = program.raw(&request).await;
            assert!((400..500).contains(&status), "{value:?}: {status}");
        }
        assert_eq!(world.requests("squarespace").await.len(), 0);
    }
}

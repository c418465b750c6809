//! What the vendor can answer, and what becomes of it: passed on where it is the caller's, learnt where it is about
//! the connection.

use portico_domain::agent::{Area, Level};
use portico_store::{Store, on_both};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::catalogue::picture;
use super::scripted::answer;
use super::{ORDERS, PRODUCTS, Program, json_of, many_orders, problem};
use crate::world::{Link, World, text};

const JSON: &str = "content-type: application/json";

/// A shop that is connected, and a program that may read orders and write products.
async fn trader(world: &World) -> Program<'_> {
    world.connect_site("acme", 0, Link::OAuth).await;
    let grants = [(Area::Orders, Level::Read), (Area::Products, Level::Full)];
    world.program(&grants).await
}

/// `status, Retry-After: body` of an answer that the vendor gave.
async fn passed(response: Response) -> String {
    let status = response.status().as_u16();
    let wait = response.headers().get("retry-after").cloned();
    let wait = wait.map_or(String::new(), |wait| {
        format!(", after {} s", wait.to_str().unwrap())
    });
    format!("{status}{wait}: {}", response.text().await.unwrap())
}

async fn new_product(program: &Program<'_>) -> Value {
    let pages = program.read("/1.0/commerce/store_pages").await;
    json!({"type": "GIFT_CARD", "storePageId": pages["storePages"][0]["id"], "name": "Voucher", "variants": [
        {"sku": "V-1", "pricing": {"basePrice": {"currency": "USD", "value": "10.00"}}}]})
}

async fn sent(world: &World, method: &str) -> usize {
    let requests = world.requests("squarespace").await;
    requests
        .iter()
        .filter(|one| one["method"] == method)
        .count()
}

on_both! {
    async fn the_vendor_sees_our_name_and_its_own_credential_and_no_more_of_the_caller_than_it_documents(store: Store) {
        let world = World::new(store).await;
        let program = trader(&world).await;
        let (vendor, hub) = world.scripted(&[answer("200 OK", &[JSON], r#"{"result":[]}"#)]).await;

        let call = program.at(hub).call(Method::GET, "/1.0/commerce/orders?fulfillmentStatus=PENDING")
            .header("cookie", "session=1").header("x-forwarded-for", "10.0.0.1").header("accept", "application/json");
        json_of(call.send().await.unwrap(), 200).await;

        let token = world.credentials().await["squarespace"]["sites"][0]["access_token"].clone();
        let head = vendor.heads()[0].replace(&text(&token), "TOKEN");
        let mut lines: Vec<&str> = head.trim_end().lines().filter(|line| !line.starts_with("host: ")).collect();
        lines.sort_unstable();
        let version = concat!("Portico/", env!("CARGO_PKG_VERSION"));
        let lines = lines.join("\n").replace(version, "Portico/VERSION");
        insta::assert_snapshot!(lines, @r"
        GET /api/1.0/commerce/orders?fulfillmentStatus=PENDING HTTP/1.1
        accept-encoding: identity
        accept: application/json
        authorization: Bearer TOKEN
        user-agent: Portico/VERSION
        ");
    }
}

on_both! {
    async fn a_redirect_is_not_followed(store: Store) {
        let world = World::new(store).await;
        let program = trader(&world).await;
        let (vendor, hub) = world.scripted(&[answer("302 Found", &["location: http://169.254.169.254/latest"], "")]).await;

        let refusal = problem(program.at(hub).get(ORDERS).await).await;
        insta::assert_snapshot!(refusal, @"502 vendor: Squarespace answered getOrders with something that cannot be passed on: it leads to another address, which is not followed");
        assert_eq!(vendor.heads().len(), 1);

        let new = new_product(&program).await;
        let (vendor, hub) = world.scripted(&[answer("307 Temporary Redirect", &["location: /elsewhere"], "")]).await;
        let program = program.at(hub);
        let refusal = program.refused(program.call(Method::POST, PRODUCTS).json(&new)).await;
        insta::assert_snapshot!(refusal, @"502 vendor: Squarespace answered createProduct with something that cannot be passed on: it leads to another address, which is not followed; it may have been done: look before you send it again");
        assert_eq!(vendor.heads().len(), 1);
    }
}

on_both! {
    async fn a_refusal_of_one_permission_is_passed_on_and_the_connection_stays(store: Store) {
        let world = World::new(store).await;
        let program = trader(&world).await;
        for subtype in ["MISSING_SCOPE", "OAUTH_TOKEN_REQUIRED", "FORBIDDEN_RESOURCE"] {
            let body = json!({"type": "AUTHORIZATION_ERROR", "subtype": subtype, "message": "Not permitted."}).to_string();
            let (vendor, hub) = world.scripted(&[answer("403 Forbidden", &[JSON], &body)]).await;
            assert_eq!(passed(program.at(hub).get(ORDERS).await).await, format!("403: {body}"));
            assert_eq!(vendor.heads().len(), 1);
        }
        assert_eq!(world.connection("acme").await, "ACTIVE");
    }
}

on_both! {
    async fn calls_that_trip_a_firewall_are_their_callers_affair_and_asked_after_once_in_a_while(store: Store) {
        let world = World::new(store).await;
        let program = trader(&world).await;
        world.fault(json!({"app": "squarespace", "path": ORDERS, "kind": "html", "status": 403, "times": 3})).await;
        world.forget_requests().await;

        for _ in 0..2 {
            let answer = program.get(ORDERS).await;
            assert_eq!((answer.status().as_u16(), &answer.headers()["content-type"]), (403, &"text/html".parse().unwrap()));
        }
        world.clock.advance(jiff::SignedDuration::from_secs(30));
        assert_eq!(program.get(ORDERS).await.status(), 403);
        let asked: Vec<String> = world.requests("squarespace").await.iter().map(|one| format!("{} {}", one["status"], text(&one["path"]))).collect();
        insta::assert_snapshot!(asked.join("\n"), @r"
        403 /1.0/commerce/orders
        200 /1.0/authorization/website
        403 /1.0/commerce/orders
        403 /1.0/commerce/orders
        200 /1.0/authorization/website
        ");
        assert_eq!(world.connection("acme").await, "ACTIVE");
        program.read(ORDERS).await;
    }
}

on_both! {
    async fn a_block_that_meets_our_own_call_too_pauses_the_connection(store: Store) {
        let world = World::new(store).await;
        let program = trader(&world).await;
        world.fault(json!({"app": "squarespace", "kind": "html", "status": 403, "times": 2})).await;

        assert_eq!(program.get(ORDERS).await.status(), 403);
        insta::assert_snapshot!(world.connection("acme").await, @"PAUSED: Squarespace refuses every call from this address (403, blocked); ask Squarespace's support to lift the block, then run `portico connection test acme`");
    }
}

on_both! {
    async fn a_site_that_is_not_paid_for_is_not_called_again(store: Store) {
        let world = World::new(store).await;
        let program = trader(&world).await;
        let id = world.credentials().await["squarespace"]["sites"][0]["website_id"].clone();
        world.people(json!({"app": "squarespace", "action": "expire_site", "website_id": id, "expired": true})).await;

        assert_eq!(program.get(ORDERS).await.status(), 402);
        world.forget_requests().await;
        let refusal = problem(program.get(ORDERS).await).await;
        insta::assert_snapshot!(refusal, @"409 connection: connection `acme`: Squarespace says that the account is not paid for (402); renew the plan at Squarespace, then run `portico connection test acme`");
        assert_eq!(world.requests("squarespace").await.len(), 0);
    }
}

on_both! {
    async fn a_vendor_that_asks_for_silence_gets_it_with_and_without_saying_for_how_long(store: Store) {
        let world = World::new(store).await;
        let program = trader(&world).await;
        let body = r#"{"type":"TOO_MANY_REQUESTS"}"#;
        let said = answer("429 Too Many Requests", &[JSON, "retry-after: 90"], body);
        let unsaid = answer("429 Too Many Requests", &[JSON], body);
        let (vendor, hub) = world.scripted(&[said, unsaid]).await;
        let program = program.at(hub);

        let first = passed(program.get(ORDERS).await).await;
        let silent = program.get(ORDERS).await;
        assert_eq!(silent.headers()["retry-after"], "90");
        let refusal = problem(silent).await;
        world.clock.advance(jiff::SignedDuration::from_secs(90));
        let second = passed(program.get(ORDERS).await).await;
        insta::assert_snapshot!([first, refusal, second].join("\n"), @r#"
        429, after 90 s: {"type":"TOO_MANY_REQUESTS"}
        503 waiting: Squarespace has asked for silence at `acme`; the next call is possible at 2026-05-14T09:01:30Z
        429, after 30 s: {"type":"TOO_MANY_REQUESTS"}
        "#);
        assert_eq!(vendor.heads().len(), 2);
    }
}

on_both! {
    async fn a_refusal_that_breaks_off_is_heeded_and_passed_on_without_its_words(store: Store) {
        let world = World::new(store).await;
        let program = trader(&world).await;
        let new = new_product(&program).await;
        let broken = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 90\r\ncontent-length: 500\r\n\r\n{\"type\":";
        let (vendor, hub) = world.scripted(&[broken.to_owned()]).await;
        let program = program.at(hub);
        let refused = program.call(Method::POST, PRODUCTS).json(&new).send().await.unwrap();
        let silent = problem(program.get(ORDERS).await).await;
        insta::assert_snapshot!([passed(refused).await.trim_end().to_owned(), silent].join("\n"), @r"
        429, after 90 s:
        503 waiting: Squarespace has asked for silence at `acme`; the next call is possible at 2026-05-14T09:01:30Z
        ");
        assert_eq!(vendor.heads().len(), 1);
    }
}

on_both! {
    async fn a_page_of_a_proxy_is_passed_on_after_a_read_was_tried_three_times_and_a_write_once(store: Store) {
        let world = World::new(store).await;
        let program = trader(&world).await;
        let new = new_product(&program).await;
        world.fault(json!({"app": "squarespace", "kind": "html", "status": 503})).await;
        world.forget_requests().await;

        let read = program.get(ORDERS).await;
        assert_eq!((read.status().as_u16(), &read.headers()["content-type"]), (503, &"text/html".parse().unwrap()));
        let written = program.call(Method::POST, PRODUCTS).json(&new).send().await.unwrap();
        assert_eq!(written.status(), 503);
        assert_eq!((sent(&world, "GET").await, sent(&world, "POST").await), (3, 1));
        assert_eq!(world.connection("acme").await, "ACTIVE");
    }
}

on_both! {
    async fn a_write_whose_connection_broke_is_not_sent_again_whether_it_was_done_or_not(store: Store) {
        let world = World::new(store).await;
        let program = trader(&world).await;
        let new = new_product(&program).await;
        let before = world.state("squarespace", "products").await.len();
        for (kind, made) in [("drop_before", 0), ("drop_after", 1)] {
            world.fault(json!({"app": "squarespace", "method": "POST", "kind": kind, "times": 1})).await;
            world.forget_requests().await;
            let refusal = program.refused(program.call(Method::POST, PRODUCTS).json(&new)).await;
            assert!(refusal.starts_with("504 unanswered") && refusal.contains("look before you send it again"), "{refusal}");
            assert_eq!(sent(&world, "POST").await, 1, "{kind}");
            assert_eq!(world.state("squarespace", "products").await.len(), before + made, "{kind}");
        }
    }
}

on_both! {
    async fn a_vendor_that_nobody_reaches_is_told_to_the_caller(store: Store) {
        let world = World::new(store).await;
        let program = trader(&world).await;
        let (vendor, hub) = world.scripted(&[]).await;
        let refusal = problem(program.at(hub).get(ORDERS).await).await;
        insta::assert_snapshot!(refusal, @"504 unanswered: Squarespace did not answer getOrders; try again");
        assert_eq!(vendor.heads().len(), 3);
    }
}

on_both! {
    async fn a_token_that_dies_between_two_pages_is_renewed_on_the_way(store: Store) {
        let world = World::new(store).await;
        let program = trader(&world).await;
        many_orders(&world, 60).await;
        let first = program.read(ORDERS).await;
        let id = world.credentials().await["squarespace"]["sites"][0]["website_id"].clone();
        world.people(json!({"app": "squarespace", "action": "expire_tokens", "kind": "access", "website_id": id})).await;

        let next = text(&first["pagination"]["nextPageUrl"]);
        let call = world.http.get(next).header("authorization", format!("Bearer {}", program.key));
        let second = json_of(call.send().await.unwrap(), 200).await;
        assert_eq!(second["result"].as_array().unwrap().len(), 10);
    }
}

on_both! {
    async fn a_credential_that_is_refused_after_its_renewal_closes_the_connection(store: Store) {
        let world = World::new(store).await;
        let program = trader(&world).await;
        world.fault(json!({"app": "squarespace", "path": ORDERS, "kind": "status", "status": 401})).await;

        let first = problem(program.get(ORDERS).await).await;
        world.forget_requests().await;
        let second = problem(program.get(ORDERS).await).await;
        insta::assert_snapshot!([first, second].join("\n"), @"
        409 connection: connection `acme`: Squarespace does not accept the credential (401); run `portico connection reauthorize acme`, whose link the owner of the account opens; `portico connection reconnect acme` takes tokens that were obtained elsewhere
        409 connection: connection `acme`: Squarespace does not accept the credential (401); run `portico connection reauthorize acme`, whose link the owner of the account opens; `portico connection reconnect acme` takes tokens that were obtained elsewhere
        ");
        assert_eq!(world.requests("squarespace").await.len(), 0);
    }
}

on_both! {
    async fn a_long_upload_passes_through_and_after_a_renewal_it_is_asked_for_again(store: Store) {
        let world = World::new(store).await;
        let program = trader(&world).await;
        let product = program.call(Method::POST, PRODUCTS).json(&new_product(&program).await);
        let product = text(&json_of(product.send().await.unwrap(), 201).await["id"]);
        let images = format!("{PRODUCTS}/{product}/images");
        // Longer than what is held.
        let upload = || program.call(Method::POST, &images).multipart(picture("large.png", 2 * 1024 * 1024));
        world.fault(json!({"app": "squarespace", "path": "/images", "kind": "status", "status": 401, "times": 1})).await;

        insta::assert_snapshot!(program.refused(upload()).await, @"502 vendor: the token of `acme` had to be renewed, and a body this long is not kept for a second attempt; nothing was done, send it again");
        json_of(upload().send().await.unwrap(), 202).await;
        assert_eq!(world.connection("acme").await, "ACTIVE");
    }
}

on_both! {
    async fn a_long_upload_says_how_long_it_is_as_its_caller_did(store: Store) {
        let world = World::new(store).await;
        let program = trader(&world).await;
        let (vendor, hub) = world.scripted(&[answer("202 Accepted", &[JSON], "{}")]).await;
        let form = vec![b'x'; 2 * 1024 * 1024];
        let images = format!("{PRODUCTS}/66f0a2000102030405060708/images");
        let upload = program.at(hub).call(Method::POST, &images).header("content-type", "multipart/form-data; boundary=x").body(form);
        json_of(upload.send().await.unwrap(), 202).await;
        let head = vendor.heads().remove(0);
        assert!(head.contains("content-length: 2097152\r\n") && !head.contains("transfer-encoding"), "{head}");
    }
}

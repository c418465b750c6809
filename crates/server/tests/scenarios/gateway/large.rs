//! Long answers: they pass through as they come, unless they are pages whose links must be read first.

use portico_domain::agent::{Area, Level};
use portico_store::{Store, on_both};

use super::scripted::{PAUSE, answer};
use super::{ORDERS, problem};
use crate::world::{Link, World};

/// More than what is read of a page.
const LARGE: usize = 9 * 1024 * 1024;

const JSON: &str = "content-type: application/json";

on_both! {
    async fn a_long_answer_passes_through_before_its_end_has_come(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let program = world.program(&[(Area::Orders, Level::Read)]).await;
        let body = format!("\"{}\"", "x".repeat(LARGE));
        let whole = answer("200 OK", &[JSON], &body);
        let (first, last) = whole.split_at(whole.len() - 10);
        let (vendor, hub) = world.scripted(&[format!("{first}{PAUSE}{last}")]).await;

        let mut response = program.at(hub).get(&format!("{ORDERS}/66f0a2000102030405060708")).await;
        let mut came = response.chunk().await.unwrap().unwrap().to_vec();
        // Only now is the vendor's answer sent to its end.
        vendor.go_on();
        while let Some(chunk) = response.chunk().await.unwrap() {
            came.extend(chunk);
        }
        assert!(came == body.as_bytes(), "{} bytes of {}", came.len(), body.len());
    }
}

on_both! {
    async fn a_page_that_is_too_large_or_compressed_is_kept_back(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let program = world.program(&[(Area::Orders, Level::Read)]).await;
        let large = format!("\"{}\"", "x".repeat(LARGE));
        let unannounced = format!("HTTP/1.1 200 OK\r\n{JSON}\r\nconnection: close\r\n\r\n{large}");
        let answers = [
            answer("200 OK", &[JSON], &large),
            unannounced,
            answer("200 OK", &[JSON, "content-encoding: gzip"], "packed"),
            answer("200 OK", &[JSON], r#"{"pagination":{"nextPageUrl":["elsewhere"]}}"#),
        ];
        let (_, hub) = world.scripted(&answers).await;
        let program = program.at(hub);
        let mut refusals = Vec::new();
        for _ in answers {
            refusals.push(problem(program.get(ORDERS).await).await);
        }
        insta::assert_snapshot!(refusals.join("\n"), @r"
        502 vendor: Squarespace answered getOrders with something that cannot be passed on: the page is too large to be read
        502 vendor: Squarespace answered getOrders with something that cannot be passed on: the page is too large to be read
        502 vendor: Squarespace answered getOrders with something that cannot be passed on: it is compressed, which was not asked for
        502 vendor: Squarespace answered getOrders with something that cannot be passed on: the link to its next page cannot be read
        ");
    }
}

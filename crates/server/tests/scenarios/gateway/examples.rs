//! A program in Python, as merchants write them: it knows the vendor's paths, our host and our key.

use std::process::Command;

use portico_domain::agent::{Area, Level};
use portico_store::{Store, on_both};
use serde_json::json;

use crate::world::{Link, World, text};

const EXAMPLES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/scenarios/gateway/examples.py"
);

on_both! {
    async fn a_python_program_needs_only_our_host_and_key(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.switch("squarespace", "page_size", json!(5)).await;
        let grants = [(Area::Products, Level::Read), (Area::Site, Level::Read), (Area::Orders, Level::Full), (Area::Inventory, Level::Read)];
        let program = world.program(&grants).await;

        let mut python = Command::new("python3");
        python.args([EXAMPLES, world.hub.as_str().trim_end_matches('/'), &program.key, "acme"]);
        python.env("no_proxy", "*");
        let ran = tokio::task::spawn_blocking(move || python.output()).await.unwrap();
        let ran = ran.expect("python3 is needed for this test: `apt-get install python3`");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));

        let website = text(&world.credentials().await["squarespace"]["sites"][0]["website_id"]);
        let told = String::from_utf8(ran.stdout).unwrap().replace(&website, "ID");
        insta::assert_snapshot!(told, @r"
        products 5
        website ID
        order 1001
        stock 17
        ");
        assert_eq!(world.state("squarespace", "orders").await.len(), 1);
    }
}

//! Programs in Python, as merchants have them: they know the vendor's paths, our host and our key.

use std::path::Path;
use std::process::Command;

use jiff::SignedDuration;
use portico_domain::agent::{Area, Level};
use portico_store::{Store, on_both};
use serde_json::json;

use crate::world::{Link, World, text};

/// The Python that has the packages of `requirements.txt`.
const PYTHON: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/python/bin/python"
);

const HOW_TO_MAKE_PYTHON: &str = "this test needs packages of Python: `./test` installs them, and so do, at the root of the repository, \
    `python3 -m venv target/python` and `target/python/bin/pip install --requirement crates/server/tests/requirements.txt`";

on_both! {
    async fn a_python_program_needs_only_our_host_and_key(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.switch("squarespace", "page_size", json!(5)).await;
        let grants = [(Area::Products, Level::Read), (Area::Site, Level::Read), (Area::Orders, Level::Full), (Area::Inventory, Level::Read)];
        let program = world.program(&grants).await;

        let mut python = script("python3", "examples.py", &world, &program.key);
        python.arg("acme");
        let told = told(python, "python3 is needed for this test: `apt-get install python3`").await;
        let website = text(&world.credentials().await["squarespace"]["sites"][0]["website_id"]);
        let told = told.replace(&website, "ID");
        insta::assert_snapshot!(told, @r"
        products 5
        website ID
        order 1001
        stock 17
        ");
        assert_eq!(world.state("squarespace", "orders").await.len(), 1);
    }
}

on_both! {
    async fn a_client_from_pypi_needs_only_our_address_and_key(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.switch("squarespace", "page_size", json!(2)).await;
        for email in ["ines.okafor@example.com", "teodor.blix@example.com", "mara.lind@example.com"] {
            world.buy(email, "GIFT-100").await;
            world.clock.advance(SignedDuration::from_mins(1));
        }
        let program = world.program(&[(Area::Orders, Level::Read)]).await;

        let python = script(PYTHON, "public_client.py", &world, &program.key);
        insta::assert_snapshot!(told(python, HOW_TO_MAKE_PYTHON).await, @r"
        orders 1003 1002 and more
        orders 1001 and no more
        order 1001 ines.okafor@example.com 105.50
        ");
    }
}

/// A script beside this file, with our host and a key.
fn script(python: &str, name: &str, world: &World, key: &str) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/scenarios/gateway")
        .join(name);
    let mut command = Command::new(python);
    command
        .arg(script)
        .args([world.hub.as_str().trim_end_matches('/'), key]);
    command.env("no_proxy", "*");
    command
}

/// What a program writes; `missing` says what helps when it is not there.
async fn told(mut program: Command, missing: &str) -> String {
    let ran = tokio::task::spawn_blocking(move || program.output())
        .await
        .unwrap();
    let ran = ran.expect(missing);
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    String::from_utf8(ran.stdout).unwrap()
}

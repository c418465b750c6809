//! Programs in Python, as merchants have them: they know the vendor's paths, our host and our key.

use std::path::Path;
use std::process::Command;

use jiff::SignedDuration;
use portico_domain::agent::{Area, Level};
use portico_engine::OAuthClient;
use portico_store::{Store, on_both};
use secrecy::ExposeSecret;
use serde_json::json;
use url::Url;

use crate::world::{Link, Process, World, text};

/// The Python that has the packages of `requirements.txt`.
const PYTHON: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/python/bin/python"
);

const HOW_TO_HAVE_PYTHON: &str = "python3 is needed for this test: `apt-get install python3`";

const HOW_TO_MAKE_PYTHON: &str = "this test needs packages of Python: `./test` installs them, and so do, at the root of the repository, \
    `python3 -m venv target/python` and `target/python/bin/pip install --requirement crates/server/tests/requirements.txt`";

on_both! {
    async fn a_python_program_needs_only_our_host_and_key(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.switch("squarespace", "page_size", json!(5)).await;
        let grants = [(Area::Products, Level::Read), (Area::Site, Level::Read), (Area::Orders, Level::Full), (Area::Inventory, Level::Read)];
        let program = world.program(&grants).await;

        let mut python = script("python3", "examples.py", &world.hub);
        python.args([program.key.as_str(), "acme"]);
        let told = told(python, HOW_TO_HAVE_PYTHON).await;
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

        let mut python = script(PYTHON, "public_client.py", &world.hub);
        python.arg(&program.key);
        insta::assert_snapshot!(told(python, HOW_TO_MAKE_PYTHON).await, @r"
        orders 1003 1002 and more
        orders 1001 and no more
        order 1001 ines.okafor@example.com 105.50
        ");
    }
}

on_both! {
    async fn a_client_of_the_managed_gateway_manages_connections_with_host_and_key_changed(store: Store) {
        let world = World::new(store).await;
        let mut ids = Vec::new();
        for (number, name) in ["acme", "brume"].into_iter().enumerate() {
            world.connect_site(name, number, Link::OAuth).await;
            ids.push(world.engine.connection_named(name).await.unwrap().id.uuid().to_string());
            world.clock.advance(SignedDuration::from_mins(1));
        }
        let (hub, key) = administered(&world).await;

        let mut python = script("python3", "connections.py", &hub);
        python.args(ids).env("PORTICO_KEY", key);
        insta::assert_snapshot!(told(python, HOW_TO_HAVE_PYTHON).await, @r"
        first product Ship's Bell
        first product Ship's Bell
        first product Eau d'Hiver
        ");
    }
}

on_both! {
    async fn a_client_of_the_managed_gateway_keeps_a_shop_with_host_and_key_changed(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.switch("squarespace", "page_size", json!(5)).await;
        world.switch("squarespace", "image_processing_ms", json!(0)).await;
        for email in ["ines.okafor@example.com", "teodor.blix@example.com", "mara.lind@example.com"] {
            world.buy(email, "GIFT-100").await;
            world.clock.advance(SignedDuration::from_mins(1));
        }
        let program = world.program(&Area::ALL.map(|area| (area, Level::Full))).await;

        let mut python = script("python3", "shop.py", &world.hub);
        python.env("PORTICO_KEY", &program.key);
        insta::assert_snapshot!(told(python, HOW_TO_HAVE_PYTHON).await, @r"
        products 12 and Mooring Line
        images A coil of rope
        stock 19
        order 1004 FULFILLED 36.00
        people 13 payments 3
        ");
    }
}

on_both! {
    async fn a_client_with_requests_lists_all_products(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::ApiKey).await;
        world.switch("squarespace", "page_size", json!(5)).await;
        let program = world.program(&[(Area::Products, Level::Read)]).await;

        let mut python = script(PYTHON, "with_requests.py", &world.hub);
        python.env("PORTICO_KEY", &program.key);
        insta::assert_snapshot!(told(python, HOW_TO_MAKE_PYTHON).await, @"products 12 on 3 pages");
    }
}

/// Doors behind which the vendor's registration is known, and the key of an administrator.
async fn administered(world: &World) -> (Url, String) {
    let squarespace = &world.credentials().await["squarespace"];
    let app = Some(OAuthClient {
        id: text(&squarespace["client_id"]),
        secret: text(&squarespace["client_secret"]).into(),
        redirect_uri: None,
    });
    let process = Process {
        app,
        ..Process::default()
    };
    let engine = world.process(&world.store, process);
    let key = engine.first_admin_key().await.unwrap().unwrap().secret;
    let hub = world.doors_of(&engine).await;
    (hub, key.expose_secret().to_owned())
}

/// A script beside this file, with our scheme and host.
fn script(python: &str, name: &str, hub: &Url) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/scenarios/gateway")
        .join(name);
    let mut command = Command::new(python);
    command
        .arg(script)
        .arg(hub.as_str().trim_end_matches('/'))
        .env("no_proxy", "*");
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

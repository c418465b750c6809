//! The official SDK of MCP in Python, as agents are built on it.

use std::path::Path;
use std::process::Command;

use portico_domain::agent::{Area, Level};
use portico_store::{Store, on_both};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::Robot;
use crate::world::{Link, World};

/// The Python that has the packages of `requirements.txt`.
const PYTHON: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/python/bin/python"
);

const HOW_TO_MAKE_PYTHON: &str = "this test needs packages of Python: `./test` installs them, and so do, at the root of the repository, \
    `python3 -m venv target/python` and `target/python/bin/pip install --requirement crates/server/tests/requirements.txt`";

on_both! {
    async fn a_client_of_the_revision_without_sessions_does_its_work(store: Store) {
        let world = World::new(store).await;
        let told = told_by_client(&world, "auto").await;
        insta::assert_snapshot!(told, @"");
    }
}

on_both! {
    async fn a_client_of_the_revision_with_sessions_does_its_work(store: Store) {
        let world = World::new(store).await;
        let told = told_by_client(&world, "legacy").await;
        insta::assert_snapshot!(told, @"");
    }
}

async fn told_by_client(world: &World, mode: &'static str) -> String {
    world.connect_site("acme", 0, Link::OAuth).await;
    let orders: Vec<Value> = (0..60)
        .map(|n| json!({"customerEmail": format!("buyer{n}@example.com")}))
        .collect();
    world
        .control_post("squarespace/orders?silent=true", &json!(orders))
        .await;
    let robot = world
        .robot(
            "Robot",
            &[(Area::Orders, Level::Read), (Area::Inventory, Level::Full)],
        )
        .await;
    let admin = world.engine.first_admin_key().await.unwrap().unwrap();
    let client = client(world, &robot, mode, admin.secret.expose_secret());
    let ran = tokio::task::spawn_blocking({
        let mut client = client;
        move || client.output()
    });
    let ran = ran.await.unwrap().expect(HOW_TO_MAKE_PYTHON);
    let complaint = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{complaint}");
    String::from_utf8(ran.stdout).unwrap()
}

fn client(world: &World, robot: &Robot<'_>, mode: &str, admin: &str) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/mcp/client.py");
    let mut command = Command::new(PYTHON);
    command
        .arg(script)
        .args([mode, world.hub.as_str().trim_end_matches('/')])
        .env("PORTICO_KEY", &robot.key)
        .env("ADMIN_KEY", admin);
    command
}

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

/// What the client tells of its work, after the revision that it speaks.
const TOLD: &str = r#"
list_connections reads
order_status reads
flow_health reads
budget reads
getInventoryItems reads
getSpecificInventoryItems reads
adjustInventoryStockLevels writes
getOrders reads
getOrder reads
orders 60 2
refused: `Robot` may not getProducts at `acme`: it has off in products and needs read; the owner grants it with `portico agent grant "Robot" --connection acme --area products=read`
refused: getOrder: `id` is missing. The order's id, which is not its number.
refused: getOrder: `id` must be an identifier, as a text, and is a number
refused: getOrders: there is no argument `colour`; it takes connection, modifiedAfter, modifiedBefore, cursor, fulfillmentStatus, customerId, paymentStates, more
refused: there is no Squarespace connection `other` that this key may use; `GET /connections` lists those that it may; so does the tool `list_connections`
refused: Squarespace answered getOrder with 404 Not Found; check the identifiers, which a list answers
error: there is no tool `dropAllTables`; `tools/list` has those that there are
now 13 True
products 12
"#;

on_both! {
    async fn a_client_of_the_revision_without_sessions_does_its_work(store: Store) {
        let world = World::new(store).await;
        assert_eq!(told_by_client(&world, "auto").await, format!("revision 2026-07-28{TOLD}"));
    }
}

on_both! {
    async fn a_client_of_the_revision_with_sessions_does_its_work(store: Store) {
        let world = World::new(store).await;
        assert_eq!(told_by_client(&world, "legacy").await, format!("revision 2025-11-25{TOLD}"));
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
    let mut client = client(world, &robot, mode, admin.secret.expose_secret());
    let ran = tokio::task::spawn_blocking(move || client.output());
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

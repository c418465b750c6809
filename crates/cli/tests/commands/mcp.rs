//! `portico mcp`, by the official SDK of MCP in Python.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::binary::{Ended, Place};
use crate::calling::Shop;

/// The Python that has the packages of the server's `requirements.txt`.
const PYTHON: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/python/bin/python"
);

const HOW_TO_MAKE_PYTHON: &str = "this test needs packages of Python: `./test` installs them, and so do, at the root of the repository, \
    `python3 -m venv target/python` and `target/python/bin/pip install --requirement crates/server/tests/requirements.txt`";

#[tokio::test]
async fn an_agents_program_starts_its_tools_itself_and_sees_them_change() {
    let shop = Shop::connected().await;
    for mode in ["auto", "legacy"] {
        shop.place
            .json(["agent", "add", "Store Agent", "--area", "inventory=read"]);
        let told = told(&shop.place, mode);
        assert_eq!(
            told,
            "tools 4\n\
             stock True\n\
             `Store Agent` may not getProducts at `acme`: it has off in products and needs read; \
             the owner grants it with `portico agent grant \"Store Agent\" --connection acme --area products=read`\n\
             products True\n",
            "{mode}"
        );
        shop.place.json(["agent", "revoke", "Store Agent"]);
    }
}

#[test]
fn an_agent_that_there_is_not_is_told_of_before_a_client_asks() {
    let place = Place::new();
    place.json(["init"]);
    let ended = place.run(["mcp", "--agent", "Nobody"]);
    assert_eq!(ended.code, 3);
    assert!(ended.answer.is_empty(), "{}", ended.answer);
    assert!(
        ended.complaint.contains("no such agent `Nobody`"),
        "{}",
        ended.complaint
    );
}

#[test]
fn a_client_that_goes_at_once_leaves_nothing_behind() {
    let place = Place::new();
    place.json(["init"]);
    place.json(["agent", "add", "Store Agent"]);
    let ended = place.run(["mcp", "--agent", "Store Agent", "--compact"]);
    assert_eq!((ended.code, ended.answer.as_str()), (0, ""));
}

/// What the client tells, in the place of the shop.
fn told(place: &Place, mode: &str) -> String {
    let portico = place.command(["mcp", "--agent", "Store Agent"]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands/stdio_client.py");
    let mut client = Command::new(PYTHON);
    client
        .arg(script)
        .arg(mode)
        .arg(portico.get_program())
        .args(portico.get_args())
        .env_clear()
        .envs(
            portico
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(portico.get_current_dir().unwrap())
        .stdin(Stdio::null());
    let ended: Ended = client.output().expect(HOW_TO_MAKE_PYTHON).into();
    assert_eq!(ended.code, 0, "{}", ended.complaint);
    ended.answer
}

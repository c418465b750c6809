//! The examples run as they are told to: with the real binary, from a folder of their own.

#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may end where it stands"
)]

use std::path::Path;
use std::process::{Command, Stdio};

/// Runs an example's script and answers what it said.
fn try_out(example: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(example)
        .join("try.sh");
    let ended = Command::new(script)
        .env("PORTICO", env!("CARGO_BIN_EXE_portico"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(ended.stdout).unwrap();
    let complaint = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}\n{complaint}");
    said
}

/// The part of the output below a heading.
fn below<'a>(said: &'a str, heading: &str) -> &'a str {
    let start = format!("== {heading}\n");
    let (_, rest) = said.split_once(&start).unwrap();
    rest.split("\n== ").next().unwrap()
}

#[test]
fn one_shop_gets_its_past_orders_by_its_own_rules() {
    let said = try_out("one-shop");

    let workshop = below(&said, "Order 1001");
    assert!(
        workshop.contains("in New Clients, tags cat: workshops & cards, workshop\n"),
        "{workshop}"
    );
    let lanterns = below(&said, "Order 1002");
    assert!(
        lanterns.contains("in New Clients, tags call, cat: lanterns, over-400\n"),
        "{lanterns}"
    );
    let oil = below(&said, "Order 1003");
    assert!(
        oil.contains("order 2 of this buyer") && oil.contains("in Repeat Sales, "),
        "{oil}"
    );
    assert_eq!(below(&said, "What waits for somebody"), "nothing\n");
}

//! The demo, as a stranger runs it.

use std::net::TcpListener;

use serde_json::Value;

use crate::binary::{Ended, Place};

#[test]
fn the_script_of_the_demo_ends_without_a_difference() {
    let place = Place::new();
    let ended: Ended = place
        .command(["demo", "--once", "--port", "0", "--json"])
        .output()
        .unwrap()
        .into();
    let verdict: Value = serde_json::from_str(&ended.answer).unwrap();
    assert_eq!(
        verdict["differences"],
        serde_json::json!([]),
        "{}",
        ended.complaint
    );
    assert_eq!(ended.code, 0, "{}", ended.complaint);
    for tally in verdict["tallies"].as_array().unwrap() {
        assert_eq!(tally["expected"], tally["held"], "{tally}");
    }
    let orders = verdict["orders"].as_array().unwrap();
    let buyers = &verdict["tallies"][1]["held"];
    assert!(orders.len() > 15 && buyers.as_u64().unwrap() < orders.len() as u64);
    assert_eq!(verdict["hardships"]["lost answers"], 2);
}

#[test]
fn the_demo_tells_of_each_order_and_ends_on_ctrl_c() {
    let place = Place::new();
    let args = [
        "demo", "--port", "0", "--orders", "4", "--pace", "0ms", "--data", "kept",
    ];
    let mut demo = place.start(args);
    demo.until("The CRM is back");
    demo.until("new buyer, deal ");
    demo.until("Ctrl-C ends the demo");

    // The folder is an ordinary one, and other commands work beside the demo.
    let shown = place.json(["order", "show", "1001", "--data", "kept"]);
    assert!(
        shown["orders"][0]["deals"][0]["lead_id"].is_u64(),
        "{shown}"
    );
    assert_eq!(demo.end("-INT"), 0);
}

#[test]
fn a_port_that_is_taken_is_said_with_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ended = Place::new().run(["demo", "--port", &port]);

    assert_eq!(ended.code, 4);
    assert!(ended.complaint.contains(&port), "{}", ended.complaint);
    assert!(
        ended.complaint.contains("--port 8181"),
        "{}",
        ended.complaint
    );
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let place = Place::new();
    place.write("mine/notes.txt", "mine");
    let ended = place.run(["demo", "--port", "0", "--data", "mine"]);

    assert_eq!(ended.code, 4);
    assert!(ended.complaint.contains("not empty"), "{}", ended.complaint);
}
